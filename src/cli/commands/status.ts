import { openJournalLog } from '../../adapters/log-journal/log-journal.ts'
import { askOwner } from '../../adapters/owner-socket/ask.ts'
import { formats } from '../../domain/formats/formats.ts'
import type { Settings } from '../../domain/settings.ts'
import { type SourceStatus, type Status, statusOf } from '../../pipeline/status.ts'
import type { LiveFacts } from '../../roles/owner.ts'
import { clusterStatus, CollectorsView, isCluster, requireCluster } from '../../roles/cluster.ts'
import { openReader, storePlace } from '../../roles/store-place.ts'
import type { Context } from '../context.ts'
import { alarmText, clockDifference } from '../present/alarm.ts'
import { jsonLine } from '../present/json-lines.ts'
import { neutralise, wrap } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import type { Words } from '../words/words.ts'

export async function statusCommand(context: Context, _: readonly string[], options: { json?: true }): Promise<void> {
  const { loaded, version, print } = context
  const live = (await askOwner({ dataDirectory: loaded.settings.dataDir, request: { do: 'status' } }))?.result as
    | LiveFacts
    | undefined
  let status: Status
  try {
    status = await readStatus(loaded.settings, version, live ?? null)
  } catch (error) {
    // The store is away: what the running process knows of it is all there is to say.
    for (const alarm of live?.alarms ?? []) context.say(`! ${neutralise(alarmText(alarm, context.words))}`)
    throw error
  }
  await print(options.json ? [jsonLine(status)] : statusText(status, live !== undefined, context))
}

async function readStatus(settings: Settings, version: string, live: LiveFacts | null): Promise<Status> {
  if (isCluster(settings)) requireCluster('status', settings)
  await using reader = await openReader(storePlace(settings))
  const alarms = live?.alarms ?? []
  if (isCluster(settings)) {
    await using collectors = new CollectorsView(settings, 'smena-status')
    // A collector of this machine publishes its alarms with its numbers, but for this one.
    const unpublished = alarms.filter(({ code }) => code === 'numbers-unpublished')
    return await clusterStatus({ reader, collectors, settings, version, alarms: unpublished })
  }
  return await statusOf({
    reader,
    configured: settings.sources.map((it) => it.name),
    formats,
    version,
    collected: async () => {
      await using log = await openJournalLog({ directory: settings.dataDir })
      const connections = (source: string) => live?.connections[source] ?? 0
      return { mode: 'solo', journal: log.id === '' ? null : { id: log.id, given: await log.given(), connections } }
    },
    alarms,
    now: Date.now(),
  })
}

async function* statusText(status: Status, owned: boolean, { words, look, loaded }: Context): AsyncGenerator<string> {
  const { t } = words
  const now = Date.now()
  const rows = Object.entries(status.sources)
  const isRead = status.unread.length === 0
  if (rows.length === 0) {
    yield `${t('status:none')}\n`
    return
  }
  const right = 'right' as const
  const count = (name: keyof SourceStatus, priority: number, known: (text: string) => string = (it) => it) => ({
    head: t(`status:column.${name as 'received'}`),
    priority,
    align: right,
    cell: ([, it]: [string, SourceStatus]) => known(words.count(it[name] as number)),
  })
  const atLeast = (text: string) => (isRead ? text : `≥ ${text}`)
  const ifRead = (text: string) => (isRead ? text : '–')
  yield* table(
    [
      { head: t('status:column.source'), priority: 100, cell: ([name]) => name },
      count('received', 90, atLeast),
      count('stored', 80),
      count('duplicate', 60),
      count('quarantined', 70),
      count('pending', 75, ifRead),
      {
        head: t('status:column.lastRecordAt'),
        priority: 50,
        cell: ([, it]) =>
          it.lastRecordAt === null
            ? t('status:noRecord')
            : t('status:lastRecord', { age: words.age((now - Date.parse(it.lastRecordAt)) / 1000) }),
      },
      count('connections', 40, ifRead),
      {
        head: t('status:column.clockError'),
        priority: 30,
        align: right,
        cell: ([, it]) => clockDifference(it.clockErrorSeconds, words),
      },
      count('olderRules', 20),
    ],
    rows,
    look,
  )
  yield '\n'
  for (const line of remarks(status, owned, words, loaded.settings.dataDir))
    yield `${look.width === null ? line : wrap(line, look.width)}\n`
}

function* remarks(status: Status, owned: boolean, words: Words, directory: string): Generator<string> {
  const { t } = words
  for (const [name, it] of Object.entries(status.sources)) {
    const difference = it.received - it.stored - it.duplicate - it.quarantined - it.pending
    if (difference !== 0) yield `! ${name}: ${t('status:imbalance', { difference: words.count(difference) })}`
    if (it.olderRules > 0) yield t('status:olderRules', { count: it.olderRules, source: name })
  }
  for (const { source, journal, from, to, since } of status.gaps) {
    const shown = { source, from: words.count(from), to: words.count(to), since: words.time(Date.parse(since)) }
    const [id = '', partition] = journal.split('/')
    yield `! ${partition === undefined ? t('status:gap', { ...shown, journal: id.slice(0, 8) }) : t('status:gapOfOffsets', { ...shown, partition })}`
  }
  const isRead = status.unread.length === 0
  if (status.gaps.length === 0 && isRead) yield t('status:gaps')
  const alarms = status.alarms.filter(({ code }) => code !== 'gap').map((it) => neutralise(alarmText(it, words)))
  // The store is away for all sources alike: once is enough.
  for (const text of new Set(alarms)) yield `! ${text}`
  const { record, attribute } = status.roles
  if (!isRead) yield `! ${t('status:unread')}`
  const recordLag = isRead ? words.count(record.lag) : t('status:unknown')
  yield t('status:lag', { record: recordLag, attribute: words.count(attribute.lag) })
  for (const { host, journal, asOf, sources, hasEnded } of status.collectors) {
    const age = words.age((Date.now() - Date.parse(asOf)) / 1000)
    const unforwarded = Object.values(sources).reduce((sum, it) => sum + it.unforwarded, 0)
    const facts = { host: neutralise(host), journal: journal.slice(0, 8), age, unforwarded: words.count(unforwarded) }
    yield t(hasEnded ? 'status:collectorEnded' : 'status:collector', facts)
  }
  if (status.mode === 'cluster' && isRead && status.collectors.length === 0) yield `! ${t('status:noCollector')}`
  if (status.mode === 'solo' && !owned) yield `! ${t('status:notRunning', { directory })}`
}
