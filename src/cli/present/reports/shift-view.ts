import type { ShiftRow, ShiftTotal } from '../../../pipeline/reports/shift.ts'
import type { Words } from '../../words/words.ts'
import { flagsText } from '../flags.ts'
import { eventTypeText } from './activity-view.ts'
import { figure, names, pathColumns, rareCount } from './figures.ts'
import { gapLines } from './gap-lines.ts'
import type { ReportView } from './view.ts'

type Line = Omit<ShiftTotal, 'shifts' | 'distinctCalls' | 'gaps' | 'old'> & {
  /** Null: the total was frozen when it did not count each call once. */
  readonly calls: number | null
  readonly old: ShiftRow['old']
  readonly employee: string
  readonly row: ShiftRow | null
}

export const shiftView: ReportView<ShiftRow, ShiftTotal, Line> = {
  csv: pathColumns([
    ...names('id employee.id employee.name startedAt endedAt zone presenceSeconds workedSeconds'),
    ...names('workedInPeriodSeconds breakSeconds paidBreakSeconds unpaidBreakSeconds breaks calls onlyOffered'),
    ...names(
      'talkSeconds marks excludedCalls excludedMarks boundCalls inGap flags old.hours old.breakMinutes old.events',
    ),
  ]),
  lines: (rows, total, { t }, { old }) => [
    ...rows.map((row) => ({ ...row, employee: row.employee.name, row })),
    { ...total, calls: total.distinctCalls, employee: t(old ? 'report:total' : 'report:totalOnce'), row: null },
  ],
  columns: ({ t, time, count, duration }, { old }) => [
    { head: t('report:column.employee'), priority: 100, least: 12, cell: (it) => it.employee },
    {
      head: t('report:column.startedAt'),
      priority: 95,
      cell: ({ row }) => (row ? time(Date.parse(row.startedAt)) : ''),
    },
    {
      head: t('report:column.endedAt'),
      priority: 90,
      cell: ({ row }) => (row ? (row.endedAt === null ? t('report:open') : time(Date.parse(row.endedAt))) : ''),
      style: ({ row }) => (row?.endedAt === null ? 'red' : null),
    },
    ...(old
      ? [
          figure<Line>(t('report:old.hours'), 85, (it) => count(it.old.hours)),
          figure<Line>(t('report:old.breakMinutes'), 80, (it) => count(it.old.breakMinutes)),
          figure<Line>(t('report:old.events'), 75, (it) => count(it.old.events)),
        ]
      : [
          figure<Line>(t('report:column.duration'), 60, (it) => duration(it.presenceSeconds)),
          figure<Line>(t('report:column.worked'), 85, (it) => duration(it.workedSeconds)),
          figure<Line>(t('report:column.breaks'), 80, (it) => duration(it.breakSeconds)),
          figure<Line>(t('report:column.calls'), 75, (it) => (it.calls === null ? '–' : count(it.calls))),
          figure<Line>(t('report:column.talk'), 70, (it) => duration(it.talkSeconds)),
          figure<Line>(t('report:column.marks'), 50, (it) => count(it.marks)),
        ]),
    rareCount<Line>(t('report:column.boundCalls'), 45, (it) => it.boundCalls, { count }),
    {
      head: t('report:column.flags'),
      priority: 40,
      least: 10,
      optional: true,
      cell: ({ row }) =>
        [flagsText(row?.flags ?? [], { t }), row?.inGap === true ? t('report:bound.inGap') : '']
          .filter(Boolean)
          .join(', '),
    },
  ],
  notes: (total, { t, duration }, { old }) => [
    old ? t('report:formula.shiftOld') : t('report:formula.shift', { within: duration(total.workedInPeriodSeconds) }),
  ],
  remarks: (total, words, { old }) => [
    ...(old ? oldLines(total, words) : []),
    ...(total.boundCalls === 0 ? [] : [words.t('report:bound.inShifts', { count: total.boundCalls })]),
    ...gapLines(total.gaps, words),
  ],
}

/** R2 of the older system, with what its hours and minutes were to the second; what was frozen before it said so does not. */
function oldLines({ shifts, presenceSeconds, breakSeconds, old }: ShiftTotal, words: Words): string[] {
  const { t, count, duration, time } = words
  const { people, hours, breakMinutes, from, to, included } = old
  const kinds = (included ?? []).map((it) => `${eventTypeText(it.type, t)} ${count(it.count)}`).join(', ')
  return [
    ...(from && to
      ? [
          t('report:old.summed', {
            people: count(people),
            shifts: count(shifts),
            hours: count(hours),
            presence: duration(presenceSeconds),
            minutes: count(breakMinutes),
            breaks: duration(breakSeconds),
            from: time(from),
            to: time(to),
          }),
        ]
      : []),
    ...(included
      ? [t('report:old.included', { count: included.reduce((sum, it) => sum + it.count, 0), kinds: kinds || '–' })]
      : []),
  ]
}
