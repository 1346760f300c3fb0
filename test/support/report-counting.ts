import assert from 'node:assert/strict'
import { directions, numberKey } from '../../src/domain/call.ts'
import type { CallSummary } from '../../src/domain/metrics/call-summary.ts'
import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'
import type { ErlangC } from '../../src/domain/metrics/erlang.ts'
import type { Ratio } from '../../src/domain/metrics/ratio.ts'
import type { Span } from '../../src/domain/worktime/spans.ts'
import type { MissedCallRow } from '../../src/pipeline/reports/missed.ts'
import type { phoneReport } from '../../src/pipeline/reports/phone.ts'
import type { ReportWorld } from './report-world.ts'

/** Figures of reports, found by looking at each call and each second: slow, and too plain to be wrong in the same way. */

const hour = 3_600_000

export interface Counted {
  readonly world: ReportWorld
  readonly period: Span
  readonly now: number
  /** Work after each handled call; 0: as people marked it. */
  readonly perCallSeconds: number
}

export function sum(numbers: Iterable<number>): number {
  let all = 0
  for (const it of numbers) all += it
  return all
}
export const share = (numerator: number, denominator: number): Ratio => ({
  value: denominator === 0 ? null : numerator / denominator,
  numerator,
  denominator,
})
export const isCounted = (state: string) => state === 'on-shift' || state === 'on-break'

/** A shift that nobody ended counts for twelve hours at most. */
export const endOf = (shift: ReportWorld['shifts'][number], now: number) =>
  shift.endedAt ?? Math.min(now, shift.startedAt + 12 * hour)

/** How many of the spans lie over each second of the period; one that begins and ends in one second was there at that instant. */
export function concurrencyOf(spans: readonly Span[], { from, to }: Span): Uint16Array {
  const seconds = new Uint16Array((to - from) / 1000)
  for (const span of spans)
    for (let at = Math.max(from, span.from); at < Math.min(to, Math.max(span.to, span.from + 1)); at += 1000)
      seconds[(at - from) / 1000]!++
  return seconds
}

/** Where the talk of calls lies. */
export const talkOf = (calls: readonly CountedCall[]): Span[] =>
  calls.flatMap(({ answeredAt, talkSeconds }) =>
    answeredAt === null || talkSeconds === 0 ? [] : [{ from: answeredAt, to: answeredAt + talkSeconds * 1000 }],
  )

/** What the clock shows, cut down to the interval, with its offset: the same for all instants of one interval. */
export function intervalKey(instant: number, zone: string, minutes: number): string {
  const at = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone)
  const minute = Math.floor((at.hour * 60 + at.minute) / minutes)
  return `${at.toPlainDate().toString()} ${minute} ${at.offset}`
}

/** The figures of calls. */
export function summaryOf(calls: readonly CountedCall[], wrapUpSeconds: number): CallSummary {
  const inbound = calls.filter((it) => it.direction === 'inbound')
  const outbound = calls.filter((it) => it.direction === 'outbound')
  const by = (outcome: string) => inbound.filter((it) => it.outcome === outcome)
  const answered = by('answered')
  const abandoned = [...by('missed'), ...by('automated')]
  const short = abandoned.filter((it) => it.waitSeconds <= 5).length
  const inTime = answered.filter((it) => it.waitSeconds <= 20).length
  const left = abandoned.filter((it) => it.waitSeconds <= 20).length
  const handled = calls.filter((it) =>
    it.extensions.some(({ part }) => part !== 'offered' && (part !== 'caller' || it.outcome === 'answered')),
  )
  const reached = outbound.filter((it) => it.outcome === 'answered')
  const talkers = (it: CountedCall) => it.extensions.filter(({ part }) => ['answered', 'transferred'].includes(part))
  const transferred = answered.filter((it) => it.conference === null && talkers(it).length > 1)
  const talk = (of: readonly CountedCall[]) => sum(of.map((it) => it.talkSeconds))
  const hold = (of: readonly CountedCall[]) => sum(of.map((it) => it.holdSeconds))
  const counted = answered.length + abandoned.length
  return {
    calls: calls.length,
    inbound: inbound.length,
    outbound: outbound.length,
    internal: calls.length - inbound.length - outbound.length,
    handled: handled.length,
    answered: answered.length,
    answeredOutside: answered.filter((it) => it.answeredOutside).length,
    missed: inbound.length - answered.length,
    missedBy: missedBy(inbound),
    abandoned: abandoned.length,
    abandonedShort: short,
    talkSeconds: talk(calls),
    holdSeconds: hold(calls),
    wrapUpSeconds,
    answerRate: share(answered.length, inbound.length),
    averageTalk: share(talk(answered), answered.length),
    averageWait: share(sum(answered.map((it) => it.waitSeconds)), answered.length),
    averageHandling: share(talk(handled) + hold(handled) + wrapUpSeconds, handled.length),
    abandonRate: share(abandoned.length, counted),
    abandonRateNet: share(abandoned.length - short, counted - short),
    serviceLevel: share(inTime, counted - short),
    serviceLevel2: share(inTime, counted),
    serviceLevel3: share(inTime, answered.length),
    serviceLevel4: share(inTime + left, counted),
    transferRate: share(transferred.length, answered.length),
    reached: reached.length,
    reachedRate: share(reached.length, outbound.length),
    averageTalkOut: share(talk(reached), reached.length),
  }
}

