import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf, partOf } from '../../../test/support/counted-call.ts'
import { defaultWorkRules } from '../worktime/rules.ts'
import type { Mark, Shift } from '../worktime/shift.ts'
import { noWrapUp } from './call-summary.ts'
import { exclusionFinder } from './excluded-calls.ts'
import { groupFigures, noRules, rulesTogether } from './groups.ts'
import { activityEvents, oldActivityEvents } from './activity.ts'
import { personFigures } from './person.ts'
import { phoneFigures } from './phones.ts'
import { ratio } from './ratio.ts'
import { shiftFigures } from './shifts.ts'
import { unattributedParts } from './unattributed.ts'

const minute = 60_000
const hour = 60 * minute
const period = { from: 0, to: 24 * hour, asOf: 20 * hour }
const rules = defaultWorkRules

const shift: Shift = {
  id: 7,
  employeeId: 1,
  startedAt: 8 * hour,
  endedAt: 17 * hour,
  zone: 'UTC',
  startedHow: 'shell',
  endedHow: 'shell',
  flags: [],
  breaks: [
    { id: 1, type: 'meal', startedAt: 12 * hour, endedAt: 13 * hour, flags: [] },
    { id: 2, type: 'rest', startedAt: 15 * hour, endedAt: 15 * hour + 10 * minute, flags: [] },
  ],
}
const talked = (callId: number, at: number, seconds: number, more = {}) =>
  partOf({
    callId,
    startedAt: at - 5000,
    at,
    talkSeconds: seconds,
    busy: { from: at, to: at + seconds * 1000 },
    offer: 'talked',
    ...more,
  })

test('a person has what was on shift and on a break, and nothing of what was off shift', () => {
  const parts = [
    talked(1, 9 * hour, 300, { holdSeconds: 60 }),
    talked(2, 12.5 * hour, 120, { state: 'on-break' }),
    talked(3, 18 * hour, 1000, { state: 'off-shift' }),
    talked(4, 10 * hour, 60, { direction: 'outbound', role: 'caller', offer: null }),
    partOf({ callId: 5, startedAt: 11 * hour, role: 'offered', offer: 'missed' }),
    partOf({ callId: 6, startedAt: 12.1 * hour, role: 'offered', offer: 'missed', state: 'on-break' }),
    partOf({ callId: 7, startedAt: 14 * hour, role: 'offered', offer: 'elsewhere' }),
    talked(8, 14 * hour, 50, { counted: false }),
  ]
  const it = personFigures({ parts, shifts: [shift], wrapUp: noWrapUp, period, rules })
  assert.deepEqual([it.calls, it.inbound, it.outbound, it.internal], [6, 5, 1, 0])
  assert.deepEqual([it.handled, it.answered, it.offered, it.missed], [3, 2, 5, 1])
  assert.deepEqual([it.missedOnBreak, it.takenElsewhere], [1, 1])
  assert.deepEqual([it.talkSeconds, it.holdSeconds], [480, 60])
  assert.deepEqual(it.averageTalk, ratio(480, 3))
  assert.deepEqual(it.averageHandling, ratio(540, 3))
  assert.deepEqual(it.callsPerHour, ratio(3, 8))
  assert.equal(it.busySeconds, 480)
  assert.equal(it.idleSeconds, 9 * 3600 - 4200 - 360)
  assert.deepEqual(it.occupancy, ratio(480, 480 + it.idleSeconds))
  assert.deepEqual(it.utilisation, ratio(480, 9 * 3600))
})

test('two telephones of one person in one call are one call, one offer, and busy once', () => {
  const parts = [
    talked(1, 9 * hour, 60),
    talked(1, 9 * hour, 60, { position: 1, extension: '202' }),
    partOf({ callId: 2, role: 'offered', offer: 'missed', startedAt: 10 * hour }),
    partOf({ callId: 2, position: 1, extension: '202', role: 'offered', offer: 'missed', startedAt: 10 * hour }),
  ]
  const it = personFigures({ parts, shifts: [shift], wrapUp: noWrapUp, period, rules })
  assert.deepEqual([it.calls, it.offered, it.answered, it.missed], [2, 2, 1, 1])
  assert.deepEqual([it.talkSeconds, it.busySeconds], [120, 60])
})

