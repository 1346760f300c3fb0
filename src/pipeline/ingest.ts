import { isLive } from '../domain/record.ts'
import type { Candidate } from './candidates.ts'
import { type Fresh, pass, type Passage, type ReadOffsets } from './passage.ts'
import type { SourceReadings } from './readings.ts'
import { type AssembledGroup, findTouched, type ReadSegment, recompute, type Told } from './recompute.ts'
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
  readonly rolledBack: Passage['rolledBack']
}

const hourMs = 3_600_000
const clockSamplesAtMost = 61

export async function ingest(
  tx: StoreTransaction,
  source: SourceReadings,
  locked: LockedSource,
  logId: number,
  candidates: readonly Candidate[],
  now: number,
  read: ReadOffsets | null = null,
): Promise<Ingested> {
  const deliveries = await tx.ensureDeliveries(distinctDeliveries(candidates))
  const deliveryOf = (it: Candidate) => deliveries.get(it.record.delivery.uid) as number
  const { fresh, rolledBack } = await pass(tx, logId, candidates, deliveryOf, read, now)

  const sorted = await sortOut(tx, source, locked, fresh, deliveryOf)
  // Asked before the records are written: a store that need not be waited for takes them in while their calls are assembled.
  const touched =
    sorted.told.length > 0 || sorted.revisit.length > 0
      ? await findTouched(tx, source, sorted.told, sorted.revisit)
      : null
  await tx.appendRecords(sorted.records)
  if (sorted.duplicates.length > 0) await tx.appendDuplicates(sorted.duplicates)
  if (sorted.quarantine.length > 0) await tx.appendQuarantine(sorted.quarantine)
  const assembled = touched ? await recompute(tx, source, touched) : []

  await tx.addLedger(sorted.ledger)
  let lastReceivedAt = locked.lastReceivedAt
  for (const { candidate } of fresh) {
    const { record } = candidate
    if (lastReceivedAt === null || record.receivedAt > lastReceivedAt) lastReceivedAt = record.receivedAt
  }
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
    suspect: fresh.filter(({ candidate: it }) => it.verdict.kind === 'segment' && it.verdict.suspect.length > 0).length,
    rolledBack,
  }
}

function distinctDeliveries(candidates: readonly Candidate[]) {
  const seen = new Map(candidates.map((it) => [it.record.delivery.uid, it.record.delivery]))
  return [...seen.values()]
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
  fresh: readonly Fresh[],
  deliveryOf: (it: Candidate) => number,
): Promise<SortedOut> {
  const found = await tx.findRecords(fresh.map((it) => it.candidate.identity))
  const here = new Map<string, number>()
  const hours = new Map<string, { -readonly [K in keyof LedgerDelta]: LedgerDelta[K] }>()
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
  for (const [i, { candidate, journalId }] of fresh.entries()) {
    const { record, identity, verdict, readingId } = candidate
    const live = isLive(record.delivery.how)
    const hour = Math.floor(record.receivedAt / hourMs)
    const hourKey = `${journalId} ${hour}`
    let count = hours.get(hourKey)
    if (!count) hours.set(hourKey, (count = { journalId, hour, stored: 0, duplicate: 0, quarantined: 0 }))
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
  const ledger = [...hours.values()].sort((a, b) => a.journalId - b.journalId || a.hour - b.hour)
  return { ...out, ledger, lastRecord }
}

/** One text for one identity, for a map of this batch. */
const identityText = ({ contentAt, hash, k }: RecordIdentity): string =>
  `${Buffer.from(hash.buffer, hash.byteOffset, hash.length).toString('latin1')}${k} ${contentAt}`

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
