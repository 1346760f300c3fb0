import type { Direction } from '../../domain/call.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { ServiceSettings } from '../../domain/metrics/call-summary.ts'
import { returnWindowHours } from '../../domain/metrics/missed.ts'
import type { Span } from '../../domain/worktime/spans.ts'
import type { ReportReading } from '../../pipeline/report-reading.ts'
import { ReportFacts } from '../../pipeline/reports/facts.ts'
import { resolveFilter } from '../../pipeline/reports/named-filter.ts'
import type { OldPhoneAsked } from '../../pipeline/reports/old-phone.ts'
import type { Report, ReportRequest } from '../../pipeline/reports/request.ts'
import { openReports, storePlace } from '../../roles/store-place.ts'
import { worktimeOf } from '../../roles/worktime.ts'
import type { Context } from '../context.ts'
import { requireKnownSource } from '../known-source.ts'
import { requireNamed } from '../named-options.ts'
import { csvLines } from '../present/csv.ts'
import { jsonLines } from '../present/json-lines.ts'
import { reportText } from '../present/reports/report-text.ts'
import type { ReportView, ViewOptions } from '../present/reports/view.ts'
import { parseInstant } from '../time.ts'
import { openWords } from '../words/words.ts'
import type { ReportName } from '../report-options.ts'
import { openReportKind } from './report-kinds.ts'

export interface ReportOptions {
  readonly from: string
  readonly to: string
  readonly employee?: string
  readonly unit?: string
  readonly extension?: string
  readonly plan?: string
  readonly group?: string
  readonly source?: string
  readonly direction?: Direction
  readonly site?: string
  readonly format?: Format
  /** The same as `format` json. */
  readonly json?: true
  readonly old?: true
  /** Of the other party. */
  readonly number?: string
  readonly oldRows?: true
  readonly serviceLevel?: string
  readonly short?: string
  /** Minutes of an interval. */
  readonly minutes?: string
  /** Hours in which a missed call can be returned. */
  readonly window?: string
  /** People who take calls. */
  readonly staff?: string
  /** Missed calls as rows instead of numbers. */
  readonly byCall?: true
  readonly byStep?: 'hour' | 'day'
}

type Format = 'table' | 'json' | 'csv'

/** What a report was made of, whether there was a store or not. */
interface Asked<T> {
  readonly period: Span
  /** By whose clock the period was meant. */
  readonly zone: string
  /** What was made of the report; null: there is no store yet, which is said. */
  readonly made: T | null
}

type Use<T> = <Row, Total, Line>(
  facts: ReportFacts,
  report: Report<Row, Total>,
  view: ReportView<Row, Total, Line>,
) => Promise<T>

export async function reportCommand(context: Context, name: ReportName, options: ReportOptions): Promise<void> {
  const format = formatOf(context, name, options)
  const { made } = await makeReport(context, name, options, (facts, report, view) =>
    textOf(context, name, { ...options, format }, facts, report, view),
  )
  if (made) await context.print(made)
}

/** As a table, unless something else is asked for, and only one thing. */
export function formatOf(
  { words: { t } }: Context,
  name: string,
  { format, json }: Pick<ReportOptions, 'format' | 'json'>,
): Format {
  if (json && format !== undefined && format !== 'json')
    throw wrongUsage(name, t('report:problem.oneFormat', { format }))
  return json ? 'json' : (format ?? 'table')
}

/**
 * Makes a report as it is asked for, all of it as it stands at one instant; where there is no store yet only that is said. What
 * takes its time, as a reader of the output may, comes afterwards.
 */
export async function makeReport<T>(
  context: Context,
  name: ReportName,
  options: ReportOptions,
  use: Use<T>,
): Promise<Asked<T>> {
  requireNamed(context, options, `report ${name}`)
  requireKnown(context, name, options)
  const kind = openReportKind(name, options, oldRowsOf(context, options))
  const look = viewOptions(context, name, options)
  const { t } = context.words
  const { settings } = context.loaded
  const siteOf = (source: string) => settings.sources.find((it) => it.name === source)?.site ?? null
  await using reading = await openReports(storePlace(settings))
  const zone = await zoneOf(context, name, options.site, reading)
  const period = {
    from: parseInstant(options.from, zone, '--from'),
    to: parseInstant(options.to, zone, '--to'),
  }
  if (period.from >= period.to)
    throw wrongUsage(name, t('report:problem.order', { from: options.from, to: options.to }))
  // Old rows are compared by their numbers and exchanges as they are written there.
  const named = options.oldRows ? { ...options, number: undefined, source: undefined, site: undefined } : options
  if (!reading) {
    await requireKnownSource(named.source, settings, null)
    if (formatOf(context, name, options) === 'table') await context.print([`${t(`report:empty.${name}`)}\n`])
    return { period, zone, made: null }
  }
  const made = await reading.atOneInstant(async (snapshot) => {
    const filter = await resolveFilter(snapshot, named, settings.sources)
    const { shiftAtMostSeconds } = worktimeOf(settings)
    const { wrapUpSeconds } = settings.worktime
    const request: ReportRequest = {
      period,
      filter,
      rules: look.rules,
      zone,
      now: Date.now(),
      shiftAtMostSeconds,
      wrapUpSeconds,
    }
    const facts = await ReportFacts.open(snapshot, request)
    const sources = new Map((await snapshot.sources()).map((it) => [it.id, it.name]))
    const siteOfId = (sourceId: number) => siteOf(sources.get(sourceId) ?? '') ?? ''
    return kind(facts, siteOfId, async (report, view) => use(facts, report, view))
  })
  return { period, zone, made }
}

