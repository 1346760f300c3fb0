import { SmenaError } from '../../domain/errors.ts'
import type { Leg, LegEnd } from '../../domain/formats/format.ts'
import { formats } from '../../domain/formats/formats.ts'
import { type CallJson, callJson } from '../../pipeline/call-view.ts'
import { readingById, readyReadings } from '../../pipeline/readings.ts'
import { legsOf } from '../../pipeline/recompute.ts'
import { instantText } from '../../pipeline/status.ts'
import { sourceOfRecord } from '../../pipeline/store.ts'
import type { NamedPart } from '../../pipeline/store-reading.ts'
import { openReader, storePlace } from '../../roles/store-place.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import { parseId } from './quarantine.ts'

/** One call by any of its record ids: what it was, its legs in words, its records as they came. */
export async function callCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { json?: true; raw?: true },
): Promise<void> {
  const { loaded, print } = context
  const recordId = parseId(text)
  await using reader = await openReader(storePlace(loaded.settings))
  const found = reader && (await reader.call(recordId))
  if (!reader || !found) throw new SmenaError('call-unknown', { id: text })
  const sourceId = sourceOfRecord(found.row.id)
  const name = (await reader.sources()).find((it) => it.id === sourceId)?.name ?? ''
  const source = readyReadings({ id: sourceId, name }, await reader.readings(sourceId), formats)
  const legs = legsOf(source, found.segments, found.row.call.startedAt)
  const raw = options.json || options.raw ? await reader.rawOf(sourceId, found.segments) : new Map<number, null>()
  const parts = await reader.attributions([found.row.id])
  const call = callJson(found.row, name, parts, Date.now())
  if (options.json)
    return await print([
      jsonLine({
        ...call,
        legs: legs.map((it) => legJson(it, raw.get(it.recordId) ?? null)),
        attributions: parts.map(partJson),
        unattributed: unattributedJson(parts),
      }),
    ])
  const { isGroup } = readingById(source, found.row.readingId).reader
  const phones = call.extensions.filter((it) => !isGroup(it))
  await print(callText(context, call, legs, phones, parts, raw))
}

/** The part of an extension in the leg that has this record. */
function partJson(part: NamedPart) {
  const { recordId, employeeId, employeeName, at, busy } = part
  return {
    extension: part.extension,
    role: part.role,
    state: part.state,
    employee: employeeId === null ? null : { id: String(employeeId), name: employeeName ?? '' },
    record: recordId === null ? null : String(recordId),
    at: instantText(at),
    ringSeconds: part.ringSeconds,
    talkSeconds: part.talkSeconds,
    holdSeconds: part.holdSeconds,
    busy: busy && { from: instantText(busy.from), to: instantText(busy.to) },
    offer: part.offer,
  }
}

/** What counts in nobody's figures, once for each extension and reason. */
function unattributedJson(parts: readonly NamedPart[]) {
  const found = new Map<string, { extension: string; reason: NamedPart['state'] }>()
  for (const { extension, state: reason } of parts)
    if (reason === 'no-holder' || reason === 'off-shift') found.set(`${extension} ${reason}`, { extension, reason })
  return [...found.values()]
}

function legJson(leg: Leg, bytes: Uint8Array | null) {
  const { recordId, startedAt, answeredAt, endedAt, ...rest } = leg
  const at = (instant: number | null) => (instant === null ? null : instantText(instant))
  const buffer = bytes === null ? null : Buffer.from(bytes)
  return {
    record: String(recordId),
    startedAt: at(startedAt),
    answeredAt: at(answeredAt),
    endedAt: at(endedAt),
    ...rest,
    raw: buffer?.toString('utf8') ?? null,
    rawBase64: buffer?.toString('base64') ?? null,
  }
}

