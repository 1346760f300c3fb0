import type { ChangeJson, CorrectionSight } from './people-correction-sight.ts'

/**
 * What a correction would do now other than it did when it was asked for. That the clock has gone on is no difference: an end that
 * nobody has told moves on by itself, is put at the limit by the system, and with it the time worked. Nor is that calls came: they
 * follow the time, and come as long as exchanges send them.
 */
export type CorrectionDifference =
  | {
      readonly what: ChangeJson['what']
      /** Null: it was not among the changes, it is no more among them. */
      readonly shown: ChangeJson | null
      readonly now: ChangeJson | null
    }
  | { readonly what: 'worked time' | 'marks'; readonly shown: number; readonly now: number }
  | { readonly what: 'locked periods'; readonly shown: readonly string[]; readonly now: readonly string[] }

export function differencesOf(
  shown: CorrectionSight,
  now: CorrectionSight,
  requestedAt: number,
): CorrectionDifference[] {
  // Older programs kept no rows, and no marks.
  const isWhole = shown.changes.length > 0
  const [was, is] = [shown.effect, now.effect]
  const moves = [...shown.changes, ...now.changes].some((it) => movesOn(it, requestedAt))
  return [
    ...(isWhole ? rowsThatDiffer(shown.changes, now.changes) : []),
    ...(was.workedSeconds === is.workedSeconds || moves
      ? []
      : [{ what: 'worked time' as const, shown: was.workedSeconds, now: is.workedSeconds }]),
    ...(was.marks === is.marks || !isWhole ? [] : [{ what: 'marks' as const, shown: was.marks, now: is.marks }]),
    ...(was.periods.join() === is.periods.join()
      ? []
      : [{ what: 'locked periods' as const, shown: was.periods, now: is.periods }]),
  ]
}

function rowsThatDiffer(shown: readonly ChangeJson[], now: readonly ChangeJson[]): CorrectionDifference[] {
  const texts = (rows: readonly ChangeJson[]) => new Set(rows.map(textOf))
  const [were, are] = [texts(shown), texts(now)]
  const gone = shown.filter((it) => !are.has(textOf(it)))
  const come = now.filter((it) => !were.has(textOf(it)))
  const isSame = (a: ChangeJson, b: ChangeJson) => a.what === b.what && a.id !== null && a.id === b.id
  return [
    ...gone.map((it) => ({ what: it.what, shown: it, now: come.find((one) => isSame(one, it)) ?? null })),
    ...come.filter((it) => !gone.some((one) => isSame(one, it))).map((it) => ({ what: it.what, shown: null, now: it })),
  ]
}

const textOf = ({ what, id, before, after }: ChangeJson): string =>
  JSON.stringify([what, id, told(before), told(after)])

type Facts = ChangeJson['before']

/** The facts without what nobody said. */
const told = (facts: Facts): Facts =>
  facts !== null && 'flags' in facts && lacksEnd(facts) ? { ...facts, endedAt: null, flags: [] } : facts

const lacksEnd = ({
  endedAt,
  flags,
}: {
  readonly endedAt: string | null
  readonly flags: readonly string[]
}): boolean => endedAt === null || flags.includes('closed-by-system') || flags.includes('closed-with-shift')

/** It has no end, or had not reached it when the correction was asked for. */
function movesOn({ before, after }: ChangeJson, requestedAt: number): boolean {
  return [before, after].some((facts) => {
    if (facts === null || 'count' in facts) return false
    const end = 'plan' in facts ? facts.to : lacksEnd(facts) ? null : facts.endedAt
    return end === null || Date.parse(end) > requestedAt
  })
}
