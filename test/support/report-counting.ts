import assert from 'node:assert/strict'
import { numberKey } from '../../src/domain/call.ts'
import type { CallSummary } from '../../src/domain/metrics/call-summary.ts'
import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'
import type { ReportWorld } from './report-world.ts'

/** Figures of reports, found by looking at each call and each second: slow, and too plain to be wrong in the same way. */

const hour = 3_600_000

interface Counted {
  readonly world: ReportWorld
  readonly period: { readonly from: number; readonly to: number }
  readonly now: number
}

export const sum = (numbers: Iterable<number>) => [...numbers].reduce((a, b) => a + b, 0)
export const isCounted = (state: string) => state === 'on-shift' || state === 'on-break'

/** A shift that nobody ended counts for twelve hours at most. */
export const endOf = (shift: ReportWorld['shifts'][number], now: number) =>
  shift.endedAt ?? Math.min(now, shift.startedAt + 12 * hour)

/** Second by second. */
export function timeOf(
  { world, period, now }: Pick<Counted, 'world' | 'period' | 'now'>,
  employeeId: number,
  isPart: (part: ReportWorld['parts'][number]) => boolean,
) {
  const length = (period.to - period.from) / 1000
  const line = () => new Uint8Array(length)
  const fill = (seconds: Uint8Array, from: number, to: number) => {
    const at = (instant: number) => Math.min(length, Math.max(0, (instant - period.from) / 1000))
    seconds.fill(1, at(from), at(to))
  }
  const [presence, breaks, unpaid, busy] = [line(), line(), line(), line()]
  for (const shift of world.shifts.filter((it) => it.employeeId === employeeId)) {
    fill(presence, shift.startedAt, endOf(shift, now))
    for (const rest of shift.breaks) {
      fill(breaks, rest.startedAt, rest.endedAt ?? endOf(shift, now))
      if (rest.type === 'meal') fill(unpaid, rest.startedAt, rest.endedAt ?? endOf(shift, now))
    }
  }
  for (const part of world.parts)
    if (part.employeeId === employeeId && isCounted(part.state) && part.busy && isPart(part))
      if (part.startedAt >= period.from - 24 * hour && part.startedAt < period.to)
        fill(busy, part.busy.from, part.busy.to)
  for (const mark of world.marks)
    if (mark.employeeId === employeeId && mark.typeId === 3 && !mark.excluded && mark.seconds !== null)
      fill(busy, mark.at, mark.at + mark.seconds * 1000)
  const count = (holds: (i: number) => boolean) => presence.keys().filter(holds).toArray().length
  return {
    presence: count((i) => presence[i] === 1),
    worked: count((i) => presence[i] === 1 && unpaid[i] === 0),
    breaks: count((i) => breaks[i] === 1),
    busy: count((i) => presence[i] === 1 && busy[i] === 1),
    idle: count((i) => presence[i] === 1 && breaks[i] === 0 && busy[i] === 0),
  }
}

export const talkIn = (call: CountedCall, from: number, to: number): number => {
  if (call.answeredAt === null) return 0
  let seconds = 0
  for (let at = call.answeredAt; at < call.answeredAt + call.talkSeconds * 1000; at += 1000)
    if (at >= from && at < to) seconds++
  return seconds
}

/** What the clock shows, cut down to the interval, with its offset: the same for all instants of one interval. */
export function intervalKey(instant: number, zone: string, minutes: number): string {
  const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  const minute = Math.floor((at.hour * 60 + at.minute) / minutes)
  return `${at.toPlainDate().toString()} ${minute} ${at.offset}`
}

export function assertSummary(row: CallSummary, calls: readonly CountedCall[]): void {
  const inbound = calls.filter((it) => it.direction === 'inbound')
  const answered = inbound.filter((it) => it.outcome === 'answered')
  const abandoned = inbound.filter((it) => it.outcome === 'missed' || it.outcome === 'automated')
  const short = abandoned.filter((it) => it.waitSeconds <= 5).length
  const inTime = answered.filter((it) => it.waitSeconds <= 20).length
  const left = abandoned.filter((it) => it.waitSeconds <= 20).length
  const parts = (numerator: number, denominator: number) => [numerator, denominator]
  const of = ({ numerator, denominator }: { numerator: number; denominator: number }) => [numerator, denominator]
  assert.deepEqual(of(row.answerRate), parts(answered.length, inbound.length))
  assert.deepEqual(of(row.averageTalk), parts(sum(answered.map((it) => it.talkSeconds)), answered.length))
  assert.deepEqual(of(row.averageWait), parts(sum(answered.map((it) => it.waitSeconds)), answered.length))
  assert.deepEqual(of(row.abandonRate), parts(abandoned.length, answered.length + abandoned.length))
  assert.deepEqual(of(row.abandonRateNet), parts(abandoned.length - short, answered.length + abandoned.length - short))
  assert.deepEqual(of(row.serviceLevel), parts(inTime, answered.length + abandoned.length - short))
  assert.deepEqual(of(row.serviceLevel2), parts(inTime, answered.length + abandoned.length))
  assert.deepEqual(of(row.serviceLevel3), parts(inTime, answered.length))
  assert.deepEqual(of(row.serviceLevel4), parts(inTime + left, answered.length + abandoned.length))
}

/** What became of one number's missed calls, looking at every call there is. */
export function fate(world: ReportWorld, missed: readonly CountedCall[], now: number, windowMs: number) {
  const same = (a: string | null, b: string | null) => a !== null && b !== null && numberKey(a) === numberKey(b)
  const each = missed
    .toSorted((a, b) => a.startedAt - b.startedAt || a.id - b.id)
    .map((call): { state: string; after: number | null } => {
      if (call.from === null) return { state: 'unknown', after: null }
      const until = call.endedAt + windowMs
      const inOrder = world.calls.toSorted((a, b) => a.startedAt - b.startedAt || a.id - b.id)
      const site = inOrder.filter((it) => it.sourceId === call.sourceId && it.startedAt <= until)
      const out = site.filter(
        (it) => it.direction === 'outbound' && same(it.to, call.from) && it.startedAt >= call.endedAt,
      )
      const back = out.find((it) => it.outcome === 'answered')
      if (back) return { state: 'returned', after: (back.startedAt - call.endedAt) / 1000 }
      const again = site.find(
        (it) =>
          it.direction === 'inbound' &&
          it.outcome === 'answered' &&
          same(it.from, call.from) &&
          it.startedAt > call.startedAt,
      )
      if (again) return { state: 'called-again', after: Math.max(0, (again.startedAt - call.endedAt) / 1000) }
      if (now > until) return { state: 'expired', after: null }
      return { state: out.length > 0 ? 'tried' : 'open', after: null }
    })
  const isSettled = ({ state }: { state: string }) => state === 'returned' || state === 'called-again'
  const decisive = each.findLast((it) => !isSettled(it)) ?? each.at(-1)!
  return [missed.length, decisive.state, Math.min(...missed.map((it) => it.startedAt)), decisive.after]
}
