import type { ShiftRow, ShiftTotal } from '../../../pipeline/reports/shift.ts'
import { figure, names, pathColumns } from './figures.ts'
import { gapLines } from './gap-lines.ts'
import type { ReportView } from './view.ts'

type Line = Omit<ShiftTotal, 'shifts' | 'employees' | 'gaps'> & {
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
  lines: (rows, total, { t }) => [
    ...rows.map((row) => ({ ...row, employee: row.employee.name, row })),
    { ...total, employee: t('report:total'), row: null },
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
          figure<Line>(t('report:column.calls'), 75, (it) => count(it.calls)),
          figure<Line>(t('report:column.talk'), 70, (it) => duration(it.talkSeconds)),
          figure<Line>(t('report:column.marks'), 50, (it) => count(it.marks)),
        ]),
    {
      ...figure<Line>(t('report:column.boundCalls'), 45, (it) => (it.boundCalls === 0 ? '' : count(it.boundCalls))),
      optional: true,
    },
    {
      head: t('report:column.flags'),
      priority: 40,
      least: 10,
      optional: true,
      cell: ({ row }) =>
        [
          ...(row?.flags ?? []).map((it) => t(`report:flag.${it}`)),
          ...(row?.inGap === true ? [t('report:bound.inGap')] : []),
        ].join(', '),
    },
  ],
  notes: (total, { t, duration }, { old }) => [
    old ? t('report:formula.shiftOld') : t('report:formula.shift', { within: duration(total.workedInPeriodSeconds) }),
  ],
  remarks: ({ boundCalls, gaps }, words) => [
    ...(boundCalls === 0 ? [] : [words.t('report:bound.inShifts', { count: boundCalls })]),
    ...gapLines(gaps, words),
  ],
}
