import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
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
            all: (values) => statement.all(...given(values)),
            run: (values) => statement.run(...given(values)),
            iterate: (values) => statement.iterate(...given(values)) as IterableIterator<unknown>,
          }
        },
      },
    })
  }
}
