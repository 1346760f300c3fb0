import type { AttributedPart } from '../../domain/attribution.ts'
import { noWrapUp } from '../../domain/metrics/call-summary.ts'
import { type PersonFigures, personFigures } from '../../domain/metrics/person.ts'
import { type Ratio, ratio } from '../../domain/metrics/ratio.ts'
import type { WorkRules } from '../../domain/worktime/rules.ts'
import type { Period } from '../../domain/worktime/worked.ts'
import { type NamedEmployee, type ReportFacts, reachMs } from './facts.ts'
import type { Report } from './request.ts'
import { ratioOf, sumOf } from './totals.ts'

export interface EmployeeRow extends PersonFigures {
  readonly employee: NamedEmployee
}

export interface EmployeeTotal extends PersonFigures {
  /** Talk that is in nobody's figures ÷ all talk, in person-seconds. */
  readonly unattributedShare: Ratio
}

/** One row a person: everybody who is active, and whoever else had a call or a shift. */
export async function employeeReport(facts: ReportFacts): Promise<Report<EmployeeRow, EmployeeTotal>> {
  const { filter, now, wrapUpSeconds: perCallSeconds } = facts.request
  const period: Period = { ...facts.request.period, asOf: now }
  const reaching = { from: period.from - reachMs, to: period.to }
  const people = facts.people
  const nobody = filter.employeeIds === null
  const all = await facts.allParts(
    reaching,
    people.map(({ id }) => id),
    nobody,
  )
  const isAsked = facts.isOfSomeCalls ? await facts.partsAsked(reaching) : null
  const parts = isAsked ? all.filter(isAsked) : all
  const partsOf = Map.groupBy(all, (it) => it.employeeId)
  const rules = await facts.workRules()
  const shiftsOf = Map.groupBy(await facts.shifts(rules), (it) => it.employeeId)
  const marked = await facts.markedWork()
  const rows = people.flatMap((person): EmployeeRow[] => {
    const shifts = shiftsOf.get(person.id) ?? []
    const own = partsOf.get(person.id) ?? []
    const figures = personFigures({
      parts: own,
      isAsked,
      shifts,
      wrapUp: { perCallSeconds, marked: marked.get(person.id) ?? [] },
      period,
      rules,
    })
    if (!person.active && figures.calls === 0 && shifts.length === 0) return []
    return [{ employee: facts.named(person.id) as NamedEmployee, ...figures }]
  })
  const inPeriod = parts.filter((it) => it.counted && it.startedAt >= period.from)
  const talkIn = (state: AttributedPart['state']) =>
    sumOf(
      inPeriod.filter((it) => it.state === state),
      (it) => it.talkSeconds,
    )
  const employees = sumOf(rows, (it) => it.talkSeconds)
  const [noHolder, offShift] = [talkIn('no-holder'), talkIn('off-shift')]
  return {
    rows,
    total: {
      ...totalOf(rows, parts, period, rules),
      unattributedShare: ratio(noHolder + offShift, employees + noHolder + offShift),
    },
    checks: async () => [{ kind: 'people', employees, noHolder, offShift, calls: await facts.talkByCalls() }],
  }
}

/** Calls once each, whoever took part; seconds for each person, added up. */
function totalOf(
  rows: readonly EmployeeRow[],
  parts: readonly AttributedPart[],
  period: Period,
  rules: WorkRules,
): PersonFigures {
  const everybody = personFigures({ parts, shifts: [], wrapUp: noWrapUp, period, rules })
  const seconds = [
    ...(['talkSeconds', 'holdSeconds', 'wrapUpSeconds', 'workedSeconds', 'presenceSeconds', 'breakSeconds'] as const),
    ...(['paidBreakSeconds', 'unpaidBreakSeconds', 'busySeconds', 'idleSeconds'] as const),
  ]
  const ratios = ['averageTalk', 'averageHandling', 'callsPerHour', 'occupancy', 'utilisation'] as const
  return {
    ...everybody,
    ...Object.fromEntries(seconds.map((name) => [name, sumOf(rows, (it) => it[name])])),
    ...Object.fromEntries(ratios.map((name) => [name, ratioOf(rows, (it) => it[name])])),
  }
}
