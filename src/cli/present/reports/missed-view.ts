import type { MissedRow, MissedTotal } from '../../../pipeline/reports/missed.ts'
import { doneWays } from '../../../domain/metrics/missed-done.ts'
import type { Words } from '../../words/words.ts'
import { figure, figuresIn, names, pathColumns } from './figures.ts'
import type { ReportView } from './view.ts'

export const missedView: ReportView<MissedRow, MissedTotal> = {
  csv: pathColumns([
    ...names('number missed firstAt lastAt state by.id by.name by.extension done.by done.at done.how'),
    ...names('afterSeconds attempts lastAttemptAt'),
  ]),
  lines: (rows) => rows,
  columns: (words) => {
    const { t, time, count, duration } = words
    return [
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
        cell: (it) => byText(it, words),
      },
      figure<MissedRow>(t('report:column.after'), 60, (it) => duration(it.afterSeconds)),
      figure<MissedRow>(t('report:column.attempts'), 50, (it) => count(it.attempts)),
    ]
  },
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

/** How a number was settled by hand: in words that are known, or in those that were typed. */
export function doneWayText(how: string, { t }: Pick<Words, 't'>): string {
  const way = doneWays.find((it) => it === how)
  return way === undefined ? how : t(`report:how.${way}`)
}

/** Who called back or answered, or who ticked the number off and why. */
function byText({ by, done }: MissedRow, words: Words): string {
  if (done) return `${done.by}: ${doneWayText(done.how, words)}`
  return by === null ? '–' : [by.extension, by.name].filter(Boolean).join(' ')
}
