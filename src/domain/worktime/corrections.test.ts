import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { applyEdits, effectOf, type PersonTime } from './corrections.ts'
import type { Edit } from './edit.ts'
import { stateAt } from './presence.ts'
import { defaultWorkRules as rules } from './rules.ts'
import type { Break, Shift, ShiftFlag } from './shift.ts'

const at = (clock: string) => Date.parse(`2026-11-24T${clock}:00Z`)
const span = (startedAt: number, endedAt: number | null) => ({ startedAt, endedAt })

function shift(
  id: number,
  from: string,
  to: string | null,
  breaks: Partial<Break>[] = [],
  flags: ShiftFlag[] = [],
): Shift {
  return {
    id,
    employeeId: 7,
    ...span(at(from), to === null ? null : at(to)),
    zone: 'UTC',
    startedHow: 'desk',
    endedHow: to === null ? null : flags.length > 0 ? 'automatic' : 'desk',
    flags,
    breaks: breaks.map((it, n) => ({ id: id * 10 + n, type: 'rest', startedAt: 0, endedAt: null, flags: [], ...it })),
  }
}

const timeOf = (...shifts: Shift[]): PersonTime => ({ employeeId: 7, shifts, assignments: [], marks: [] })

const morning = shift(1, '09:00', '13:00', [span(at('11:00'), at('11:10'))])
const evening = shift(2, '14:00', '18:00')

function edited(time: PersonTime, ...edits: Edit[]): PersonTime {
  const result = applyEdits(time, edits, rules)
  assert.equal(result.kind, 'edited', JSON.stringify(result))
  return result.kind === 'edited' ? result.after : time
}
function refusal(time: PersonTime, ...edits: Edit[]): string {
  const result = applyEdits(time, edits, rules)
  return result.kind === 'refused' ? `${result.why} ${result.of.join(' ')}` : 'edited'
}

test('a shift is set, and says that it was', () => {
  const [first, second] = edited(timeOf(morning, evening), { edit: 'set-shift', shift: 1, endedAt: at('13:30') }).shifts
  assert.deepEqual(
    [first?.endedAt, first?.endedHow, first?.startedHow, first?.flags],
    [at('13:30'), 'correction', 'desk', ['corrected']],
  )
  assert.equal(second, evening, 'what is not edited is the same')
})

test("an end that is set takes the place of the system's, and of what only ended with the shift", () => {
  const forgotten = shift(
    1,
    '09:00',
    '21:00',
    [{ ...span(at('17:00'), at('21:00')), flags: ['closed-with-shift', 'overrun'] }],
    ['closed-by-system'],
  )
  const [after] = edited(timeOf(forgotten), { edit: 'set-shift', shift: 1, endedAt: at('17:15') }).shifts
  assert.deepEqual(after?.flags, ['corrected'])
  assert.deepEqual(after?.breaks, [{ ...forgotten.breaks[0], endedAt: at('17:15'), flags: ['closed-with-shift'] }])
  const [reopened] = edited(timeOf(forgotten), { edit: 'set-shift', shift: 1, endedAt: null }).shifts
  assert.deepEqual([reopened?.endedAt, reopened?.endedHow, reopened?.breaks[0]?.endedAt], [null, null, null])
})

test('a shift longer than the limit is to be looked at, also when a correction makes it, until its end is set again as it is', () => {
  const flagsOf = (time: PersonTime, ...edits: Edit[]) => edited(time, ...edits).shifts.map(({ flags }) => flags.join())
  const long = at('09:00') + 48 * 3_600_000
  const zone = 'UTC'
  const none = timeOf()
  assert.deepEqual(flagsOf(none, { edit: 'add-shift', startedAt: at('09:00'), endedAt: long, zone }), [
    'over-limit,corrected',
  ])
  assert.deepEqual(flagsOf(none, { edit: 'add-shift', startedAt: at('09:00'), endedAt: at('21:00'), zone }), [
    'corrected',
  ])
  const day = timeOf(shift(1, '09:00', '20:00'))
  const early = { edit: 'set-shift' as const, shift: 1, startedAt: at('07:00') }
  assert.deepEqual(flagsOf(day, early), ['over-limit,corrected'])
  const longDay = edited(day, early)
  assert.deepEqual(flagsOf(longDay, { edit: 'set-shift', shift: 1, endedAt: at('20:00') }), ['corrected'])
  assert.deepEqual(flagsOf(longDay, { edit: 'set-shift', shift: 1, startedAt: at('08:00') }), ['corrected'])
})

