import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { asteriskReader, frame, rowsOf, sampleBytes } from '../../test/support/asterisk-rows.ts'
import { avayaLine, avayaReader, avayaSegments } from '../../test/support/avaya-lines.ts'
import { type AttributedPart, attribute, type PeopleFacts } from './attribution.ts'
import type { Call } from './call.ts'
import { asteriskCsv } from './formats/asterisk-csv/asterisk-csv.ts'
import { avayaIpOffice } from './formats/avaya-ip-office/avaya-ip-office.ts'
import type { Format, Leg, LegEnd, Segment } from './formats/format.ts'
import { type Held, peopleFacts, type ShiftTimes } from './people-facts.ts'
import type { Reader } from './reading.ts'
import { shiftAtMostMs } from './worktime/shift.ts'

interface Whole {
  readonly call: Call
  readonly legs: readonly Leg[]
  readonly parts: readonly AttributedPart[]
}

const nobody: PeopleFacts = { holderAt: () => null, presenceAt: () => 'off-shift' }

function wholesOf<F>(
  format: Format<F>,
  reader: Reader,
  segments: readonly Segment<F>[],
  facts: PeopleFacts = nobody,
): Whole[] {
  return format.join(segments).map((group, place) => {
    const call = format.assemble(group, reader, null)
    const legs = format.legs(group, reader, null)
    const it = { id: place + 1, sourceId: 1, plan: 'site', call, legs, isGroup: reader.isGroup }
    return { call, legs, parts: attribute(it, facts) }
  })
}

const avayaSample = readFileSync(new URL('../../test/samples/avaya-smdr.sample.csv', import.meta.url), 'utf8')
const asteriskSample = rowsOf(frame([sampleBytes('asterisk-master.sample.csv')]).map((it) => it.text))
const samples: readonly (readonly [string, readonly Whole[]])[] = [
  ['avaya', wholesOf(avayaIpOffice, avayaReader(), avayaSegments(avayaSample.split('\r\n').filter(Boolean)))],
  ['asterisk', wholesOf(asteriskCsv, asteriskReader(), asteriskSample)],
]

/** A call of Avaya with its parts. */
function avayaCall(facts: PeopleFacts, ...lines: Parameters<typeof avayaLine>[0][]): Whole {
  const [whole, ...others] = wholesOf(
    avayaIpOffice,
    avayaReader(),
    avayaSegments(lines.map((line) => avayaLine(line))),
    facts,
  )
  assert.ok(whole && others.length === 0)
  return whole
}

const held = (employeeId: number, extension: string, from = 0, to: number | null = null): Held => ({
  employeeId,
  plan: 'site',
  extension,
  from,
  to,
})

const shift = (
  employeeId: number,
  startedAt: number,
  endedAt: number | null,
  breaks: ShiftTimes['breaks'] = [],
): ShiftTimes => ({ employeeId, startedAt, endedAt, breaks })

/** Everybody at work all the time. */
const atWork = (...assignments: Held[]): PeopleFacts => ({
  ...peopleFacts(assignments, [], shiftAtMostMs),
  presenceAt: () => 'on-shift',
})

