import { openSqliteStore } from '../../src/adapters/store-sql/sqlite/store.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { type AttributeEvent, Attributor } from '../../src/pipeline/attribute.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import type { Store } from '../../src/pipeline/store.ts'

/** Runs attribute, one for each store, until nothing is due. */
export async function attributeAll(...stores: readonly Store[]): Promise<AttributeEvent[]> {
  const events: AttributeEvent[] = []
  const attributors = stores.map((store) => attributorOf(store, events))
  const running = attributors.map((it) => it.run())
  const nothingIsDue = async () => {
    for (const store of stores.slice(0, 1)) {
      await store.dealDueRanges()
      while ((await store.dueSources()).length > 0) await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  try {
    await Promise.race([nothingIsDue(), Promise.all(running)])
  } finally {
    for (const it of attributors) it.close()
    await Promise.all(running)
  }
  return events
}

/** The same with a file that nobody has open. */
export async function attributeFile(file: string): Promise<void> {
  await using store = await openSqliteStore(file)
  await attributeAll(store)
}

export const attributorOf = (store: Store, events: AttributeEvent[] = []): Attributor =>
  new Attributor({
    store,
    sources: new Sources(store, formats),
    now: Date.now,
    report: (event) => void events.push(event),
  })

/** How many calls were attributed, one that was done twice counted twice. */
export const callsOf = (events: readonly AttributeEvent[]): number =>
  events.reduce((sum, event) => sum + (event.kind === 'attributed' ? event.calls : 0), 0)

/** The store with something around its transactions. */
export function withTransaction(store: Store, around: (run: () => Promise<unknown>) => Promise<unknown>): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name !== 'transaction') return value.bind(target) as unknown
      return (...args: Parameters<Store['transaction']>) => around(() => target.transaction(...args))
    },
  })
}
