import type { PersonFigures } from '../../../domain/metrics/person.ts'
import type { EmployeeRow, EmployeeTotal } from '../../../pipeline/reports/employee.ts'
import { figure, figuresIn, names, pathColumns, ratioPaths } from './figures.ts'
import type { ReportView } from './view.ts'

type Line = PersonFigures & { readonly name: string; readonly isTotal: boolean }

export const employeeView: ReportView<EmployeeRow, EmployeeTotal, Line> = {
  csv: pathColumns([
    ...names('employee.id employee.name calls inbound outbound internal handled answered offered'),
    ...names('takenElsewhere missed missedOnBreak talkSeconds holdSeconds wrapUpSeconds workedSeconds'),
    ...names('presenceSeconds breakSeconds paidBreakSeconds unpaidBreakSeconds busySeconds idleSeconds'),
    ...ratioPaths(...names('averageTalk averageHandling callsPerHour occupancy utilisation')),
  ]),
  lines: (rows, total, { t }) => [
    ...rows.map((it) => ({ ...it, name: it.employee.name, isTotal: false })),
    { ...total, name: t('report:totalOnce'), isTotal: true },
  ],
  columns: (words) => {
    const { t } = words
    const { count, duration, percent, decimal, average } = figuresIn(words)
    const column = (name: Heads, priority: number, cell: (it: Line) => string) =>
      figure<Line>(t(`report:column.${name}`), priority, cell)
    return [
      {
        head: t('report:column.employee'),
        priority: 100,
        least: 16,
        cell: (it) => it.name,
        style: (it) => (it.isTotal ? 'bold' : null),
      },
      column('calls', 90, (it) => count(it.calls)),
      column('inbound', 60, (it) => count(it.inbound)),
      column('outbound', 59, (it) => count(it.outbound)),
      column('internal', 40, (it) => count(it.internal)),
      column('offered', 50, (it) => count(it.offered)),
      column('answered', 70, (it) => count(it.answered)),
      column('missed', 80, (it) => count(it.missed)),
      column('missedOnBreak', 20, (it) => count(it.missedOnBreak)),
      column('talk', 85, (it) => duration(it.talkSeconds)),
      column('averageTalk', 55, (it) => average(it.averageTalk)),
      column('hold', 30, (it) => duration(it.holdSeconds)),
      column('handling', 25, (it) => average(it.averageHandling)),
      column('worked', 88, (it) => duration(it.workedSeconds)),
      column('breaks', 65, (it) => duration(it.breakSeconds)),
      column('perHour', 45, (it) => decimal(it.callsPerHour)),
      column('idle', 35, (it) => duration(it.idleSeconds)),
      column('occupancy', 75, (it) => percent(it.occupancy)),
      column('utilisation', 33, (it) => percent(it.utilisation)),
    ]
  },
  notes: (total, words) => {
    const { t } = words
    const wrapUp = total.wrapUpSeconds === 0 ? t('report:formula.withoutWrapUp') : ''
    return [
      t('report:formula.employee'),
      t('report:formula.employeeTime', { wrapUp }),
      t('report:formula.occupancy'),
      t('report:unattributedShare', {
        value: figuresIn(words).percent(total.unattributedShare),
        numerator: words.duration(total.unattributedShare.numerator),
        denominator: words.duration(total.unattributedShare.denominator),
      }),
    ]
  },
}

type Heads =
  | 'calls'
  | 'inbound'
  | 'outbound'
  | 'internal'
  | 'offered'
  | 'answered'
  | 'missed'
  | 'missedOnBreak'
  | 'talk'
  | 'averageTalk'
  | 'hold'
  | 'handling'
  | 'worked'
  | 'breaks'
  | 'perHour'
  | 'idle'
  | 'occupancy'
  | 'utilisation'
