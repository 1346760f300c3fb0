import { basename } from 'node:path'
import { openArchive } from '../../adapters/intake-file/archive.ts'
import { openLegacyDatabase } from '../../adapters/legacy-postgres/database.ts'
import { openLegacyDump } from '../../adapters/legacy-postgres/dump.ts'
import { isDatabase, type LegacySource } from '../../adapters/legacy-postgres/legacy-source.ts'
import { phoneLogRows } from '../../adapters/legacy-postgres/phone-log.ts'
import { isZone } from '../../domain/clock.ts'
import { SmenaError } from '../../domain/errors.ts'
import { eventTables, peopleTables, phoneLog } from '../../domain/legacy/old-tables.ts'
import type { LegacyReport } from '../../pipeline/legacy/legacy-importer.ts'
import type { LegacyLine } from '../../pipeline/legacy/legacy-intake.ts'
import { ask } from '../ask.ts'
import { attributing } from '../attributing.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { legacyJson, legacyReport } from '../present/legacy-report.ts'
import { openProgress } from '../present/progress.ts'
import { openWords } from '../words/words.ts'

export async function legacyImportCommand(
  context: Context,
  [place = '']: readonly string[],
  options: {
    timezone: string
    extensionSource: string
    dryRun?: true
    breaks?: 'paid' | 'unpaid'
    phoneLog?: string
    json?: true
  },
): Promise<void> {
  const { surroundings, signal, say, print, look } = context
  const { timezone } = options
  if (!isZone(timezone))
    throw new SmenaError('value-unreadable', {
      what: '--timezone',
      found: timezone,
      expected: 'an IANA time zone such as Asia/Krasnoyarsk',
    })
  // Times of the old system are shown by its own clock (M9).
  const words = openWords(context.words.language, timezone)
  const phoneFile = options.phoneLog === undefined ? null : await openArchive(options.phoneLog)
  await using source = isDatabase(place)
    ? await openLegacyDatabase(place)
    : await openLegacyDump(await openArchive(place))
  const { size } = source
  using bar = openProgress({
    stream: surroundings.stderr,
    words,
    label: words.t('legacy:reading', { place: isDatabase(place) ? 'PostgreSQL' : basename(place) }),
    unit: size.unit,
    total: size.total > 0 ? size.total : null,
  })
  const encoder = new TextEncoder()
  const line = (it: LegacyLine) => encoder.encode(`${JSON.stringify(it)}\n`)
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield* pagesOf(source, peopleTables)
    yield line({ time: true })
    yield* pagesOf(source, eventTables)
    if (phoneFile)
      for await (const rows of phoneLogRows(phoneFile, () => undefined)) yield line({ table: phoneLog, rows })
  }
  const pagesOf = async function* (from: LegacySource, tables: readonly string[]): AsyncGenerator<Uint8Array> {
    for await (const page of from.rows(tables)) {
      bar.advance(from.done())
      yield line(page)
    }
  }
  let report: LegacyReport
  using giving = attributing(context, bar)
  try {
    report = (await ask(context, {
      request: {
        do: 'legacy',
        source: options.extensionSource,
        timezone,
        breaks: options.breaks ?? null,
        dryRun: options.dryRun === true,
      },
      bytes,
      signal,
      attributed: giving.attributed,
    })) as LegacyReport
  } catch (error) {
    if (!signal.aborted) throw error
    say(words.t('legacy:interrupted'))
    process.exitCode = 1
    return
  }
  if (options.json) await print([jsonLine(legacyJson(report))])
  else await print(legacyReport(report, words, look, options.breaks === undefined))
}
