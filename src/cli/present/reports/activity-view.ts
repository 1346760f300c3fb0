import type { ActivityRow, ActivityTotal } from '../../../pipeline/reports/activity.ts'
import type { Words } from '../../words/words.ts'
import { neutralise } from '../neutral.ts'
import { figure, names, pathColumns } from './figures.ts'
import { gapLines } from './gap-lines.ts'
import type { ReportView } from './view.ts'

interface Line {
  readonly at: string
  readonly employee: string
  readonly type: string
  readonly count: number
}

export const eventTypeText = ({ id, name }: ActivityRow['type'], t: Words['t']): string =>
  id === null ? t(`report:activity.${name as 'inbound' | 'bound-inbound'}`) : neutralise(name)

export const activityView: ReportView<ActivityRow, ActivityTotal, Line> = {
  csv: pathColumns([...names('from to clock employee.id employee.name type.id type.name count inGap')]),
  lines: (rows, total, { t, time }) => [
    ...rows.map(({ from, employee, type, count }) => ({
      at: time(Date.parse(from)),
      employee: employee.name,
      type: eventTypeText(type, t),
      count,
    })),
    { at: t('report:total'), employee: '', type: '', count: total.count },
  ],
  columns: ({ t, count }) => [
    { head: t('report:column.interval'), priority: 100, cell: (it) => it.at },
    { head: t('report:column.employee'), priority: 90, least: 12, cell: (it) => it.employee },
    { head: t('report:column.type'), priority: 85, least: 10, cell: (it) => it.type },
    figure<Line>(t('report:column.count'), 95, (it) => count(it.count)),
  ],
  notes: (_, { t }, { old }) => [t(old ? 'report:formula.activityOld' : 'report:formula.activity')],
  remarks: ({ boundCalls, gaps }, words, { old }) => [
    ...(boundCalls === 0 || old ? [] : [words.t('report:bound.inActivity', { count: boundCalls })]),
    ...gapLines(gaps, words),
  ],
}
