import type { UnattributedReportRow, UnattributedTotal } from '../../../pipeline/reports/unattributed.ts'
import { figure, names, pathColumns } from './figures.ts'
import type { ReportView } from './view.ts'

export const unattributedView: ReportView<UnattributedReportRow, UnattributedTotal> = {
  csv: pathColumns([...names('call extension plan reason holder.id holder.name startedAt talkSeconds source')]),
  lines: (rows) => rows,
  columns: ({ t, time, duration }) => [
    { head: t('report:column.startedAt'), priority: 100, cell: (it) => time(Date.parse(it.startedAt)) },
    { head: t('report:column.phone'), priority: 95, cell: (it) => it.extension },
    { head: t('report:column.plan'), priority: 40, least: 6, cell: (it) => it.plan },
    { head: t('report:column.reason'), priority: 90, least: 12, cell: (it) => t(`report:reason.${it.reason}`) },
    { head: t('report:column.holder'), priority: 85, least: 12, cell: (it) => it.holder?.name ?? '–' },
    figure<UnattributedReportRow>(t('report:column.talk'), 80, (it) => duration(it.talkSeconds)),
    figure<UnattributedReportRow>(t('report:column.call'), 70, (it) => it.call),
  ],
  notes: (total, { t, count, duration }) => [
    [
      `${t('report:totalOnce')}: ${count(total.calls)}`,
      `${t('report:reason.no-holder')} ${count(total.noHolder)}`,
      `${t('report:reason.off-shift')} ${count(total.offShift)}`,
      `${t('report:column.talk').toLocaleLowerCase()} ${duration(total.talkSeconds)}`,
    ].join('; '),
  ],
}