for (const [name, wholes] of samples)
  describe(`every call of the sample of ${name}`, () => {
    test('has a part for each of its extensions but groups, and no others', () => {
      for (const { call, parts } of wholes) {
        const numbers = call.extensions.map((it) => it.number).filter((it) => it !== '300')
        assert.deepEqual([...new Set(parts.map((it) => it.extension))].sort(), numbers.sort(), call.exchangeCallId)
        for (const { extension, role } of parts)
          assert.equal(role, call.extensions.find((it) => it.number === extension)?.part)
      }
    })

    test('gives the extension that answered its talk, and no extension more than the call has', () => {
      let talked = 0
      for (const { call, parts } of wholes) {
        const talkOf = (extension: string) =>
          parts.filter((it) => it.extension === extension).reduce((sum, it) => sum + it.talkSeconds, 0)
        for (const { number } of call.extensions)
          assert.ok(talkOf(number) <= call.talkSeconds, `${call.exchangeCallId} ${number}`)
        const { answeredBy } = call
        if (answeredBy === null) continue
        const answer = parts.find((it) => it.extension === answeredBy && it.busy !== null)
        assert.equal(answer?.busy?.from, call.answeredAt, call.exchangeCallId)
        assert.equal(answer?.at, call.answeredAt)
        assert.equal(answer?.offer, 'talked')
        talked++
      }
      assert.ok(talked > 10)
    })

    test('has no second of an extension twice: its busy times are its talk and hold, and none overlap', () => {
      for (const { call, parts } of wholes)
        for (const { number } of call.extensions) {
          const mine = parts.filter((it) => it.extension === number && it.busy !== null)
          const spans = mine.map(({ busy }) => busy as { from: number; to: number }).sort((a, b) => a.from - b.from)
          for (const [i, span] of spans.entries())
            assert.ok(i === 0 || (spans[i - 1]?.to as number) <= span.from, call.exchangeCallId)
          const busy = spans.reduce((sum, { from, to }) => sum + (to - from) / 1000, 0)
          assert.equal(
            mine.reduce((sum, it) => sum + it.talkSeconds + it.holdSeconds, 0),
            busy,
          )
        }
    })

    test('has one offer for each extension that was rung, and a missed one only where nobody talked', () => {
      for (const { call, parts } of wholes) {
        const offers = parts.filter((it) => it.offer !== null)
        assert.equal(new Set(offers.map((it) => it.extension)).size, offers.length, call.exchangeCallId)
        for (const { role, offer } of offers) {
          assert.notEqual(role, 'caller')
          if (offer === 'missed') assert.notEqual(call.outcome, 'answered', call.exchangeCallId)
          else assert.equal(call.outcome, 'answered', call.exchangeCallId)
        }
      }
    })
  })

test('an Avaya call whose legs all have one extension gives it all of the talk and hold', () => {
  let found = 0
  for (const { call, legs, parts } of samples[0]?.[1] ?? []) {
    const numbers = legs.flatMap(({ from, to }) => [from, to]).filter((it) => it.kind === 'extension')
    if (numbers.length !== legs.length || new Set(numbers.map((it) => it.number)).size !== 1) continue
    assert.equal(
      parts.reduce((sum, it) => sum + it.talkSeconds, 0),
      call.talkSeconds,
    )
    assert.equal(
      parts.reduce((sum, it) => sum + it.holdSeconds, 0),
      call.holdSeconds,
    )
    found++
  }
  assert.ok(found > 10)
})

const start = Date.UTC(2024, 2, 4, 6, 0, 5)
const second = 1000

/** Rings 201 for 5 s, which talks for 20; then 202, whom it is given to, rings for 10 and talks for 15; then 203 rings and does not answer. */
const threeLegs = (facts: PeopleFacts): Whole =>
  avayaCall(
    facts,
    { ring: 5, connected: '00:00:20', continuation: 1 },
    {
      ring: 10,
      connected: '00:00:15',
      continuation: 1,
      called: '202',
      device1: 'E202',
      name1: 'Extn202',
    },
    { ring: 8, connected: '00:00:00', called: '203', device1: 'E203', name1: 'Extn203' },
  )
const instants = [start + 5 * second, start + 35 * second, start + 50 * second]

const inAllPlaces = (employeeId: number, from: number, to: number | null): Held[] =>
  ['201', '202', '203'].map((extension) => held(employeeId, extension, from, to))

test('each leg of a call is judged by its answer, and by its beginning where nobody answered', () => {
  const { parts } = threeLegs(atWork(...inAllPlaces(1, 0, null)))
  assert.deepEqual(
    parts.map((it) => [it.extension, it.role, it.at, it.ringSeconds, it.talkSeconds, it.offer]),
    [
      ['201', 'answered', instants[0], 5, 20, 'talked'],
      ['202', 'transferred', instants[1], 10, 15, 'talked'],
      ['203', 'offered', instants[2], 8, 0, 'elsewhere'],
    ],
  )
})

