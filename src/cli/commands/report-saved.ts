import { SmenaError } from '../../domain/errors.ts'
import { foldedKey } from '../../domain/people.ts'
import type { SavedJson } from '../../pipeline/people-saved.ts'
import type { ReportReading, SavedFacts } from '../../pipeline/report-reading.ts'
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
import { parseInstant } from '../time.ts'
import { makeReport, reportCommand, type ReportOptions, viewOptions, wrongUsage } from './report.ts'
import { viewOf } from './report-kinds.ts'

/** The rows of a frozen report travel in one request to the owner of the store. */
const frozenCharactersAtMost = 2_000_000

/** What is kept of a frozen report; of the older system's only rows. */
interface Frozen {
  readonly rows: readonly unknown[]
  readonly total: unknown
}

/** Keeps what a report was asked for; `--frozen`: also its rows and the shifts that it covers, as they stand now. */
export async function reportSaveCommand(
  context: Context,
  [name = '', report = '']: readonly string[],
  { frozen, by, key, json, ...options }: ReportOptions & WritingOptions & { readonly frozen?: true },
): Promise<void> {
  const { words, print } = context
  const kind = reportNamed(context, report)
  const { timezone } = context.loaded.settings
  const at = (option: 'from' | 'to') => instantText(parseInstant(options[option], timezone, `--${option}`))
  const filter = JSON.stringify({ ...options, from: at('from'), to: at('to') })
  let [rows, shifts]: [string | null, string | null] = [null, null]
  await makeReport(context, kind, options, async (facts, made) => {
    if (!frozen) return
    rows = JSON.stringify({ rows: made.rows, total: made.total })
    shifts = JSON.stringify((await facts.shifts(await facts.workRules())).map(({ id }) => String(id)))
    if (rows.length + shifts.length > frozenCharactersAtMost)
      throw wrongUsage(kind, words.t('report:problem.tooLarge', { rows: made.rows.length }))
  })
  const saved = await askPeople<SavedJson>(
    context,
    { do: 'report-save', name, report: kind, filter, rows, shifts },
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
  { format = 'table' }: Pick<ReportOptions, 'format'>,
): Promise<void> {
  const { found, frozen, shifts } = await savedNamed(context, text)
  const options = JSON.parse(found.filter) as ReportOptions
  const kind = reportNames.find((it) => it === found.report)
  if (!frozen) {
    if (kind) return await reportCommand(context, kind, { ...options, format })
    throw new SmenaError('thing-unknown', { what: 'saved report', id: found.id })
  }
  if (format === 'json') return await context.print(jsonLines(frozen.rows))
  if (!kind) return await context.print(frozen.rows.map(jsonLine))
  const view = viewOf(kind, options.oldRows === true)
  if (format === 'csv') return await context.print(csvLines(view.csv, frozen.rows))
  const look = viewOptions(context, kind, options)
  const { words, look: terminal } = context
  await context.print(frozenText({ ...frozen, view, words, look, terminal, saved: found, options, shifts }))
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
  if (!found) throw new SmenaError('name-unknown', { what: 'saved report', found: text, known })
  const kept = found.rows === null ? null : (JSON.parse(found.rows) as Frozen | readonly unknown[])
  const frozen: Frozen | null = kept !== null && 'rows' in kept ? kept : kept && { rows: kept, total: null }
  return { found, frozen, shifts: JSON.parse(found.shifts ?? '[]') as readonly string[] }
}

const savedJson = ({ id, madeAt, filter, ...it }: SavedFacts) => ({
  id: String(id),
  ...it,
  filter: JSON.parse(filter) as unknown,
  savedAt: instantText(madeAt),
})
