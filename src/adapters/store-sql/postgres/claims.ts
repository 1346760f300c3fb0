import pg from 'pg'
import type { Claims } from '../../../pipeline/store.ts'
import { postgresError } from './connection.ts'

/**
 * Who reads which source: session locks on a connection of their own, so that they end with it. The server ends a session
 * that says nothing for a while, as that of a process which was stopped or whose machine is gone; who holds claims renews
 * them every two seconds.
 *
 * Key of a lock: this number and the source's id. Shared, the next number and the source's id: a process that would read the
 * source, whether it has its turn or not. Not every process need know every source.
 *
 * Shares are for fairness, and no source may stay unread for them: what nobody has taken for two renewals is taken by whoever
 * comes, and what is beyond a share is given back only to a process that knows it and has less than its own. Each such change
 * brings one nearer to its share and none further from it, so they come to an end.
 */
const family = 0x53_6d_52_65
const readersFamily = family + 1
const freeAtMost = 2
const silentMs = 10_000
const connectMs = 5000

export class PostgresClaims implements Claims {
  readonly #url: string
  #client: pg.Client | null = null
  #held = new Set<number>()
  readonly #joined = new Set<number>()
  /** Sources that nobody held, and at how many renewals one after the other. */
  #free = new Map<number, number>()

  constructor(url: string) {
    this.#url = url
  }

  async renew(sourceIds: readonly number[]): Promise<ReadonlySet<number>> {
    try {
      const client = (this.#client ??= await this.#connect())
      await this.#join(client, sourceIds)
      const { own, others } = await this.#look(client)
      const taken = new Set([own, ...others].flatMap((it) => [...it.holds]))
      this.#free = new Map(sourceIds.filter((id) => !taken.has(id)).map((id) => [id, (this.#free.get(id) ?? 0) + 1]))
      await this.#giveBack(client, own, others, new Set(sourceIds))
      for (const id of sourceIds) {
        if (this.#held.has(id)) continue
        const isMine = !own.shared.has(id) || own.shared.intersection(this.#held).size < own.share
        if (!isMine && (this.#free.get(id) ?? 0) < freeAtMost) continue
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

  async #join(client: pg.Client, sourceIds: readonly number[]): Promise<void> {
    for (const id of sourceIds)
      if (!this.#joined.has(id)) {
        await client.query('SELECT pg_advisory_lock_shared($1, $2)', [readersFamily, id])
        this.#joined.add(id)
      }
  }

  async #look(client: pg.Client): Promise<{ readonly own: Reader; readonly others: readonly Reader[] }> {
    const { rows } = await client.query<{ own: boolean; knows: number[]; holds: number[] }>(
      `SELECT pid = pg_backend_pid() AS own,
         coalesce(array_agg(objid::int) FILTER (WHERE classid = $2), '{}') AS knows,
         coalesce(array_agg(objid::int) FILTER (WHERE classid = $1), '{}') AS holds
       FROM pg_locks
       WHERE locktype = 'advisory' AND granted AND classid IN ($1, $2)
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       GROUP BY pid`,
      [family, readersFamily],
    )
    const readers = new Map<number, number>()
    for (const id of rows.flatMap((it) => it.knows)) readers.set(id, (readers.get(id) ?? 0) + 1)
    const all = rows.map(({ own, knows, holds }) => ({ own, ...readerOf(knows, holds, readers) }))
    return { own: all.find((it) => it.own) ?? readerOf([], [], readers), others: all.filter((it) => !it.own) }
  }

  /** What is not wanted, and beyond the share what somebody takes who has less than theirs. */
  async #giveBack(
    client: pg.Client,
    own: Reader,
    others: readonly Reader[],
    wanted: ReadonlySet<number>,
  ): Promise<void> {
    const given = [...this.#held].filter((id) => !wanted.has(id))
    const lacking = others.map((it) => ({ ...it, lacks: it.share - it.shared.intersection(it.holds).size }))
    let beyond = own.shared.intersection(this.#held).size - own.share
    for (const id of [...this.#held].reverse()) {
      const taker = lacking.find((it) => it.lacks > 0 && it.shared.has(id))
      if (beyond <= 0 || !wanted.has(id) || !taker) continue
      taker.lacks--
      beyond--
      given.push(id)
    }
    for (const id of given) {
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
    this.#joined.clear()
    this.#free.clear()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const client = this.#client
    this.#client = null
    await client?.end().catch(() => undefined)
  }
}

/** A process that would read sources. */
interface Reader {
  readonly holds: ReadonlySet<number>
  /** Those that others would read too, and how many of them are its own: of each its part. What nobody else knows it reads. */
  readonly shared: ReadonlySet<number>
  readonly share: number
}

function readerOf(knows: readonly number[], holds: readonly number[], readers: ReadonlyMap<number, number>): Reader {
  const shared = knows.filter((id) => (readers.get(id) ?? 1) > 1)
  const share = shared.reduce((sum, id) => sum + 1 / (readers.get(id) ?? 1), 0)
  // Thirds do not add up to one.
  return { holds: new Set(holds), shared: new Set(shared), share: Math.ceil(share - 1e-9) }
}
