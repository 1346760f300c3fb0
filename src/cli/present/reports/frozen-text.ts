import type { SavedFacts } from '../../../pipeline/report-reading.ts'
import type { Words } from '../../words/words.ts'
import { wrap } from '../neutral.ts'
import type { Look } from '../output.ts'
import { table } from '../table.ts'
import type { ReportView, ViewOptions } from './view.ts'

interface FrozenReport {
  readonly rows: readonly unknown[]
  readonly total: unknown
  readonly view: ReportView<unknown, unknown, unknown>
  readonly words: Words
  readonly look: ViewOptions
  readonly terminal: Look
  readonly saved: SavedFacts
  readonly options: { readonly from: string; readonly to: string }
  /** Ids of the shifts that it covers. */
  readonly shifts: readonly string[]
}

/** A report as it stood when it was frozen, with the shifts that it was made of. */
export async function* frozenText(it: FrozenReport): AsyncGenerator<string> {
  const { rows, total, view, words, look, terminal, saved, options, shifts } = it
  const { t, time } = words
  const line = (text: string) => `${terminal.width === null ? text : wrap(text, terminal.width)}\n`
  yield* table(view.columns(words, look), view.lines(rows, total, words, look), terminal)
  yield '\n'
  for (const note of view.notes(total, words, look)) yield line(note)
  for (const remark of view.remarks?.(total, words, look) ?? []) yield line(remark)
  const from = Date.parse(options.from)
  yield line(t('report:period', { from: time(from), to: time(Date.parse(options.to)), zone: words.zone(from) }))
  yield line(t('report:saved.frozen', { at: time(saved.madeAt), author: saved.author }))
  yield line(t('report:saved.shifts', { shifts: shifts.join(', ') || '–' }))
}
