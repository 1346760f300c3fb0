import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { numberKey } from '../../src/domain/call.ts'
import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { ReportFacts } from '../../src/pipeline/reports/facts.ts'
import { groupReport } from '../../src/pipeline/reports/group.ts'
import { intervalReport } from '../../src/pipeline/reports/interval.ts'
import { missedReport } from '../../src/pipeline/reports/missed.ts'
import { type NamedFilter, resolveFilter } from '../../src/pipeline/reports/named-filter.ts'
import { phoneReport } from '../../src/pipeline/reports/phone.ts'
import { type Check, holds } from '../../src/pipeline/reports/request.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { unattributedReport } from '../../src/pipeline/reports/unattributed.ts'
import { openReports } from '../../src/roles/store-place.ts'
import { testSeed } from '../support/days.ts'
import { assertSummary, endOf, fate, intervalKey, isCounted, sum, talkIn, timeOf } from '../support/report-counting.ts'
import { extensions, type ReportWorld, reportWorld } from '../support/report-world.ts'
import { type Engine, engines } from '../support/stores.ts'

/** R17: every figure, by any filter, is what counting call by call and second by second gives. */

const hour = 3_600_000
const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }

/** The middle of each: a night in which the clock changes, or an ordinary one. */
const places = [
  ['Europe/Berlin', '2026-10-25T01:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Pacific/Chatham', '2026-04-04T14:00:00Z'],
  ['Asia/Kathmandu', '2026-05-05T18:15:00Z'],
] as const

interface Asked {
  readonly world: ReportWorld
  readonly zone: string
  readonly period: { readonly from: number; readonly to: number }
  readonly now: number
  readonly facts: (named?: NamedFilter) => Promise<ReportFacts>
}

async function ask(t: TestContext, engine: Engine, [zone, middle]: (typeof places)[number]): Promise<Asked> {
  const it = await engine.open(t)
  const at = Date.parse(middle)
  const random = openRandom(testSeed, places.findIndex(([name]) => name === zone) + 70)
  const world = await reportWorld(it, random, { from: at - 40 * hour, to: at + 40 * hour, calls: 400 })
  const reading = await openReports(it.place)
  assert.ok(reading)
  t.after(() => reading[Symbol.asyncDispose]())
  const [period, now] = [{ from: at - 13 * hour, to: at + 14 * hour }, at + 30 * hour]
  const facts = async (named: NamedFilter = {}) => {
    const filter = await resolveFilter(reading, named, (source) => (source === 'pbx' ? 'north' : 'south'))
    return ReportFacts.open(reading, { period, filter, rules, zone, now, shiftAtMostSeconds: 12 * 3600 })
  }
  return { world, zone, period, now, facts }
}

const filters: readonly NamedFilter[] = [
  {},
  { source: 'kro' },
  { site: 'north', direction: 'inbound' },
  { extension: '201, 203' },
  { extension: '202', plan: 'pbx' },
  { group: '300' },
  { group: 'Кассы', direction: 'outbound' },
  { employee: 'ёлкина яна' },
  { employee: 'T-2', source: 'pbx' },
  { unit: 'группа' },
]

/** What a filter lets through, by looking at each call. */
function passing({ world }: Asked, named: NamedFilter) {
  const asked = named.extension?.split(',').map((it) => it.trim())
  const people = world.people.filter(
    (it) =>
      (named.employee === undefined || it.name.toLowerCase() === named.employee || `T-${it.id}` === named.employee) &&
      (named.unit === undefined || it.unit === 2),
  )
  const isPeopleAsked = named.employee !== undefined || named.unit !== undefined
  const ids = people.map(({ id }) => id)
  const isOfSource = (sourceId: number) =>
    (named.source === undefined || named.source === (sourceId === 1 ? 'pbx' : 'kro')) &&
    (named.site === undefined || named.site === (sourceId === 1 ? 'north' : 'south'))
  const isOfGroup = (call: CountedCall) =>
    named.group === undefined ||
    (named.group === 'Кассы' ? call.plan === 'pbx' && call.targets.includes('201') : call.targets.includes(named.group))
  const isPart = (part: ReportWorld['parts'][number]) =>
    isOfSource(part.sourceId) &&
    (named.direction ?? part.direction) === part.direction &&
    (named.plan ?? part.plan) === part.plan &&
    (asked?.includes(part.extension) ?? true) &&
    (!isPeopleAsked || ids.includes(part.employeeId ?? 0)) &&
    isOfGroup(world.calls.find(({ id }) => id === part.callId)!)
  const ofPeople = new Set(world.parts.filter((it) => isPart(it) && isCounted(it.state)).map((it) => it.callId))
  const isCall = (call: CountedCall, direction = named.direction) =>
    isOfSource(call.sourceId) &&
    (direction ?? call.direction) === call.direction &&
    (named.plan ?? call.plan) === call.plan &&
    (asked === undefined || call.extensions.some(({ number }) => asked.includes(number))) &&
    isOfGroup(call) &&
    (!isPeopleAsked || ofPeople.has(call.id))
  return { people, isPeopleAsked, isPart, isCall }
}

