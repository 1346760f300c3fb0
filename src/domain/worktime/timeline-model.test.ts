import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stateAt } from './presence.ts'
import { defaultWorkRules } from './rules.ts'
import type { Shift } from './shift.ts'
import { closeOverdue, decide, type Fact, type FactKind, neighbourhoodOf, possibleAt } from './timeline.ts'

const rules = { ...defaultWorkRules, samePressSeconds: 0 }
const minute = 60_000
const kinds = ['shift-start', 'shift-end', 'break-start', 'break-end'] as const

const factAt = (kind: FactKind, at: number): Fact => ({ kind, at, zone: 'UTC', how: 'card', type: 'rest' })

/** Facts of some days, near each other now and then; `step`: they fall on multiples of it. */
const facts = (step: number, length: number): fc.Arbitrary<Fact[]> =>
  fc.array(
    fc
      .record({ kind: fc.constantFrom(...kinds), at: fc.integer({ min: 0, max: 60 * 60 }) })
      .map(({ kind, at }) => factAt(kind, Math.floor((at * minute) / step) * step)),
    { maxLength: length },
  )

type Told = { shifts: Shift[]; taken: boolean[] }

function tell(all: readonly Fact[], sweepAt: (index: number) => number | null = () => null): Told {
  let shifts: Shift[] = []
  const taken: boolean[] = []
  const replace = (before: readonly Shift[], after: readonly Shift[]) => {
    shifts = [...shifts.filter((it) => !before.includes(it)), ...after].sort((a, b) => a.startedAt - b.startedAt)
  }
  for (const [index, fact] of all.entries()) {
    const decision = decide(shifts, 7, fact, rules)
    taken.push(decision.kind === 'changed')
    if (decision.kind === 'changed') {
      assert.ok(decision.after.includes(decision.shift))
      replace(decision.before, decision.after)
    } else assert.deepEqual(decision.possible, possibleAt(shifts, fact.at, rules))
    const now = sweepAt(index)
    if (now !== null) {
      const closed = closeOverdue(shifts, now, rules)
      replace(closed.before, closed.after)
    }
  }
  return { shifts, taken }
}

/** The picture at the end of all days, without the ids, which name rows in the order in which they came. */
function picture(shifts: readonly Shift[]): unknown {
  const { before, after } = closeOverdue(shifts, 1000 * 3_600_000, rules)
  return [...shifts.filter((it) => !before.includes(it)), ...after]
    .sort((a, b) => a.startedAt - b.startedAt)
    .map((shift) => ({ ...shift, id: 0, breaks: shift.breaks.map((it) => ({ ...it, id: 0 })) }))
}

function assertSound(shifts: readonly Shift[]): void {
  for (const [index, shift] of shifts.entries()) {
    const next = shifts[index + 1]
    if (shift.endedAt === null) assert.equal(next, undefined, 'only the last is open')
    else assert.ok(shift.endedAt > shift.startedAt)
    if (next) assert.ok((shift.endedAt ?? Infinity) <= next.startedAt, 'shifts do not overlap')
    for (const [place, it] of shift.breaks.entries()) {
      const after = shift.breaks[place + 1]
      const end = it.endedAt ?? Infinity
      assert.ok(it.startedAt >= shift.startedAt)
      assert.ok(end > it.startedAt)
      assert.ok(end <= (shift.endedAt ?? Infinity), 'a break lies inside its shift')
      if (after) assert.ok(end <= after.startedAt, 'breaks do not overlap')
    }
  }
}

test('no facts in no order make shifts overlap or a break lie outside its shift', () => {
  for (const step of [minute, 30 * minute])
    fc.assert(
      fc.property(facts(step, 40), (all) => assertSound(tell(all).shifts)),
      { numRuns: 300 },
    )
})

test('facts that are taken in two orders give the same picture', () => {
  const unlike = (all: readonly Fact[]) => new Set(all.map(({ at }) => at)).size === all.length
  let compared = 0
  fc.assert(
    fc.property(
      facts(minute, 9)
        .filter(unlike)
        .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
      ([all, shuffled]) => {
        // Some that can be told: those that were taken.
        const first = tell(all)
        const kept = all.filter((_, index) => first.taken[index])
        const second = tell(shuffled.filter((fact) => kept.includes(fact)))
        if (second.taken.includes(false)) return
        compared++
        assert.deepEqual(picture(second.shifts), picture(tell(kept).shifts))
      },
    ),
    { numRuns: 3000 },
  )
  assert.ok(compared > 300, `${compared} compared`)
})

