import { contains, type Interval, runsOf, union } from '../domain/intervals.ts'
import { isLive } from '../domain/record.ts'
import type { Candidate } from './candidates.ts'
import type { SourceReadings } from './readings.ts'
import { type AssembledGroup, type ReadSegment, recompute, type Told } from './recompute.ts'
import {
  type DuplicateRow,
  type LedgerDelta,
  type LockedSource,
  type QuarantineRow,
  recordId,
  type RecordIdentity,
  type StoredRecord,
  type StoreTransaction,
} from './store.ts'

/**
 * What `record` and `import` do with a batch inside their transaction, after the lock and the position: every record gets
 * exactly one state. Come again (number passed and its delivery and line known): dropped, uncounted. Else its identity
 * decides (R3): there already → `duplicate`; new and readable → `stored`, with its calls recomputed; new and not readable →
 * `quarantined`. Ledger, passed numbers and lines are written in the same transaction, so whatever is killed when, each
 * record counts once (R5, R12).
 */
export interface Ingested {
  readonly stored: number
  readonly duplicate: number
  readonly quarantined: number
  readonly suspect: number
}

const hourMs = 3_600_000
const clockSamplesAtMost = 61

export async function ingest(
  tx: StoreTransaction,
  source: SourceReadings,
  locked: LockedSource,
  journalId: number,
  candidates: readonly Candidate[],
  now: number,
): Promise<Ingested> {
  const deliveries = await tx.ensureDeliveries(distinctDeliveries(candidates))
  const deliveryOf = (it: Candidate) => deliveries.get(it.record.delivery.uid) as number
  const fresh = await notComeAgain(tx, journalId, candidates, deliveryOf, now)

  const sorted = await sortOut(tx, source, locked, journalId, fresh, deliveryOf)
  await tx.appendRecords(sorted.records)
  if (sorted.duplicates.length > 0) await tx.appendDuplicates(sorted.duplicates)
  if (sorted.quarantine.length > 0) await tx.appendQuarantine(sorted.quarantine)
  const assembled =
    sorted.told.length > 0 || sorted.revisit.length > 0 ? await recompute(tx, source, sorted.told, sorted.revisit) : []

  await tx.addLedger(sorted.ledger)
  let lastReceivedAt = locked.lastReceivedAt
  for (const { record } of fresh)
    if (lastReceivedAt === null || record.receivedAt > lastReceivedAt) lastReceivedAt = record.receivedAt
  await tx.saveSource({
    lastRecord: sorted.lastRecord,
    lastReceivedAt,
    clockSamples: [...locked.clockSamples, ...clockSamples(assembled, sorted.liveIds)].slice(-clockSamplesAtMost),
  })
  await tx.addChange(
    sorted.told.map((it) => it.recordId),
    now,
  )
  return {
    stored: sorted.records.length - sorted.quarantine.length,
    duplicate: sorted.duplicates.length,
    quarantined: sorted.quarantine.length,
    suspect: fresh.filter((it) => it.verdict.kind === 'segment' && it.verdict.suspect.length > 0).length,
  }
}

function distinctDeliveries(candidates: readonly Candidate[]) {
  const seen = new Map(candidates.map((it) => [it.record.delivery.uid, it.record.delivery]))
  return [...seen.values()]
}

/** Leaves out what has come again (R5) and marks the rest as passed: numbers of the journal, lines of the deliveries. */
async function notComeAgain(
  tx: StoreTransaction,
  journalId: number,
  candidates: readonly Candidate[],
  deliveryOf: (it: Candidate) => number,
  now: number,
): Promise<readonly Candidate[]> {
  const passed = await tx.passed(journalId)
  const lines = await tx.deliveryLines([...new Set(candidates.map(deliveryOf))])
  const fresh = candidates.filter(
    (it) => !(contains(passed, it.record.number) && contains(lines.get(deliveryOf(it)) ?? [], it.record.line)),
  )
  const numbers = fresh.map((it) => it.record.number).sort((a, b) => a - b)
  // Numbers that come late fill a hole that was seen when the numbers above it came: what is left of it is as old.
  const grown = union(
    passed,
    runsOf(numbers).map((it) => ({ ...it, since: passed.find(({ from }) => from > it.to)?.since ?? now })),
  )
  await tx.savePassed(journalId, grown.remove, grown.add)

  const byDelivery = new Map<number, number[]>()
  for (const it of fresh) {
    const list = byDelivery.get(deliveryOf(it))
    if (list) list.push(it.record.line)
    else byDelivery.set(deliveryOf(it), [it.record.line])
  }
  for (const [delivery, list] of byDelivery) {
    const added = union<Interval>(lines.get(delivery) ?? [], runsOf(list.sort((a, b) => a - b)))
    await tx.saveDeliveryLines(delivery, added.remove, added.add)
  }
  return fresh
}