test('calls and their talk belong to the period in which the call starts, busy time to where it lies', () => {
  const parts = [talked(1, 1000, 60, { startedAt: -5000, at: -1000, busy: { from: -1000, to: 59_000 } })]
  const night = { ...shift, startedAt: -hour }
  const it = personFigures({ parts, shifts: [night], wrapUp: noWrapUp, period, rules })
  assert.deepEqual([it.calls, it.talkSeconds, it.busySeconds], [0, 0, 59])
})

test('wrap-up makes a person busy and lengthens handling', () => {
  const marked = [{ from: 9 * hour + 30_000, to: 9 * hour + 90_000 }]
  const it = personFigures({
    parts: [talked(1, 9 * hour, 60)],
    shifts: [shift],
    wrapUp: { perCallSeconds: 0, marked },
    period,
    rules,
  })
  assert.deepEqual([it.wrapUpSeconds, it.busySeconds], [60, 90])
  assert.deepEqual(it.averageHandling, ratio(120, 1))
})

test('a fixed wrap-up stands after each call in which the person talked, once, in place of the marks', () => {
  const parts = [
    talked(1, 9 * hour, 60),
    talked(1, 9 * hour, 60, { position: 1, extension: '202', busy: { from: 9 * hour, to: 9 * hour + 70_000 } }),
    talked(2, 17 * hour - 36_000, 36, { direction: 'outbound', role: 'caller' }),
    partOf({ callId: 3, role: 'offered', offer: 'missed', startedAt: 10 * hour }),
  ]
  const wrapUp = { perCallSeconds: 30, marked: [{ from: 10 * hour, to: 11 * hour }] }
  const it = personFigures({ parts, shifts: [shift], wrapUp, period, rules })
  assert.deepEqual([it.handled, it.wrapUpSeconds], [2, 60])
  assert.equal(it.busySeconds, 70 + 30 + 36, 'what would lie after the shift is not in it')
  assert.deepEqual(it.averageHandling, ratio(60 + 60 + 36 + 60, 2))
})

test('asked for some calls, a person has the figures of these, and a shift that all calls and marks fill', () => {
  const parts = [talked(1, 9 * hour, 300), talked(2, 10 * hour, 120, { direction: 'outbound', role: 'caller' })]
  const wrapUp = { perCallSeconds: 0, marked: [{ from: 11 * hour, to: 11 * hour + 30_000 }] }
  const facts = { parts, shifts: [shift], wrapUp, period, rules }
  const [whole, it] = [personFigures(facts), personFigures({ ...facts, isAsked: (of) => of.direction === 'inbound' })]
  assert.deepEqual([it.calls, it.handled, it.talkSeconds, it.wrapUpSeconds], [1, 1, 300, 0])
  assert.deepEqual(it.averageHandling, ratio(300, 1))
  assert.deepEqual(it.callsPerHour, ratio(1, 8))
  assert.deepEqual([it.busySeconds, it.idleSeconds], [450, whole.idleSeconds])
  assert.deepEqual([it.occupancy, it.utilisation], [whole.occupancy, whole.utilisation])
  const fixed = personFigures({
    ...facts,
    isAsked: (of) => of.direction === 'inbound',
    wrapUp: { ...wrapUp, perCallSeconds: 30 },
  })
  assert.deepEqual([fixed.wrapUpSeconds, fixed.busySeconds], [30, 420 + 60])
})

test('without a shift occupancy and calls per hour are unknown', () => {
  const it = personFigures({ parts: [], shifts: [], wrapUp: noWrapUp, period, rules })
  assert.deepEqual([it.occupancy.value, it.callsPerHour.value, it.utilisation.value], [null, null, null])
})