test('two people who swap desks at any second of a call have the legs that began to be theirs', () => {
  for (let at = start - second; at <= start + 60 * second; at += second) {
    const swapped = [...inAllPlaces(1, 0, at), ...inAllPlaces(2, at, null)]
    const { parts } = threeLegs(atWork(...swapped))
    assert.deepEqual(
      parts.map((it) => it.employeeId),
      instants.map((instant) => (instant < at ? 1 : 2)),
      `${(at - start) / second} s`,
    )
    assert.equal(
      parts.reduce((sum, it) => sum + it.talkSeconds, 0),
      35,
    )
  }
})

test('a break that begins or ends at any second of a call marks the legs that it has', () => {
  for (let at = start - 20 * second; at <= start + 60 * second; at += second) {
    const breaks = [{ startedAt: at, endedAt: at + 20 * second }]
    const facts = peopleFacts(inAllPlaces(1, 0, null), [shift(1, start - 3_600_000, null, breaks)], shiftAtMostMs)
    assert.deepEqual(
      threeLegs(facts).parts.map((it) => it.state),
      instants.map((instant) => (at <= instant && instant < at + 20 * second ? 'on-break' : 'on-shift')),
      `${(at - start) / second} s`,
    )
  }
})

test('a shift that ends or begins at any second of a call has the legs before or after', () => {
  for (let at = start - second; at <= start + 60 * second; at += second)
    for (const ends of [true, false]) {
      const times = ends ? shift(1, start - 3_600_000, at) : shift(1, at, null)
      const { parts } = threeLegs(peopleFacts(inAllPlaces(1, 0, null), [times], shiftAtMostMs))
      assert.deepEqual(
        parts.map((it) => it.state),
        instants.map((instant) => (instant < at === ends ? 'on-shift' : 'off-shift')),
        `${(at - start) / second} s`,
      )
      assert.ok(
        parts.every((it) => it.employeeId === 1),
        'it is named',
      )
    }
})

test('an internal call counts for both of its people, hold and all', () => {
  const inside = { direction: 'O', internal: 1, caller: '202', called: '204', dialled: '204' }
  const { parts } = avayaCall(atWork(held(1, '202'), held(2, '204')), {
    ...inside,
    device1: 'E202',
    device2: 'E204',
    name2: 'Extn204',
    hold: 9,
  })
  assert.deepEqual(
    parts.map((it) => [it.employeeId, it.role, it.talkSeconds, it.holdSeconds, it.offer]),
    [
      [1, 'caller', 155, 9, null],
      [2, 'answered', 155, 9, 'talked'],
    ],
  )
  for (const { busy } of parts) assert.deepEqual(busy, { from: start + 7 * second, to: start + (7 + 155 + 9) * second })
})

test('a telephone that changes hands within a call: who had it while it rang was offered, who had it later was handed the call', () => {
  const swapAt = start + 20 * second
  const { parts } = avayaCall(
    atWork(held(1, '201', 0, swapAt), held(2, '201', swapAt), held(3, '202')),
    { ring: 15, connected: '00:00:00', continuation: 1 },
    { ring: 10, connected: '00:01:00', called: '202', device1: 'E202', name1: 'Extn202', continuation: 1 },
    { ring: 5, connected: '00:00:30' },
  )
  assert.deepEqual(
    parts.map((it) => [it.employeeId, it.role, it.talkSeconds]),
    [
      [1, 'offered', 0],
      [3, 'answered', 60],
      [2, 'transferred', 30],
    ],
  )
})

test('a person with two telephones on one call has a part for each', () => {
  const { parts } = avayaCall(
    atWork(held(1, '201'), held(1, '202')),
    { ring: 4, connected: '00:00:30', continuation: 1 },
    { ring: 0, connected: '00:01:00', called: '202', device1: 'E202', name1: 'Extn202' },
  )
  assert.deepEqual(
    parts.map((it) => [it.employeeId, it.extension, it.talkSeconds]),
    [
      [1, '201', 30],
      [1, '202', 60],
    ],
  )
})

test('a hunt group is no person: a telephone of its number has no part', () => {
  const facts = atWork(held(1, '300'))
  assert.deepEqual(avayaCall(facts, { called: '300', device1: 'E300', name1: 'Group' }).parts, [])
})

