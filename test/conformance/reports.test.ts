import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { numberKey } from '../../src/domain/call.ts'
import type { CountedCall } from '../../src/domain/metrics/counted-call.ts'
import { activityReport } from '../../src/pipeline/reports/activity.ts'
import { employeeReport } from '../../src/pipeline/reports/employee.ts'
import { groupReport } from '../../src/pipeline/reports/group.ts'
import { intervalReport } from '../../src/pipeline/reports/interval.ts'
import { missedCallReport, missedReport } from '../../src/pipeline/reports/missed.ts'
import { phoneReport } from '../../src/pipeline/reports/phone.ts'
import { shiftReport } from '../../src/pipeline/reports/shift.ts'
import { unattributedReport } from '../../src/pipeline/reports/unattributed.ts'
import { instantText } from '../../src/pipeline/status.ts'
import { testSeed } from '../support/days.ts'
import { ask, assertChecks, hour, places } from '../support/asked-reports.ts'
import { peopleOf, personOf, shiftOf, timeOf } from '../support/people-counting.ts'
import {
  assertErlang,
  assertPhoneTotal,
  concurrencyOf,
  endOf,
  fate,
  fates,
  fateText,
  inOrder,
  intervalKey,
  isCounted,
  isReturned,
  missedBy,
  phoneOf,
  share,
  sum,
  summaryOf,
  talkOf,
  toldFate,
} from '../support/report-counting.ts'
import { drawnFilters, isOfSomeCalls, passing } from '../support/report-filters.ts'
import { engines } from '../support/stores.ts'

/** R17: every figure, by any filter, is what counting call by call and second by second gives. */