export function missedBy(calls: readonly CountedCall[]): CallSummary['missedBy'] {
  const by = (outcome: string) => calls.filter((it) => it.outcome === outcome).length
  return {
    missed: by('missed'),
    automated: by('automated'),
    voicemail: by('voicemail'),
    busy: by('busy'),
    failed: by('failed'),
  }
}

/** What Erlang's sums give, term by term: C = (Eᴺ÷N!)·N÷(N−E) ÷ (Σ Eᵏ÷k! for k < N + that). */
export function assertErlang(
  found: ErlangC,
  staff: number | null,
  { inbound, averageHandling }: CallSummary,
  seconds: number,
): void {
  const handling = averageHandling.value
  const load = handling === null ? share(0, 0) : share(inbound * handling, seconds)
  assert.deepEqual([found.staff, found.load], [staff, load])
  const e = load.value ?? 0
  if (staff === null || handling === null || e === 0 || e >= staff) {
    assert.deepEqual([found.waiting, found.serviceLevel, found.averageWaitSeconds], [null, null, null])
    return
  }
  const term = (k: number): number => (k === 0 ? 1 : (term(k - 1) * e) / k)
  const all = (term(staff) * staff) / (staff - e)
  const waiting = all / (sum(Array.from({ length: staff }, (_, k) => term(k))) + all)
  const expected = [waiting, 1 - waiting * Math.exp((-(staff - e) * 20) / handling), (waiting * handling) / (staff - e)]
  for (const [i, value] of [found.waiting, found.serviceLevel, found.averageWaitSeconds].entries())
    assert.ok(Math.abs((value ?? Number.NaN) - expected[i]!) <= 1e-9 * Math.max(1, expected[i]!), `${i}: ${value}`)
}

/** What one telephone did. `parts`: its own, of the calls that are asked for. */
export function phoneOf(calls: readonly CountedCall[], parts: ReportWorld['parts']) {
  const offers = (of: string) => parts.filter((it) => it.offer === of).length
  const [answered, takenElsewhere, missed] = [offers('talked'), offers('elsewhere'), offers('missed')]
  const offered = answered + takenElsewhere + missed
  const handled = new Set(parts.filter((it) => it.busy).map((it) => it.callId)).size
  const talkSeconds = sum(parts.map((it) => it.talkSeconds))
  return {
    calls: calls.length,
    ...Object.fromEntries(directions.map((way) => [way, calls.filter((it) => it.direction === way).length])),
    handled,
    offered,
    answered,
    takenElsewhere,
    missed,
    talkSeconds,
    holdSeconds: sum(parts.map((it) => it.holdSeconds)),
    answerRate: share(answered, offered),
    averageTalk: share(talkSeconds, handled),
  }
}

/** The total of telephones: each call once, each of its seconds once, whichever of these telephones had it. */
export function assertPhoneTotal(
  { rows, total }: Awaited<ReturnType<typeof phoneReport>>,
  world: ReportWorld,
  calls: readonly CountedCall[],
): void {
  const keys = new Set(rows.map((it) => `${it.plan} ${it.extension}`))
  const each = calls
    .filter((call) => call.extensions.some(({ number }) => keys.has(`${call.plan} ${number}`)))
    .map((call) => {
      const parts = world.parts.filter((it) => it.callId === call.id && keys.has(`${it.plan} ${it.extension}`))
      const talk = new Set<number>()
      const hold = new Set<number>()
      for (const { busy, talkSeconds, holdSeconds } of parts)
        for (let i = 0; busy && i < talkSeconds + holdSeconds; i++)
          (i < talkSeconds ? talk : hold).add(busy.from + i * 1000)
      const offers = parts.flatMap((it) => it.offer ?? [])
      const isIn = call.direction === 'inbound'
      return { isIn, offers, talk: talk.size, hold: hold.size, hasTalked: parts.some((it) => it.busy) }
    })
  const having = (holds: (it: (typeof each)[number]) => boolean) => each.filter(holds).length
  const answered = having(({ offers }) => offers.includes('talked'))
  const missed = having(({ offers }) => offers.length > 0 && offers.every((it) => it === 'missed'))
  const offered = having(({ offers }) => offers.length > 0)
  const talk = sum(each.map((it) => it.talk))
  const handled = having((it) => it.hasTalked)
  assert.deepEqual(
    { ...total, old: [total.old.total, total.old.incoming, total.old.incomingAccepted, total.old.outgoingAccepted] },
    {
      calls: each.length,
      ...Object.fromEntries(
        directions.map((way) => [
          way,
          calls.filter(
            (it) => it.direction === way && it.extensions.some((own) => keys.has(`${it.plan} ${own.number}`)),
          ).length,
        ]),
      ),
      handled,
      offered,
      answered,
      takenElsewhere: offered - answered - missed,
      missed,
      talkSeconds: talk,
      holdSeconds: sum(each.map((it) => it.hold)),
      answerRate: share(answered, offered),
      averageTalk: share(talk, handled),
      old: [
        each.length,
        having((it) => it.isIn),
        having((it) => it.isIn && it.talk > 0),
        having((it) => !it.isIn && it.talk > 0),
      ],
    },
  )
}