test('shifts and breaks are added and removed', () => {
  const added = edited(
    timeOf(morning),
    {
      edit: 'add-shift',
      startedAt: at('14:00') + 999,
      endedAt: at('18:00'),
      zone: 'Asia/Chita',
      breaks: [{ type: 'meal', ...span(at('15:00'), null), endedAt: at('15:30') }],
    },
    { edit: 'add-break', type: 'rest', startedAt: at('17:00'), endedAt: at('17:10') },
    { edit: 'remove-break', break: 10 },
  )
  assert.deepEqual(
    added.shifts.map((it) => [
      it.id,
      it.startedAt,
      it.startedHow,
      it.flags,
      it.breaks.map(({ id, flags }) => [id, flags]),
    ]),
    [
      [1, at('09:00'), 'desk', ['corrected'], []],
      [
        0,
        at('14:00'),
        'correction',
        ['corrected'],
        [
          [0, ['corrected']],
          [-1, ['corrected']],
        ],
      ],
    ],
  )
  assert.deepEqual(edited(timeOf(morning, evening), { edit: 'remove-shift', shift: 1 }).shifts, [evening])
})

test('a break is set', () => {
  const set: Edit = { edit: 'set-break', break: 10, type: 'meal', endedAt: at('11:20') }
  const [after] = edited(timeOf(morning), set).shifts
  assert.deepEqual(after?.breaks, [
    { id: 10, type: 'meal', ...span(at('11:00'), at('11:20')), flags: ['too-short', 'corrected'] },
  ])
})

test('edits are judged together: two shifts change places', () => {
  const swapped = edited(
    timeOf(morning, evening),
    { edit: 'set-shift', shift: 2, startedAt: at('04:00'), endedAt: at('08:00') },
    { edit: 'set-shift', shift: 1, endedAt: at('18:00') },
  )
  assert.deepEqual(
    swapped.shifts.map(({ id }) => id),
    [2, 1],
  )
})

test('what cannot be is refused, naming what stands in the way', () => {
  const time = timeOf(morning, evening)
  const zone = 'UTC'
  assert.equal(refusal(time, { edit: 'set-shift', shift: 9, endedAt: 0 }), 'no-such-shift 9')
  assert.equal(refusal(time, { edit: 'remove-break', break: 9 }), 'no-such-break 9')
  assert.equal(refusal(time, { edit: 'remove-mark', mark: 9 }), 'no-such-mark 9')
  assert.equal(refusal(time, { edit: 'set-assignment', assignment: 9 }), 'no-such-assignment 9')
  assert.equal(refusal(time, { edit: 'set-shift', shift: 1, endedAt: at('14:01') }), 'shifts-overlap 1 2')
  assert.equal(refusal(time, { edit: 'set-shift', shift: 1, endedAt: null }), 'shifts-overlap 1 2')
  assert.equal(refusal(time, { edit: 'set-shift', shift: 1, endedAt: at('09:00') }), 'end-before-start 1')
  assert.equal(refusal(time, { edit: 'set-shift', shift: 1, endedAt: at('11:05') }), 'break-outside-shift 10 1')
  assert.equal(refusal(time, { edit: 'set-shift', shift: 1, zone: 'Mars/North' }), 'unknown-zone 1')
  assert.equal(refusal(time, { edit: 'set-break', break: 10, endedAt: at('13:01') }), 'break-outside-shift 10 1')
  assert.equal(refusal(time, { edit: 'set-break', break: 10, startedAt: at('11:10') }), 'end-before-start 10')
  assert.equal(refusal(time, { edit: 'set-break', break: 10, type: 'nap' }), 'unknown-break-type 10')
  const extra = { edit: 'add-break', type: 'rest' } as const
  assert.equal(refusal(time, { ...extra, startedAt: at('13:30'), endedAt: at('13:40') }), 'break-outside-shift 0')
  assert.equal(refusal(time, { ...extra, startedAt: at('11:05'), endedAt: at('11:15') }), 'breaks-overlap 10 0')
  assert.equal(
    refusal(time, { ...extra, shift: 2, startedAt: at('11:20'), endedAt: at('11:30') }),
    'break-outside-shift 0 2',
  )
  assert.equal(
    refusal(time, { edit: 'add-shift', startedAt: at('12:59'), endedAt: at('14:00'), zone }),
    'shifts-overlap 1 0',
  )
  assert.equal(refusal(time, { edit: 'add-shift', startedAt: at('13:00'), endedAt: at('14:00'), zone }), 'edited')
})

