import { type CallSummary, usualServiceRules } from '../../../domain/metrics/call-summary.ts'
import type { GroupFigures } from '../../../domain/metrics/groups.ts'
import type { GroupTotal } from '../../../pipeline/reports/group.ts'
import type { Words } from '../../words/words.ts'
import type { Column } from '../table.ts'
import { figure, figuresIn, names, pathColumns, rareCount, ratioPaths } from './figures.ts'
import type { ReportView } from './view.ts'

type Line = GroupTotal & { readonly name: string; readonly number: string }

export const summaryPaths: readonly string[] = [
  ...names('calls inbound outbound internal handled answered answeredOutside missed missedBy.missed'),
  ...names('missedBy.automated missedBy.voicemail missedBy.busy missedBy.failed abandoned abandonedShort'),
  ...names('talkSeconds holdSeconds wrapUpSeconds reached'),
  ...ratioPaths(...names('answerRate averageTalk averageWait averageHandling abandonRate abandonRateNet')),
  ...ratioPaths(...names('serviceLevel serviceLevel2 serviceLevel3 serviceLevel4 transferRate')),
  ...ratioPaths('reachedRate', 'averageTalkOut'),
  ...names('serviceLevelSeconds shortSeconds'),
]

export const groupView: ReportView<GroupFigures, GroupTotal, Line> = {
  csv: pathColumns(['group.name', 'group.plan', 'group.number', ...summaryPaths]),
  lines: (rows, total, { t }) => [
    ...rows.map((it) => ({ ...it, name: it.group.name, number: it.group.number ?? '' })),
    { ...total, name: t('report:totalOnce'), number: '' },
  ],
  columns: (words) => {
    const { t } = words
    const { count, percent, average } = figuresIn(words)
    // Rows that were frozen before groups had thresholds of their own do not say them.
    const seconds = (value: number | undefined) => (value === undefined ? '–' : count(value))
    return [
      { head: t('report:column.group'), priority: 100, least: 10, cell: (it) => it.name },
      { head: t('report:column.phone'), priority: 40, cell: (it) => it.number },
      figure<Line>(t('report:column.offeredCalls'), 95, (it) => count(it.inbound)),
      figure<Line>(t('report:column.answered'), 90, (it) => count(it.answered)),
      outsideColumn<Line>(words),
      figure<Line>(t('report:column.abandoned'), 85, (it) => count(it.abandoned)),
      figure<Line>(t('report:column.voicemail'), 30, (it) => count(it.missedBy.voicemail)),
      figure<Line>(t('report:column.busy'), 29, (it) => count(it.missedBy.busy)),
      figure<Line>(t('report:column.failed'), 28, (it) => count(it.missedBy.failed)),
      figure<Line>(t('report:column.answerRate'), 80, (it) => percent(it.answerRate)),
      figure<Line>(t('report:column.serviceLevel'), 82, (it) => percent(it.serviceLevel)),
      figure<Line>('T', 81, (it) => seconds(it.serviceLevelSeconds)),
      figure<Line>('s', 21, (it) => seconds(it.shortSeconds)),
      figure<Line>(t('report:column.wait'), 70, (it) => average(it.averageWait)),
      figure<Line>(t('report:column.averageTalk'), 60, (it) => average(it.averageTalk)),
      handlingColumn<Line>(words, 24),
      figure<Line>(t('report:column.abandonRate'), 50, (it) => percent(it.abandonRate)),
      figure<Line>(t('report:column.abandonRateNet'), 20, (it) => percent(it.abandonRateNet)),
      figure<Line>(t('report:column.transfers'), 25, (it) => percent(it.transferRate)),
    ]
  },
  notes: (total, words) => [
    words.t('report:formula.group'),
    words.t('report:formula.groupSum', {
      level: total.serviceLevelSeconds ?? usualServiceRules.serviceLevelSeconds,
      short: total.shortSeconds ?? usualServiceRules.shortSeconds,
    }),
    ...handlingNotes(total, words),
    words.t('report:formula.wait'),
  ],
}

/** Of those that were answered. */
export const outsideColumn = <Row extends CallSummary>(words: Words): Column<Row> =>
  rareCount<Row>(words.t('report:column.outside'), 27, (it) => it.answeredOutside, words)

/** What was frozen before calls were counted as handled (null) was made by another formula. */
type Handled = Omit<CallSummary, 'handled'> & { readonly handled: number | null }

export const handlingColumn = <Row extends Handled>(words: Words, priority: number): Column<Row> =>
  figure<Row>(words.t('report:column.handling'), priority, ({ handled, averageHandling }) =>
    figuresIn(words).average(handled === null ? { value: null } : averageHandling),
  )

export const handlingNotes = ({ handled, wrapUpSeconds }: Handled, { t }: Words): string[] =>
  handled === null
    ? []
    : [t('report:formula.handling', { wrapUp: wrapUpSeconds > 0 ? '' : t('report:formula.withoutWrapUp') })]
