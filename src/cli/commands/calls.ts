import type { CallKind, Direction, Outcome } from '../../domain/call.ts'
import { SmenaError } from '../../domain/errors.ts'
import { type CallJson, callJson } from '../../pipeline/call-view.ts'
import type { CallCursor, CallFilter, StoreReader } from '../../pipeline/store-reading.ts'
import { openReader, storePlace } from '../../roles/store-place.ts'
import type { Context } from '../context.ts'
import { requireKnownSource } from '../known-source.ts'
import { callCsvColumns, callTable } from '../present/call-table.ts'
import { csvLines } from '../present/csv.ts'
import { jsonLines } from '../present/json-lines.ts'
import { parseInstant } from '../time.ts'

interface CallsOptions {
  readonly from?: string
  readonly to?: string
  readonly source?: string
  readonly extension?: string
  readonly number?: string
  readonly kind?: CallKind | 'all'
  readonly direction?: Direction
  readonly outcome?: Outcome
  readonly json?: true
  readonly csv?: true
}

const pageSize = 1000

export async function callsCommand(context: Context, _: readonly string[], options: CallsOptions): Promise<void> {
  const { loaded, words, look, print } = context
  if (options.json && options.csv)
    throw new SmenaError('usage', { problem: words.t('help:problem.oneFormat'), command: 'calls' })
  const { timezone } = loaded.settings
  const at = (name: 'from' | 'to') => {
    const text = options[name]
    return text === undefined ? null : parseInstant(text, timezone, `--${name}`)
  }
  const filter: CallFilter = {
    from: at('from'),
    to: at('to'),
    source: options.source ?? null,
    extension: options.extension ?? null,
    number: options.number ?? null,
    kind: options.kind ?? 'call',
    direction: options.direction ?? null,
    outcome: options.outcome ?? null,
  }
  await using reader = await openReader(storePlace(loaded.settings))
  await requireKnownSource(options.source, loaded.settings, reader)
  const calls = reader ? listCalls(reader, filter) : nothing()
  if (options.json) await print(jsonLines(calls))
  else if (options.csv) await print(csvLines(callCsvColumns, calls))
  else await print(callTable(calls, words, look))
}

async function* listCalls(reader: StoreReader, filter: CallFilter): AsyncGenerator<CallJson> {
  const names = new Map((await reader.sources()).map((it) => [it.id, it.name]))
  let after: CallCursor | null = null
  for (;;) {
    const page = await reader.pageCalls(filter, after, pageSize)
    const now = Date.now()
    for (const row of page) yield callJson(row, names.get(row.sourceId) ?? '', now)
    const last = page.at(-1)
    if (!last) return
    after = { startedAt: last.call.startedAt, id: last.id }
  }
}

async function* nothing(): AsyncGenerator<CallJson> {}