async function* callText(
  context: Context,
  call: CallJson,
  legs: readonly Leg[],
  phones: readonly string[],
  parts: readonly NamedPart[],
  raw: ReadonlyMap<number, Uint8Array | null>,
): AsyncGenerator<string> {
  const { words, look } = context
  const { t } = words
  const at = (text: string | null) => (text === null ? '–' : words.time(Date.parse(text)))
  const from = [call.from ?? t('calls:withheld'), call.fromName].filter(Boolean).join(' ')
  const facts: [string, string][] = [
    [t('calls:field.id'), call.id],
    [t('calls:field.source'), call.source],
    [t('calls:field.exchangeCallId'), call.exchangeCallId],
    [
      t('calls:field.kind'),
      call.kind === 'call'
        ? t('calls:kind.call')
        : `${t(`calls:kind.${call.kind}`)}: ${t(`calls:kindExplained.${call.kind}`)}`,
    ],
    [t('calls:field.direction'), t(`calls:direction.${call.direction}`)],
    [t('calls:field.outcome'), words.outcome(call.outcome, call.direction)],
    [t('calls:field.from'), from],
    [t('calls:field.to'), call.to ?? '–'],
    [t('calls:field.targets'), call.targets.join(', ') || '–'],
    [t('calls:field.answeredBy'), call.answeredBy ?? (call.answeredOutside ? t('calls:outside') : t('calls:nobody'))],
    [t('calls:field.extensions'), call.extensions.join(', ') || '–'],
    [t('calls:field.startedAt'), `${at(call.startedAt)} (${words.zone(Date.parse(call.startedAt ?? ''))})`],
    [t('calls:field.answeredAt'), at(call.answeredAt)],
    [t('calls:field.endedAt'), at(call.endedAt)],
    [t('calls:field.ring'), words.duration(call.ringSeconds)],
    [t('calls:field.wait'), words.duration(call.waitSeconds)],
    [t('calls:field.talk'), words.duration(call.talkSeconds)],
    [t('calls:field.hold'), words.duration(call.holdSeconds)],
    [t('calls:field.park'), words.duration(call.parkSeconds)],
    [t('calls:field.machine'), words.duration(call.machineSeconds)],
    ...(call.conference === null ? [] : [[t('calls:field.conference'), call.conference] as [string, string]]),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  for (const [name, value] of facts) yield `${name.padEnd(width)}  ${neutralise(value)}\n`
  for (const doubt of call.doubtful) yield `${t('calls:doubtful', { doubt: t(`calls:doubt.${doubt}`) })}\n`
  if (!call.complete) yield `${t('calls:incomplete')}\n`
  yield `\n${t('calls:field.legs')}\n`
  const end = ({ kind, number, name }: LegEnd) => {
    const who = [number, name].filter(Boolean).join(' ')
    return who === '' ? t(`calls:end.${kind}`) : `${who} (${t(`calls:end.${kind}`)})`
  }
  const seconds = (value: number) => (value > 0 ? words.duration(value) : '–')
  yield* table<Leg>(
    [
      { head: t('calls:column.startedAt'), priority: 100, cell: (it) => words.time(it.startedAt) },
      { head: t('calls:column.from'), priority: 95, least: 12, cell: (it) => end(it.from) },
      { head: t('calls:column.to'), priority: 94, least: 12, cell: (it) => end(it.to) },
      { head: t('calls:field.ring'), priority: 70, align: 'right', cell: (it) => words.duration(it.ringSeconds) },
      { head: t('calls:column.talk'), priority: 80, align: 'right', cell: (it) => seconds(it.talkSeconds) },
      { head: t('calls:column.hold'), priority: 50, align: 'right', cell: (it) => seconds(it.holdSeconds) },
      { head: t('calls:field.park'), priority: 40, align: 'right', cell: (it) => seconds(it.parkSeconds) },
      { head: t('calls:column.machine'), priority: 45, align: 'right', cell: (it) => seconds(it.machineSeconds) },
      {
        head: t('calls:column.main'),
        priority: 30,
        cell: (it) => (it.main ? '' : t('calls:supporting')),
        optional: true,
      },
      { head: t('calls:column.id'), priority: 60, align: 'right', cell: (it) => String(it.recordId) },
    ],
    legs,
    look,
  )
  if (phones.length > 0) {
    yield `\n${t('calls:field.people')}\n`
    yield* partsText(context, phones, parts)
  }
  if (raw.size > 0) {
    yield `\n${t('calls:field.records')}\n`
    for (const { recordId } of legs)
      yield `${recordId}  ${neutralise(Buffer.from(raw.get(recordId) ?? []).toString('utf8'))}\n`
  } else yield `\n${t('calls:rawHint', { id: call.id })}\n`
}

/** Who had which leg, and what nobody had. */
async function* partsText(
  { words, look }: Context,
  phones: readonly string[],
  parts: readonly NamedPart[],
): AsyncGenerator<string> {
  const { t } = words
  const seconds = (value: number) => (value > 0 ? words.duration(value) : '–')
  if (parts.length === 0) {
    for (const extension of phones) yield `${neutralise(t('calls:due', { extension }))}\n`
    return
  }
  yield* table<NamedPart>(
    [
      { head: t('calls:column.startedAt'), priority: 60, cell: (it) => words.time(it.at) },
      { head: t('calls:column.extension'), priority: 100, cell: (it) => it.extension },
      { head: t('calls:column.employees'), priority: 95, least: 12, cell: (it) => it.employeeName ?? '–' },
      { head: t('calls:column.part'), priority: 80, cell: (it) => t(`calls:part.${it.role}`) },
      { head: t('calls:column.state'), priority: 90, cell: (it) => t(`calls:state.${it.state}`) },
      { head: t('calls:field.ring'), priority: 50, align: 'right', cell: (it) => seconds(it.ringSeconds) },
      { head: t('calls:column.talk'), priority: 70, align: 'right', cell: (it) => seconds(it.talkSeconds) },
      { head: t('calls:column.hold'), priority: 45, align: 'right', cell: (it) => seconds(it.holdSeconds) },
      {
        head: t('calls:column.id'),
        priority: 30,
        align: 'right',
        cell: (it) => (it.recordId === null ? '–' : String(it.recordId)),
      },
    ],
    parts,
    look,
  )
}
