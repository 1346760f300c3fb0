import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'
import { SqliteDialect } from 'kysely'

/** Kysely over Node's own SQLite: its dialect wants little more than `prepare`. */
export class NodeSqliteDialect extends SqliteDialect {
  constructor(db: DatabaseSync) {
    super({
      database: {
        close: () => {
          db.close()
        },
        prepare: (text) => {
          const statement = db.prepare(text)
          const given = (values: readonly unknown[]) => values as readonly SQLInputValue[]
          return {
            reader: statement.columns().length > 0,
            all: (values) => allOf(statement, given(values)),
            run: (values) => statement.run(...given(values)),
            iterate: (values) => statement.iterate(...given(values)) as IterableIterator<unknown>,
          }
        },
      },
    })
  }
}

/**
 * SQLite's binding makes an object of a row more slowly than JavaScript makes it of the row's values: reports read calls by the
 * hundred thousand.
 */
function allOf(statement: StatementSync, values: readonly SQLInputValue[]): Record<string, SQLOutputValue>[] {
  const names = statement.columns().map(({ name }) => name)
  statement.setReturnArrays(true)
  return (statement.all(...values) as unknown as SQLOutputValue[][]).map((row) => {
    const named: Record<string, SQLOutputValue> = {}
    for (let i = 0; i < names.length; i++) named[names[i] as string] = row[i] as SQLOutputValue
    return named
  })
}