async function textOf<Row, Total, Line>(
  context: Context,
  name: ReportName,
  options: ReportOptions,
  facts: ReportFacts,
  report: Report<Row, Total>,
  view: ReportView<Row, Total, Line>,
): Promise<Iterable<string> | AsyncIterable<string>> {
  switch (options.format ?? 'table') {
    case 'json':
      return jsonLines(report.rows)
    case 'csv':
      return csvLines(view.csv, report.rows)
    case 'table': {
      const words = openWords(context.words.language, facts.request.zone)
      const look = viewOptions(context, name, options)
      const text: string[] = []
      for await (const chunk of reportText(name, report, view, { facts, words, look, terminal: context.look }))
        text.push(chunk)
      return text
    }
  }
}

/** What the options say of how figures are made and shown. */
export function viewOptions(context: Context, name: ReportName, options: ReportOptions): ViewOptions {
  const { t } = context.words
  const hours = options.window ?? String(returnWindowHours)
  if (!/^[1-9]\d{0,3}$/u.test(hours))
    throw wrongUsage(name, t('report:problem.hours', { option: 'window', found: hours.slice(0, 40) }))
  const rules: ServiceSettings = {
    serviceLevelSeconds: seconds(context, name, 'service-level', options.serviceLevel),
    shortSeconds: seconds(context, name, 'short', options.short),
  }
  return { rules, old: options.old === true, oldRows: options.oldRows === true, windowHours: Number(hours) }
}

/** Options that say something of some reports only: a saved report may be given any. */
function requireKnown({ words: { t } }: Context, name: ReportName, options: ReportOptions): void {
  const onlyOf = (option: string, report: ReportName) =>
    wrongUsage(name, t('report:problem.onlyOf', { option, report }))
  if (name === 'missed' && options.direction !== undefined && options.direction !== 'inbound')
    throw wrongUsage(name, t('report:problem.missedAre', { direction: options.direction }))
  if (name !== 'missed' && options.byCall) throw onlyOf('by-call', 'missed')
  if (options.staff !== undefined) {
    if (name !== 'interval') throw onlyOf('staff', 'interval')
    if (!/^[1-9]\d{0,3}$/u.test(options.staff))
      throw wrongUsage(name, t('report:problem.people', { option: 'staff', found: options.staff.slice(0, 40) }))
  }
  if (name !== 'phone') {
    if (options.number !== undefined) throw onlyOf('number', 'phone')
    if (options.oldRows) throw onlyOf('old-rows', 'phone')
    return
  }
  if (!options.oldRows) {
    if (options.byStep !== undefined) throw wrongUsage(name, t('report:problem.stepOfOldRows'))
    return
  }
  if (options.byStep === 'hour') throw wrongUsage(name, t('report:problem.stepOfOldRows'))
  if (options.employee !== undefined || options.unit !== undefined)
    throw wrongUsage(name, t('report:problem.oldRowsOf'))
  if (options.extension === undefined && options.group === undefined)
    throw wrongUsage(name, t('report:problem.oldRowsNumbers'))
}

/** Null: calls are asked for. */
function oldRowsOf({ loaded }: Context, options: ReportOptions): OldPhoneAsked | null {
  if (!options.oldRows) return null
  return {
    number: options.number?.trim() ?? null,
    source: options.source ?? null,
    site: options.site ?? null,
    byDay: options.byStep === 'day',
    exchanges: loaded.settings.sources,
  }
}

/** Of the site that is asked for: hours and days of a report are told by its clock. */
async function zoneOf(
  context: Context,
  name: ReportName,
  site: string | undefined,
  reading: ReportReading | null,
): Promise<string> {
  const { timezone, sources } = context.loaded.settings
  if (site === undefined) return timezone
  const zones = (await reading?.siteZones()) ?? new Map<string, string>()
  const known = new Set([...zones.keys(), ...sources.flatMap((it) => (it.site === null ? [] : [it.site]))])
  if (!known.has(site)) {
    const problem = context.words.t('report:problem.site', { found: site, known: [...known].join(', ') || '–' })
    throw wrongUsage(name, problem)
  }
  return zones.get(site) ?? timezone
}

function seconds(
  { words: { t } }: Context,
  name: ReportName,
  option: string,
  found: string | undefined,
): number | null {
  if (found === undefined) return null
  if (/^\d{1,6}$/u.test(found)) return Number(found)
  throw wrongUsage(name, t('report:problem.seconds', { option, found: found.slice(0, 40) }))
}

export const wrongUsage = (name: string, problem: string): SmenaError =>
  new SmenaError('usage', { problem, command: `report ${name}` })
