import type { JournalState } from '../pipeline/ports.ts'
import type { Status } from '../pipeline/status.ts'

/** What the HTTP side asks of the process that it belongs to. */
export interface Process {
  readonly version: string
  status(): Promise<Status>
  /** What keeps the process from being ready, by the name of the dependency; empty: it listens and the schema is there. */
  notReady(): readonly { readonly dependency: string; readonly why: string }[]
  journal(): JournalState
  /** Seconds that the oldest record which was journaled and not yet passed has waited; 0 when none waits. */
  oldestUnpassedSeconds(): Promise<number>
}