interface SortedOut {
  readonly records: StoredRecord[]
  readonly duplicates: DuplicateRow[]
  readonly quarantine: QuarantineRow[]
  readonly told: Told[]
  /** Records of a repeated hour that were received anew by a live delivery: their calls' hour may be read otherwise. */
  readonly revisit: number[]
  readonly liveIds: Set<number>
  readonly ledger: LedgerDelta[]
  readonly lastRecord: number
}

async function sortOut(
  tx: StoreTransaction,
  source: SourceReadings,
  locked: LockedSource,
  journalId: number,
  fresh: readonly Candidate[],
  deliveryOf: (it: Candidate) => number,
): Promise<SortedOut> {
  const found = await tx.findRecords(fresh.map((it) => it.identity))
  const here = new Map<string, number>()
  const hours = new Map<number, { stored: number; duplicate: number; quarantined: number }>()
  const out: SortedOut = {
    records: [],
    duplicates: [],
    quarantine: [],
    told: [],
    revisit: [],
    liveIds: new Set(),
    ledger: [],
    lastRecord: locked.lastRecord,
  }
  let lastRecord = locked.lastRecord
  for (const [i, candidate] of fresh.entries()) {
    const { record, identity, verdict, readingId } = candidate
    const live = isLive(record.delivery.how)
    const hour = Math.floor(record.receivedAt / hourMs)
    let count = hours.get(hour)
    if (!count) hours.set(hour, (count = { stored: 0, duplicate: 0, quarantined: 0 }))
    const place = { journalId, deliveryId: deliveryOf(candidate), line: record.line, receivedAt: record.receivedAt }

    const text = identityText(identity)
    const first = here.get(text) ?? found[i]?.id
    if (first !== undefined) {
      count.duplicate++
      out.duplicates.push({ recordId: first, sourceId: source.id, ...place })
      if (live && inRepeatedHour(source, identity.contentAt)) out.revisit.push(first)
      continue
    }
    const id = recordId(source.id, ++lastRecord)
    here.set(text, id)
    const bad = verdict.kind === 'bad'
    out.records.push({
      id,
      sourceId: source.id,
      ...identity,
      ...place,
      state: bad ? 'quarantined' : 'stored',
      fragment: record.fragment,
      bytes: record.bytes,
    })
    if (bad) {
      count.quarantined++
      const { reason, detail } = verdict
      out.quarantine.push({ recordId: id, sourceId: source.id, ...identity, ...place, reason, detail })
      continue
    }
    count.stored++
    if (verdict.kind === 'no-call') continue
    const segment: ReadSegment = {
      id,
      startWall: verdict.startWall,
      endWall: verdict.endWall,
      receivedAt: record.receivedAt,
      delivery: place.deliveryId,
      line: record.line,
      readingId,
      fields: verdict.fields,
    }
    out.told.push({ recordId: id, segment, known: false, fresh: true })
    if (live) out.liveIds.add(id)
  }
  const ledger = [...hours].sort(([a], [b]) => a - b).map(([hour, count]) => ({ journalId, hour, ...count }))
  return { ...out, ledger, lastRecord }
}

/** One text for one identity, for a map of this batch. */
const identityText = ({ contentAt, hash, k }: RecordIdentity): string =>
  `${contentAt} ${k} ${String.fromCharCode(...hash)}`

const inRepeatedHour = (source: SourceReadings, wall: number): boolean =>
  wall !== 0 && source.versions.some(({ reader }) => reader.zone.readings(wall).kind === 'ambiguous')

/**
 * The exchange's clock against ours (R8, legacy F39): end of a call by the exchange minus the receipt of its last record, in
 * whole seconds, for records that came live. Below zero: the exchange is behind, or the record was late.
 */
function clockSamples(assembled: readonly AssembledGroup[], liveIds: ReadonlySet<number>): number[] {
  if (liveIds.size === 0) return []
  const samples: { receivedAt: number; seconds: number }[] = []
  for (const { group, row } of assembled) {
    let last = group[0] as ReadSegment
    for (const segment of group) if (segment.endWall > last.endWall) last = segment
    if (!liveIds.has(last.id)) continue
    const seconds = Math.round((row.call.endedAt - last.receivedAt) / 1000)
    samples.push({ receivedAt: last.receivedAt, seconds })
  }
  return samples.sort((a, b) => a.receivedAt - b.receivedAt).map((it) => it.seconds)
}
