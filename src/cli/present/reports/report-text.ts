import type { ReportFacts } from '../../../pipeline/reports/facts.ts'
import { type Check, holds, type Report } from '../../../pipeline/reports/request.ts'
import type { ReportName } from '../../report-options.ts'
import type { Words } from '../../words/words.ts'
import { wrap } from '../neutral.ts'
import type { Look } from '../output.ts'
import { table } from '../table.ts'
import type { ReportView, ViewOptions } from './view.ts'

interface Surroundings {
  readonly facts: ReportFacts
  readonly words: Words
  readonly look: ViewOptions
  readonly terminal: Look
}

/** The table, then how its figures are made, then whether the sums agree, then the period by the site's clock. */
export async function* reportText<Row, Total, Line>(
  name: ReportName,
  report: Report<Row, Total>,
  view: ReportView<Row, Total, Line>,
  { facts, words, look, terminal }: Surroundings,
): AsyncGenerator<string> {
  const { t } = words
  const { period } = facts.request
  const line = (text: string) => `${terminal.width === null ? text : wrap(text, terminal.width)}\n`
  if (report.rows.length === 0) yield line(t(`report:empty.${name}`))
  else {
    yield* table(view.columns(words, look), view.lines(report.rows, report.total, words, look), terminal)
    yield '\n'
    for (const note of view.notes(report.total, words, look)) yield line(note)
  }
  for (const remark of view.remarks?.(report.total, words, look) ?? []) yield line(remark)
  const due = await facts.reading.attributionDue()
  for (const check of await report.checks()) yield line(checkText(check, words, due > 0))
  if (due > 0 && name !== 'interval' && name !== 'group' && !look.oldRows) yield line(t('report:due', { count: due }))
  yield line(
    t('report:period', { from: words.time(period.from), to: words.time(period.to), zone: words.zone(period.from) }),
  )
}

/** `isDue`: calls whose people are still to be found are in one side of a sum and not yet in the other. */
function checkText(check: Check, { t, count, duration }: Words, isDue: boolean): string {
  const fails = isDue && check.kind !== 'calls' ? 'notYet' : 'fails'
  const verdict = t(`report:check.${holds(check) ? 'holds' : fails}`)
  switch (check.kind) {
    case 'calls': {
      const terms = [
        ...(check.intervals === null ? [] : [t('report:check.intervals', { calls: count(check.intervals) })]),
        t('report:check.outcomes', { calls: count(check.outcomes) }) +
          (check.others === 0 ? '' : t('report:check.others', { calls: count(check.others) })),
      ].join(' = ')
      return t('report:check.calls', { terms, list: count(check.list), verdict })
    }
    case 'people':
      return t('report:check.people', {
        employees: duration(check.employees),
        noHolder: duration(check.noHolder),
        offShift: duration(check.offShift),
        calls: duration(check.calls),
        verdict,
      })
    case 'shifts':
      return t('report:check.shifts', {
        talk: duration(check.talk),
        onShift: duration(check.onShift),
        onBreak: duration(check.onBreak),
        calls: count(check.calls),
        judged: count(check.judged),
        verdict,
      })
    case 'events':
      return t('report:check.events', {
        events: count(check.events),
        calls: count(check.calls),
        marks: count(check.marks),
        verdict,
      })
  }
}
