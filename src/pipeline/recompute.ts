import { setImmediate as turn } from 'node:timers/promises'
import { SmenaError } from '../domain/errors.ts'
import { type Call, contributionsOf, type Contribution, partiesOf } from '../domain/call.ts'
import type { HourEvidence, Leg, Segment } from '../domain/formats/format.ts'
import { readingAt, readingById, type ReadyReading, type SourceReadings } from './readings.ts'
import type { CallRow, JoinKey, MadeDelta, PartyRow, SegmentRow, StoreTransaction } from './store.ts'

/**
 * Derived rows change by this operation only (R9). Given what records now say, it finds the calls that they touch, loads
 * all segments of those calls, joins and assembles them anew by the format's pure functions, and writes the difference:
 * calls and parties replaced, rollups minus old plus new, every changed call due for attribution. Nothing is patched, so
 * the outcome depends on the records alone, never on the order in which they came.
 *
 * Invariants: the stored grouping is always the closure of the format's joins over the stored segments; a call's id is the
 * smallest record id among its segments; two segments that join directly share a join key, so the calls that a new
 * segment touches are those of the segments that share one of its keys.
 */

/** What a record says now: `segment` null when it says nothing (any more). */
export interface Told {
  readonly recordId: number
  readonly segment: ReadSegment | null
  /** The store may hold a segment of it. */
  readonly known: boolean
  /** Its id was given in this transaction: no call of that id can have been before. */
  readonly fresh: boolean
}

export interface ReadSegment extends Segment<unknown> {
  readonly readingId: number
}

const dayMs = 86_400_000
/** Assembled between two looks at what else there is to do: a store that takes rows in meanwhile must not wait for them. */
const groupsATurn = 100

/** What records say, and the calls that they touch, as the store has them. */
export interface Touched {
  readonly told: readonly Told[]
  readonly toldIds: ReadonlySet<number>
  readonly arrived: readonly ReadSegment[]
  readonly keys: ReadonlyMap<number, readonly number[]>
  readonly old: OldCalls
}

/** `revisit`: records whose receipt changed, not what they say. */
export async function findTouched(
  tx: StoreTransaction,
  source: SourceReadings,
  told: readonly Told[],
  revisit: readonly number[] = [],
): Promise<Touched> {
  const toldIds = new Set(told.map((it) => it.recordId))
  const arrived: ReadSegment[] = []
  for (const { segment } of told) if (segment) arrived.push(segment)

  const keys = new Map<number, readonly number[]>()
  for (const segment of arrived) keys.set(segment.id, readingById(source, segment.readingId).format.joinKeys(segment))
  const touched = new Set(await tx.callIdsByKeys(distinct(keys.values())))
  const known = [...told.filter((it) => it.known).map((it) => it.recordId), ...revisit]
  if (known.length > 0) for (const id of await tx.callIdsBySegments(known)) touched.add(id)

  const grows = told.some((it) => it.segment && !it.known)
  const old = await loadCalls(tx, [...touched], grows ? segmentsOfCallAtMost : Number.POSITIVE_INFINITY)
  return { told, toldIds, arrived, keys, old }
}

/** Returns the calls as they are now, with their segments. */
export async function recompute(
  tx: StoreTransaction,
  source: SourceReadings,
  { told, toldIds, arrived, keys, old }: Touched,
): Promise<readonly AssembledGroup[]> {
  const present: ReadSegment[] = []
  for (const row of old.segments.values()) if (!toldIds.has(row.id)) present.push(unpacked(source, row))
  const assembled = await assembleAll(tx, source, join(source, [...present, ...arrived]), old, toldIds)

  await writeSegments(tx, source, { told, old, keys, assembled })
  const freshIds = new Set(told.filter((it) => it.fresh).map((it) => it.recordId))
  await writeCalls(tx, source, old, assembled, freshIds)
  return assembled
}

/** Segments of one source may be of two formats where its configuration was corrected; these never make one call. */
function join(source: SourceReadings, segments: readonly ReadSegment[]): Group[] {
  const byFormat = new Map<ReadyReading['format'], ReadSegment[]>()
  for (const segment of segments) {
    const { format } = readingById(source, segment.readingId)
    const list = byFormat.get(format)
    if (list) list.push(segment)
    else byFormat.set(format, [segment])
  }
  return [...byFormat].flatMap(([format, list]) => format.join(list) as readonly Group[])
}

type Group = readonly ReadSegment[]