for (const engine of engines) {
  for (const [nth, place] of places.entries()) {
    const options = { skip: engine.skip }

    test(
      `reports are what counting gives, at ${place[0]}, on ${engine.name} (seed ${testSeed})`,
      options,
      async (t) => {
        const asked = await ask(t, engine, place)
        const { world, period, now } = asked
        const isIn = ({ startedAt }: { startedAt: number }) => startedAt >= period.from && startedAt < period.to
        const times = new Map(world.people.map(({ id }) => [id, timeOf(asked, id)]))
        let expectations = 0
        for (const named of drawnFilters(nth + 80, 8)) {
          const message = JSON.stringify(named)
          const facts = await asked.facts(named)
          const { people, isPeopleAsked, isPart, isCall } = passing(world, named)
          const isSome = isOfSomeCalls(named)
          const calls = world.calls.filter((it) => isIn(it) && isCall(it))
          const parts = world.parts.filter((it) => isIn(it) && isPart(it))
          const counted = parts.filter((it) => isCounted(it.state))

          const employees = await employeeReport(facts)
          assert.deepEqual(
            employees.rows.map((it) => it.employee.id).toSorted(),
            people.map((it) => String(it.id)).toSorted(),
          )
          const figures = employees.rows.map(({ employee: { id } }) =>
            personOf(
              counted.filter((it) => it.employeeId === Number(id)),
              times.get(Number(id))!,
              asked,
              isSome,
            ),
          )
          for (const [i, { employee: _, ...row }] of employees.rows.entries())
            assert.deepEqual(row, figures[i], message)
          const nobodys = parts.filter((it) => !isCounted(it.state))
          const talk = (of: typeof parts) => sum(of.map((it) => it.talkSeconds))
          assert.deepEqual(
            employees.total,
            { ...peopleOf(counted, figures), unattributedShare: share(talk(nobodys), talk(parts)) },
            message,
          )
          assertChecks(await employees.checks(), message)
          const unattributed = await unattributedReport(facts)
          const lost = parts.filter((it) => !isCounted(it.state) && (!isPeopleAsked || it.employeeId !== null))
          const keyOf = (it: (typeof parts)[number]) => [it.callId, it.extension, it.state, it.employeeId ?? ''].join()
          assert.deepEqual(
            unattributed.rows
              .map((it) => `${[it.call, it.extension, it.reason, it.holder?.id ?? ''].join()} ${it.talkSeconds}`)
              .toSorted(),
            [...Map.groupBy(lost, keyOf)].map(([key, of]) => `${key} ${talk(of)}`).toSorted(),
            message,
          )
          assertChecks(await unattributed.checks(), message)

          const reaching = world.calls.filter((it) => isCall(it))
          const talking = concurrencyOf(talkOf(reaching), period)
          const ongoing = concurrencyOf(
            reaching.map(({ startedAt: from, endedAt: to }) => ({ from, to })),
            period,
          )
          const marked = (from: number, to: number) =>
            isSome ? 0 : sum(people.map(({ id }) => times.get(id)!.marked(from, to)))
          const wrapUpOf = (of: readonly CountedCall[], from: number, to: number) =>
            asked.perCallSeconds > 0 ? asked.perCallSeconds * summaryOf(of, 0).handled : marked(from, to)
          const rules = { serviceLevelSeconds: 20, shortSeconds: 5 }
          for (const minutes of [15, 30, 60] as const) {
            const intervals = await intervalReport(facts, minutes)
            const key = (instant: number) => intervalKey(instant, asked.zone, minutes)
            const byKey = Map.groupBy(calls, (it) => key(it.startedAt))
            for (const { erlangC, clock, ...row } of intervals.rows) {
              const [from, to] = [Date.parse(row.from), Date.parse(row.to)]
              const within = byKey.get(key(from)) ?? []
              const seconds = (of: Uint16Array) => of.subarray((from - period.from) / 1000, (to - period.from) / 1000)
              const summary = summaryOf(within, wrapUpOf(within, from, to))
              const staffSeconds = isSome ? null : sum(people.map(({ id }) => times.get(id)!.staffed(from, to)))
              assert.deepEqual(
                row,
                {
                  from: row.from,
                  to: row.to,
                  ...rules,
                  ...summary,
                  staffSeconds,
                  talkWithinSeconds: sum(seconds(talking)),
                  peak: seconds(ongoing).reduce((a, b) => Math.max(a, b), 0),
                },
                `${clock} ${message}`,
              )
              const staff = staffSeconds ? Math.floor((1000 * staffSeconds) / (to - from)) : null
              assertErlang(erlangC, staff, summary, (to - from) / 1000)
              if (erlangC.waiting !== null) expectations++
            }
            assert.equal(new Set(intervals.rows.map((it) => key(Date.parse(it.from)))).size, intervals.rows.length)
            assertChecks(await intervals.checks(), message)
            if (minutes !== 60) continue
            const ofSources = passing(world, { source: named.source, site: named.site, direction: named.direction })
            const numbered = world.calls.filter((it) => it.direction === 'inbound' && it.from !== null)
            const before = numbered.filter((it) => ofSources.isCall(it))
            const inbound = numbered.filter((it) => isIn(it) && isCall(it))
            const again = inbound.filter((call) =>
              before.some(
                (it) =>
                  numberKey(it.from!) === numberKey(call.from!) &&
                  (it.startedAt < call.startedAt || (it.startedAt === call.startedAt && it.id < call.id)) &&
                  it.startedAt >= call.startedAt - 24 * hour &&
                  it.startedAt >= period.from - 24 * hour,
              ),
            )
            assert.deepEqual(
              intervals.total,
              {
                ...rules,
                ...summaryOf(calls, wrapUpOf(calls, period.from, period.to)),
                staff: null,
                talkWithinSeconds: sum(talking),
                peak: ongoing.reduce((a, b) => Math.max(a, b), 0),
                repeatRate: share(again.length, inbound.length),
                staffSeconds: isSome ? null : sum(intervals.rows.map((it) => it.staffSeconds ?? Number.NaN)),
              },
              message,
            )
          }

          // A list of numbers means these telephones there, not the calls that were sent to them.
          const isList = named.group === 'Кассы'
          const ofPhones = passing(world, isList ? { ...named, group: undefined } : named)
          const { isTelephone, extensions } = passing(world, named)
          const phones = await phoneReport(facts)
          const phoneCalls = world.calls.filter((it) => isIn(it) && ofPhones.isCall(it))
          for (const { plan, extension, label: _, site: __, old: ___, ...row } of phones.rows) {
            const within = phoneCalls.filter(
              (it) => it.plan === plan && it.extensions.some(({ number }) => number === extension),
            )
            const ids = new Set(within.map(({ id }) => id))
            const own = world.parts.filter((it) => ids.has(it.callId) && it.extension === extension)
            assert.deepEqual(row, phoneOf(within, own), `${plan} ${extension} ${message}`)
          }
          assertPhoneTotal(phones, world, phoneCalls)
          const always = [
            ...(isList ? ['201', '299'].map((number) => ['pbx', number] as const) : []),
            ...(named.plan ? (extensions ?? []).map((number) => [named.plan!, number] as const) : []),
          ]
          const telephones = phoneCalls.flatMap((it) => it.extensions.map(({ number }) => [it.plan, number] as const))
          assert.deepEqual(
            phones.rows.map((it) => `${it.plan} ${it.extension}`),
            [
              ...new Set([...telephones, ...always].filter((it) => isTelephone(...it)).map((it) => it.join(' '))),
            ].toSorted(),
            message,
          )
          assertChecks(await phones.checks(), message)

          const groups = await groupReport(facts)
          const isGroup = (plan: string, number: string) =>
            /^3\d\d$/u.test(number) || (plan === 'pbx' && number === '706')
          const groupsOf = ({ plan, targets }: CountedCall) => [
            ...targets
              .filter((it) => isGroup(plan, it))
              .map((number) => ({ name: number === '706' ? 'Меню' : number, plan, number })),
            ...(plan === 'pbx' && targets.includes('201') ? [{ name: 'Кассы', plan: null, number: null }] : []),
          ]
          const isAsked = ({ name, number }: { name: string; number: string | null }) =>
            named.group === undefined || named.group === name || named.group === number
          const keys = new Set(
            calls
              .flatMap(groupsOf)
              .filter(isAsked)
              .map((it) => JSON.stringify(it)),
          )
          assert.deepEqual(groups.rows.map((it) => JSON.stringify(it.group)).toSorted(), [...keys].toSorted(), message)
          const isOf = (group: object) => (it: CountedCall) => groupsOf(it).some((of) => isDeepStrictEqual(of, group))
          const afterCalls = (of: readonly CountedCall[]) => asked.perCallSeconds * summaryOf(of, 0).handled
          for (const { group, ...row } of groups.rows) {
            const within = calls.filter(isOf(group))
            assert.deepEqual(row, { ...rules, ...summaryOf(within, afterCalls(within)) }, `${group.name} ${message}`)
          }
          const grouped = calls.filter((it) => groupsOf(it).length > 0)
          assert.deepEqual(groups.total, { ...rules, ...summaryOf(grouped, afterCalls(grouped)) }, message)
          assertChecks(await groups.checks(), message)

          const settled = { windowMs: 5 * hour, siteOf: (id: number) => (id === 1 ? 'north' : 'south') }
          const missed = await missedReport(facts, settled)
          const lostCalls = world.calls.filter((it) => isIn(it) && isCall(it, 'inbound') && it.outcome !== 'answered')
          const byNumber = Map.groupBy(lostCalls, (it) =>
            it.from === null ? null : `${settled.siteOf(it.sourceId)} ${numberKey(it.from)}`,
          )
          const expected = [...byNumber].map(([key, of]) => {
            const each = fates(world, of, now, 5 * hour)
            return { key, of: inOrder(of), each, fate: fate(each) }
          })
          const told = (...of: (string | number | null)[]) => of.join(' ')
          assert.deepEqual(
            missed.rows
              .map((it) => told(it.site, it.number, it.missed, it.firstAt, it.lastAt, toldFate(it)))
              .toSorted(),
            expected
              .map(({ of, fate: it }) => {
                const [first, last] = [of[0]!, of.at(-1)!]
                const site = last.from === null ? null : settled.siteOf(last.sourceId)
                const [firstAt, lastAt] = [instantText(first.startedAt), instantText(last.startedAt)]
                return told(site, last.from, of.length, firstAt, lastAt, fateText(world, it))
              })
              .toSorted(),
            message,
          )
          const byCall = await missedCallReport(facts, settled)
          assert.deepEqual(
            byCall.rows
              .map((it) => told(it.call, it.number, it.to, it.startedAt, it.waitSeconds, it.outcome, toldFate(it)))
              .toSorted(),
            expected
              .flatMap(({ of, each }) =>
                of.map((it, i) =>
                  told(
                    it.id,
                    it.from,
                    it.to,
                    instantText(it.startedAt),
                    it.waitSeconds,
                    it.outcome,
                    fateText(world, each[i]!),
                  ),
                ),
              )
              .toSorted(),
            message,
          )
          const withNumber = expected.filter(({ key }) => key !== null)
          for (const { total } of [missed, byCall])
            assert.deepEqual(
              total,
              {
                numbers: withNumber.length,
                missed: lostCalls.length,
                missedBy: missedBy(lostCalls),
                unknown: byNumber.get(null)?.length ?? 0,
                returnedRate: share(withNumber.filter(({ each }) => each.every(isReturned)).length, withNumber.length),
              },
              message,
            )
          assertChecks([...(await missed.checks()), ...(await byCall.checks())], message)

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
          const ofFilter = world.parts.filter(isPart)
          for (const row of shifts.rows) {
            const figures = shiftOf(worked.find(({ id }) => row.id === String(id))!, ofFilter, asked)
            assert.deepEqual({ ...row, ...figures }, row, message)
          }
          assert.equal(
            shifts.total.workedInPeriodSeconds,
            sum(employees.rows.map((it) => it.workedSeconds)),
            `shifts and people agree, ${message}`,
          )
          const inShifts = world.parts.filter(
            (it) =>
              isCounted(it.state) &&
              it.role !== 'offered' &&
              worked.some((of) => of.employeeId === it.employeeId && it.at >= of.startedAt && it.at < endOf(of, now)) &&
              isPart(it),
          )
          assert.equal(
            shifts.total.distinctCalls,
            new Set(inShifts.map(({ callId }) => callId)).size,
            `calls of the shifts, each once, ${message}`,
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
        assert.ok(expectations > 0, 'some interval has a load below its staff')
      },
    )
  }

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
    assert.ok(calls.length > 5 && calls.length < world.calls.length / 2, String(calls.length))
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
