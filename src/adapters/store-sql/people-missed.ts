import type { Kysely } from 'kysely'
import { monthOf } from '../../pipeline/store.ts'
import type { Tables } from './tables.ts'

/** Names of the sources at which the number called in vain, from calls that began no later than the instant. */
export async function missedAt(db: Kysely<Tables>, numberKey: string, until: number): Promise<readonly string[]> {
  const first = await db.selectFrom('call').select('started_at').orderBy('started_at').limit(1).executeTakeFirst()
  if (!first) return []
  const found = new Set<number>()
  // A number is looked for in one month's part of the index at a time, the newest first.
  for (let month = monthOf(until); month >= monthOf(first.started_at); month--) {
    const rows = await db
      .selectFrom('call_party as p')
      .innerJoin('call as c', 'c.id', 'p.call_id')
      .select('c.source_id')
      .distinct()
      .where('p.month', '=', month)
      .where('p.number_key', '=', numberKey)
      .where('p.role', '=', 'from')
      .where('c.kind', '=', 'call')
      .where('c.direction', '=', 'inbound')
      .where('c.outcome', '<>', 'answered')
      .where('c.started_at', '<=', until)
      .execute()
    for (const row of rows) found.add(row.source_id)
  }
  if (found.size === 0) return []
  const names = await db
    .selectFrom('source')
    .select('name')
    .where('id', 'in', [...found])
    .orderBy('name')
    .execute()
  return names.map(({ name }) => name)
}