export interface Fate {
  readonly state: string
  readonly by: CountedCall | null
  readonly after: number | null
  readonly attempts: readonly CountedCall[]
}

/** What became of one number's missed calls, in their order, looking at every call there is. */
export function fates(world: ReportWorld, missed: readonly CountedCall[], now: number, windowMs: number): Fate[] {
  const same = (a: string | null, b: string | null) => a !== null && b !== null && numberKey(a) === numberKey(b)
  return inOrder(missed).map((call): Fate => {
    if (call.from === null) return { state: 'unknown', by: null, after: null, attempts: [] }
    const until = call.endedAt + windowMs
    const site = inOrder(world.calls.filter((it) => it.sourceId === call.sourceId && it.startedAt <= until))
    const attempts = site.filter(
      (it) => it.direction === 'outbound' && same(it.to, call.from) && it.startedAt >= call.endedAt,
    )
    const back = attempts.find((it) => it.outcome === 'answered')
    if (back) return { state: 'returned', by: back, after: (back.startedAt - call.endedAt) / 1000, attempts }
    const again = site.find(
      (it) =>
        it.direction === 'inbound' &&
        it.outcome === 'answered' &&
        same(it.from, call.from) &&
        it.startedAt > call.startedAt,
    )
    const after = again && Math.max(0, (again.startedAt - call.endedAt) / 1000)
    if (again) return { state: 'called-again', by: again, after: after ?? null, attempts }
    const state = now > until ? 'expired' : attempts.length > 0 ? 'tried' : 'open'
    return { state, by: null, after: null, attempts }
  })
}

export const inOrder = (calls: readonly CountedCall[]) =>
  calls.toSorted((a, b) => a.startedAt - b.startedAt || a.id - b.id)

export const isReturned = ({ state }: Fate): boolean => state === 'returned' || state === 'called-again'

/** The fate of the number itself: that of its newest call that is not settled, with the attempts of all. */
export function fate(each: readonly Fate[]): Fate {
  const attempts = new Map(each.flatMap((it) => it.attempts).map((it) => [it.id, it]))
  const decisive = each.findLast((it) => !isReturned(it)) ?? each.at(-1)!
  return { ...decisive, attempts: inOrder([...attempts.values()]) }
}

/** What a row of missed calls says of its fate: who settled it with which telephone, how often and when last somebody tried. */
export function fateText(world: ReportWorld, { state, by, after, attempts }: Fate): string {
  const role = by?.direction === 'outbound' ? 'caller' : 'answered'
  const extension = by?.extensions.find(({ part }) => part === role)?.number
  const part = world.parts.find((it) => it.callId === by?.id && it.extension === extension && it.role === role)
  const person = world.people.find(({ id }) => id === part?.employeeId)
  const last = attempts.at(-1)?.startedAt
  return JSON.stringify([
    [state, after, by && [String(by.id), by.startedAt]],
    extension === undefined ? null : { id: person ? String(person.id) : null, name: person?.name ?? null, extension },
    [attempts.length, last ?? null],
  ])
}

/** The same of a row. */
export const toldFate = (
  row: Omit<MissedCallRow, 'call' | 'source' | 'to' | 'startedAt' | 'waitSeconds' | 'outcome'>,
) =>
  JSON.stringify([
    [row.state, row.afterSeconds, row.byCall === null ? null : [row.byCall, Date.parse(row.byAt ?? '')]],
    row.by,
    [row.attempts, row.lastAttemptAt === null ? null : Date.parse(row.lastAttemptAt)],
  ])