test('what was parked is not busy, and an extension that a machine had does not talk', () => {
  const { parts } = avayaCall(atWork(held(1, '201')), { connected: '00:00:20', hold: 3, park: 40 })
  assert.deepEqual(
    parts.map((it) => it.busy),
    [{ from: start + 7 * second, to: start + 30 * second }],
  )
  const inside = { direction: 'O', internal: 1, caller: '201', called: '204', device1: 'E201' }
  const [machine] = avayaCall(atWork(held(1, '201')), { ...inside, device2: 'V9501', name2: 'VM Channel 1' }).parts
  assert.deepEqual([machine?.talkSeconds, machine?.busy, machine?.at], [0, null, start])
})

describe('legs that lie over each other', () => {
  const outside: LegEnd = { kind: 'outside', number: 'T1', name: null }
  const phone = (number: string): LegEnd => ({ kind: 'extension', number, name: null })
  const leg = (recordId: number, from: LegEnd, to: LegEnd, at: number, ring: number, talk: number | null): Leg => ({
    recordId,
    startedAt: at * second,
    answeredAt: talk === null ? null : (at + ring) * second,
    endedAt: (at + ring + (talk ?? 0)) * second,
    from,
    to,
    main: true,
    ringSeconds: ring,
    talkSeconds: talk ?? 0,
    holdSeconds: 0,
    parkSeconds: 0,
    machineSeconds: 0,
  })
  const base = samples[1]?.[1][0]?.call as Call
  const partsOf = (legs: readonly Leg[], extensions: Call['extensions'], facts = atWork()): AttributedPart[] =>
    attribute(
      { id: 1, sourceId: 1, plan: 'site', call: { ...base, startedAt: 0, extensions }, legs, isGroup: () => false },
      facts,
    )

  test('give an extension the length of their union', () => {
    const legs = [
      leg(1, phone('201'), outside, 0, 0, 100),
      leg(2, phone('201'), phone('202'), 50, 10, 90),
      leg(3, phone('201'), phone('203'), 40, 10, 20),
    ]
    const parts = partsOf(legs, [
      { number: '201', part: 'caller' },
      { number: '202', part: 'answered' },
      { number: '203', part: 'transferred' },
    ])
    assert.deepEqual(
      parts.map((it) => [it.recordId, it.extension, it.talkSeconds, it.busy && it.busy.from / second]),
      [
        [1, '201', 100, 0],
        [2, '201', 50, 100],
        [2, '202', 90, 60],
        [3, '201', 0, 70],
        [3, '203', 20, 50],
      ],
    )
  })

  test('ring a caller once however many telephones ring, and those that another one answered missed nothing', () => {
    const parts = partsOf(
      [
        leg(1, phone('201'), phone('202'), 0, 10, null),
        leg(2, phone('201'), phone('203'), 0, 10, 30),
        leg(3, phone('201'), phone('204'), 2, 12, null),
      ],
      [
        { number: '201', part: 'caller' },
        { number: '202', part: 'offered' },
        { number: '203', part: 'answered' },
        { number: '204', part: 'offered' },
      ],
    )
    const ofCaller = parts.filter((it) => it.extension === '201')
    assert.equal(
      ofCaller.reduce((sum, it) => sum + it.ringSeconds, 0),
      14,
    )
    assert.deepEqual(
      parts.filter((it) => it.offer).map((it) => [it.extension, it.offer]),
      [
        ['202', 'elsewhere'],
        ['203', 'talked'],
        ['204', 'elsewhere'],
      ],
    )
  })

  test('an extension that stands in no main leg has a part without seconds, judged when its own leg began', () => {
    const consultation = { ...leg(2, phone('202'), phone('203'), 20, 5, 10), main: false }
    const parts = partsOf(
      [leg(1, outside, phone('202'), 0, 5, 60), consultation],
      [
        { number: '202', part: 'answered' },
        { number: '203', part: 'offered' },
        { number: '204', part: 'offered' },
      ],
    )
    assert.deepEqual(
      parts.map((it) => [it.extension, it.recordId, it.at / second, it.talkSeconds, it.offer]),
      [
        ['202', 1, 5, 60, 'talked'],
        ['203', 2, 25, 0, null],
        ['204', null, 0, 0, null],
      ],
    )
  })
})