test('a telephone of a call talked, or another did, or nobody; the old figures are cut down', () => {
  const ext = (number: string, part: 'caller' | 'answered' | 'transferred' | 'offered') => ({ number, part })
  const ring = callOf({ id: 1, extensions: [ext('201', 'answered'), ext('202', 'offered')] })
  const lost = callOf({ id: 2, outcome: 'missed', extensions: [ext('201', 'offered'), ext('202', 'offered')] })
  const inside = callOf({ id: 3, direction: 'internal', extensions: [ext('202', 'caller'), ext('201', 'answered')] })
  const parts = new Map([
    [1, [partOf({ talkSeconds: 100, busy: { from: 0, to: 100_000 }, offer: 'talked' })]],
    [
      3,
      [
        partOf({ extension: '202', role: 'caller', talkSeconds: 21, busy: { from: 0, to: 21_000 } }),
        partOf({ position: 1, talkSeconds: 21, busy: { from: 0, to: 21_000 }, offer: 'talked' }),
      ],
    ],
  ])
  const { rows, total } = phoneFigures(
    [ring, lost, inside],
    (id) => parts.get(id) ?? [],
    () => true,
    [{ plan: 'pbx', extension: '299' }],
  )
  const [none, one, two] = rows
  assert.deepEqual([none?.extension, none?.calls, none?.averageTalk.value], ['299', 0, null])
  assert.deepEqual(
    [one?.calls, one?.inbound, one?.internal, one?.answered, one?.takenElsewhere, one?.missed, one?.handled],
    [3, 2, 1, 2, 0, 1, 2],
  )
  assert.deepEqual(one?.averageTalk, ratio(121, 2))
  assert.deepEqual(one?.answerRate, ratio(2, 3))
  assert.deepEqual(
    [two?.calls, two?.answered, two?.takenElsewhere, two?.missed, two?.handled, two?.talkSeconds],
    [3, 0, 1, 1, 1, 21],
  )
  assert.deepEqual(one?.old, {
    total: 3,
    incoming: 2,
    outgoing: 1,
    incomingAccepted: 1,
    outgoingAccepted: 1,
    incomingPercent: 50,
    outgoingPercent: 100,
    incomingAverageSeconds: 100,
    outgoingAverageSeconds: 21,
  })
  assert.equal(none?.old.incomingPercent, null, 'a dash, not "null сек."')
  assert.deepEqual(
    [total.calls, total.handled, total.offered, total.answered, total.takenElsewhere, total.missed],
    [3, 2, 3, 2, 0, 1],
    'each call once, however many telephones had it',
  )
  assert.deepEqual([total.talkSeconds, total.averageTalk, total.answerRate], [121, ratio(121, 2), ratio(2, 3)])
  assert.deepEqual([total.old.outgoing, total.old.outgoingAccepted, total.old.outgoingAverageSeconds], [1, 1, 21])
})

test('the check of the old group report: 37 calls = 24 in (2 answered, 8 %) + 13 out (10, 76 %)', () => {
  const calls = Array.from({ length: 37 }, (_, i) =>
    callOf({
      id: 1000 + i,
      direction: i < 24 ? 'inbound' : 'outbound',
      extensions: [{ number: '201', part: i < 24 ? 'offered' : 'caller' }],
    }),
  )
  const accepted = new Set([...calls.slice(0, 2), ...calls.slice(24, 34)].map(({ id }) => id))
  const {
    rows: [row],
  } = phoneFigures(
    calls,
    (id) => [partOf({ callId: id, talkSeconds: accepted.has(id) ? 10 : 0 })],
    () => true,
  )
  const { total, incoming, incomingAccepted, incomingPercent, outgoing, outgoingAccepted, outgoingPercent } = row!.old
  assert.deepEqual([total, incoming, incomingAccepted, incomingPercent], [37, 24, 2, 8])
  assert.deepEqual([outgoing, outgoingAccepted, outgoingPercent], [13, 10, 76])
})

test('a call stands in every group to which it was sent, in each once', () => {
  const group = (name: string) => ({ name, plan: 'pbx', number: name, rules: noRules })
  const rows = groupFigures(
    [callOf({ targets: ['300', '301', '300'] }), callOf({ targets: ['300'], outcome: 'missed' })],
    ({ targets }) => targets.map(group),
    noRules,
  )
  assert.deepEqual(
    rows.map((it) => [it.group.name, it.calls, it.answered]),
    [
      ['300', 2, 1],
      ['301', 1, 1],
    ],
  )
})

