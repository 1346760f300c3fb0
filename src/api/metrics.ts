import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { SmenaError } from '../domain/errors.ts'
import type { CollectedSource } from '../pipeline/collectors.ts'
import type { Status } from '../pipeline/status.ts'
import type { Process } from './ports.ts'

/** Of a process that takes records in; of the others they would be zeros that look like a full disk. */
const ofIntake = [
  'smena_records_received_total',
  'smena_connections',
  'smena_connections_refused_total',
  'smena_fsync_duration_seconds',
  'smena_journal_oldest_unforwarded_seconds',
  'smena_journal_size_bytes',
  'smena_journal_free_bytes',
  'smena_journal_paused',
]
/** Of the installation as a whole. */
const ofAll = [
  'smena_ledger_records',
  'smena_gap_records',
  'smena_last_record_timestamp_seconds',
  'smena_clock_error_seconds',
  'smena_calls_older_rules',
]

/**
 * What Prometheus reads. Made of the same counts as `status`, so the two reconcile; no label holds a number of a person or a
 * telephone. A process tells what is its own; what is of the installation only `serve` and `web` tell, so that a sum over all that is
 * scraped counts everything once. prom-client is known to this file alone.
 */
export class Metrics {
  readonly #registry = new Registry()
  readonly #fsync = new Histogram({
    name: 'smena_fsync_duration_seconds',
    help: 'Duration of a group commit of the journal, fsync included',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [this.#registry],
  })
  readonly #refused = new Counter({
    name: 'smena_connections_refused_total',
    help: 'Connections that were not let in, by source and reason',
    labelNames: ['source', 'reason'] as const,
    registers: [this.#registry],
  })
  readonly #suspect = new Counter({
    name: 'smena_records_suspect_total',
    help: 'Records that were stored though a value in them is beyond belief',
    labelNames: ['source'] as const,
    registers: [this.#registry],
  })
  readonly #received = new Counter({
    name: 'smena_records_received_total',
    help: 'Records that this process received, by source',
    labelNames: ['source'] as const,
    registers: [this.#registry],
  })
  readonly #ledger = this.#gauge(
    'smena_ledger_records',
    'Records by source and state: received is the sum of the others',
    ['source', 'state'],
  )
  readonly #gaps = this.#gauge('smena_gap_records', 'Numbers of a journal that never arrived, by source', ['source'])
  readonly #lastRecord = this.#gauge('smena_last_record_timestamp_seconds', 'Receipt of the newest record, by source', [
    'source',
  ])
  readonly #connections = this.#gauge('smena_connections', 'Open connections, by source', ['source'])
  readonly #clock = this.#gauge(
    'smena_clock_error_seconds',
    "The exchange's clock minus ours, median of live records",
    ['source'],
  )
  readonly #older = this.#gauge('smena_calls_older_rules', 'Calls made by older rules or an older reading', ['source'])
  readonly #lag = this.#gauge('smena_lag', 'Records or calls that wait for a role', ['role'])
  readonly #oldest = this.#gauge(
    'smena_journal_oldest_unforwarded_seconds',
    'Age of the oldest record that the journal has not handed on',
    [],
  )
  readonly #size = this.#gauge('smena_journal_size_bytes', 'Size of the journal on disk', [])
  readonly #free = this.#gauge('smena_journal_free_bytes', 'Free space on the disk of the journal', [])
  readonly #paused = this.#gauge(
    'smena_journal_paused',
    '1 while the journal takes nothing because its disk is full',
    [],
  )

  readonly #up = this.#gauge('smena_dependency_up', '0 while what the process depends on does not answer', [
    'dependency',
  ])

  constructor(version: string) {
    this.#gauge('smena_build_info', 'Version of the program', ['version', 'node']).set(
      { version, node: process.version },
      1,
    )
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] })
  }

  readonly contentType = this.#registry.contentType

  observeCommit(seconds: number): void {
    this.#fsync.observe(seconds)
  }

  countRefused(source: string, reason: string): void {
    this.#refused.inc({ source, reason })
  }

  countSuspect(source: string, records: number): void {
    if (records > 0) this.#suspect.inc({ source }, records)
  }

  /** The text for one scrape. While the store or Kafka is away, what only it knows is left out and the rest is there. */
  async scrape(process: Process): Promise<string> {
    const status = process.tellsOfAll ? await askStatus(process) : undefined
    for (const it of [this.#received, this.#ledger, this.#gaps, this.#lastRecord, this.#clock, this.#older]) it.reset()
    this.#lag.reset()
    if (status) this.#setStatus(status)
    // Where everything is one process, what the installation received came to it.
    if (status?.mode === 'solo') this.#setReceived(status)
    if (process.collected) this.#setCollected(await process.collected())
    const unread = status?.unread.map((it) => it.what) ?? []
    const missing = new Set([...process.notReady().map((it) => it.dependency), ...(process.down?.() ?? []), ...unread])
    if (status === null) missing.add('store')
    for (const it of process.dependencies) this.#up.set({ dependency: it }, missing.has(it) ? 0 : 1)
    if (process.journal) {
      const { sizeBytes, freeBytes, paused } = process.journal.state()
      this.#oldest.set(await process.journal.oldestSeconds())
      this.#size.set(sizeBytes)
      this.#free.set(freeBytes)
      this.#paused.set(paused === null ? 0 : 1)
    }
    for (const name of leftOut(process)) this.#registry.removeSingleMetric(name)
    return this.#registry.metrics()
  }

  #setStatus(status: Status): void {
    // What the collectors took in is not made up while nobody can ask for it.
    const isRead = status.unread.length === 0
    const states = [...passedStates, ...(isRead ? unpassedStates : [])]
    for (const [source, it] of Object.entries(status.sources)) {
      for (const state of states) this.#ledger.set({ source, state }, it[state])
      this.#older.set({ source }, it.olderRules)
      this.#gaps.set({ source }, 0)
      if (it.lastRecordAt !== null) this.#lastRecord.set({ source }, Date.parse(it.lastRecordAt) / 1000)
      if (it.clockErrorSeconds !== null) this.#clock.set({ source }, it.clockErrorSeconds)
    }
    for (const { source, from, to } of status.gaps) this.#gaps.inc({ source }, to - from + 1)
    if (isRead) this.#lag.set({ role: 'record' }, status.roles.record.lag)
    this.#lag.set({ role: 'attribute' }, status.roles.attribute.lag)
  }

  #setReceived({ sources }: Status): void {
    for (const [source, { received, connections }] of Object.entries(sources)) {
      this.#received.inc({ source }, received)
      this.#connections.set({ source }, connections)
    }
  }

  #setCollected(sources: Readonly<Record<string, CollectedSource>>): void {
    let waiting = 0
    for (const [source, { given, unforwarded, connections }] of Object.entries(sources)) {
      this.#received.inc({ source }, given)
      this.#connections.set({ source }, connections)
      waiting += unforwarded
    }
    this.#lag.set({ role: 'forward' }, waiting)
  }
}

const passedStates = ['stored', 'duplicate', 'quarantined'] as const
const unpassedStates = ['received', 'pending'] as const

/** Null: the store is away. */
const askStatus = async ({ status }: Process): Promise<Status | null | undefined> =>
  status?.().catch((error: unknown) => {
    if (error instanceof SmenaError && error.remedy === 'retry') return null
    throw error
  })

function leftOut({ journal, tellsOfAll }: Process): readonly string[] {
  const names = [...(journal ? [] : ofIntake), ...(tellsOfAll ? [] : ofAll)]
  return journal || tellsOfAll ? names : [...names, 'smena_lag']
}
