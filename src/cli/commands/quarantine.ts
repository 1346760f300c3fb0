import { SmenaError } from '../../domain/errors.ts'
import type { QuarantineReason } from '../../domain/record.ts'
import type { RetryCounts } from '../../pipeline/retry.ts'
import { instantText } from '../../pipeline/status.ts'
import type {
  QuarantineCursor,
  QuarantinedRecord,
  QuarantineListFilter,
  StoreReader,
} from '../../pipeline/store-reading.ts'
import { ask } from '../ask.ts'
import { openReader, storePlace } from '../../roles/store-place.ts'
import { attributing } from '../attributing.ts'
import type { Context } from '../context.ts'
import { requireKnownSource } from '../known-source.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { openProgress } from '../present/progress.ts'
import { table } from '../present/table.ts'

const pageSize = 500

export async function quarantineListCommand(
  context: Context,
  _: readonly string[],
  options: { source?: string; reason?: QuarantineReason; json?: true },
): Promise<void> {
  const { loaded, words, look, print } = context
  const { t } = words
  await using reader = await openReader(storePlace(loaded.settings))
  await requireKnownSource(options.source, loaded.settings, reader)
  const filter = { source: options.source ?? null, reason: options.reason ?? null, recordId: null }
  const records = reader ? listQuarantine(reader, filter) : nothing()
  if (options.json) return await print(jsonLines(mapped(records, quarantineJson)))
  let count = 0
  await print(
    table<QuarantinedRecord>(
      [
        { head: t('quarantine:column.receivedAt'), priority: 80, cell: (it) => words.time(it.receivedAt) },
        { head: t('quarantine:column.source'), priority: 70, least: 8, cell: (it) => it.source },
        { head: t('quarantine:column.line'), priority: 40, align: 'right', cell: (it) => String(it.line) },
        { head: t('quarantine:column.reason'), priority: 90, cell: (it) => t(`quarantine:reason.${it.reason}`) },
        { head: t('quarantine:column.detail'), priority: 30, least: 16, cell: (it) => it.detail },
        { head: t('quarantine:column.raw'), priority: 50, least: 16, cell: (it) => rawText(it).slice(0, 400) },
        { head: t('quarantine:column.id'), priority: 100, align: 'right', cell: (it) => String(it.recordId) },
      ],
      (async function* () {
        for await (const it of records) {
          count++
          yield it
        }
      })(),
      look,
    ),
  )
  const zone = words.zone(Date.now())
  await print(
    count === 0
      ? [`${t('quarantine:empty')}\n`]
      : [`\n${t('quarantine:total', { count })}\n${t('quarantine:caption', { zone })}\n`],
  )
}

export async function quarantineShowCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { loaded, words, print } = context
  const { t } = words
  const recordId = parseId(text)
  await using reader = await openReader(storePlace(loaded.settings))
  const [record] = reader ? await reader.pageQuarantine({ source: null, reason: null, recordId }, null, 1) : []
  if (!record) throw new SmenaError('quarantine-unknown', { id: text })
  if (options.json) return await print([jsonLine(quarantineJson(record))])
  const facts: [string, string][] = [
    [t('quarantine:field.source'), record.source],
    [t('quarantine:field.receivedAt'), `${words.time(record.receivedAt)} (${words.zone(record.receivedAt)})`],
    [t('quarantine:field.delivery'), record.delivery],
    [t('quarantine:field.line'), String(record.line)],
    [
      t('quarantine:column.reason'),
      `${t(`quarantine:reason.${record.reason}`)}. ${t(`quarantine:reasonExplained.${record.reason}`)}`,
    ],
    [t('quarantine:field.detail'), record.detail],
    [t('quarantine:field.raw'), rawText(record)],
  ]
  await print(facts.map(([name, value]) => `${name}: ${neutralise(value)}\n`))
}

export async function quarantineRetryCommand(
  context: Context,
  ids: readonly string[],
  options: { source?: string; reason?: QuarantineReason; asRecord?: string; json?: true },
): Promise<void> {
  const { words, surroundings, signal, print } = context
  const { t } = words
  const asRecord = options.asRecord === undefined ? null : parseId(options.asRecord)
  if (asRecord !== null && ids.length > 0)
    throw new SmenaError('usage', {
      problem: t('help:problem.oneId'),
      command: 'quarantine retry',
    })
  const recordIds = asRecord !== null ? [asRecord] : ids.length > 0 ? ids.map(parseId) : null
  using bar = openProgress({
    stream: surroundings.stderr,
    words,
    label: t('quarantine:retrying'),
    unit: 'records',
    total: null,
  })
  using giving = attributing(context, bar)
  const counts = (await ask(context, {
    request: {
      do: 'retry',
      source: options.source ?? null,
      reason: options.reason ?? null,
      ids: recordIds,
      asRecord: asRecord !== null,
    },
    progress: (it) => bar.advance((it as RetryCounts).tried),
    signal,
    attributed: giving.attributed,
  })) as RetryCounts
  if (options.json) return await print([jsonLine(counts)])
  const lines: string[] = [t('quarantine:retried', { count: counts.stored + counts.duplicate })]
  if (counts.quarantined > 0) lines.push(t('quarantine:remained', { count: counts.quarantined }))
  if (counts.fragments > 0) lines.push(t('quarantine:fragments', { count: counts.fragments }))
  await print(lines.map((it) => `${it}\n`))
}

/** As scripts read it: names are fixed. `raw` is for the eye, `rawBase64` is exact. */
function quarantineJson(it: QuarantinedRecord) {
  const bytes = Buffer.from(it.bytes ?? [])
  return {
    id: String(it.recordId),
    source: it.source,
    receivedAt: instantText(it.receivedAt),
    delivery: it.delivery,
    line: it.line,
    reason: it.reason,
    detail: it.detail,
    raw: bytes.toString('utf8'),
    rawBase64: bytes.toString('base64'),
  }
}

const rawText = (it: QuarantinedRecord): string => Buffer.from(it.bytes ?? []).toString('utf8')

async function* listQuarantine(reader: StoreReader, filter: QuarantineListFilter): AsyncGenerator<QuarantinedRecord> {
  let after: QuarantineCursor | null = null
  for (;;) {
    const page = await reader.pageQuarantine(filter, after, pageSize)
    yield* page
    const last = page.at(-1)
    if (!last) return
    after = { receivedAt: last.receivedAt, recordId: last.recordId }
  }
}

async function* mapped<A, B>(items: AsyncIterable<A>, map: (it: A) => B): AsyncGenerator<B> {
  for await (const it of items) yield map(it)
}

async function* nothing(): AsyncGenerator<QuarantinedRecord> {}

export function parseId(text: string): number {
  const id = Number(text)
  if (!/^\d{1,16}$/u.test(text) || !Number.isSafeInteger(id))
    throw new SmenaError('id-unreadable', { found: text.slice(0, 40) })
  return id
}
