import { join } from 'node:path'
import { openJournalLog } from '../../adapters/log-journal/log-journal.ts'
import { askOwner } from '../../adapters/owner-socket/ask.ts'
import { formats } from '../../domain/formats/formats.ts'
import type { Settings } from '../../domain/settings.ts'
import { type SourceStatus, type Status, statusOf } from '../../pipeline/status.ts'
import type { LiveFacts } from '../../roles/owner.ts'
import { openReader, storePlace } from '../../roles/store-place.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { table } from '../present/table.ts'

export async function statusCommand(context: Context, _: readonly string[], options: { json?: true }): Promise<void> {
  const { loaded, version, print } = context
  const live = (await askOwner({ dataDirectory: loaded.settings.dataDir, request: { do: 'status' } }))?.result as
    | LiveFacts
    | undefined
  const status = await readStatus(loaded.settings, version, live ?? null)
  await print(options.json ? [jsonLine(status)] : statusText(status, live !== undefined, context))
}

async function readStatus(settings: Settings, version: string, live: LiveFacts | null): Promise<Status> {
  await using reader = await openReader(storePlace(settings))
  return await statusOf({
    reader,
    configured: settings.sources.map((it) => it.name),
    formats,
    version,
    journal: async () => {
      await using log = await openJournalLog({ directory: settings.dataDir })
      return log.id === '' ? null : { id: log.id, given: await log.given() }
    },
    connections: (source) => live?.connections[source] ?? 0,
    alarms: live?.alarms ?? [],
  })
}

async function* statusText(status: Status, owned: boolean, { words, look, loaded }: Context): AsyncGenerator<string> {
  const { t } = words
  const now = Date.now()
  const rows = Object.entries(status.sources)
  if (rows.length === 0) {
    yield `${t('status:none')}\n`
    return
  }
  const right = 'right' as const
  const count = (name: keyof SourceStatus, priority: number) => ({
    head: t(`status:column.${name as 'received'}`),
    priority,
    align: right,
    cell: ([, it]: [string, SourceStatus]) => words.count(it[name] as number),
  })
  yield* table(
    [
      { head: t('status:column.source'), priority: 100, cell: ([name]) => name },
      count('received', 90),
      count('stored', 80),
      count('duplicate', 60),
      count('quarantined', 70),
      count('pending', 75),
      {
        head: t('status:column.lastRecordAt'),
        priority: 50,
        cell: ([, it]) =>
          it.lastRecordAt === null
            ? t('status:noRecord')
            : t('status:lastRecord', { age: words.age((now - Date.parse(it.lastRecordAt)) / 1000) }),
      },
      count('connections', 40),
      {
        head: t('status:column.clockError'),
        priority: 30,
        align: right,
        cell: ([, it]) => words.duration(it.clockErrorSeconds),
      },
      count('olderRules', 20),
    ],
    rows,
    look,
  )
  yield '\n'
  for (const [name, it] of rows) {
    const difference = it.received - it.stored - it.duplicate - it.quarantined - it.pending
    if (difference !== 0) yield `${name}: ${t('status:imbalance', { difference: words.count(difference) })}\n`
    if (it.olderRules > 0) yield `${t('status:olderRules', { count: it.olderRules, source: name })}\n`
  }
  for (const { source, journal, from, to, since } of status.gaps)
    yield `${t('status:gap', { source, journal: journal.slice(0, 8), from: words.count(from), to: words.count(to), since: words.time(Date.parse(since)) })}\n`
  if (status.gaps.length === 0) yield `${t('status:gaps')}\n`
  for (const { code, message } of status.alarms) if (code !== 'gap') yield `! ${message}\n`
  yield `${t('status:lag', { record: words.count(status.roles.record.lag), attribute: words.count(status.roles.attribute.lag) })}\n`
  if (!owned) yield `${t('status:notRunning', { directory: join(loaded.settings.dataDir) })}\n`
}
