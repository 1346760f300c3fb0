import assert from 'node:assert/strict'
import { attributionOf, heldOf } from '../../src/adapters/store-sql/attribution-rows.ts'
import { callOf, segmentOf } from '../../src/adapters/store-sql/rows.ts'
import type { AttributedPart } from '../../src/domain/attribution.ts'
import type { Leg, Segment } from '../../src/domain/formats/format.ts'
import { openReader, type Reading } from '../../src/domain/reading.ts'
import type { Formats } from '../../src/pipeline/readings.ts'
import type { CallRow } from '../../src/pipeline/store.ts'
import type { TestStore } from './stores.ts'

/**
 * R1, R11, R17 of any store at rest, worked out second by second: the rollup is what the rows add up to; a call that is not due has
 * the parts that its legs and what is known of people now give, and one that is no more has none. `all`: nothing is due.
 */
export async function assertAttributed(it: Pick<TestStore, 'rows'>, known: Formats, all = false): Promise<void> {
  const { rows } = it
  const stored = (await rows('SELECT * FROM attribution ORDER BY call_id, position')).map(attributionOf)
  await assertQuarters(it, stored)
  const due = new Set((await rows('SELECT call_id FROM attribution_due')).map((row) => row['call_id'] as number))
  const ranges = (await rows('SELECT id FROM attribution_due_range')).length
  if (all) assert.deepEqual([due.size, ranges], [0, 0], 'nothing is due')
  const calls = (await rows('SELECT * FROM call')).map(callOf)
  const ids = new Set(calls.map(({ id }) => id))
  for (const { callId } of stored) assert.ok(ids.has(callId) || due.has(callId), `call ${callId} is no more`)
  if (ranges > 0 || calls.every(({ id }) => due.has(id))) return
  const expected = await recomputed(
    it,
    calls.filter(({ id }) => !due.has(id)),
    known,
  )
  const found = stored.filter(({ callId }) => !due.has(callId))
  const text = (parts: readonly AttributedPart[]) => parts.map((part) => JSON.stringify(part, sortedKeys)).sort()
  assert.deepEqual(text(found), text(expected), 'attribution = recomputation')
}

