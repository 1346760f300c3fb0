import type { ErlangC } from '../../../domain/metrics/erlang.ts'
import { usualServiceRules } from '../../../domain/metrics/call-summary.ts'
import type { IntervalRow, IntervalTotal } from '../../../pipeline/reports/interval.ts'
import { figure, figuresIn, names, pathColumns, rareCount, ratioPaths } from './figures.ts'
import { handlingColumn, handlingNotes, outsideColumn, summaryPaths } from './group-view.ts'
import type { ReportView } from './view.ts'

/** The total, and what was frozen before it was told, expects nothing. */
type Line = Omit<IntervalTotal, 'repeatRate' | 'staff' | 'staffSeconds'> & {
  readonly name: string
  readonly erlangC: IntervalRow['erlangC'] | null
}

const erlangPaths = [
  ...names('talkWithinSeconds peak staffSeconds erlangC.staff'),
  ...ratioPaths('erlangC.load'),
  ...names('erlangC.waiting erlangC.serviceLevel erlangC.averageWaitSeconds'),
]

export const intervalView: ReportView<IntervalRow, IntervalTotal, Line> = {
  csv: pathColumns(['from', 'to', 'clock', ...summaryPaths, ...erlangPaths]),
  lines: (rows, total, { t, time }) => [
    ...rows.map((it) => ({ ...it, name: time(Date.parse(it.from)) })),
    { ...total, name: t('report:total'), erlangC: null },
  ],
  columns: (words) => {
    const { t } = words
    const { count, decimal, duration, percent, average } = figuresIn(words)
    // Said only where it is known who took the calls.
    const expected = (
      name: 'staff' | 'load' | 'levelExpected' | 'waitExpected',
      priority: number,
      cell: (it: ErlangC) => string,
    ) => ({
      ...figure<Line>(t(`report:column.${name}`), priority, ({ erlangC: it }) => (!it?.staff ? '' : cell(it))),
      optional: true,
    })
    return [
      { head: t('report:column.interval'), priority: 100, cell: (it) => it.name },
      figure<Line>(t('report:column.calls'), 95, (it) => count(it.calls)),
      figure<Line>(t('report:column.inbound'), 90, (it) => count(it.inbound)),
      figure<Line>(t('report:column.outbound'), 70, (it) => count(it.outbound)),
      figure<Line>(t('report:column.internal'), 60, (it) => count(it.internal)),
      figure<Line>(t('report:column.answered'), 89, (it) => count(it.answered)),
      outsideColumn<Line>(words),
      figure<Line>(t('report:column.missed'), 88, (it) => count(it.missed)),
      rareCount<Line>(t('report:column.abandoned'), 26, (it) => it.abandoned, words),
      rareCount<Line>(t('report:column.voicemail'), 25, (it) => it.missedBy.voicemail, words),
      rareCount<Line>(t('report:column.busy'), 24, (it) => it.missedBy.busy, words),
      rareCount<Line>(t('report:column.failed'), 23, (it) => it.missedBy.failed, words),
      figure<Line>(t('report:column.answerRate'), 80, (it) => percent(it.answerRate)),
      figure<Line>(t('report:column.serviceLevel'), 79, (it) => percent(it.serviceLevel)),
      figure<Line>(t('report:column.wait'), 65, (it) => average(it.averageWait)),
      figure<Line>(t('report:column.averageTalk'), 64, (it) => average(it.averageTalk)),
      handlingColumn<Line>(words, 45),
      figure<Line>(t('report:column.talkWithin'), 50, (it) => duration(it.talkWithinSeconds)),
      figure<Line>(t('report:column.peak'), 40, (it) => count(it.peak)),
      expected('staff', 35, (it) => words.count(it.staff)),
      expected('load', 30, (it) => decimal(it.load)),
      expected('levelExpected', 29, (it) => percent({ value: it.serviceLevel })),
      expected('waitExpected', 28, (it) => words.duration(it.averageWaitSeconds)),
    ]
  },
  notes: (total, words) => [
    words.t('report:formula.interval', {
      level: total.serviceLevelSeconds ?? usualServiceRules.serviceLevelSeconds,
      short: total.shortSeconds ?? usualServiceRules.shortSeconds,
    }),
    words.t('report:repeat', {
      value: figuresIn(words).percent(total.repeatRate),
      numerator: words.count(total.repeatRate.numerator),
      denominator: words.count(total.repeatRate.denominator),
    }),
    ...handlingNotes(total, words),
    words.t('report:formula.wait'),
    ...((total.staffSeconds ?? 0) > 0 || total.staff !== null
      ? [words.t('report:formula.erlang', { level: total.serviceLevelSeconds })]
      : []),
  ],
}
