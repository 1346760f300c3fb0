import type { CallKind, Direction, Outcome } from '../../domain/call.ts'
import { SmenaError } from '../../domain/errors.ts'
import { findEmployee } from '../../domain/find-employee.ts'
import { type CallJson, callJson } from '../../pipeline/call-view.ts'
import type { CallCursor, CallFilter, NamedPart, StoreReader } from '../../pipeline/store-reading.ts'
import { openReader, storePlace } from '../../roles/store-place.ts'
import type { Context } from '../context.ts'
import { requireKnownSource } from '../known-source.ts'
import { requireNamed } from '../named-options.ts'
import { callCsvColumns, callTable } from '../present/call-table.ts'
import { csvLines } from '../present/csv.ts'
import { jsonLines } from '../present/json-lines.ts'
import { parseInstant, requireOrder } from '../time.ts'

interface CallsOptions {
  readonly from?: string
  readonly to?: string
  readonly source?: string
  readonly extension?: string
  readonly employee?: string
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
  requireNamed(context, options, 'calls')
  const { timezone } = loaded.settings
  const at = (name: 'from' | 'to') => {
    const text = options[name]
    return text === undefined ? null : parseInstant(text, timezone, `--${name}`)
  }
  const [from, to] = [at('from'), at('to')]
  requireOrder(from, to, options)
  await using reader = await openReader(storePlace(loaded.settings))
  await requireKnownSource(options.source, loaded.settings, reader)
  const { employee } = options
  const filter: CallFilter = {
    from,
    to,
    source: options.source ?? null,
    extension: options.extension ?? null,
    employeeId:
      employee === undefined ? null : findEmployee(employee, (await reader?.employeesNamed(employee)) ?? []).id,
    number: options.number ?? null,
    kind: options.kind ?? 'call',
    direction: options.direction ?? null,
    outcome: options.outcome ?? null,
  }
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
    const parts = new Map<number, NamedPart[]>()
    for (const part of await reader.attributions(page.map((it) => it.id))) {
      const list = parts.get(part.callId)
      if (list) list.push(part)
      else parts.set(part.callId, [part])
    }
    for (const row of page) yield callJson(row, names.get(row.sourceId) ?? '', parts.get(row.id) ?? [], now)
    const last = page.at(-1)
    if (!last) return
    after = { startedAt: last.call.startedAt, id: last.id }
  }
}

async function* nothing(): AsyncGenerator<CallJson> {}
