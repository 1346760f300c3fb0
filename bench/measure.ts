import { cpus, totalmem, type } from 'node:os'

/** Ratios of one run against a limit measured beside it: these machines are noisy, absolutes mean little. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN

export const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN

export const seconds = async (work: () => Promise<void> | void): Promise<number> => {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}

export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${type()}, Node ${process.version}`

export interface Line {
  readonly path: string
  readonly ours: number
  readonly limit: number
  readonly unit: string
  /** Least ratio of ours to the limit; of `atMost`, the greatest. */
  readonly reach: number | null
  readonly atMost?: true
}

/** A figure that was not found is missed too. */
export const isMissed = ({ ours, limit, reach, atMost }: Line): boolean =>
  reach !== null && !(atMost ? ours / limit <= reach : ours / limit >= reach)

/** Prints the rows; exit code 1 where a reach is missed. */
export function show(lines: readonly Line[]): void {
  for (const line of lines) {
    console.log(lineText(line))
    if (isMissed(line)) process.exitCode = 1
  }
}

/** One row of the table in docs/benchmarks.md. */
export const lineText = (line: Line): string => {
  const { path, ours, limit, unit, reach, atMost } = line
  const wanted = reach === null ? '–' : `${atMost ? '≤' : '≥'} ${reach}${isMissed(line) ? ' missed' : ''}`
  return `| ${path} | ${round(ours)} ${unit} | ${round(limit)} ${unit} | ${(ours / limit).toFixed(2)} | ${wanted} |`
}

const round = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3))

export function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
