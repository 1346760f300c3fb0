import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Prepared statements of one connection by their text: preparing costs more than running. */
export class Statements {
  readonly #db: DatabaseSync
  readonly #byText = new Map<string, StatementSync>()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  prepare(text: string): StatementSync {
    let statement = this.#byText.get(text)
    if (!statement) {
      statement = this.#db.prepare(text)
      this.#byText.set(text, statement)
    }
    return statement
  }
}