/** Legal days: what a person with a good memory would tell. */
const days: fc.Arbitrary<Fact[]> = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 61, max: 900 }),
      parts: fc.array(fc.integer({ min: 2, max: 180 }), { minLength: 1, maxLength: 7 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((shifts) => {
    const all: Fact[] = []
    let at = 0
    const next = (minutes: number, kind: FactKind) => all.push(factAt(kind, (at += minutes) * minute))
    for (const { gap, parts } of shifts) {
      next(gap, 'shift-start')
      const breaks = parts.slice(1)
      for (const [index, minutes] of breaks.entries()) next(minutes, index % 2 ? 'break-end' : 'break-start')
      next(parts[0] as number, 'shift-end')
    }
    return all
  })

test('what a person told in time, in any order that is taken, is one picture', () => {
  let compared = 0
  fc.assert(
    fc.property(
      days.chain((all) => fc.tuple(fc.constant(all), fc.array(fc.nat(), { minLength: 6, maxLength: 6 }))),
      ([all, swaps]) => {
        const shuffled = [...all]
        for (const n of swaps) {
          const from = n % shuffled.length
          const [moved] = shuffled.splice(from, 1)
          if (moved) shuffled.splice((n >> 8) % (shuffled.length + 1), 0, moved)
        }
        const second = tell(shuffled)
        if (second.taken.includes(false)) return
        compared++
        const first = tell(all)
        // A break that was ended after the limit of its shift was closed is not taken in order of time.
        if (first.taken.includes(false)) return
        assert.deepEqual(picture(second.shifts), picture(first.shifts))
      },
    ),
    { numRuns: 4000 },
  )
  assert.ok(compared > 200, `${compared} compared`)
})

test('whether and when the system closes forgotten shifts changes nothing', () => {
  fc.assert(
    fc.property(
      facts(minute, 20),
      fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 20, maxLength: 20 }),
      (all, at) => {
        // As it is in life: told in the order in which they happen, and the system looks now and then, later than what was told.
        const inTime = all.toSorted((a, b) => a.at - b.at)
        const swept = tell(inTime, (index) => {
          const now = (inTime[index + 1]?.at ?? Infinity) - (at[index] ?? 0) * 1000
          return now > (inTime[index]?.at ?? 0) ? Math.min(now, 1e12) : null
        })
        const unswept = tell(inTime)
        assert.deepEqual(swept.taken, unswept.taken)
        assert.deepEqual(picture(swept.shifts), picture(unswept.shifts))
      },
    ),
    { numRuns: 500 },
  )
})

test('a fact is decided by its neighbourhood alone', () => {
  fc.assert(
    fc.property(facts(minute, 30), fc.constantFrom(...kinds), fc.integer({ min: 0, max: 3600 }), (all, kind, at) => {
      const { shifts } = tell(all)
      const fact = factAt(kind, at * minute)
      const { from, to } = neighbourhoodOf(fact.at, rules)
      const near = shifts.filter((it) => it.startedAt < to && (it.endedAt ?? Infinity) > from)
      const whole = decide(shifts, 7, fact, rules)
      const local = decide(near, 7, fact, rules)
      if (whole.kind === 'refused') assert.deepEqual({ ...local, since: whole.since }, whole)
      else assert.ok(local.kind === 'changed')
      if (whole.kind === 'changed' && local.kind === 'changed')
        assert.deepEqual([picture(local.after), local.before], [picture(whole.after), whole.before])
    }),
    { numRuns: 500 },
  )
})

test('a taken start is seen in the state, a taken end is not', () => {
  fc.assert(
    fc.property(facts(minute, 30), (all) => {
      let shifts: Shift[] = []
      for (const fact of all) {
        const decision = decide(shifts, 7, fact, rules)
        if (decision.kind === 'refused') continue
        shifts = [...shifts.filter((it) => !decision.before.includes(it)), ...decision.after]
        shifts.sort((a, b) => a.startedAt - b.startedAt)
        const state = stateAt(shifts, fact.at, rules)
        if (fact.kind === 'break-start') assert.equal(state, 'on-break')
        if (fact.kind === 'shift-start') assert.notEqual(state, 'off-shift')
      }
    }),
    { numRuns: 300 },
  )
})