test('a group is judged by its own thresholds, each of them by the usual one where it has none, and all by what is asked for', () => {
  const own = {
    '300': { serviceLevelSeconds: 30, shortSeconds: 10 },
    '301': { serviceLevelSeconds: null, shortSeconds: 2 },
  }
  const groups = (['300', '301'] as const).map((name) => ({ name, plan: 'pbx', number: name, rules: own[name] }))
  const calls = [
    callOf({ targets: ['300', '301'], waitSeconds: 25 }),
    callOf({ targets: ['300', '301'], waitSeconds: 4, outcome: 'missed' }),
  ]
  const judged = (asked: typeof noRules) =>
    groupFigures(calls, () => groups, asked).map(({ group, serviceLevelSeconds, shortSeconds, serviceLevel }) => {
      return [group, serviceLevelSeconds, shortSeconds, serviceLevel.numerator, serviceLevel.denominator]
    })
  const [sales, support] = groups.map(({ name, plan, number }) => ({ name, plan, number }))
  assert.deepEqual(judged(noRules), [
    [sales, 30, 10, 1, 1],
    [support, 20, 2, 0, 2],
  ])
  assert.deepEqual(judged({ serviceLevelSeconds: 24, shortSeconds: null }), [
    [sales, 24, 10, 0, 1],
    [support, 24, 2, 0, 2],
  ])
  assert.deepEqual(rulesTogether(groups.slice(1), noRules), { serviceLevelSeconds: 20, shortSeconds: 2 })
  assert.deepEqual(rulesTogether(groups, noRules), { serviceLevelSeconds: 20, shortSeconds: 5 })
  assert.deepEqual(rulesTogether(groups, { serviceLevelSeconds: 0, shortSeconds: null }), {
    serviceLevelSeconds: 0,
    shortSeconds: 5,
  })
})

test('what is unattributed is one row a call, telephone and holder', () => {
  const rows = unattributedParts([
    talked(1, 1000, 10, { state: 'no-holder', employeeId: null }),
    talked(1, 20_000, 5, { position: 1, state: 'no-holder', employeeId: null }),
    talked(1, 30_000, 7, { position: 2, state: 'off-shift' }),
    talked(2, 1000, 3),
    talked(3, 1000, 9, { state: 'off-shift', counted: false }),
  ])
  assert.deepEqual(
    rows.map((it) => [it.callId, it.reason, it.employeeId, it.talkSeconds]),
    [
      [1, 'no-holder', null, 15],
      [1, 'off-shift', 1, 7],
    ],
  )
})

const mark = (fields: Partial<Mark>): Mark => ({
  id: 1,
  employeeId: 1,
  shiftId: 7,
  typeId: 1,
  at: 9 * hour,
  count: 1,
  seconds: null,
  comment: null,
  excluded: false,
  how: 'shell',
  ...fields,
})

test('a shift has its calls and marks; the old system cut hours and each break down and counted excluded events', () => {
  const it = shiftFigures({
    shift: {
      ...shift,
      endedAt: 17 * hour - 1000,
      breaks: [shift.breaks[0]!, { ...shift.breaks[1]!, endedAt: 15 * hour + 119_000 }],
    },
    parts: [
      talked(1, 9 * hour, 300),
      talked(2, 18 * hour, 60),
      partOf({ callId: 3, at: 10 * hour, role: 'offered', offer: 'missed' }),
    ],
    marks: [mark({}), mark({ id: 2, count: 3 }), mark({ id: 3, excluded: true }), mark({ id: 4, shiftId: 8 })],
    bound: [],
    period: { ...period, to: 10 * hour },
    rules,
  })
  assert.deepEqual([it.calls, it.onlyOffered, it.talkSeconds], [1, 1, 300])
  assert.deepEqual([it.marks, it.excludedMarks], [4, 1])
  assert.deepEqual([it.workedSeconds, it.workedInPeriodSeconds], [8 * 3600 - 1, 2 * 3600])
  const { included, ...old } = it.old
  assert.deepEqual(old, { hours: 8, breakMinutes: 61, events: 6 })
  assert.deepEqual(included, [
    { type: { mark: 1 }, count: 1 },
    { type: { mark: 1 }, count: 3 },
    { type: { calls: 'inbound' }, count: 1 },
  ])
})

