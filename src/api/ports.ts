import type { CollectedSource } from '../pipeline/collectors.ts'
import type { JournalState } from '../pipeline/ports.ts'
import type { Status } from '../pipeline/status.ts'

/** What the HTTP side asks of the process that it belongs to. */
export interface Process {
  readonly version: string
  /** Null: this process reads no store. */
  readonly status: (() => Promise<Status>) | null
  /** Whether it is the one whose metrics hold the figures of the whole installation. */
  readonly tellsOfAll: boolean
  /** What the process depends on, by name. */
  readonly dependencies: readonly string[]
  /** What keeps the process from being ready, by the name of the dependency; empty: it listens and the schema is there. */
  notReady(): readonly { readonly dependency: string; readonly why: string }[]
  /** Names of dependencies that fail a process which is ready without them. */
  readonly down?: () => readonly string[]
  /** Null: this process has no journal. */
  readonly journal: {
    state(): JournalState
    /** Age of the oldest record that the journal has not handed on; 0 when none waits. */
    oldestSeconds(): Promise<number>
  } | null
  /** Of a collector in a cluster: its own numbers by source. */
  readonly collected?: () => Promise<Readonly<Record<string, CollectedSource>>>
}
