import type { MissedRow, MissedTotal } from '../../../pipeline/reports/missed.ts'
import { figure, figuresIn, names, pathColumns } from './figures.ts'
import type { ReportView } from './view.ts'

export const missedView: ReportView<MissedRow, MissedTotal> = {
  csv: pathColumns([
    ...names('number missed firstAt lastAt state by.id by.name by.extension afterSeconds attempts'),
    ...names('lastAttemptAt'),
  ]),
  lines: (rows) => rows,
  columns: ({ t, time, count, duration }) => [
    { head: t('report:column.number'), priority: 100, cell: (it) => it.number ?? t('calls:withheld') },
    figure<MissedRow>(t('report:column.missed'), 90, (it) => count(it.missed)),
    { head: t('report:column.first'), priority: 40, cell: (it) => time(Date.parse(it.firstAt)) },
    { head: t('report:column.last'), priority: 70, cell: (it) => time(Date.parse(it.lastAt)) },
    {
      head: t('report:column.state'),
      priority: 95,
      cell: (it) => t(`report:state.${it.state}`),
      style: ({ state }) => (state === 'open' || state === 'expired' ? 'red' : state === 'tried' ? 'yellow' : null),
    },
    {
      head: t('report:column.by'),
      priority: 80,
      least: 12,
      cell: ({ by }) => (by === null ? '–' : [by.extension, by.name].filter(Boolean).join(' ')),
    },
    figure<MissedRow>(t('report:column.after'), 60, (it) => duration(it.afterSeconds)),
    figure<MissedRow>(t('report:column.attempts'), 50, (it) => count(it.attempts)),
  ],
  notes: ({ returnedRate, unknown }, words, { windowHours }) => [
    words.t('report:returned', {
      value: figuresIn(words).percent(returnedRate),
      numerator: words.count(returnedRate.numerator),
      denominator: words.count(returnedRate.denominator),
      hours: windowHours,
    }),
    ...(unknown === 0 ? [] : [words.t('report:withoutNumber', { count: unknown })]),
  ],
}