interface OldCalls {
  readonly calls: Map<number, CallRow>
  readonly segments: Map<number, SegmentRow>
}

export interface AssembledGroup {
  readonly group: Group
  readonly row: CallRow
}

/** No call of people has so many legs; a record that would join such a call is kept in quarantine instead. */
const segmentsOfCallAtMost = 10_000

async function loadCalls(
  tx: StoreTransaction,
  ids: readonly number[],
  segmentsAtMost = Number.POSITIVE_INFINITY,
): Promise<OldCalls> {
  if (ids.length === 0) return { calls: new Map(), segments: new Map() }
  const calls = await tx.calls(ids)
  const full = calls.find((row) => row.call.segments >= segmentsAtMost)
  if (full) {
    const cause = `call ${full.id} has ${full.call.segments} segments already, and none can have more than that`
    throw new SmenaError('store-refused', { cause })
  }
  const segments = await tx.segmentsOfCalls(ids)
  return {
    calls: new Map(calls.map((row) => [row.id, row])),
    segments: new Map(segments.map((row) => [row.id, row])),
  }
}

function unpacked(source: SourceReadings, row: SegmentRow): ReadSegment {
  return {
    id: row.id,
    startWall: row.startWall,
    endWall: row.endWall,
    receivedAt: row.receivedAt,
    delivery: row.deliveryId,
    line: row.line,
    readingId: row.readingId,
    fields: readingById(source, row.readingId).format.unpack(row.fields),
  }
}

/**
 * Assembles the groups. A call that begins in a repeated autumn hour is read with the help of the other calls of that
 * hour (R10), so when one of them changes, all of them are assembled again: they are added to `old` and to the groups.
 */
async function assembleAll(
  tx: StoreTransaction,
  source: SourceReadings,
  groups: readonly Group[],
  old: OldCalls,
  told: ReadonlySet<number>,
): Promise<AssembledGroup[]> {
  const hours = new Map<string, { from: number; to: number }>()
  const plain: Group[] = []
  const repeated: Group[] = []
  for (const group of groups) {
    const hour = repeatedHour(source, group)
    if (hour) {
      hours.set(`${hour.from}`, hour)
      repeated.push(group)
    } else plain.push(group)
  }
  // What a touched call was is evidence too: when it goes, the others of its hour are read without it.
  for (const segment of old.segments.values()) {
    const hour = repeatedHour(source, [segment])
    if (hour) hours.set(`${hour.from}`, hour)
  }
  const result: AssembledGroup[] = []
  for (const [i, group] of plain.entries()) {
    if (i % groupsATurn === groupsATurn - 1) await turn()
    result.push({ group, row: callRow(source, group, null) })
  }
  if (hours.size === 0) return result

  const more = new Set<number>()
  for (const { from, to } of hours.values())
    for (const id of await tx.callIdsStarted(from, to)) if (!old.calls.has(id)) more.add(id)
  if (more.size > 0) {
    const loaded = await loadCalls(tx, [...more])
    for (const [id, row] of loaded.calls) old.calls.set(id, row)
    const neighbours: ReadSegment[] = []
    for (const [id, row] of loaded.segments) {
      old.segments.set(id, row)
      if (!told.has(id)) neighbours.push(unpacked(source, row))
    }
    for (const group of join(source, neighbours)) {
      if (repeatedHour(source, group)) repeated.push(group)
      else result.push({ group, row: callRow(source, group, null) })
    }
  }
  const receipts = await tx.liveReceipts(repeated.flat())
  const named = repeated.map((group) => ({
    hour: repeatedHour(source, group.slice(0, 1))?.from ?? null,
    exchangeCallId: callRow(source, group, null).call.exchangeCallId,
    startWall: (group[0] as ReadSegment).startWall,
  }))
  const isSame = (a: number | null, b: number | null) => a !== null && b !== null && Math.abs(a - b) < dayMs
  for (const [i, group] of repeated.entries()) {
    const hour = named[i]?.hour ?? null
    const evidence: HourEvidence = {
      liveReceipt: (id) => receipts.get(id) ?? null,
      // A call that only reaches into the hour is found by no question for calls that begin in it: it must not be evidence.
      neighbours: named.filter((it, j) => j !== i && isSame(it.hour, hour)),
    }
    result.push({ group, row: callRow(source, group, evidence) })
  }
  return result
}