const sortedKeys = (_: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** The parts that legs and people give, worked out from the segments of these calls; what attribute wrote is not looked at. */
export async function recomputed(
  { rows }: Pick<TestStore, 'rows'>,
  calls: readonly CallRow[],
  known: Formats,
): Promise<AttributedPart[]> {
  const readings = new Map<number, Reading>()
  for (const row of await rows('SELECT * FROM reading'))
    readings.set(row['id'] as number, JSON.parse(row['body'] as string) as Reading)
  const segments = Map.groupBy((await rows('SELECT * FROM segment')).map(segmentOf), (it) => it.callId)
  const held = (await rows('SELECT * FROM assignment WHERE confirmed = 1')).map(heldOf)
  const shifts = await rows('SELECT * FROM shift')
  const breaks = await rows('SELECT * FROM shift_break')
  const groups = new Set(
    (await rows('SELECT * FROM directory WHERE is_group = 1')).map((row) => `${row['plan']} ${row['number']}`),
  )
  const covers = (from: unknown, to: unknown, at: number) =>
    (from as number) <= at && (to === null || at < (to as number))
  const stateOf = (employeeId: number | null, at: number): AttributedPart['state'] => {
    if (employeeId === null) return 'no-holder'
    const shift = shifts.find(
      (row) =>
        row['employee_id'] === employeeId &&
        covers(row['started_at'], row['ended_at'] ?? (row['started_at'] as number) + 12 * 3_600_000, at),
    )
    if (!shift) return 'off-shift'
    const mine = breaks.filter((row) => row['shift_id'] === shift['id'])
    return mine.some((row) => covers(row['started_at'], row['ended_at'], at)) ? 'on-break' : 'on-shift'
  }
  return calls.flatMap((row) => {
    const { id, sourceId, plan, call } = row
    const reader = openReader(readings.get(row.readingId) as Reading)
    const isPhone = (number: string) => !reader.isGroup(number) && !groups.has(`${plan} ${number}`)
    const legs = legsOf(row, segments.get(id) ?? [], readings, known)
    const places = legs
      .filter((leg) => leg.main)
      .flatMap((leg) => [...new Set(numbersOf(leg))].filter(isPhone).map((extension) => ({ extension, leg })))
    const without = call.extensions
      .map(({ number }) => number)
      .filter((number) => isPhone(number) && places.every(({ extension }) => extension !== number))
      .map((extension) => ({ extension, leg: legs.find((leg) => numbersOf(leg).includes(extension)) ?? null }))
    const all: { extension: string; leg: Leg | null }[] = [...places, ...without]
    const seconds = secondsOf(places)
    return all.map(({ extension, leg }, position): AttributedPart => {
      const at = leg ? (leg.answeredAt ?? leg.startedAt) : call.startedAt
      const holders = held.filter((it) => it.plan === plan && it.extension === extension && covers(it.from, it.to, at))
      assert.ok(holders.length <= 1)
      const employeeId = holders[0]?.employeeId ?? null
      const part = call.extensions.find(({ number }) => number === extension)?.part as AttributedPart['role']
      const mine = all.filter((it) => it.extension === extension && it.leg?.main)
      const holderOf = (answeredAt: number) =>
        held.find((it) => it.plan === plan && it.extension === extension && covers(it.from, it.to, answeredAt))
          ?.employeeId ?? null
      const answers = mine.flatMap((it) => it.leg?.answeredAt ?? []).sort((a, b) => a - b)
      const [answer] = answers
      const isOwn = answers.some((it) => holderOf(it) === employeeId)
      const role =
        part === 'caller' || answer === undefined
          ? part
          : !isOwn
            ? 'offered'
            : holderOf(answer) === employeeId
              ? part
              : 'transferred'
      const says = mine.find((it) => it.leg?.answeredAt != null) ?? mine[0]
      const own = leg && seconds.get(leg)?.get(extension)
      const offer =
        leg === null || !leg.main || part === 'caller' || says?.leg !== leg
          ? null
          : leg.answeredAt !== null
            ? 'talked'
            : call.outcome === 'answered'
              ? 'elsewhere'
              : 'missed'
      return {
        callId: id,
        position,
        sourceId,
        startedAt: call.startedAt,
        direction: call.direction,
        counted: call.kind === 'call',
        employeeId,
        plan,
        extension,
        role,
        state: stateOf(employeeId, at),
        at,
        recordId: leg?.recordId ?? null,
        ringSeconds: own?.ring.length ?? 0,
        talkSeconds: own?.talk.length ?? 0,
        holdSeconds: own?.hold.length ?? 0,
        busy: own && leg?.answeredAt != null ? own.busy : null,
        offer,
      }
    })
  })
}

const numbersOf = ({ from, to }: Leg): string[] =>
  [from, to].flatMap(({ kind, number }) => (kind === 'extension' && number !== null ? [number] : []))

function legsOf(
  { call }: CallRow,
  rows: readonly ReturnType<typeof segmentOf>[],
  readings: ReadonlyMap<number, Reading>,
  known: Formats,
): Leg[] {
  const reading = readings.get(rows[0]?.readingId as number) as Reading
  const format = known[reading.format]
  const segments = rows.map(
    (row): Segment<unknown> => ({ ...row, delivery: row.deliveryId, fields: format.unpack(row.fields) }),
  )
  const [group, ...others] = format.join(segments)
  assert.ok(group && others.length === 0)
  // As `smena call` has them: by the reading of the first record.
  const first = rows.find((row) => row.id === group[0]?.id)
  const legs = format.legs(group, openReader(readings.get(first?.readingId as number) as Reading), null)
  const by = call.startedAt - Math.min(...legs.map((leg) => leg.startedAt))
  return legs.map((leg) => ({
    ...leg,
    startedAt: leg.startedAt + by,
    answeredAt: leg.answeredAt === null ? null : leg.answeredAt + by,
  }))
}

interface Seconds {
  readonly ring: number[]
  readonly talk: number[]
  readonly hold: number[]
  readonly busy: { readonly from: number; readonly to: number }
}

/** Each second of an extension, given to the leg that comes to it first. */
function secondsOf(places: readonly { extension: string; leg: Leg }[]): Map<Leg, Map<string, Seconds>> {
  const found = new Map<Leg, Map<string, Seconds>>()
  for (const [extension, list] of Map.groupBy(places, (it) => it.extension)) {
    const rung = new Set<number>()
    const busy = new Set<number>()
    const rings = new Map<Leg, number[]>()
    const free = (from: number, length: number, taken: Set<number>) => {
      const seconds = Array.from({ length }, (_, i) => from + i * 1000).filter((second) => !taken.has(second))
      for (const second of seconds) taken.add(second)
      return seconds
    }
    for (const { leg } of list.toSorted((a, b) => a.leg.startedAt - b.leg.startedAt))
      rings.set(leg, free(leg.startedAt, leg.ringSeconds, rung))
    const talkFrom = (leg: Leg) => leg.answeredAt ?? leg.startedAt + (leg.ringSeconds + leg.machineSeconds) * 1000
    for (const { leg } of list.toSorted((a, b) => talkFrom(a.leg) - talkFrom(b.leg))) {
      const holdFrom = talkFrom(leg) + leg.talkSeconds * 1000
      const end = holdFrom + leg.holdSeconds * 1000
      const talk = free(talkFrom(leg), leg.talkSeconds, busy)
      const hold = free(holdFrom, leg.holdSeconds, busy)
      const from = talk[0] ?? hold[0] ?? end
      const byExtension = found.get(leg) ?? new Map<string, Seconds>()
      found.set(leg, byExtension.set(extension, { ring: rings.get(leg) ?? [], talk, hold, busy: { from, to: end } }))
    }
  }
  return found
}

const quarterMs = 900_000

async function assertQuarters({ rows }: Pick<TestStore, 'rows'>, parts: readonly AttributedPart[]): Promise<void> {
  const sums = new Map<string, Record<string, number>>()
  const add = (part: AttributedPart, at: number, state: string, name: string, n = 1) => {
    const key = `${part.employeeId} ${Math.floor(at / quarterMs)} ${part.direction} ${state}`
    const none = { calls: 0, handled: 0, answered: 0, offered: 0, missed: 0, talk: 0, hold: 0 }
    const sum: Record<string, number> = sums.get(key) ?? none
    sum[name] = (sum[name] ?? 0) + n
    sums.set(key, sum)
  }
  const counted = parts.filter(({ counted, state }) => counted && (state === 'on-shift' || state === 'on-break'))
  for (const part of counted) {
    const from = part.busy?.from ?? part.at + part.ringSeconds * 1000
    for (let i = 0; i < part.talkSeconds + part.holdSeconds; i++)
      add(part, from + i * 1000, part.state, i < part.talkSeconds ? 'talk' : 'hold')
  }
  for (const list of Map.groupBy(counted, (part) => `${part.callId} ${part.employeeId}`).values()) {
    const first = list[0] as AttributedPart
    const state = list.every((part) => part.state === 'on-break') ? 'on-break' : 'on-shift'
    const note = (name: string, is: boolean) => is && add(first, first.startedAt, state, name)
    note('calls', true)
    note('handled', !list.every(({ busy }) => busy === null))
    note('answered', !list.every(({ offer }) => offer !== 'talked'))
    note('offered', !list.every(({ offer }) => offer === null))
    note('missed', !list.every(({ offer }) => offer !== 'missed'))
  }
  const kept = (await rows('SELECT * FROM person_quarter')).map(
    ({ employee_id, quarter, direction, state, calls, handled, answered, offered, missed, talk, hold }) =>
      [
        `${employee_id} ${quarter} ${direction} ${state}`,
        { calls, handled, answered, offered, missed, talk, hold },
      ] as const,
  )
  const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)
  assert.deepEqual(new Map(kept.toSorted(byKey)), new Map([...sums].sort(byKey)), 'person_quarter = recomputation')
}
