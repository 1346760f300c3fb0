import type { CallFigures } from '../../../domain/metrics/phones.ts'
import type { PhoneRow } from '../../../pipeline/reports/phone.ts'
import type { Words } from '../../words/words.ts'
import type { Column } from '../table.ts'
import { figure, figuresIn, names, pathColumns, ratioPaths } from './figures.ts'
import type { ReportView } from './view.ts'

/** A total that was frozen before it said them has no figures of the older system. */
type Line = Omit<CallFigures, 'old'> &
  Partial<Pick<PhoneRow, 'plan' | 'label' | 'site' | 'old'>> & { readonly name: string }

const identity = (t: Words['t']): Column<Line>[] => [
  { head: t('report:column.phone'), priority: 100, least: 8, cell: (it) => it.name },
  { head: t('report:column.plan'), priority: 30, least: 6, cell: (it) => it.plan ?? '' },
  { head: t('report:column.label'), priority: 45, least: 8, optional: true, cell: (it) => it.label ?? '' },
  { head: t('report:column.site'), priority: 40, least: 8, optional: true, cell: (it) => it.site ?? '' },
]

const oldPaths = [
  ...names('old.total old.incoming old.outgoing old.incomingAccepted old.outgoingAccepted'),
  ...names('old.incomingPercent old.outgoingPercent old.incomingAverageSeconds old.outgoingAverageSeconds'),
]

export const phoneView: ReportView<PhoneRow, CallFigures, Line> = {
  csv: pathColumns([
    ...names('plan extension label site calls inbound outbound internal handled offered answered'),
    ...names('takenElsewhere missed talkSeconds holdSeconds'),
    ...ratioPaths('answerRate', 'averageTalk'),
    ...oldPaths,
  ]),
  lines: (rows, total, { t }) => [
    ...rows.map((it) => ({ ...it, name: it.extension })),
    { ...total, name: t('report:totalOnce') },
  ],
  columns: (words, { old }) => {
    const { t } = words
    const { count, duration, percent, average } = figuresIn(words)
    if (old) {
      const number = (value: number | null | undefined) => (value === null || value === undefined ? '–' : count(value))
      return [
        ...identity(t),
        figure<Line>(t('report:old.total'), 90, (it) => number(it.old?.total ?? it.calls)),
        figure<Line>(t('report:old.incoming'), 85, (it) => number(it.old?.incoming ?? it.inbound)),
        figure<Line>(t('report:old.outgoing'), 84, (it) => number(it.old?.outgoing ?? it.outbound + it.internal)),
        figure<Line>(t('report:old.incomingAccepted'), 80, (it) => number(it.old?.incomingAccepted)),
        figure<Line>(t('report:old.outgoingAccepted'), 79, (it) => number(it.old?.outgoingAccepted)),
        figure<Line>(t('report:old.incomingPercent'), 70, (it) => number(it.old?.incomingPercent)),
        figure<Line>(t('report:old.outgoingPercent'), 69, (it) => number(it.old?.outgoingPercent)),
        figure<Line>(t('report:old.incomingAverage'), 60, (it) => number(it.old?.incomingAverageSeconds)),
        figure<Line>(t('report:old.outgoingAverage'), 59, (it) => number(it.old?.outgoingAverageSeconds)),
      ]
    }
    return [
      ...identity(t),
      figure<Line>(t('report:column.calls'), 90, (it) => count(it.calls)),
      figure<Line>(t('report:column.inbound'), 80, (it) => count(it.inbound)),
      figure<Line>(t('report:column.outbound'), 79, (it) => count(it.outbound)),
      figure<Line>(t('report:column.internal'), 60, (it) => count(it.internal)),
      figure<Line>(t('report:column.offered'), 50, (it) => count(it.offered)),
      figure<Line>(t('report:column.answered'), 85, (it) => count(it.answered)),
      figure<Line>(t('report:column.elsewhere'), 35, (it) => count(it.takenElsewhere)),
      figure<Line>(t('report:column.missed'), 84, (it) => count(it.missed)),
      figure<Line>(t('report:column.answerRate'), 70, (it) => percent(it.answerRate)),
      figure<Line>(t('report:column.talk'), 75, (it) => duration(it.talkSeconds)),
      figure<Line>(t('report:column.averageTalk'), 65, (it) => average(it.averageTalk)),
      figure<Line>(t('report:column.hold'), 20, (it) => duration(it.holdSeconds)),
    ]
  },
  notes: (_, { t }, { old }) => [t(old ? 'report:formula.phoneOld' : 'report:formula.phone')],
}
