import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PeopleEvent, PersonPart } from './people.ts'
import { shiftLimitHours } from './shares.ts'
import { simulate, type SimulationOptions } from './simulate.ts'

const base = { seed: 7, from: '2026-10-05', days: 28, callsADay: 900, timezone: 'Europe/Berlin', people: 20 } as const
const formats = ['avaya-ip-office', 'asterisk-csv'] as const

function run(options: SimulationOptions): { text: string; events: PeopleEvent[] } {
  const events: PeopleEvent[] = []
  const lines = [...simulate(options, undefined, (event) => events.push(event))].map(({ line }) => line)
  return { text: lines.join('\n'), events }
}

const month = {
  'avaya-ip-office': run({ ...base, format: 'avaya-ip-office' }).events,
  'asterisk-csv': run({ ...base, format: 'asterisk-csv' }).events,
} as const

const of = <K extends PeopleEvent['kind']>(events: readonly PeopleEvent[], kind: K) =>
  events.filter((it): it is Extract<PeopleEvent, { kind: K }> => it.kind === kind)

test('people change no record, and the same seed gives the same people', () => {
  for (const format of formats) {
    const options = { ...base, days: 3, format }
    const { text, events } = run(options)
    assert.equal(text, [...simulate(options)].map(({ line }) => line).join('\n'))
    assert.deepEqual(run(options).events, events)
    assert.notDeepEqual(run({ ...options, seed: 8 }).events, events)
  }
})

test('people have names of their own, and facts are told in order and never before they are known', () => {
  for (const format of formats) {
    const events = month[format]
    const employees = of(events, 'employee')
    assert.equal(new Set(employees.map(({ name }) => name)).size, employees.length)
    assert.equal(new Set(employees.map(({ employee }) => employee)).size, employees.length)
    for (const { name } of employees) assert.match(name, /^\p{Lu}[\p{L}-]+ \p{Lu}[\p{L} ]+ \p{Lu}\p{L}+$/u)
    let last = 0
    for (const fact of of(events, 'fact')) {
      assert.ok(fact.toldAt >= last)
      assert.ok(fact.toldAt >= fact.at || fact.fact === 'assign')
      assert.equal((fact.at % 1000) + (fact.toldAt % 1000), 0)
      last = fact.toldAt
    }
  }
})

test('no two people have a telephone at one instant, and nobody is in two shifts or breaks', () => {
  for (const format of formats) {
    const events = month[format]
    const apart = (spans: readonly (readonly [number, number])[]) => {
      const sorted = spans.toSorted((a, b) => a[0] - b[0])
      for (const [i, [from, to]] of sorted.entries()) {
        assert.ok(from < to)
        if (i > 0) assert.ok(from >= (sorted[i - 1] as readonly [number, number])[1])
      }
    }
    const held = Map.groupBy(of(events, 'assignment'), ({ extension }) => extension)
    for (const list of held.values()) apart(list.map(({ from, to }) => [from, to ?? Infinity]))
    for (const list of Map.groupBy(of(events, 'shift'), ({ employee }) => employee).values()) {
      apart(list.map(({ startedAt, endedAt }) => [startedAt, endedAt]))
      for (const { breaks, startedAt, endedAt } of list) {
        apart(breaks.map((it) => [it.startedAt, it.endedAt]))
        assert.ok(breaks.every((it) => it.startedAt > startedAt && it.endedAt <= endedAt))
      }
    }
  }
})

