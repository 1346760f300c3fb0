import pg from 'pg'
import type { Claims } from '../../../pipeline/store.ts'
import { postgresError } from './connection.ts'

/**
 * Who reads which source: session locks on a connection of their own, so that they end with it. The server ends a session
 * that says nothing for a while, as that of a process which was stopped or whose machine is gone; who holds claims renews
 * them every two seconds.
 *
 * Key of a lock: this number and the source's id; with 0 for the source, shared: a process that takes part.
 */
const family = 0x53_6d_52_65
const silentMs = 10_000
const connectMs = 5000

export class PostgresClaims implements Claims {
  readonly #url: string
  #client: pg.Client | null = null
  #held = new Set<number>()

  constructor(url: string) {
    this.#url = url
  }

  async renew(sourceIds: readonly number[]): Promise<ReadonlySet<number>> {
    try {
      const client = (this.#client ??= await this.#connect())
      const { rows } = await client.query<{ readers: number }>(
        `SELECT count(DISTINCT pid)::int AS readers FROM pg_locks
         WHERE locktype = 'advisory' AND granted AND classid = $1 AND objid = 0
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        [family],
      )
      const share = Math.ceil(sourceIds.length / Math.max(1, rows[0]?.readers ?? 1))
      await this.#giveBack(client, share, new Set(sourceIds))
      for (const id of sourceIds) {
        if (this.#held.size >= share || this.#held.has(id)) continue
        const { rows: tried } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS got', [
          family,
          id,
        ])
        if (tried[0]?.got) this.#held.add(id)
      }
      return new Set(this.#held)
    } catch (error) {
      this.#forget()
      throw postgresError(error, true)
    }
  }

  async #giveBack(client: pg.Client, share: number, wanted: ReadonlySet<number>): Promise<void> {
    const unwanted = [...this.#held].filter((id) => !wanted.has(id))
    const beyond = [...this.#held].filter((id) => wanted.has(id)).slice(share)
    for (const id of [...unwanted, ...beyond]) {
      this.#held.delete(id)
      await client.query('SELECT pg_advisory_unlock($1, $2)', [family, id])
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#url,
      application_name: 'smena claims',
      connectionTimeoutMillis: connectMs,
      query_timeout: connectMs,
      keepAlive: true,
      options: `-c idle_session_timeout=${silentMs}`,
    })
    client.on('error', () => {
      if (this.#client === client) this.#forget()
    })
    try {
      await client.connect()
      await client.query('SELECT pg_advisory_lock_shared($1, 0)', [family])
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error
    }
    return client
  }

  /** The session is over, and the locks with it. */
  #forget(): void {
    void this.#client?.end().catch(() => undefined)
    this.#client = null
    this.#held = new Set()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.end().catch(() => undefined)
  }
}
