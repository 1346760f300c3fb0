import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breakFlagsAsOf } from './breaks.ts'
import { stateAt } from './presence.ts'
import { defaultWorkRules as rules } from './rules.ts'
import type { Shift } from './shift.ts'
import { closedAsOf, closeOverdue, type Decision, decide, decideMark, type Fact, possibleAt } from './timeline.ts'

/** An instant of the day, or of the next from 24:00 on. */
function at(clock: string): number {
  const [hour = '0', minute = '0', second = '0'] = clock.split(':')
  return Date.UTC(2026, 10, 24) + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
}
const clockOf = (instant: number | null): string => {
  if (instant === null) return '…'
  const seconds = (instant - at('0')) / 1000
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0')
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}${seconds % 60 ? `:${two(seconds % 60)}` : ''}`
}

/** `S 09:00`, `E 18:00`, `B 13:00`, `C 14:00`: start, end, break, its end. */
function factOf(text: string): Fact {
  const [letter, clock = '', type = 'rest'] = text.split(' ')
  const told = { at: at(clock), how: 'shell' } as const
  if (letter === 'S') return { kind: 'shift-start', zone: 'Asia/Krasnoyarsk', ...told }
  if (letter === 'E') return { kind: 'shift-end', ...told }
  if (letter === 'B') return { kind: 'break-start', type, ...told }
  return { kind: 'break-end', ...told }
}

const short: Record<string, string> = { 'closed-by-system': 'system', 'closed-with-shift': 'with-shift' }
const flagsOf = (flags: readonly string[]) => flags.map((flag) => `!${short[flag] ?? flag}`).join('')
const draw = (shifts: readonly Shift[]): string =>
  shifts
    .map((shift) => {
      const breaks = shift.breaks.map((it) => `${clockOf(it.startedAt)}-${clockOf(it.endedAt)}${flagsOf(it.flags)}`)
      const span = `${clockOf(shift.startedAt)}-${clockOf(shift.endedAt)}${flagsOf(shift.flags)}`
      return breaks.length > 0 ? `${span} (${breaks.join(', ')})` : span
    })
    .join('; ')

function applied(shifts: readonly Shift[], decision: Decision): Shift[] {
  assert.equal(decision.kind, 'changed', JSON.stringify(decision))
  if (decision.kind !== 'changed') return []
  const left = shifts.filter((it) => !decision.before.includes(it))
  assert.equal(left.length, shifts.length - decision.before.length, 'what changes was there')
  return [...left, ...decision.after].sort((a, b) => a.startedAt - b.startedAt)
}

const told = (...facts: string[]): Shift[] =>
  facts.reduce<Shift[]>((shifts, text) => applied(shifts, decide(shifts, 7, factOf(text), rules)), [])

function refusal(shifts: readonly Shift[], fact: string): string {
  const decision = decide(shifts, 7, factOf(fact), rules)
  if (decision.kind === 'changed') return `taken: ${draw(applied(shifts, decision))}`
  return `${decision.why}, ${decision.state} since ${clockOf(decision.since)}: ${decision.possible.join(' ') || '-'}`
}

test('a day is told as it goes', () => {
  assert.equal(draw(told('S 09:00')), '09:00-…')
  assert.equal(draw(told('S 09:00', 'B 13:00')), '09:00-… (13:00-…)')
  assert.equal(draw(told('S 09:00', 'B 13:00', 'C 13:15')), '09:00-… (13:00-13:15)')
  assert.equal(draw(told('S 09:00', 'B 13:00', 'C 13:15', 'E 18:00')), '09:00-18:00 (13:00-13:15)')
  assert.equal(draw(told('S 09:00', 'E 13:00', 'S 13:00', 'E 18:00')), '09:00-13:00; 13:00-18:00')
})

test('what cannot be is refused with what can', () => {
  assert.equal(refusal([], 'E 09:00'), 'off-shift, off-shift since …: shift-start')
  assert.equal(refusal([], 'B 09:00'), 'off-shift, off-shift since …: shift-start')
  const working = told('S 09:00')
  assert.equal(refusal(working, 'S 10:00'), 'already-on-shift, on-shift since 09:00: break-start shift-end mark-add')
  assert.equal(refusal(working, 'C 10:00'), 'not-on-break, on-shift since 09:00: break-start shift-end mark-add')
  assert.equal(
    refusal(working, 'B 10:00 nap'),
    'unknown-break-type, on-shift since 09:00: break-start shift-end mark-add',
  )
  const resting = told('S 09:00', 'B 10:00')
  assert.equal(refusal(resting, 'B 10:10 meal'), 'already-on-break, on-break since 10:00: break-end shift-end')
  assert.equal(refusal(resting, 'S 10:10'), 'already-on-shift, on-break since 10:00: break-end shift-end')
  const gone = told('S 09:00', 'E 18:00')
  assert.equal(refusal(gone, 'E 19:00'), 'off-shift, off-shift since 18:00: shift-start')
  assert.equal(refusal(gone, 'C 19:00'), 'off-shift, off-shift since 18:00: shift-start')
  assert.equal(refusal(gone, 'E 17:00'), 'already-ended, on-shift since 09:00: break-start mark-add')
})

test('two quick starts make one shift, in whatever order they arrive (F19)', () => {
  assert.match(refusal(told('S 09:00:05'), 'S 09:00:07'), /^already-on-shift/)
  assert.equal(
    refusal(told('S 09:00:05'), 'S 09:00:04'),
    'already-on-shift, on-shift since 09:00:05: break-start shift-end mark-add',
  )
  assert.match(refusal(told('S 09:00', 'B 10:00:01'), 'B 10:00:00'), /^already-on-break, on-break since 10:00:01/)
})

test('a fact that arrives late is judged by its own time', () => {
  // The desk was offline: its morning arrives when the afternoon has begun.
  const afternoon = told('S 14:00')
  assert.equal(draw(told('S 14:00', 'S 09:00')), '09:00-14:00!system; 14:00-…')
  assert.equal(draw(told('S 14:00', 'S 09:00', 'E 13:00')), '09:00-13:00; 14:00-…')
  assert.equal(refusal(afternoon, 'B 13:00'), 'off-shift, off-shift since …: shift-start')
  // A start twelve hours and more before the next has its own limit.
  assert.equal(draw(told('S 23:00', 'S 09:00')), '09:00-21:00!system; 23:00-…')
  // A break inside a finished shift.
  assert.equal(draw(told('S 09:00', 'E 18:00', 'B 17:45')), '09:00-18:00 (17:45-18:00!with-shift)')
  assert.equal(draw(told('S 09:00', 'E 18:00', 'B 13:00', 'C 13:10')), '09:00-18:00 (13:00-13:10)')
  assert.equal(
    draw(told('S 09:00', 'B 15:00', 'C 15:10', 'B 13:00')),
    '09:00-… (13:00-15:00!system!overrun, 15:00-15:10)',
  )
  assert.equal(draw(told('S 09:00', 'B 15:00', 'C 15:10', 'B 13:00', 'C 13:10')), '09:00-… (13:00-13:10, 15:00-15:10)')
  assert.equal(
    refusal(told('S 09:00', 'B 13:00', 'C 13:10', 'E 18:00'), 'B 13:05'),
    'already-on-break, on-break since 13:00: -',
  )
  assert.equal(refusal(told('S 09:00', 'B 13:00', 'C 13:10'), 'C 13:05'), 'already-ended, on-break since 13:00: -')
})

test('an end before a break that is known is refused', () => {
  assert.match(
    refusal(told('S 09:00', 'B 15:00'), 'E 14:00'),
    /^break-later, on-shift since 09:00: break-start mark-add$/,
  )
  assert.match(refusal(told('S 09:00', 'B 15:00', 'C 15:10'), 'E 15:05'), /^break-later, on-break since 15:00: -$/)
  assert.equal(draw(told('S 09:00', 'B 15:00', 'C 15:10', 'E 15:10')), '09:00-15:10 (15:00-15:10)')
})

test('a break never outlives its shift (F18)', () => {
  assert.equal(draw(told('S 09:00', 'B 17:50', 'E 18:00')), '09:00-18:00 (17:50-18:00!with-shift)')
  assert.equal(draw(told('S 09:00', 'B 17:50', 'E 18:00', 'C 17:55')), '09:00-18:00 (17:50-17:55)')
  assert.equal(draw(told('S 09:00', 'B 17:50', 'E 18:00', 'C 18:00')), '09:00-18:00 (17:50-18:00)')
  assert.match(refusal(told('S 09:00', 'B 17:50', 'E 18:00'), 'C 18:01'), /^off-shift/)
  // The end of a break cannot slip into the next shift.
  assert.match(refusal(told('S 09:00', 'B 17:50', 'E 18:00', 'S 19:00'), 'C 19:30'), /^not-on-break/)
})

test('a forgotten shift ends at its limit, flagged, and not when somebody looks (F17)', () => {
  const open = told('S 09:00', 'B 20:00')
  assert.deepEqual(closeOverdue(open, at('20:59:59'), rules), { before: [], after: [] })
  const closed = closeOverdue(open, at('40:00'), rules)
  assert.deepEqual(closed.before, open)
  assert.equal(draw(closed.after), '09:00-21:00!system (20:00-21:00!with-shift!overrun)')
  assert.equal(closed.after[0]?.endedHow, 'automatic')
  // Telling something later than the limit closes it too.
  assert.equal(draw(told('S 09:00', 'S 33:00')), '09:00-21:00!system; 33:00-…')
  assert.equal(refusal(told('S 09:00'), 'B 21:00'), 'off-shift, off-shift since 21:00: shift-start shift-end')
})

test("the person's own end takes the place of the system's", () => {
  const closed = [...closeOverdue(told('S 09:00', 'B 20:00'), at('40:00'), rules).after]
  const end = (clock: string) => applied(closed, decide(closed, 7, factOf(`E ${clock}`), rules))
  assert.equal(draw(end('20:10')), '09:00-20:10 (20:00-20:10!with-shift)')
  assert.equal(draw(end('23:00')), '09:00-23:00!over-limit (20:00-23:00!with-shift!overrun)')
  assert.equal(end('23:00')[0]?.endedHow, 'shell')
  const late = end('23:00')
  assert.equal(
    draw(applied(late, decide(late, 7, factOf('C 21:30'), rules))),
    '09:00-23:00!over-limit (20:00-21:30!overrun)',
  )
  assert.match(refusal(closed, 'C 21:30'), /^off-shift, off-shift since 21:00: shift-start shift-end$/)
  // Whether the system has closed it yet or not.
  assert.equal(draw(told('S 09:00', 'E 23:00')), '09:00-23:00!over-limit')
  // Also when the next shift has begun since; what belongs to the next one does not reach it.
  assert.equal(draw(told('S 09:00', 'S 33:00', 'E 23:00')), '09:00-23:00!over-limit; 33:00-…')
  assert.equal(draw(told('S 09:00', 'S 33:00', 'E 42:00')), '09:00-21:00!system; 33:00-42:00')
  assert.match(refusal(told('S 09:00', 'E 23:00'), 'E 22:00'), /^already-ended/)
})

test('who comes back on Monday and ends the shift of Friday did not work all weekend', () => {
  assert.equal(refusal(told('S 09:00'), 'E 72:00'), 'too-long, off-shift since 21:00: shift-start')
  assert.equal(draw(told('S 09:00', 'E 33:00')), '09:00-33:00!over-limit')
  assert.equal(draw(told('S 09:00', 'E 21:00')), '09:00-21:00')
})

test('an open shift counts up to its limit, whatever the time is now', () => {
  const open = told('S 09:00', 'B 20:00')
  assert.deepEqual(
    ['08:59:59', '09:00', '19:59:59', '20:00', '20:59:59', '21:00'].map((it) => stateAt(open, at(it), rules)),
    ['off-shift', 'on-shift', 'on-shift', 'on-break', 'on-break', 'off-shift'],
  )
  assert.deepEqual(possibleAt(open, at('20:30'), rules), ['break-end', 'shift-end'])
  assert.deepEqual(possibleAt(open, at('30:00'), rules), ['shift-start', 'shift-end'])
})

test('breaks longer or shorter than their type allows are flagged', () => {
  assert.equal(draw(told('S 09:00', 'B 10:00', 'C 10:20')), '09:00-… (10:00-10:20)')
  assert.equal(draw(told('S 09:00', 'B 10:00', 'C 10:20:01')), '09:00-… (10:00-10:20:01!overrun)')
  assert.equal(draw(told('S 09:00', 'B 10:00 meal', 'C 10:29:59')), '09:00-… (10:00-10:29:59!too-short)')
  assert.equal(draw(told('S 09:00', 'B 10:00 meal', 'C 10:30')), '09:00-… (10:00-10:30)')
})

test('a break that goes on is overrun as soon as it is longer than its type allows', () => {
  const flags = (shifts: readonly Shift[], now: string) => {
    const [shift] = shifts
    return shift?.breaks.map((it) => breakFlagsAsOf(it, shift, at(now), rules).join(' '))
  }
  const resting = told('S 09:00', 'B 10:00')
  assert.deepEqual(flags(resting, '10:20'), [''])
  assert.deepEqual(flags(resting, '10:20:01'), ['overrun'])
  // It is not too short as long as it goes on, and does not go on beyond the limit of its shift.
  assert.deepEqual(flags(told('S 09:00', 'B 10:00 meal'), '10:01'), [''])
  assert.deepEqual(flags(told('S 09:00', 'B 20:50'), '40:00'), [''])
  assert.deepEqual(flags(told('S 09:00', 'B 10:00', 'C 10:21'), '10:15'), ['overrun'])
})

test('a mark is set by who works, and is of the shift of its own time', () => {
  const mark = (shifts: readonly Shift[], clock: string) => {
    const it = decideMark(shifts, at(clock) + 999, rules)
    if (it.kind === 'taken') return clockOf(it.shift.startedAt)
    return `${it.why}, ${it.state} since ${clockOf(it.since)}: ${it.possible.join(' ')}`
  }
  const day = told('S 09:00', 'B 12:00', 'C 12:30', 'E 18:00', 'S 19:00')
  assert.deepEqual(
    ['09:00', '11:59:59', '12:30', '17:59:59', '19:00', '30:59:59'].map((clock) => mark(day, clock)),
    ['09:00', '09:00', '09:00', '09:00', '19:00', '19:00'],
  )
  assert.equal(mark(day, '08:59:59'), 'off-shift, off-shift since …: ')
  assert.equal(mark(day, '18:30'), 'off-shift, off-shift since 18:00: shift-start')
  assert.equal(mark(day, '31:00'), 'off-shift, off-shift since 31:00: shift-start shift-end')
  assert.equal(mark(told('S 09:00', 'B 12:00'), '12:00'), 'on-break, on-break since 12:00: break-end shift-end')
  for (const clock of ['08:30', '10:00', '12:10', '18:30', '20:00', '40:00'])
    assert.equal(
      possibleAt(day, at(clock), rules).includes('mark-add'),
      decideMark(day, at(clock), rules).kind === 'taken',
    )
})

test('a shift that is told when its limit has passed is closed at once', () => {
  assert.equal(
    draw(closedAsOf(told('S 09:00', 'B 20:50'), at('21:00'), rules)),
    '09:00-21:00!system (20:50-21:00!with-shift)',
  )
  assert.equal(draw(closedAsOf(told('S 09:00'), at('20:59:59'), rules)), '09:00-…')
})

test('two facts of one second', () => {
  assert.equal(draw(told('S 09:00', 'E 09:00')), '09:00-09:00:01')
  assert.equal(draw(told('S 09:00', 'B 10:00', 'C 10:00', 'E 10:00')), '09:00-10:00')
  assert.equal(draw(told('S 09:00', 'B 10:00', 'E 10:00')), '09:00-10:00')
  assert.equal(draw(told('S 09:00', 'B 10:00', 'C 10:10', 'B 10:10', 'C 10:15')), '09:00-… (10:00-10:10, 10:10-10:15)')
  const fact: Fact = { kind: 'shift-start', at: at('09:00') + 999, zone: 'UTC', how: 'card' }
  assert.equal(draw(applied([], decide([], 7, fact, rules))), '09:00-…')
})
