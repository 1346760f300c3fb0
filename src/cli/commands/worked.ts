import { openZone } from '../../domain/clock.ts'
import { oldShiftFigures } from '../../domain/worktime/old-figures.ts'
import type { Shift } from '../../domain/worktime/shift.ts'
import { sumOf, workedDays } from '../../domain/worktime/worked.ts'
import { employeeBrief } from '../../pipeline/people-view.ts'
import { everybody, namedEmployee, openPeople, rangeOption, rulesOf } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { jsonLines } from '../present/json-lines.ts'
import { table } from '../present/table.ts'

/** Worked time by person and day, to the second; with `--old` beside it what the older system would have counted. */
export async function workedCommand(
  context: Context,
  _: readonly string[],
  options: { employee?: string; from?: string; to?: string; old?: true; json?: true },
): Promise<void> {
  const { words, look, print, loaded } = context
  const { t } = words
  const now = Date.now()
  const told = rangeOption(context, options)
  const last = told.to === null ? now : Math.min(now, told.to - 1)
  const from = told.from ?? monthStart(last, loaded.settings.timezone)
  const to = told.to ?? Number.MAX_SAFE_INTEGER
  await using reader = await openPeople(context)
  const people = await everybody(reader)
  const one = namedEmployee(options.employee, people)
  const rules = await rulesOf(context, reader)
  const shifts = (await reader?.shifts({ employeeIds: one && [one.id], from, to })) ?? []
  const byEmployee = Map.groupBy(shifts, ({ employeeId }) => employeeId)
  const rows = people.flatMap((person) => {
    const own = byEmployee.get(person.id) ?? []
    return workedDays(own, { from, to, asOf: now }, rules).map(({ day, ...worked }) => {
      const old = options.old ? oldOf(own, day) : {}
      const paidBreakSeconds = worked.breakSeconds - worked.unpaidBreakSeconds
      return { employee: employeeBrief(person), day, ...worked, paidBreakSeconds, ...old }
    })
  })
  /** Of the shifts that begin on the day: the older system did not split them. */
  function oldOf(own: readonly Shift[], day: string) {
    const figures = own.filter((it) => dayOf(it) === day).map((it) => oldShiftFigures(it, now, rules))
    return {
      oldHours: figures.reduce((sum, it) => sum + it.hours, 0),
      oldBreakMinutes: figures.reduce((sum, it) => sum + it.breakMinutes, 0),
    }
  }
  if (options.json) return await print(jsonLines(rows))
  const duration = (head: string, priority: number, cell: (it: (typeof rows)[number]) => number) => {
    return { head, priority, align: 'right' as const, cell: (it: (typeof rows)[number]) => words.duration(cell(it)) }
  }
  const old = (name: 'oldHours' | 'oldBreakMinutes', priority: number) => ({
    head: t(`people:column.${name}`),
    priority,
    align: 'right' as const,
    optional: true,
    cell: (it: (typeof rows)[number]) => (name in it ? String((it as Record<string, unknown>)[name]) : ''),
  })
  await print(
    table(
      [
        { head: t('people:column.name'), priority: 90, least: 12, cell: (it) => it.employee.name },
        { head: t('people:column.day'), priority: 100, cell: (it) => it.day },
        duration(t('people:column.worked'), 95, (it) => it.workedSeconds),
        duration(t('people:column.dayTime'), 60, (it) => it.daySeconds),
        duration(t('people:column.night'), 65, (it) => it.nightSeconds),
        duration(t('people:column.paidBreaks'), 50, (it) => it.paidBreakSeconds),
        duration(t('people:column.unpaidBreaks'), 55, (it) => it.unpaidBreakSeconds),
        old('oldHours', 40),
        old('oldBreakMinutes', 35),
      ],
      rows,
      look,
    ),
  )
  if (rows.length === 0) return await print([`${t('people:worked.none')}\n`])
  const all = sumOf(rows)
  await print([
    `\n${t('people:worked.total', {
      worked: words.duration(all.workedSeconds),
      night: words.duration(all.nightSeconds),
      breaks: words.duration(all.breakSeconds),
    })}\n`,
  ])
}

const dayOf = ({ startedAt, zone }: Shift): string =>
  new Date(openZone(zone).wallAt(startedAt)).toISOString().slice(0, 10)

const monthStart = (now: number, zone: string): number =>
  Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).with({ day: 1 }).startOfDay().epochMilliseconds