/** The two passes of the repeated hour in which one of the segments starts, as instants; null when none does. */
function repeatedHour(
  source: SourceReadings,
  segments: readonly Pick<SegmentRow, 'startWall'>[],
): { from: number; to: number } | null {
  for (const { startWall } of segments) {
    const { zone } = readingAt(source, startWall).reader
    const { kind, first, second } = zone.readings(startWall)
    // Both passes, from the first minute of the first to the last of the second, whatever minute this one names.
    if (kind === 'ambiguous') return { from: first - (second - first), to: second + (second - first) }
  }
  return null
}

function callRow(source: SourceReadings, group: Group, evidence: HourEvidence | null): CallRow {
  const first = group[0] as ReadSegment
  const now = readingAt(source, first.startWall)
  const read = readingById(source, first.readingId)
  // A newer reading of another format cannot say what segments of this format mean.
  const { id: readingId, reader, format } = now.format === read.format ? now : read
  let id = first.id
  for (const segment of group) if (segment.id < id) id = segment.id
  return {
    id,
    sourceId: source.id,
    readingId,
    rules: format.rules,
    plan: reader.reading.plan,
    startWall: first.startWall,
    call: format.assemble(group, reader, evidence),
  }
}

/**
 * The segments of one call leg by leg, for people who look at it. `startedAt`: the call's own. What decided a repeated hour is not
 * asked again: the legs are moved to where the call begins.
 */
export function legsOf(source: SourceReadings, rows: readonly SegmentRow[], startedAt: number): readonly Leg[] {
  const segments = rows.map((row) => unpacked(source, row))
  const legs = join(source, segments).flatMap((group) => {
    const { reader, format } = readingById(source, (group[0] as ReadSegment).readingId)
    return format.legs(group, reader, null)
  })
  const by = startedAt - Math.min(...legs.map((it) => it.startedAt))
  if (by === 0) return legs
  return legs.map((it) => ({
    ...it,
    startedAt: it.startedAt + by,
    answeredAt: it.answeredAt === null ? null : it.answeredAt + by,
    endedAt: it.endedAt + by,
  }))
}

async function writeSegments(
  tx: StoreTransaction,
  source: SourceReadings,
  change: {
    readonly told: readonly Told[]
    readonly old: OldCalls
    readonly keys: ReadonlyMap<number, readonly number[]>
    readonly assembled: readonly AssembledGroup[]
  },
): Promise<void> {
  const { told, old, keys, assembled } = change
  const callOf = new Map<number, number>()
  for (const { group, row } of assembled) for (const { id } of group) callOf.set(id, row.id)

  const gone: SegmentRow[] = []
  const rows: SegmentRow[] = []
  const keyRows: JoinKey[] = []
  for (const { recordId, segment } of told) {
    const before = old.segments.get(recordId)
    if (!segment) {
      if (before) gone.push(before)
      continue
    }
    const { format } = readingById(source, segment.readingId)
    const row: SegmentRow = {
      id: recordId,
      sourceId: source.id,
      callId: callOf.get(recordId) as number,
      startWall: segment.startWall,
      endWall: segment.endWall,
      receivedAt: segment.receivedAt,
      deliveryId: segment.delivery,
      line: segment.line,
      readingId: segment.readingId,
      rules: format.rules,
      fields: format.pack(segment.fields),
    }
    if (before) {
      if (sameSegment(before, row)) continue
      gone.push(before)
    }
    rows.push(row)
    for (const key of keys.get(recordId) ?? []) keyRows.push({ segmentId: recordId, key })
  }
  const written = new Set(rows.map((row) => row.id))
  const moves: { segmentId: number; callId: number }[] = []
  for (const row of old.segments.values()) {
    const callId = callOf.get(row.id)
    if (callId !== undefined && callId !== row.callId && !written.has(row.id)) moves.push({ segmentId: row.id, callId })
  }
  if (gone.length > 0) {
    const goneKeys = gone.flatMap((row) => {
      const { format } = readingById(source, row.readingId)
      return format.joinKeys(unpacked(source, row)).map((key) => ({ segmentId: row.id, key }))
    })
    await tx.removeSegments(
      gone.map((row) => row.id),
      goneKeys,
    )
  }
  if (rows.length > 0) await tx.appendSegments(rows, keyRows)
  if (moves.length > 0) await tx.moveSegments(moves)
}

const sameSegment = (a: SegmentRow, b: SegmentRow): boolean =>
  a.startWall === b.startWall &&
  a.endWall === b.endWall &&
  a.readingId === b.readingId &&
  a.rules === b.rules &&
  a.fields === b.fields

