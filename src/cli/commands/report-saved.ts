import { SmenaError } from '../../domain/errors.ts'
import { foldedKey } from '../../domain/people.ts'
import type { SavedJson } from '../../pipeline/people-saved.ts'
import type { ReportReading, SavedFacts } from '../../pipeline/report-reading.ts'
import { frozenBytesAtMost, packReport, unpackReport } from '../../pipeline/reports/frozen.ts'
import { instantText } from '../../pipeline/status.ts'
import { openReports, storePlace } from '../../roles/store-place.ts'
import { askPeople, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { csvLines } from '../present/csv.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { frozenText } from '../present/reports/frozen-text.ts'
import { table } from '../present/table.ts'
import { reportNames, type ReportName } from '../report-options.ts'
import { openWords } from '../words/words.ts'
import { formatOf, makeReport, reportCommand, type ReportOptions, viewOptions, wrongUsage } from './report.ts'
import { asOfToday, viewOf } from './report-kinds.ts'

/** What a saved report was asked for, its period as instants. */
type SavedOptions = ReportOptions & {
  /** By whose clock it was meant. */
  readonly zone?: string
}

/** Keeps what a report was asked for; `--frozen`: also its rows and the shifts that it covers, as they stand now. */
export async function reportSaveCommand(
  context: Context,
  [name = '', report = '']: readonly string[],
  { frozen, by, key, json, ...options }: ReportOptions & WritingOptions & { readonly frozen?: true },
): Promise<void> {
  const { words, print } = context
  const kind = reportNamed(context, report)
  const {
    period,
    zone,
    made: kept,
  } = await makeReport(context, kind, options, async (facts, made) => {
    if (!frozen) return null
    const rows = packReport(made)
    const shifts = await facts.shifts(await facts.workRules())
    const { length: count } = made.rows
    if (rows === null)
      throw wrongUsage(kind, words.t('report:problem.tooLarge', { count, most: words.size(frozenBytesAtMost) }))
    return { rows, shifts: JSON.stringify(shifts.map(({ id }) => String(id))) }
  })
  const filter = JSON.stringify({ ...options, from: instantText(period.from), to: instantText(period.to), zone })
  const saved = await askPeople<SavedJson>(
    context,
    { do: 'report-save', name, report: kind, filter, rows: kept?.rows ?? null, shifts: kept?.shifts ?? null },
    { ...(by === undefined ? {} : { by }), ...(key === undefined ? {} : { key }) },
  )
  if (json) return await print([jsonLine(saved)])
  await print([`${neutralise(words.t('report:saved.kept', saved as { id: string; name: string }))}\n`])
}

export async function reportSavedCommand(
  context: Context,
  _: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t, time } = words
  await using reading = await openReports(storePlace(context.loaded.settings))
  const saved = (await reading?.savedReports()) ?? []
  if (options.json) return await print(jsonLines(saved.map(savedJson)))
  await print(
    table(
      [
        { head: t('report:column.name'), priority: 100, least: 12, cell: (it) => it.name },
        { head: t('report:column.report'), priority: 90, cell: (it) => it.report },
        { head: t('report:column.frozen'), priority: 60, cell: (it) => t(it.frozen ? 'report:yes' : 'report:no') },
        { head: t('report:column.savedAt'), priority: 80, cell: (it) => time(it.madeAt) },
        { head: t('report:column.author'), priority: 50, least: 8, cell: (it) => it.author },
        { head: 'Id', priority: 70, align: 'right', cell: (it) => String(it.id) },
      ],
      saved,
      look,
    ),
  )
  if (saved.length === 0) await print([`${t('report:empty.saved')}\n`])
}

/** A frozen report as it stood; any other anew, by what it was asked for. */
export async function reportShowCommand(
  context: Context,
  [text = '']: readonly string[],
  asked: Pick<ReportOptions, 'format' | 'json'>,
): Promise<void> {
  const format = formatOf(context, 'show', asked)
  const { found, frozen, shifts } = await savedNamed(context, text)
  const options = JSON.parse(found.filter) as SavedOptions
  const kind = reportNames.find((it) => it === found.report)
  if (!frozen) {
    if (kind) return await reportCommand(context, kind, { ...options, format })
    throw new SmenaError('thing-unknown', { what: 'saved report', id: found.id })
  }
  if (!kind) return await context.print(frozen.rows.map(jsonLine))
  const kept = asOfToday(kind, frozen)
  if (format === 'json') return await context.print(jsonLines(kept.rows))
  const view = viewOf(kind, options)
  if (format === 'csv') return await context.print(csvLines(view.csv, kept.rows))
  const look = viewOptions(context, kind, options)
  const terminal = context.look
  // What was frozen before it said so was meant by the clock of the installation.
  const words = openWords(context.words.language, options.zone ?? context.loaded.settings.timezone)
  await context.print(frozenText({ ...kept, view, words, look, terminal, saved: found, options, shifts }))
}

export async function reportDeleteCommand(
  context: Context,
  [text = '']: readonly string[],
  options: WritingOptions,
): Promise<void> {
  const { found } = await savedNamed(context, text)
  const gone = await askPeople<SavedJson>(context, { do: 'report-delete', saved: found.id }, options)
  if (options.json) return await context.print([jsonLine(gone)])
  await context.print([`${neutralise(context.words.t('report:saved.gone', gone as { id: string; name: string }))}\n`])
}

function reportNamed({ words }: Context, text: string): ReportName {
  const name = reportNames.find((it) => it === text)
  if (name) return name
  throw wrongUsage(
    'save',
    words.t('report:problem.report', { found: text.slice(0, 40), known: reportNames.join(', ') }),
  )
}

async function savedNamed(context: Context, text: string) {
  await using reading = await openReports(storePlace(context.loaded.settings))
  const all = (await reading?.savedReports()) ?? []
  const named = all.find((it) => foldedKey(it.name) === foldedKey(text)) ?? all.find((it) => String(it.id) === text)
  const found = named && (await (reading as ReportReading).savedReport(named.id))
  const known = all.map((it) => it.name).join(', ') || '–'
  if (!found) throw new SmenaError('name-unknown', { what: 'report', found: text, known })
  const frozen = found.rows === null ? null : unpackReport(found.rows)
  return { found, frozen, shifts: JSON.parse(found.shifts ?? '[]') as readonly string[] }
}

const savedJson = ({ id, madeAt, filter, ...it }: SavedFacts) => ({
  id: String(id),
  ...it,
  filter: JSON.parse(filter) as unknown,
  savedAt: instantText(madeAt),
})
