import type { LogBatch } from '../../src/pipeline/ports.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { MemoryLog } from './feed.ts'

/** Lets somebody do something at one moment of the reading. */
export class LogWithVisitor extends MemoryLog {
  readonly #at: number
  #visit: (() => Promise<unknown>) | null

  constructor(at: number, visit: () => Promise<unknown>) {
    super()
    this.#at = at
    this.#visit = visit
  }

  override async read(source: string, after: number, limits: { records: number }): Promise<LogBatch> {
    const batch = await super.read(source, after, limits)
    const visit = after >= this.#at ? this.#visit : null
    if (visit) {
      this.#visit = null
      await visit()
    }
    return batch
  }
}

/** The store, and somebody who does something each time after a verb was carried out. */
export function withVisitor(store: Store, verb: keyof Store, visit: () => Promise<unknown>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const method = value.bind(target) as (...args: unknown[]) => unknown
      if (name !== verb) return method
      return async (...args: unknown[]) => {
        const result = await method(...args)
        await visit()
        return result
      }
    },
  })
}