const assertChecks = (checks: readonly Check[], message: string) => {
  for (const check of checks) assert.ok(holds(check), `${message}: ${JSON.stringify(check)}`)
}

for (const engine of engines) {
  for (const place of places) {
    const options = { skip: engine.skip }

    test(
      `reports are what counting gives, at ${place[0]}, on ${engine.name} (seed ${testSeed})`,
      options,
      async (t) => {
        const asked = await ask(t, engine, place)
        const { world, period, now } = asked
        const isIn = ({ startedAt }: { startedAt: number }) => startedAt >= period.from && startedAt < period.to
        for (const named of filters) {
          const message = JSON.stringify(named)
          const facts = await asked.facts(named)
          const { people, isPeopleAsked, isPart, isCall } = passing(asked, named)
          const calls = world.calls.filter((it) => isIn(it) && isCall(it))
          const parts = world.parts.filter((it) => isIn(it) && isPart(it))

          const employees = await employeeReport(facts)
          assert.deepEqual(
            employees.rows.map((it) => it.employee.id).toSorted(),
            people.map((it) => String(it.id)).toSorted(),
          )
          for (const row of employees.rows) {
            const id = Number(row.employee.id)
            const own = parts.filter((it) => it.employeeId === id && isCounted(it.state))
            const ofDirection = (direction?: string) =>
              new Set(own.filter((it) => (direction ?? it.direction) === it.direction).map((it) => it.callId)).size
            assert.deepEqual(
              [row.calls, row.inbound, row.outbound, row.internal],
              [ofDirection(), ofDirection('inbound'), ofDirection('outbound'), ofDirection('internal')],
              message,
            )
            assert.equal(row.talkSeconds, sum(own.map((it) => it.talkSeconds)), message)
            assert.equal(row.handled, new Set(own.filter((it) => it.busy).map((it) => it.callId)).size, message)
            assert.equal(row.offered, new Set(own.filter((it) => it.offer).map((it) => it.callId)).size, message)
            assert.equal(row.offered, row.answered + row.takenElsewhere + row.missed + row.missedOnBreak, message)
            const seconds = timeOf(asked, id, isPart)
            assert.deepEqual(
              [row.presenceSeconds, row.workedSeconds, row.breakSeconds, row.busySeconds, row.idleSeconds],
              [seconds.presence, seconds.worked, seconds.breaks, seconds.busy, seconds.idle],
              message,
            )
          }
          const counted = parts.filter((it) => isCounted(it.state))
          assert.equal(employees.total.calls, new Set(counted.map((it) => it.callId)).size, message)
          assertChecks(await employees.checks(), message)
          const unattributed = await unattributedReport(facts)
          assert.equal(
            sum(employees.rows.map((it) => it.talkSeconds)) + sum(unattributed.rows.map((it) => it.talkSeconds)),
            sum(parts.map((it) => it.talkSeconds)),
            `person-seconds, ${message}`,
          )
          const lost = parts.filter((it) => !isCounted(it.state) && (!isPeopleAsked || it.employeeId !== null))
          assert.equal(
            unattributed.rows.length,
            new Set(lost.map((it) => [it.callId, it.extension, it.state, it.employeeId].join())).size,
            message,
          )
          assertChecks(await unattributed.checks(), message)

          for (const minutes of [15, 30, 60] as const) {
            const intervals = await intervalReport(facts, minutes)
            const key = (instant: number) => intervalKey(instant, asked.zone, minutes)
            const byKey = Map.groupBy(calls, (it) => key(it.startedAt))
            for (const row of intervals.rows) {
              const within = byKey.get(key(Date.parse(row.from))) ?? []
              assert.equal(row.calls, within.length, `${row.clock}, ${message}`)
              const inbound = within.filter((it) => it.direction === 'inbound')
              assert.equal(row.answered, inbound.filter((it) => it.outcome === 'answered').length)
              assert.equal(row.missed, inbound.filter((it) => it.outcome !== 'answered').length)
            }
            assert.equal(new Set(intervals.rows.map((it) => key(Date.parse(it.from)))).size, intervals.rows.length)
            assert.equal(sum(intervals.rows.map((it) => it.calls)), calls.length, message)
            assertChecks(await intervals.checks(), message)
            if (minutes !== 60) continue
            const reaching = world.calls.filter((it) => isCall(it))
            for (const row of intervals.rows) {
              const [from, to] = [Date.parse(row.from), Date.parse(row.to)]
              assert.equal(
                row.talkWithinSeconds,
                sum(reaching.map((it) => talkIn(it, from, to))),
                `${row.clock} ${message}`,
              )
            }
            const inbound = calls.filter((it) => it.direction === 'inbound' && it.from !== null)
            const again = inbound.filter((call) =>
              world.calls.some(
                (it) =>
                  it.direction === 'inbound' &&
                  it.from !== null &&
                  numberKey(it.from) === numberKey(call.from!) &&
                  (it.startedAt < call.startedAt || (it.startedAt === call.startedAt && it.id < call.id)) &&
                  it.startedAt >= call.startedAt - 24 * hour &&
                  it.startedAt >= period.from - 24 * hour &&
                  passing(asked, { source: named.source, site: named.site, direction: named.direction }).isCall(it),
              ),
            )
            assert.deepEqual(
              [intervals.total.repeatRate.numerator, intervals.total.repeatRate.denominator],
              [again.length, inbound.length],
              message,
            )
          }

          const phones = await phoneReport(facts)
          const isList = named.group === 'Кассы'
          for (const row of phones.rows) {
            const within = world.calls.filter(
              (it) =>
                isIn(it) &&
                (isList ? passing(asked, { ...named, group: undefined }).isCall(it) : isCall(it)) &&
                it.plan === row.plan &&
                it.extensions.some(({ number }) => number === row.extension),
            )
            assert.equal(row.calls, within.length, `${row.extension} ${message}`)
            const ids = new Set(within.map(({ id }) => id))
            const own = world.parts.filter((it) => ids.has(it.callId) && it.extension === row.extension)
            assert.equal(row.talkSeconds, sum(own.map((it) => it.talkSeconds)), message)
            assert.equal(row.missed, own.filter((it) => it.offer === 'missed').length, message)
            assert.equal(row.answered, own.filter((it) => it.offer === 'talked').length, message)
          }
          if (named.extension === undefined && !isList) {
            const telephones = calls.flatMap((it) => it.extensions.map(({ number }) => `${it.plan} ${number}`))
            assert.equal(phones.rows.length, new Set(telephones).size, message)
          }
          if (isList)
            assert.deepEqual(
              phones.rows.map((it) => it.extension),
              ['201', '299'],
            )
          assertChecks(await phones.checks(), message)

          const groups = await groupReport(facts)
          const isGroup = (plan: string, number: string) =>
            /^3\d\d$/u.test(number) || (plan === 'pbx' && number === '706')
          for (const row of groups.rows) {
            const { name, plan, number } = row.group
            const within = calls.filter((it) =>
              plan === null
                ? it.plan === 'pbx' && it.targets.includes('201')
                : it.plan === plan && it.targets.includes(number!),
            )
            assert.ok(plan === null || isGroup(plan, number!), name)
            assert.equal(row.calls, within.length, `${name} ${message}`)
            assertSummary(row, within)
          }
          assert.equal(
            groups.total.calls,
            calls.filter((it) => it.targets.some((to) => isGroup(it.plan, to) || (it.plan === 'pbx' && to === '201')))
              .length,
            message,
          )
          assertChecks(await groups.checks(), message)

          const missed = await missedReport(facts, {
            windowMs: 5 * hour,
            siteOf: (id) => (id === 1 ? 'north' : 'south'),
          })
          const lostCalls = world.calls.filter((it) => isIn(it) && isCall(it, 'inbound') && it.outcome !== 'answered')
          const expected = Map.groupBy(lostCalls, (it) =>
            it.from === null ? null : `${it.sourceId} ${numberKey(it.from)}`,
          )
          assert.equal(missed.rows.length, expected.size, message)
          const byFate = new Map([...expected].map(([key, of]) => [key, fate(world, of, now, 5 * hour)]))
          assert.deepEqual(
            missed.rows.map((it) => [it.missed, it.state, Date.parse(it.firstAt), it.afterSeconds].join()).toSorted(),
            [...byFate.values()].map((it) => it.join()).toSorted(),
            message,
          )
          assertChecks(await missed.checks(), message)

          const shifts = await shiftReport(facts)
          const worked = world.shifts.filter(
            (it) =>
              people.some(({ id }) => id === it.employeeId) && it.startedAt < period.to && endOf(it, now) > period.from,
          )
          assert.deepEqual(
            shifts.rows.map((it) => it.id).toSorted(),
            worked.map((it) => String(it.id)).toSorted(),
            message,
          )
          assert.equal(
            shifts.total.workedInPeriodSeconds,
            sum(employees.rows.map((it) => it.workedSeconds)),
            `shifts and people agree, ${message}`,
          )

          for (const step of ['hour', 'day'] as const) {
            const activity = await activityReport(facts, step, false)
            const marks = world.marks.filter(
              (it) =>
                !it.excluded &&
                it.at >= period.from &&
                it.at < period.to &&
                people.some(({ id }) => id === it.employeeId),
            )
            const bound = parts.filter((it) => isCounted(it.state) && it.role !== 'offered')
            const events = new Set(bound.map((it) => `${it.employeeId} ${it.callId}`)).size
            assert.equal(activity.total.count, sum(marks.map((it) => it.count)) + events, message)
          }
        }
      },
    )
  }

  test(`pages by key give every row once, whatever their size, on ${engine.name}`, { skip: engine.skip }, async (t) => {
    const { facts, period, world } = await ask(t, engine, places[0])
    const { reading } = await facts()
    const query = { ...period, sourceIds: null, direction: null }
    const ids: number[] = []
    for (let after: CountedCall | null = null; ; ) {
      const page: readonly CountedCall[] = await reading.pageCountedCalls(query, after, 7)
      ids.push(...page.map(({ id }) => id))
      after = page.at(-1) ?? null
      if (page.length < 7) break
    }
    const expected = world.calls.filter((it) => it.startedAt >= period.from && it.startedAt < period.to)
    assert.deepEqual(ids.toSorted(), expected.map(({ id }) => id).toSorted())
    for (const employeeId of [1, 4, null]) {
      const found: string[] = []
      for (let after: ReportWorld['parts'][number] | null = null; ; ) {
        const page: ReportWorld['parts'] = await reading.pageParts({ ...period, employeeId }, after, 5)
        found.push(...page.map((it) => `${it.callId} ${it.position}`))
        after = page.at(-1) ?? null
        if (page.length < 5) break
      }
      const own = world.parts.filter(
        (it) => it.startedAt >= period.from && it.startedAt < period.to && it.employeeId === employeeId,
      )
      assert.deepEqual(found.toSorted(), own.map((it) => `${it.callId} ${it.position}`).toSorted())
    }
    assert.equal(extensions.length, 6)
  })

  test(`report phone has the calls with one other party, however its number is written, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const { facts, world, period } = await ask(t, engine, places[0])
    const asked = await facts({ number: '+7 (495) 555-01-01' })
    const { rows, total, checks } = await phoneReport(asked)
    const isWith = ({ from, to }: { from: string | null; to: string | null }) =>
      [from, to].some((number) => number !== null && number.replaceAll(/\D/gu, '').endsWith('4955550101'))
    const calls = world.calls.filter(
      (call) =>
        call.startedAt >= period.from && call.startedAt < period.to && call.extensions.length > 0 && isWith(call),
    )
    assert.ok(calls.length > 20 && calls.length < world.calls.length / 2)
    assert.equal(total.calls, calls.length)
    for (const row of rows)
      assert.equal(
        row.calls,
        calls.filter((call) => call.plan === row.plan && call.extensions.some((own) => own.number === row.extension))
          .length,
      )
    const [check] = await checks()
    assert.ok(check?.kind === 'calls' && check.list === check.outcomes + check.others)
    assert.equal(numberKey('84955550101'), asked.request.filter.number)
  })
}
