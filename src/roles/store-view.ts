import { SmenaError } from '../domain/errors.ts'
import type { Status } from '../pipeline/status.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { answered, atMost, delay } from './at-most.ts'
import { clusterStatus, CollectorsView } from './cluster.ts'
import { type RoleProcess, storeAway, threadFile } from './role-process.ts'
import { storePlace } from './store-place.ts'
import { startThread, type Thread } from './thread.ts'

/**
 * What a role of a cluster says over HTTP of the whole installation: the store, read on a thread of its own, beside what the
 * collectors publish.
 */
const readerAtMostMs = 1000
const answerAtMostMs = 5000
const lookEveryMs = 2000

export class StoreView implements AsyncDisposable {
  readonly #it: RoleProcess
  readonly #reader: Thread<StoreReader & { close(): Promise<void> }, never>
  readonly #collectors: CollectorsView
  #isUp = false

  constructor(it: RoleProcess, role: string) {
    const { settings } = it.options
    this.#it = it
    this.#reader = startThread(
      threadFile('read-worker'),
      { place: storePlace(settings) },
      { heapMegabytes: 64, youngMegabytes: 6 },
    )
    it.threads.push(this.#reader)
    this.#collectors = new CollectorsView(settings, `smena-${role}-status`)
    void this.#watch()
  }

  get reader(): StoreReader {
    return this.#reader.methods
  }

  status(): Promise<Status> {
    const { settings, version } = this.#it.options
    const status = clusterStatus({
      reader: this.reader,
      collectors: this.#collectors,
      settings,
      version,
      alarms: [...this.#it.alarms.values()],
    })
    return answered(answerAtMostMs, status)
  }

  /** What keeps the process from being ready. */
  notReady(): readonly { readonly dependency: string; readonly why: string }[] {
    const missing: { dependency: string; why: string }[] = []
    for (const dependency of ['store', 'kafka'] as const) {
      const away = this.#it.alarms.values().find((it) => it.code.startsWith(`${dependency}-`))
      if (away) missing.push({ dependency, why: away.message })
      else if (dependency === 'store' && !this.#isUp) missing.push({ dependency, why: 'not open yet' })
    }
    return missing
  }

  /** A server may fall silent without closing its connections: then nothing fails, and only waiting shows it. */
  async #watch(): Promise<void> {
    const { signal } = this.#it.options
    for (; !signal.aborted; await delay(lookEveryMs)) {
      try {
        await answered(answerAtMostMs, this.reader.sources())
        this.#isUp = true
        this.#it.calm('store silent', 'the store answers again')
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof SmenaError) || error.remedy !== 'retry') return this.#it.fail(error)
        this.#it.raise('store silent', storeAway(error))
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await atMost(readerAtMostMs, this.#reader.methods.close())
    await this.#reader.terminate()
    await this.#collectors[Symbol.asyncDispose]()
  }
}
