import { numberKey } from '../../domain/call.ts'
import type { CountedCall } from '../../domain/metrics/counted-call.ts'
import { type MissedNumber, missedNumbers, missedReturnedRate, type MissedState } from '../../domain/metrics/missed.ts'
import { doneFinder } from '../../domain/metrics/missed-done.ts'
import type { Ratio } from '../../domain/metrics/ratio.ts'
import { instantText } from '../status.ts'
import type { ReportFacts } from './facts.ts'
import type { Report } from './request.ts'

export interface MissedRow {
  readonly number: string | null
  readonly missed: number
  readonly firstAt: string
  readonly lastAt: string
  readonly state: MissedState
  /** Who returned the call, or answered when the caller called again; id and name null: nobody held the extension. */
  readonly by: { readonly id: string | null; readonly name: string | null; readonly extension: string } | null
  /** Who ticked the number off, when and how it was settled. */
  readonly done: { readonly by: string; readonly at: string; readonly how: string } | null
  readonly afterSeconds: number | null
  readonly attempts: number
  readonly lastAttemptAt: string | null
}

export interface MissedTotal {
  readonly numbers: number
  readonly missed: number
  readonly unknown: number
  readonly returnedRate: Ratio
}

export interface MissedOptions {
  readonly windowMs: number
  readonly siteOf: (sourceId: number) => string
}

/** One row a number that had missed calls in the period. Worked out when read: later calls change it. */
export async function missedReport(
  facts: ReportFacts,
  { windowMs, siteOf }: MissedOptions,
): Promise<Report<MissedRow, MissedTotal>> {
  const { period, now } = facts.request
  const asked = await facts.calls(period, 'inbound')
  const missed = asked.filter((it) => it.outcome !== 'answered' && facts.isAsked(it))
  const until = missed.reduce((latest, it) => Math.max(latest, it.endedAt), period.from) + windowMs + 1
  const later = missed.length === 0 ? [] : await answersOfSite(facts, { from: period.from, to: until })
  const keys = new Set(missed.flatMap(({ from }) => (from === null ? [] : [numberKey(from)])))
  const doneBy = doneFinder(await facts.reading.missedDone([...keys]), siteOf)
  const numbers = missedNumbers(missed, later, { windowMs, now, doneBy, siteOf })
  const answerers = await answerersOf(facts, numbers)
  const unknown = numbers.find(({ number }) => number === null)?.missed ?? 0
  const answered = asked.filter((it) => it.outcome === 'answered' && facts.isAsked(it)).length
  return {
    rows: numbers.map((it) => ({
      number: it.number,
      missed: it.missed,
      firstAt: instantText(it.firstAt),
      lastAt: instantText(it.lastAt),
      state: it.state,
      by: it.by && answerers(it.by),
      done: it.done && { by: it.done.who, at: instantText(it.done.doneAt), how: it.done.how },
      afterSeconds: it.afterSeconds,
      attempts: it.attempts,
      lastAttemptAt: it.lastAttemptAt === null ? null : instantText(it.lastAttemptAt),
    })),
    total: {
      numbers: numbers.filter(({ number }) => number !== null).length,
      missed: missed.length,
      unknown,
      returnedRate: missedReturnedRate(numbers),
    },
    checks: async () => [
      {
        kind: 'calls',
        intervals: null,
        outcomes: numbers.reduce((sum, it) => sum + it.missed, 0) + answered,
        others: 0,
        list: await facts.countAsked('inbound'),
      },
    ],
  }
}

/** Outbound calls and answered inbound ones, by anyone at any site: a filter narrows what was missed, not who called back. */
async function answersOfSite(facts: ReportFacts, { from, to }: { from: number; to: number }): Promise<CountedCall[]> {
  const found: CountedCall[] = []
  for (const direction of ['outbound', 'inbound'] as const) {
    let after: CountedCall | null = null
    for (;;) {
      const page: readonly CountedCall[] = await facts.reading.pageCountedCalls(
        { from, to, sourceIds: null, direction },
        after,
        5000,
      )
      for (const it of page) if (direction === 'outbound' || it.outcome === 'answered') found.push(it)
      after = page.at(-1) ?? null
      if (page.length < 5000) break
    }
  }
  return found
}

/** The extension that settled a call, and who held it. */
async function answerersOf(facts: ReportFacts, numbers: readonly MissedNumber[]) {
  const calls = numbers.flatMap(({ by }) => (by ? [by.id] : []))
  const parts = await facts.partsByCall(calls)
  return (call: CountedCall): MissedRow['by'] => {
    const role = call.direction === 'outbound' ? 'caller' : 'answered'
    const extension = call.extensions.find(({ part }) => part === role)?.number
    if (extension === undefined) return null
    const part = parts.get(call.id)?.find((it) => it.extension === extension && it.employeeId !== null)
    const employee = facts.named(part?.employeeId ?? null)
    return { id: employee?.id ?? null, name: employee?.name ?? null, extension }
  }
}
