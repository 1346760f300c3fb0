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
  readonly reach: number | null
}

/** One row of the table in docs/benchmarks.md. */
export const lineText = ({ path, ours, limit, unit, reach }: Line): string =>
  `| ${path} | ${round(ours)} ${unit} | ${round(limit)} ${unit} | ${(ours / limit).toFixed(2)} | ${reach === null ? '–' : `≥ ${reach}`} |`

const round = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3))

export function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