test('assignments and marks are edited', () => {
  const held = { id: 3, employeeId: 7, plan: 'pbx', extension: '201', from: at('09:00'), to: null, confirmed: true }
  const mark = {
    id: 4,
    employeeId: 7,
    shiftId: 1,
    typeId: 1,
    at: at('10:00'),
    count: 1,
    seconds: null,
    comment: null,
    excluded: false,
    how: 'desk' as const,
  }
  const time = { ...timeOf(morning, evening), assignments: [held], marks: [mark] }
  const after = edited(
    time,
    { edit: 'set-assignment', assignment: 3, to: at('13:00') },
    { edit: 'add-assignment', plan: 'pbx', extension: '201', from: at('13:00'), to: at('14:00') },
    { edit: 'set-mark', mark: 4, at: at('15:00'), excluded: true },
    { edit: 'add-mark', typeId: 2, at: at('08:00'), count: 3 },
  )
  assert.deepEqual(after.assignments, [
    { ...held, to: at('13:00') },
    { ...held, id: 0, from: at('13:00'), to: at('14:00') },
  ])
  assert.deepEqual(after.marks, [
    { ...mark, at: at('15:00'), shiftId: 2, excluded: true },
    { ...mark, id: 0, typeId: 2, at: at('08:00'), count: 3, shiftId: null, how: 'correction' },
  ])
  assert.deepEqual(edited(time, { edit: 'remove-shift', shift: 1 }).marks, [{ ...mark, shiftId: null }])
  const twice: Edit = { edit: 'add-assignment', plan: 'pbx', extension: '201', from: at('12:00'), to: null }
  assert.equal(refusal(time, twice), 'assignments-overlap 3 0')
  assert.equal(refusal(time, { edit: 'set-assignment', assignment: 3, to: at('09:00') }), 'end-before-start 3')
})

test('an end that nobody told is put anew where the shift behind it has moved or gone', () => {
  const forgotten = shift(
    1,
    '09:00',
    '14:00',
    [{ ...span(at('13:50'), at('14:00')), flags: ['closed-with-shift'] }],
    ['closed-by-system'],
  )
  const ends = (...edits: Edit[]) =>
    edited(timeOf(forgotten, evening), ...edits).shifts.map((it) => [it.id, it.endedAt, it.flags.join(' ')])
  const cut = 'closed-by-system corrected'
  assert.deepEqual(ends({ edit: 'remove-shift', shift: 2 }), [[1, null, 'corrected']])
  assert.deepEqual(ends({ edit: 'set-shift', shift: 2, startedAt: at('15:00') })[0], [1, at('15:00'), cut])
  assert.deepEqual(ends({ edit: 'set-shift', shift: 2, startedAt: at('13:55') })[0], [1, at('13:55'), cut])
  const later: Edit = { edit: 'set-shift', shift: 2, startedAt: at('22:00'), endedAt: at('23:00') }
  assert.deepEqual(ends(later)[0], [1, at('21:00'), cut])
  const [put] = edited(timeOf(forgotten, evening), later).shifts
  assert.equal(put?.breaks[0]?.endedAt, at('21:00'), 'its break goes on ending with it')
  // What another limit once put, and what is left alone, stays.
  const other = shift(1, '01:00', '06:00', [], ['closed-by-system'])
  const [same] = edited(timeOf(other, evening), { edit: 'set-shift', shift: 2, startedAt: at('15:00') }).shifts
  assert.equal(same, other)
  assert.equal(
    refusal(timeOf(forgotten, evening), { edit: 'set-shift', shift: 2, startedAt: at('09:00') }),
    'shifts-overlap 1 2',
  )
})

test('the effect says the days and their figures, and where calls change', () => {
  const night = shift(1, '20:00', null)
  const after = edited(timeOf(night), { edit: 'set-shift', shift: 1, endedAt: at('20:00') + 5 * 3_600_000 })
  const effect = effectOf([night], after.shifts, at('23:00') + 86_400_000, rules)
  assert.deepEqual(effect, {
    days: [
      {
        day: '2026-11-25',
        beforeSeconds: 8 * 3600,
        afterSeconds: 3600,
        before: { workedMinutes: 480, dayMinutes: 120, nightMinutes: 360, paidBreakMinutes: 0, unpaidBreakMinutes: 0 },
        after: { workedMinutes: 60, dayMinutes: 0, nightMinutes: 60, paidBreakMinutes: 0, unpaidBreakMinutes: 0 },
      },
    ],
    workedSeconds: -7 * 3600,
    minutes: {
      workedMinutes: -420,
      dayMinutes: -120,
      nightMinutes: -300,
      paidBreakMinutes: 0,
      unpaidBreakMinutes: 0,
    },
    ranges: [{ from: at('20:00') + 5 * 3_600_000, to: at('20:00') + 12 * 3_600_000 }],
  })
})

