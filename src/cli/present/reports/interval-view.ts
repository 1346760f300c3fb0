import { usualServiceRules } from '../../../domain/metrics/call-summary.ts'
import type { IntervalRow, IntervalTotal } from '../../../pipeline/reports/interval.ts'
import { figure, figuresIn, pathColumns } from './figures.ts'
import { summaryPaths } from './group-view.ts'
import type { ReportView } from './view.ts'

type Line = Omit<IntervalTotal, 'repeatRate'> & { readonly name: string }

export const intervalView: ReportView<IntervalRow, IntervalTotal, Line> = {
  csv: pathColumns(['from', 'to', 'clock', ...summaryPaths, 'talkWithinSeconds', 'peak']),
  lines: (rows, total, { t, time }) => [
    ...rows.map((it) => ({ ...it, name: time(Date.parse(it.from)) })),
    { ...total, name: t('report:total') },
  ],
  columns: (words) => {
    const { t } = words
    const { count, duration, percent, average } = figuresIn(words)
    return [
      { head: t('report:column.interval'), priority: 100, cell: (it) => it.name },
      figure<Line>(t('report:column.calls'), 95, (it) => count(it.calls)),
      figure<Line>(t('report:column.inbound'), 90, (it) => count(it.inbound)),
      figure<Line>(t('report:column.outbound'), 70, (it) => count(it.outbound)),
      figure<Line>(t('report:column.internal'), 60, (it) => count(it.internal)),
      figure<Line>(t('report:column.answered'), 89, (it) => count(it.answered)),
      figure<Line>(t('report:column.missed'), 88, (it) => count(it.missed)),
      figure<Line>(t('report:column.answerRate'), 80, (it) => percent(it.answerRate)),
      figure<Line>(t('report:column.serviceLevel'), 79, (it) => percent(it.serviceLevel)),
      figure<Line>(t('report:column.wait'), 65, (it) => average(it.averageWait)),
      figure<Line>(t('report:column.averageTalk'), 64, (it) => average(it.averageTalk)),
      figure<Line>(t('report:column.talkWithin'), 50, (it) => duration(it.talkWithinSeconds)),
      figure<Line>(t('report:column.peak'), 40, (it) => count(it.peak)),
    ]
  },
  notes: (total, words) => [
    words.t('report:formula.interval', {
      level: total.serviceLevelSeconds ?? usualServiceRules.serviceLevelSeconds,
      short: total.shortSeconds ?? usualServiceRules.shortSeconds,
    }),
    words.t('report:repeat', { value: figuresIn(words).percent(total.repeatRate) }),
    words.t('report:formula.wait'),
  ],
}
