import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { avayaLine, avayaSegments } from '../../../../test/support/avaya-lines.ts'
import type { Segment } from '../format.ts'
import { join, joinKeys } from './join.ts'
import { type AvayaFields, lengthSeconds } from './record.ts'

type AvayaSegment = Segment<AvayaFields>

const day = Date.UTC(2024, 2, 4)
const lines = readFileSync(new URL('../../../../test/samples/avaya-smdr.sample.csv', import.meta.url), 'utf8')
const sample = avayaSegments(lines.split('\r\n').filter(Boolean))

/** Seconds since midnight. */
function startText(seconds: number): string {
  return new Date(day + 1000 * seconds).toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' ')
}

interface Short {
  readonly id?: number
  readonly start: number
  readonly ring: number
  readonly continued?: boolean
  readonly callId?: number
  readonly recordTime?: string
}

function segmentsOf(shorts: readonly Short[]): AvayaSegment[] {
  const records = shorts.map(({ start, ring, continued = false, callId = 1_000_000, recordTime = '' }) =>
    avayaLine({
      start: startText(start),
      connected: '00:00:00',
      ring,
      callId,
      continuation: Number(continued),
      recordTime,
    }),
  )
  return avayaSegments(records).map((segment, place) => ({ ...segment, id: shorts[place]?.id ?? segment.id }))
}

/** Ids of the segments of each call, in the order of the call; calls by their first id. */
const idsOf = (segments: readonly AvayaSegment[]): number[][] =>
  join(segments)
    .map((call) => call.map(({ id }) => id))
    .sort((a, b) => a[0]! - b[0]!)

const groupsOf = (...shorts: Short[]) => idsOf(segmentsOf(shorts))

/** The rule word for word, for every pair, until nothing changes. */
function joinByRule(segments: readonly AvayaSegment[]): number[][] {
  const call = new Map(segments.map(({ id }) => [id, id]))
  const sameRun = (a: AvayaSegment, b: AvayaSegment) =>
    a.fields.callId === b.fields.callId && a.startWall === b.startWall
  const leadsTo = (a: AvayaSegment, b: AvayaSegment) => {
    if (a.fields.callId !== b.fields.callId || !a.fields.continued) return false
    const run = segments.filter((one) => sameRun(one, a))
    const runEnd = a.startWall + 1000 * run.reduce((sum, { fields }) => sum + lengthSeconds(fields), 0)
    return b.startWall >= a.endWall - 5_000 && b.startWall <= runEnd + 60_000
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const a of segments) {
      for (const b of segments) {
        const [one, other] = [call.get(a.id)!, call.get(b.id)!]
        if (one === other || !(sameRun(a, b) || leadsTo(a, b))) continue
        for (const [id, of] of call) if (of === other) call.set(id, one)
        changed = true
      }
    }
  }
  const groups = Map.groupBy(segments, ({ id }) => call.get(id)!)
  return [...groups.values()].map((group) => group.map(({ id }) => id))
}

const unordered = (groups: readonly number[][]) =>
  groups.map((ids) => ids.toSorted((a, b) => a - b)).sort((a, b) => a[0]! - b[0]!)

const someSegments = fc
  .array(
    fc.record({
      start: fc.integer({ min: 0, max: 400 }),
      ring: fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: 0, max: 120 })),
      continued: fc.boolean(),
      callId: fc.constantFrom(1_000_000, 1_000_001),
    }),
    { maxLength: 14 },
  )
  .map(segmentsOf)

test('the 92 records of the sample are 74 calls', () => {
  assert.equal(sample.length, 92)
  assert.equal(join(sample).length, 74)
})

test('a Call ID is the key, one that a store cannot hold is none', () => {
  assert.deepEqual(joinKeys(sample[0]!), [1_000_241])
  const odd = { ...sample[0]!, fields: { ...sample[0]!.fields, callId: Number.NaN } }
  assert.deepEqual(joinKeys(odd), [])
})

test('segments of one Call ID and Call Start are one call', () => {
  assert.deepEqual(groupsOf({ start: 0, ring: 5 }, { start: 0, ring: 900 }), [[1, 2]])
  assert.deepEqual(groupsOf({ start: 0, ring: 5 }, { start: 0, ring: 5, callId: 1_000_001 }), [[1], [2]])
})

test('a leg with a start of its own joins from 5 s before the end to 60 s after the run', () => {
  const first = { start: 100, ring: 30, continued: true }
  for (const [start, joined] of [
    [124, false],
    [125, true],
    [130, true],
    [190, true],
    [191, false],
  ] as const) {
    assert.equal(groupsOf(first, { start, ring: 5 }).length, joined ? 1 : 2, String(start))
  }
  assert.equal(groupsOf({ ...first, continued: false }, { start: 130, ring: 5 }).length, 2)
  // The run lasts as long as all its segments together.
  assert.equal(groupsOf(first, { start: 100, ring: 40 }, { start: 230, ring: 5 }).length, 1)
  assert.equal(groupsOf(first, { start: 100, ring: 40 }, { start: 231, ring: 5 }).length, 2)
  // A leg of no length may be followed by one that starts a little before it.
  assert.equal(groupsOf({ start: 100, ring: 0, continued: true }, { start: 95, ring: 1 }).length, 1)
  assert.equal(groupsOf({ start: 100, ring: 0, continued: true }, { start: 94, ring: 1 }).length, 2)
})

