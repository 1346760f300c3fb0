import { numberKey } from '../../domain/call.ts'
import type { CountedCall } from '../../domain/metrics/counted-call.ts'
import {
  type MissedCall,
  missedCalls,
  type MissedNumber,
  missedNumbers,
  missedReturnedRate,
  type MissedState,
} from '../../domain/metrics/missed.ts'
import { doneFinder } from '../../domain/metrics/missed-done.ts'
import type { Ratio } from '../../domain/metrics/ratio.ts'
import { instantText } from '../status.ts'
import type { ReportFacts } from './facts.ts'
import type { Check, Report } from './request.ts'
import { sumOf } from './totals.ts'

/** What became of a missed call or number. */
interface FateJson {
  readonly state: MissedState
  /** Who returned the call, or answered when the caller called again; id and name null: nobody held the extension. */
  readonly by: { readonly id: string | null; readonly name: string | null; readonly extension: string } | null
  /** The call that settled it, and its start. */
  readonly byCall: string | null
  readonly byAt: string | null
  /** Who ticked the number off, when and how it was settled. */
  readonly done: { readonly by: string; readonly at: string; readonly how: string } | null
  readonly afterSeconds: number | null
  readonly attempts: number
  readonly lastAttemptAt: string | null
}

export interface MissedRow extends FateJson {
  readonly number: string | null
  /** Where it called; null: without a number, or of sources that have no site. */
  readonly site: string | null
  readonly missed: number
  readonly firstAt: string
  readonly lastAt: string
}

export interface MissedCallRow extends FateJson {
  readonly call: string
  readonly number: string | null
  readonly site: string | null
  readonly source: string
  /** What the caller dialled. */
  readonly to: string | null
  readonly startedAt: string
  readonly waitSeconds: number
  readonly outcome: MissedOutcome
}

export type MissedOutcome = Exclude<CountedCall['outcome'], 'answered'>

/** The same whether the rows are numbers or calls. */
export interface MissedTotal {
  /** Each number of a site once; calls without a number are none. */
  readonly numbers: number
  readonly missed: number
  /** Null: of a report that was frozen before it was told. */
  readonly missedBy: Readonly<Record<MissedOutcome, number>> | null
  /** Calls without a number. */
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
  options: MissedOptions,
): Promise<Report<MissedRow, MissedTotal>> {
  const { numbers, fateOf, ...made } = await missedFacts(facts, options)
  return {
    ...made,
    rows: numbers.map((it) => ({
      number: it.number,
      site: it.site || null,
      missed: it.missed,
      firstAt: instantText(it.firstAt),
      lastAt: instantText(it.lastAt),
      ...fateOf(it, it),
    })),
  }
}

/** One row a missed call of the period, in their order; its number's other calls have rows of their own. */
export async function missedCallReport(
  facts: ReportFacts,
  options: MissedOptions,
): Promise<Report<MissedCallRow, MissedTotal>> {
  const { calls, fateOf, ...made } = await missedFacts(facts, options)
  const sources = new Map((await facts.reading.sources()).map(({ id, name }) => [id, name]))
  return {
    ...made,
    rows: calls.map((it) => ({
      call: String(it.call.id),
      number: it.call.from,
      site: it.site || null,
      source: sources.get(it.call.sourceId) ?? '',
      to: it.call.to,
      startedAt: instantText(it.call.startedAt),
      waitSeconds: it.call.waitSeconds,
      outcome: it.call.outcome as MissedOutcome,
      ...fateOf(it, { attempts: it.attempts.length, lastAttemptAt: it.attempts.at(-1)?.startedAt ?? null }),
    })),
  }
}

async function missedFacts(facts: ReportFacts, { windowMs, siteOf }: MissedOptions) {
  const { period, now } = facts.request
  const asked = (await facts.calls(period, 'inbound')).filter((it) => facts.isAsked(it))
  const missed = asked.filter((it) => it.outcome !== 'answered')
  const until = missed.reduce((latest, it) => Math.max(latest, it.endedAt), period.from) + windowMs + 1
  const later = missed.length === 0 ? [] : await answersOfSite(facts, { from: period.from, to: until })
  const keys = new Set(missed.flatMap(({ from }) => (from === null ? [] : [numberKey(from)])))
  const doneBy = doneFinder(await facts.reading.missedDone([...keys]), siteOf)
  const calls = missedCalls(missed, later, { windowMs, now, doneBy, siteOf })
  const numbers = missedNumbers(calls)
  const answerers = await answerersOf(facts, calls)
  const of = (outcome: MissedOutcome) => missed.filter((it) => it.outcome === outcome).length
  return {
    calls,
    numbers,
    fateOf: (
      { state, by, done, afterSeconds }: MissedCall | MissedNumber,
      { attempts, lastAttemptAt }: Pick<MissedNumber, 'attempts' | 'lastAttemptAt'>,
    ): FateJson => ({
      state,
      by: by && answerers(by),
      byCall: by && String(by.id),
      byAt: by && instantText(by.startedAt),
      done: done && { by: done.who, at: instantText(done.doneAt), how: done.how },
      afterSeconds,
      attempts,
      lastAttemptAt: lastAttemptAt === null ? null : instantText(lastAttemptAt),
    }),
    total: {
      numbers: numbers.filter(({ number }) => number !== null).length,
      missed: missed.length,
      missedBy: {
        missed: of('missed'),
        automated: of('automated'),
        voicemail: of('voicemail'),
        busy: of('busy'),
        failed: of('failed'),
      },
      unknown: numbers.find(({ number }) => number === null)?.missed ?? 0,
      returnedRate: missedReturnedRate(numbers),
    },
    checks: async (): Promise<Check[]> => [
      {
        kind: 'calls',
        intervals: null,
        outcomes: sumOf(numbers, (it) => it.missed) + asked.length - missed.length,
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
async function answerersOf(facts: ReportFacts, calls: readonly MissedCall[]) {
  const settling = new Set(calls.flatMap(({ by }) => (by ? [by.id] : [])))
  const parts = await facts.partsByCall([...settling])
  return (call: CountedCall): MissedRow['by'] => {
    const role = call.direction === 'outbound' ? 'caller' : 'answered'
    const extension = call.extensions.find(({ part }) => part === role)?.number
    if (extension === undefined) return null
    const part = parts.get(call.id)?.find((it) => it.extension === extension && it.role === role)
    const employee = facts.named(part?.employeeId ?? null)
    return { id: employee?.id ?? null, name: employee?.name ?? null, extension }
  }
}