async function writeCalls(
  tx: StoreTransaction,
  source: SourceReadings,
  old: OldCalls,
  assembled: readonly AssembledGroup[],
  freshIds: ReadonlySet<number>,
): Promise<void> {
  const gone: CallRow[] = []
  const made: CallRow[] = []
  const kept = new Set<number>()
  for (const { row } of assembled) {
    const before = old.calls.get(row.id)
    if (before && sameCall(before, row)) kept.add(row.id)
    else made.push(row)
  }
  for (const before of old.calls.values()) if (!kept.has(before.id)) gone.push(before)
  if (gone.length > 0) await tx.removeCalls(gone.map((row) => row.id))
  if (made.length > 0) await tx.appendCalls(made, partyRows(source, made))
  await tx.addQuarters(quarterDeltas(gone, made))
  await tx.addMade(madeDeltas(gone, made))
  const due = distinct([made.map((row) => row.id), gone.map((row) => row.id)])
  await tx.addDue(
    due.filter((id) => !freshIds.has(id)),
    due.filter((id) => freshIds.has(id)),
  )
}

const sameCall = (a: CallRow, b: CallRow): boolean =>
  a.readingId === b.readingId &&
  a.rules === b.rules &&
  a.plan === b.plan &&
  a.startWall === b.startWall &&
  canonicalCall(a.call) === canonicalCall(b.call)

/** One text for one call, whatever order its keys were written in. */
function canonicalCall(call: Call): string {
  return JSON.stringify(call, (_, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
}

function partyRows(source: SourceReadings, rows: readonly CallRow[]): PartyRow[] {
  const parties: PartyRow[] = []
  for (const { id, plan, startWall, call } of rows) {
    const { reader } = readingAt(source, startWall)
    let position = 0
    for (const party of partiesOf(call, plan, reader.isInternal))
      parties.push({ ...party, callId: id, position: position++, startedAt: call.startedAt })
  }
  return parties
}

/** New minus old, per rollup row; rows that do not change are left out. */
function quarterDeltas(gone: readonly CallRow[], made: readonly CallRow[]): Contribution[] {
  const sums = new Map<string, { -readonly [K in keyof Contribution]: Contribution[K] }>()
  const add = (rows: readonly CallRow[], sign: 1 | -1) => {
    for (const { call } of rows)
      for (const it of contributionsOf(call)) {
        const key = `${it.quarter} ${it.direction} ${it.outcome}`
        let sum = sums.get(key)
        if (!sum) {
          const { quarter, direction, outcome } = it
          sum = { quarter, direction, outcome, calls: 0, talk: 0, ring: 0, wait: 0, hold: 0, park: 0, machine: 0 }
          sums.set(key, sum)
        }
        sum.calls += sign * it.calls
        sum.talk += sign * it.talk
        sum.ring += sign * it.ring
        sum.wait += sign * it.wait
        sum.hold += sign * it.hold
        sum.park += sign * it.park
        sum.machine += sign * it.machine
      }
  }
  add(gone, -1)
  add(made, 1)
  return [...sums.values()]
    .filter((it) => it.calls || it.talk || it.ring || it.wait || it.hold || it.park || it.machine)
    .sort((a, b) => a.quarter - b.quarter || compare(a.direction, b.direction) || compare(a.outcome, b.outcome))
}

function madeDeltas(gone: readonly CallRow[], made: readonly CallRow[]): MadeDelta[] {
  const sums = new Map<string, { -readonly [K in keyof MadeDelta]: MadeDelta[K] }>()
  const add = (rows: readonly CallRow[], sign: 1 | -1) => {
    for (const { readingId, rules, startWall } of rows) {
      const day = Math.floor(startWall / dayMs)
      const key = `${readingId} ${rules} ${day}`
      const sum = sums.get(key)
      if (sum) sum.calls += sign
      else sums.set(key, { readingId, rules, day, calls: sign })
    }
  }
  add(gone, -1)
  add(made, 1)
  return [...sums.values()]
    .filter((it) => it.calls !== 0)
    .sort((a, b) => a.readingId - b.readingId || a.rules - b.rules || a.day - b.day)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function distinct(lists: Iterable<readonly number[]>): number[] {
  const all = new Set<number>()
  for (const list of lists) for (const it of list) all.add(it)
  return [...all].sort((a, b) => a - b)
}