test('three segments that a computed end once joined in some orders only are one call in every order', () => {
  const segments = segmentsOf([
    { start: 0, ring: 30, continued: true },
    { start: 0, ring: 120, continued: true },
    { start: 31, ring: 5 },
  ])
  const [a, b, c] = segments as [AvayaSegment, AvayaSegment, AvayaSegment]
  for (const order of [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ]) {
    assert.deepEqual(idsOf(order), [[1, 2, 3]])
  }
})

test('Call IDs that begin again after a restart are other calls', () => {
  assert.deepEqual(
    groupsOf(
      { start: 0, ring: 30, continued: true },
      { start: 30, ring: 5 },
      { start: 3_600, ring: 30, continued: true },
      { start: 3_630, ring: 5 },
    ),
    [
      [1, 2],
      [3, 4],
    ],
  )
})

test('within a call: start, continued before last, record time if all have it, receipt, delivery, line, id', () => {
  const times = ['2024/03/04 00:00:30', '2024/03/04 00:00:20', '2024/03/04 00:00:10']
  const all = [0, 1, 2].map((place) => ({ start: 0, ring: 10, continued: true, recordTime: times[place]! }))
  assert.deepEqual(groupsOf(...all), [[3, 2, 1]])
  assert.deepEqual(groupsOf(all[0]!, all[1]!, { ...all[2]!, recordTime: '' }), [[1, 2, 3]])
  assert.deepEqual(groupsOf({ start: 0, ring: 1 }, { start: 0, ring: 1, continued: true }), [[2, 1]])
  assert.deepEqual(groupsOf({ start: 2, ring: 1 }, { start: 0, ring: 1, continued: true }), [[2, 1]])
  const [one, two] = segmentsOf([
    { start: 0, ring: 1 },
    { start: 0, ring: 2 },
  ]) as [AvayaSegment, AvayaSegment]
  assert.deepEqual(
    idsOf([
      { ...one, receivedAt: 2 },
      { ...two, receivedAt: 1 },
    ]),
    [[2, 1]],
  )
  assert.deepEqual(
    idsOf([
      { ...one, delivery: 2 },
      { ...two, delivery: 1 },
    ]),
    [[2, 1]],
  )
  assert.deepEqual(
    idsOf([
      { ...one, line: 2 },
      { ...two, line: 1 },
    ]),
    [[2, 1]],
  )
  assert.deepEqual(
    idsOf([
      { ...one, id: 2, line: 1 },
      { ...two, id: 1, line: 1 },
    ]),
    [[1, 2]],
  )
})

test('calls are those of the rule word for word, in any order of arrival', () => {
  fc.assert(
    fc.property(someSegments, fc.infiniteStream(fc.nat()), (segments, random) => {
      const keyed = segments.map((segment) => ({ segment, key: random.next().value }))
      const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ segment }) => segment)
      assert.deepEqual(idsOf(shuffled), idsOf(segments))
      assert.deepEqual(unordered(idsOf(segments)), unordered(joinByRule(segments)))
    }),
    { numRuns: 1_000 },
  )
})

test('the sample gives the same calls in any order of arrival', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(sample, { minLength: sample.length }), (shuffled) => {
      assert.deepEqual(idsOf(shuffled), idsOf(sample))
    }),
    { numRuns: 200 },
  )
})

test('a further segment joins calls and never parts them', () => {
  fc.assert(
    fc.property(someSegments, fc.nat(), (segments, seed) => {
      const some = segments.filter((_, place) => (seed >> (place % 30)) & 1)
      const whole = idsOf(segments)
      for (const ids of idsOf(some)) {
        assert.ok(whole.some((call) => ids.every((id) => call.includes(id))))
      }
    }),
    { numRuns: 1_000 },
  )
})

test('a hundred thousand segments are joined in seconds, however they lie', () => {
  const timeOf = (segments: readonly AvayaSegment[]) => {
    const start = performance.now()
    join(segments)
    return performance.now() - start
  }
  const template = segmentsOf([{ start: 0, ring: 3_000, continued: true }])[0]!
  const many = (spread: number, callIds: number) =>
    Array.from({ length: 100_000 }, (_, place) => ({
      ...template,
      id: place + 1,
      startWall: template.startWall + 1_000 * spread * place,
      fields: { ...template.fields, callId: 1_000_000 + (place % callIds) },
    }))
  // A hundred thousand windows that all overlap would be ten thousand million pairs.
  for (const [spread, callIds] of [
    [0, 1],
    [1, 1],
    [1, 100_000],
    [10_000, 1],
  ] as const) {
    const segments = many(spread, callIds)
    assert.ok(timeOf(segments) < 5_000)
  }
})
