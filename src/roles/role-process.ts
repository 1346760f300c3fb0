import type { Logger } from 'pino'
import { buildApp } from '../api/app.ts'
import { Metrics } from '../api/metrics.ts'
import type { Process } from '../api/ports.ts'
import { type Address, formatAddress, isLoopback } from '../domain/address.ts'
import { SmenaError } from '../domain/errors.ts'
import type { Settings } from '../domain/settings.ts'
import type { Alarm } from '../pipeline/alarm.ts'
import { delay } from './at-most.ts'
import type { AppliedReading } from './record-worker.ts'
import type { Thread } from './thread.ts'

/** What every role is started with. */
export interface RoleOptions {
  readonly settings: Settings
  readonly version: string
  readonly inContainer: boolean
  readonly runtimeDirectory: string | null
  readonly log: Logger
  readonly announce: (it: Announcement) => void
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal
}

export type Announcement =
  | { readonly kind: 'listening'; readonly source: string; readonly address: string }
  /** In a container, where nobody has said whom the listener lets in: it is open to the container itself. */
  | { readonly kind: 'loopback-only'; readonly source: string }
  | {
      readonly kind: 'shut'
      readonly source: string
      readonly address: string
      readonly why: 'container' | 'public-address'
    }
  | { readonly kind: 'http'; readonly address: string }
  | { readonly kind: 'data'; readonly directory: string; readonly store: 'sqlite' | 'postgres' }
  | { readonly kind: 'reading'; readonly applied: AppliedReading }
  | { readonly kind: 'store-away'; readonly message: string }
  /** `isWell`: asked before each sign of life that a service manager is given. */
  | { readonly kind: 'ready'; readonly isWell: () => Promise<boolean> }
  | { readonly kind: 'stopping' }

/**
 * A process that runs one role or all of them: until it is asked to stop, or until something broke that must not be tried
 * again (R15). What is opened goes on `stack` and is closed backwards.
 */
export class RoleProcess {
  readonly options: RoleOptions
  readonly metrics: Metrics
  readonly stack = new AsyncDisposableStack()
  /** By whatever tells one from another: what is told under the same key replaces what was told before. */
  readonly alarms = new Map<string, Alarm>()
  /** Those that the role cannot do without: a disk, a store or a cluster that is away leaves them answering. */
  readonly threads: Pick<Thread<unknown, unknown>, 'answers'>[] = []
  readonly #over = Promise.withResolvers<void>()
  #isFailed = false

  constructor(options: RoleOptions) {
    this.options = options
    this.metrics = new Metrics(options.version)
    if (options.signal.aborted) this.#over.resolve()
    options.signal.addEventListener('abort', () => this.#over.resolve())
  }

  readonly fail = (error: unknown): void => {
    // What fails after the first, fails because of it.
    if (this.#isFailed) return
    this.#isFailed = true
    this.options.log.fatal({ err: error }, 'stopping')
    this.#over.reject(error instanceof Error ? error : new Error(String(error)))
  }

  /** Its work goes on by itself from now on. A thread that is stuck leaves the question unanswered. */
  ready(): void {
    const isWell = async () => {
      await Promise.all(this.threads.map((it) => it.answers()))
      return true
    }
    this.options.announce({ kind: 'ready', isWell })
  }

  untilOver(): Promise<void> {
    return this.#over.promise
  }

  /** Listens on `address`, closed to other machines until there are accounts. */
  async openHttp(address: Address, process: Process): Promise<void> {
    const { announce, log } = this.options
    const { host, port } = address
    if (!isLoopback(host)) throw new SmenaError('http-not-loopback', { address: formatAddress(address) })
    const app = await buildApp({ process, metrics: this.metrics, log })
    this.stack.defer(() => app.close())
    try {
      announce({ kind: 'http', address: await app.listen({ host: host as string, port }) })
    } catch (error) {
      const cause = (error as NodeJS.ErrnoException).code ?? String(error)
      throw new SmenaError('listen-failed', { address: formatAddress(address), cause }, { cause: error })
    }
  }

  /** Sets an alarm and logs it, once for as long as it stands. */
  raise(key: string, alarm: Alarm): void {
    const { log } = this.options
    const { source, code, message } = alarm
    if (this.alarms.get(key)?.message !== message) log.error({ source, code }, message)
    this.alarms.set(key, alarm)
  }

  /** Takes an alarm back; `text` is logged when there was one. */
  calm(key: string, text: string): void {
    if (this.alarms.delete(key)) this.options.log.info(text)
  }
}

/** Tries again every second while the world has to heal: a store that is away, a cluster that does not answer. */
export async function untilHealed(
  it: RoleProcess,
  work: () => Promise<void>,
  trouble: (error: SmenaError) => void,
): Promise<void> {
  while (!it.options.signal.aborted) {
    try {
      await work()
      return
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') return it.fail(error)
      trouble(error)
      await delay(1000)
    }
  }
}

export const storeAway = ({ message, details }: SmenaError, source: string | null = null): Alarm => ({
  code: 'store-away',
  source,
  message,
  details,
})

const kafkaCodes = ['kafka-away', 'kafka-refused', 'kafka-too-few'] as const

/** By the error's own code: who is refused has something to mend, and must not be told to wait. */
export const kafkaTrouble = (
  { code, message, details }: Pick<SmenaError, 'code' | 'message' | 'details'>,
  source: string | null = null,
): Alarm => ({ code: kafkaCodes.find((it) => it === code) ?? 'kafka-away', source, message, details })

/** The role's own file of a thread, with the ending of the caller's. */
export const threadFile = (name: string): URL =>
  new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