test('what is told, judged at its own time, gives the shifts that were worked', () => {
  const events = month['avaya-ip-office']
  const told = Map.groupBy(
    of(events, 'fact').filter(({ fact }) => fact.startsWith('shift') || fact.startsWith('break')),
    ({ employee }) => employee,
  )
  for (const [employee, shifts] of Map.groupBy(of(events, 'shift'), (it) => it.employee)) {
    const facts = (told.get(employee) ?? []).toSorted((a, b) => a.at - b.at)
    const expected = shifts.flatMap(({ startedAt, endedAt, endedBy, breaks }) => [
      { fact: 'shift-start', at: startedAt },
      ...breaks.flatMap((it) => [
        { fact: 'break-start', at: it.startedAt },
        ...(it.endedAt < endedAt ? [{ fact: 'break-end', at: it.endedAt }] : []),
      ]),
      ...(endedBy === 'person' ? [{ fact: 'shift-end', at: endedAt }] : []),
    ])
    assert.deepEqual(
      facts.map(({ fact, at }) => ({ fact, at })),
      expected.toSorted((a, b) => a.at - b.at),
    )
    for (const { startedAt, endedAt, endedBy } of shifts)
      if (endedBy === 'system') assert.equal(endedAt - startedAt, shiftLimitHours * 3_600_000)
  }
})

test('a month shows everything that people do', () => {
  for (const format of formats) {
    const events = month[format]
    const seen = new Set<string>()
    for (const fact of of(events, 'fact')) {
      seen.add(fact.fact)
      if (fact.fact === 'break-start') seen.add(fact.type)
      if (fact.toldAt > fact.at) seen.add(`late ${fact.fact}`)
      if ('to' in fact && fact.to !== null) seen.add('planned')
    }
    for (const { endedBy, startedAt, endedAt, breaks } of of(events, 'shift')) {
      seen.add(endedBy)
      if (new Date(startedAt).getUTCDate() !== new Date(endedAt).getUTCDate()) seen.add('night')
      if (new Date(startedAt).getUTCMonth() !== new Date(endedAt).getUTCMonth()) seen.add('month end')
      if (breaks.at(-1)?.endedAt === endedAt) seen.add('break not ended')
    }
    for (const { parts } of of(events, 'call')) for (const sight of sightsOf(parts)) seen.add(sight)
    const wanted =
      `assign release planned shift-start shift-end break-start break-end mark meal rest training meeting person system
      late_assign late_shift-start late_shift-end late_break-start late_mark night month_end break_not_ended
      on-shift on-break off-shift no-holder caller answered offered transferred one_person_two_telephones`.split(/\s+/u)
    for (const it of wanted) assert.ok(seen.has(it.replaceAll('_', ' ')), `${format}: no ${it}`)
  }
})

function sightsOf(parts: readonly PersonPart[]): string[] {
  const sights: string[] = parts.flatMap(({ role, state }) => [role, state])
  const telephones = Map.groupBy(
    parts.filter(({ employee }) => employee !== null),
    ({ employee }) => employee,
  )
  if ([...telephones.values()].some((its) => new Set(its.map(({ extension }) => extension)).size > 1))
    sights.push('one person two telephones')
  return sights
}

test('the parts of a call add up to what its records say', () => {
  for (const format of formats) {
    for (const { call, parts } of of(month[format], 'call')) {
      const named = new Set(call.extensions.map(({ number }) => number))
      assert.deepEqual(new Set(parts.map(({ extension }) => extension)), named)
      for (const its of Map.groupBy(parts, ({ extension }) => extension).values()) {
        const talk = its.reduce((sum, { talkSeconds }) => sum + talkSeconds, 0)
        assert.ok(talk <= call.talkSeconds, `${call.scenario}: ${talk} of ${call.talkSeconds}`)
      }
      if (call.answeredBy === null) continue
      const answered = parts.filter(({ role }) => role === 'answered')
      assert.ok(answered.every(({ extension }) => extension === call.answeredBy))
      assert.ok(answered.some(({ at }) => at === call.answeredAt))
    }
  }
})

test('a person has one role at a telephone of a call, as calls are attributed', () => {
  let several = 0
  for (const format of formats)
    for (const { call, parts } of of(month[format], 'call')) {
      const roles = Map.groupBy(parts, ({ extension, employee }) => `${extension} ${employee}`)
      for (const its of roles.values()) {
        const [role, ...others] = new Set(its.map((part) => part.role))
        assert.deepEqual(others, [], `${call.exchangeCallId}: ${role}`)
        if (its.length > 1) several++
      }
    }
  assert.ok(several > 0)
})