test('a paid break, and minutes that move into the night, are an effect though as much is worked', () => {
  const none = { workedMinutes: 0, dayMinutes: 0, nightMinutes: 0, paidBreakMinutes: 0, unpaidBreakMinutes: 0 }
  const minutes = (...edits: Edit[]) => {
    const before = timeOf(morning, evening)
    return effectOf(before.shifts, edited(before, ...edits).shifts, at('23:59'), rules).minutes
  }
  const rest: Edit = { edit: 'add-break', type: 'rest', startedAt: at('15:00'), endedAt: at('15:10') }
  assert.deepEqual(minutes(rest), { ...none, paidBreakMinutes: 10 })
  assert.deepEqual(minutes({ edit: 'set-break', break: 10, type: 'meal' }), {
    ...none,
    workedMinutes: -10,
    dayMinutes: -10,
    paidBreakMinutes: -10,
    unpaidBreakMinutes: 10,
  })
  const later: Edit = { edit: 'set-shift', shift: 2, startedAt: at('19:00'), endedAt: at('23:00') }
  assert.deepEqual(minutes(later), { ...none, dayMinutes: -60, nightMinutes: 60 })
})

const clock = fc.integer({ min: 0, max: 30 * 60 }).map((minutes) => at('00:00') + minutes * 60_000)
const id = fc.integer({ min: -1, max: 21 })
const type = fc.constantFrom('meal', 'rest')
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    edit: fc.constant('add-shift' as const),
    startedAt: clock,
    endedAt: clock,
    zone: fc.constant('Asia/Chita'),
  }),
  fc.record({
    edit: fc.constant('set-shift' as const),
    shift: fc.integer({ min: -1, max: 2 }),
    startedAt: clock,
    endedAt: clock,
  }),
  fc.record({ edit: fc.constant('set-shift' as const), shift: fc.constantFrom(1, 2), endedAt: fc.option(clock) }),
  fc.record({ edit: fc.constant('remove-shift' as const), shift: fc.constantFrom(1, 2) }),
  fc.record({ edit: fc.constant('add-break' as const), type, startedAt: clock, endedAt: clock }),
  fc.record({
    edit: fc.constant('set-break' as const),
    break: fc.constantFrom(10, 0),
    startedAt: clock,
    endedAt: fc.option(clock),
  }),
  fc.record({ edit: fc.constant('remove-break' as const), break: id }),
)

test('no edits make what the store would refuse, and their effect is what changes', () => {
  let accepted = 0
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const before = [morning, evening]
      const result = applyEdits(timeOf(...before), edits, rules)
      if (result.kind === 'refused') return
      accepted++
      const after = result.after.shifts
      let last = -Infinity
      for (const it of after) {
        assert.ok(it.startedAt >= last && it.startedAt < (it.endedAt ?? Infinity))
        last = it.endedAt ?? Infinity
        let lastBreak = it.startedAt
        for (const pause of it.breaks) {
          assert.ok(pause.startedAt >= lastBreak && pause.startedAt < (pause.endedAt ?? Infinity))
          lastBreak = pause.endedAt ?? Infinity
        }
        assert.ok(it.breaks.length === 0 || lastBreak <= last)
        assert.ok(before.includes(it) || it.flags.includes('corrected'))
      }
      const effect = effectOf(before, after, at('23:00') + 86_400_000, rules)
      assert.equal(
        effect.workedSeconds,
        effect.days.reduce((sum, day) => sum + day.afterSeconds - day.beforeSeconds, 0),
      )
      for (let minute = -60; minute < 48 * 60; minute += 7) {
        const instant = at('00:00') + minute * 60_000
        const differs = stateAt(before, instant, rules) !== stateAt(after, instant, rules)
        assert.equal(
          effect.ranges.some(({ from, to }) => from <= instant && instant < to),
          differs,
        )
      }
    }),
    { numRuns: 1500 },
  )
  assert.ok(accepted > 100, `${accepted} accepted`)
})
