import { openZone } from '../../domain/clock.ts'
import { type IntervalFigures, intervalFigures } from '../../domain/metrics/call-intervals.ts'
import { type CallSummary, type ServiceRules, summarise } from '../../domain/metrics/call-summary.ts'
import { peakConcurrency } from '../../domain/metrics/concurrency.ts'
import { type ClockInterval, clockIntervals, type IntervalMinutes } from '../../domain/metrics/intervals.ts'
import type { Ratio } from '../../domain/metrics/ratio.ts'
import { repeatRate } from '../../domain/metrics/repeats.ts'
import { instantText } from '../status.ts'
import { type ReportFacts, reachMs } from './facts.ts'
import type { Report } from './request.ts'
import { sumOf } from './totals.ts'

/** With the thresholds by which it was judged. */
export interface IntervalRow extends Omit<IntervalFigures, 'interval'>, ClockLabel, ServiceRules {}

export interface ClockLabel {
  readonly from: string
  readonly to: string
  /** What the clock of the site shows: `2026-10-25T02:00+02:00`. */
  readonly clock: string
}

export interface IntervalTotal extends CallSummary, ServiceRules {
  readonly talkWithinSeconds: number
  readonly peak: number
  readonly repeatRate: Ratio
  readonly staffSeconds: number | null
  /** As it was entered; null: those on shift. */
  readonly staff: number | null
}

export const clockLabel = ({ from, to, wall, offsetMs }: ClockInterval): ClockLabel => ({
  from: instantText(from),
  to: instantText(to),
  clock: `${new Date(wall).toISOString().slice(0, 16)}${offsetText(offsetMs)}`,
})

/** One row for each interval of the period, those without calls too. `staff`: people who take calls, whoever is on shift. */
export async function intervalReport(
  facts: ReportFacts,
  minutes: IntervalMinutes,
  staff: number | null = null,
): Promise<Report<IntervalRow, IntervalTotal>> {
  const { period, zone, now } = facts.request
  const before = await facts.calls({ from: period.from - reachMs, to: period.to })
  const asked = before.filter((it) => facts.isAsked(it))
  const inPeriod = asked.filter(({ startedAt }) => startedAt >= period.from)
  const rules = await facts.rulesOf(inPeriod)
  const intervals = clockIntervals(openZone(zone), period.from, period.to, minutes)
  const wrapUp = await facts.wrapUp()
  const staffed = await facts.staffed()
  const figures = intervalFigures(asked, intervals, rules, {
    wrapUp,
    staffed,
    staff,
    now,
  })
  const spans = asked.map(({ startedAt: from, endedAt: to }) => ({ from, to }))
  const total = summarise(inPeriod, rules, wrapUp)
  return {
    rows: figures.map(({ interval, ...row }) => ({ ...clockLabel(interval), ...rules, ...row })),
    total: {
      ...rules,
      ...total,
      talkWithinSeconds: sumOf(figures, (it) => it.talkWithinSeconds),
      peak: peakConcurrency(spans, [period])[0] ?? 0,
      repeatRate: repeatRate(before, period.from, period.to, (it) => facts.isAsked(it)),
      staffSeconds: staffed && sumOf(figures, (it) => it.staffSeconds ?? 0),
      staff,
    },
    checks: async () => [
      {
        kind: 'calls',
        intervals: sumOf(figures, (it) => it.calls),
        outcomes: sumOfOutcomes(total),
        others: 0,
        list: await facts.countAsked(),
      },
    ],
  }
}

/** Inbound calls by their outcome, and the others. */
export const sumOfOutcomes = ({ answered, missedBy, outbound, internal }: CallSummary): number =>
  sumOf([answered, ...Object.values(missedBy)], (it) => it) + outbound + internal

/** `+05:45`. */
function offsetText(offsetMs: number): string {
  const minutes = Math.round(Math.abs(offsetMs) / 60_000)
  const two = (part: number) => String(part).padStart(2, '0')
  return `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}