test('a call that is left out of the events of one person counts apart in the shift, with its talk where it was', () => {
  const isExcluded = exclusionFinder([
    { employeeId: 1, callId: 1 },
    { employeeId: 2, callId: 2 },
    { employeeId: 1, callId: 3 },
  ])
  const it = shiftFigures({
    shift,
    parts: [
      talked(1, 9 * hour, 300),
      talked(1, 9 * hour, 20, { position: 1, extension: '202' }),
      talked(2, 10 * hour, 60),
      partOf({ callId: 3, at: 10 * hour, role: 'offered', offer: 'missed' }),
    ],
    marks: [],
    bound: [],
    isExcluded,
    period,
    rules,
  })
  assert.deepEqual([it.calls, it.excludedCalls, it.onlyOffered, it.talkSeconds], [1, 1, 1, 380])
  assert.equal(it.old.events, 2, 'the old system counted all of them')
})

test('M10: events of a shift that came from the older system are its marks and bound calls, whatever raw lines gave', () => {
  const facts = {
    parts: [talked(1, 9 * hour, 300), talked(2, 10 * hour, 60)],
    marks: [mark({}), mark({ id: 2, excluded: true })],
    period: { ...period, to: 20 * hour },
    rules,
  }
  const whole = { ...shift, endedAt: 17 * hour, breaks: [] }
  const bound = [
    { direction: 'inbound', excluded: false, count: 4 },
    { direction: 'inbound', excluded: true, count: 1 },
    { direction: 'outbound', excluded: false, count: 2 },
  ] as const
  const imported = shiftFigures({ ...facts, shift: { ...whole, startedHow: 'legacy' }, bound })
  assert.deepEqual([imported.old.events, imported.boundCalls], [9, 7])
  // R2: without those that were left out.
  assert.deepEqual(imported.old.included, [
    { type: { mark: 1 }, count: 1 },
    { type: { bound: 'inbound' }, count: 4 },
    { type: { bound: 'outbound' }, count: 2 },
  ])
  // They are in no call and in no talk.
  assert.deepEqual([imported.calls, imported.talkSeconds], [2, 360])
  const corrected = shiftFigures({ ...facts, shift: { ...whole, startedHow: 'correction' }, bound })
  assert.equal(corrected.old.events, 9)
  const withoutCalls = shiftFigures({ ...facts, shift: { ...whole, startedHow: 'legacy' }, bound: [] })
  assert.equal(withoutCalls.old.events, 2)
  const own = shiftFigures({ ...facts, shift: whole, bound: [] })
  assert.equal(own.old.events, 4)
})

test('R3: the older system counted what it had bound, by when it was written down, and no excluded event', () => {
  const bound = { employeeId: 1, toldAt: 9 * hour, direction: 'inbound', extension: '4101', excluded: false } as const
  const events = oldActivityEvents(
    [bound, { ...bound, toldAt: 10 * hour, direction: 'outbound' }, { ...bound, excluded: true }],
    [mark({ typeId: 5 }), mark({ excluded: true })],
  )
  assert.deepEqual(events, [
    { employeeId: 1, at: 9 * hour, type: { bound: 'inbound' }, count: 1 },
    { employeeId: 1, at: 10 * hour, type: { bound: 'outbound' }, count: 1 },
    { employeeId: 1, at: 9 * hour, type: { mark: 5 }, count: 1 },
  ])
})

test('activity counts included marks and the calls that people had, by person and kind', () => {
  const events = activityEvents(
    [
      talked(1, 9 * hour, 300),
      talked(1, 9 * hour, 10, { position: 1, extension: '202' }),
      talked(2, 9 * hour, 300, { state: 'off-shift' }),
      partOf({ callId: 3, role: 'offered', offer: 'missed' }),
    ],
    [mark({ count: 2, typeId: 5 }), mark({ excluded: true })],
  )
  assert.deepEqual(events, [
    { employeeId: 1, at: 9 * hour - 5000, type: { calls: 'inbound' }, count: 1 },
    { employeeId: 1, at: 9 * hour, type: { mark: 5 }, count: 2 },
  ])
})
