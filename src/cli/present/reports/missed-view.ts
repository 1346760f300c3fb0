import type { MissedCallRow, MissedOutcome, MissedRow, MissedTotal } from '../../../pipeline/reports/missed.ts'
import { doneWays } from '../../../domain/metrics/missed-done.ts'
import type { Words } from '../../words/words.ts'
import type { Column } from '../table.ts'
import { figure, figuresIn, names, pathColumns } from './figures.ts'
import type { ReportView, ViewOptions } from './view.ts'

type Fate = Pick<MissedRow, 'state' | 'by' | 'byAt' | 'done' | 'afterSeconds' | 'attempts'>

const fatePaths = names(
  'state by.id by.name by.extension byCall byAt done.by done.at done.how afterSeconds attempts lastAttemptAt',
)

export const missedView: ReportView<MissedRow, MissedTotal> = {
  csv: pathColumns(['number', 'site', 'missed', 'firstAt', 'lastAt', ...fatePaths]),
  lines: (rows) => rows,
  columns: (words) => {
    const { t, time, count } = words
    return [
      { head: t('report:column.number'), priority: 100, cell: (it) => it.number ?? t('calls:withheld') },
      siteColumn(words),
      figure<MissedRow>(t('report:column.missed'), 90, (it) => count(it.missed)),
      { head: t('report:column.first'), priority: 40, cell: (it) => time(Date.parse(it.firstAt)) },
      { head: t('report:column.last'), priority: 70, cell: (it) => time(Date.parse(it.lastAt)) },
      ...fateColumns<MissedRow>(words),
    ]
  },
  notes: (total, words, look) => [words.t('report:missed.byNumber'), ...notesOf(total, words, look)],
}

export const missedCallsView: ReportView<MissedCallRow, MissedTotal> = {
  csv: pathColumns([...names('call number site source to startedAt waitSeconds outcome'), ...fatePaths]),
  lines: (rows) => rows,
  columns: (words) => {
    const { t, time, duration, outcome } = words
    return [
      { head: t('report:column.startedAt'), priority: 100, cell: (it) => time(Date.parse(it.startedAt)) },
      { head: t('report:column.number'), priority: 99, cell: (it) => it.number ?? t('calls:withheld') },
      siteColumn(words),
      { head: t('report:column.to'), priority: 45, least: 6, cell: (it) => it.to ?? '–' },
      figure<MissedCallRow>(t('report:column.waited'), 65, (it) => duration(it.waitSeconds)),
      { head: t('report:column.outcome'), priority: 75, least: 8, cell: (it) => outcome(it.outcome, 'inbound') },
      ...fateColumns<MissedCallRow>(words),
      figure<MissedCallRow>(t('report:column.call'), 30, (it) => it.call),
    ]
  },
  notes: (total, words, look) => [words.t('report:missed.byCall'), ...notesOf(total, words, look)],
}

const siteColumn = <Row extends { readonly site: string | null }>({ t }: Words): Column<Row> => ({
  head: t('people:column.site'),
  priority: 85,
  least: 8,
  optional: true,
  cell: (it) => it.site ?? '',
})

const fateColumns = <Row extends Fate>(words: Words): Column<Row>[] => {
  const { t, time, count, duration } = words
  return [
    {
      head: t('report:column.state'),
      priority: 95,
      cell: (it) => t(`report:state.${it.state}`),
      style: ({ state }) => (state === 'open' || state === 'expired' ? 'red' : state === 'tried' ? 'yellow' : null),
    },
    { head: t('report:column.by'), priority: 80, least: 12, cell: (it) => byText(it, words) },
    { head: t('report:column.byAt'), priority: 35, cell: ({ byAt }) => (byAt === null ? '–' : time(Date.parse(byAt))) },
    figure<Row>(t('report:column.after'), 60, (it) => duration(it.afterSeconds)),
    figure<Row>(t('report:column.attempts'), 50, (it) => count(it.attempts)),
  ]
}

/** Numbers and calls apart: the same beneath rows of either. */
function notesOf(
  { numbers, missed, missedBy, unknown, returnedRate }: MissedTotal,
  words: Words,
  { windowHours }: ViewOptions,
): string[] {
  const { t, count, outcome } = words
  const byOutcome = Object.entries(missedBy ?? {}).map(
    ([it, calls]) => `${outcome(it as MissedOutcome, 'inbound').toLocaleLowerCase()} ${count(calls)}`,
  )
  return [
    t('report:missed.total', {
      numbers: count(numbers),
      calls: count(missed),
      outcomes: byOutcome.join(', ') || '–',
    }),
    t('report:returned', {
      value: figuresIn(words).percent(returnedRate),
      numerator: count(returnedRate.numerator),
      denominator: count(returnedRate.denominator),
      hours: windowHours,
    }),
    ...(unknown === 0 ? [] : [t('report:withoutNumber', { count: unknown })]),
  ]
}

/** How a number was settled by hand: in words that are known, or in those that were typed. */
export function doneWayText(how: string, { t }: Pick<Words, 't'>): string {
  const way = doneWays.find((it) => it === how)
  return way === undefined ? how : t(`report:how.${way}`)
}

/** Who called back or answered, or who ticked the number off and why. */
function byText({ by, done }: Fate, words: Words): string {
  if (done) return `${done.by}: ${doneWayText(done.how, words)}`
  return by === null ? '–' : [by.extension, by.name].filter(Boolean).join(' ')
}
