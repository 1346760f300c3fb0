import type { DatabaseSync } from 'node:sqlite'
import type pg from 'pg'

/**
 * Calls `tell` before each statement that this process sends to an engine, with its number from 1 and, on PostgreSQL, the
 * connection that it goes over; what it throws is the statement's error. Returns how to end it.
 */
export function beforeEachStatement(
  sqlite: typeof DatabaseSync,
  postgres: typeof pg.Client,
  tell: (n: number, client: pg.Client | null) => void,
): () => void {
  let n = 0
  const undo: (() => void)[] = []
  const wrap = (prototype: object, name: string, isClient: boolean) => {
    const original = Reflect.get(prototype, name) as (this: unknown, ...args: unknown[]) => unknown
    Reflect.set(prototype, name, function (this: unknown, ...args: unknown[]) {
      tell(++n, isClient ? (this as pg.Client) : null)
      return original.apply(this, args)
    })
    undo.push(() => Reflect.set(prototype, name, original))
  }
  wrap(sqlite.prototype, 'prepare', false)
  wrap(sqlite.prototype, 'exec', false)
  wrap(postgres.prototype, 'query', true)
  return () => {
    for (const it of undo) it()
  }
}
