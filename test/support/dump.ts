import { createHash } from 'node:crypto'
import type { TestStore } from './stores.ts'

/**
 * Everything that is derived, as text, in an order and with names that do not depend on how the records came: records stand
 * for themselves by their identity's content, not by the id that they were given, and readings by what they say. Two stores
 * with the same records in any order and deliveries must give the same text, byte for byte, whatever their engine.
 */
export const canonicalDump = async (it: Pick<TestStore, 'rows'>): Promise<string> =>
  (await canonicalLines(it)).join('\n')

/** The same as a number of lines and their hash, for stores whose text would be too long. */
export async function canonicalDigest(it: Pick<TestStore, 'rows'>): Promise<string> {
  const hash = createHash('sha256')
  const lines = await canonicalLines(it)
  for (const line of lines) hash.update(line).update('\n')
  return `${lines.length} ${hash.digest('hex')}`
}

type Row = Record<string, unknown>

/** Its lines. */
export async function canonicalLines({ rows }: Pick<TestStore, 'rows'>): Promise<string[]> {
  const readings = new Map<unknown, unknown>()
  for (const it of await rows('SELECT id, body FROM reading')) readings.set(it['id'], it['body'])
  const records = await rows('SELECT id, source_id, content_at, k, bytes, state FROM record')
  const names = new Map<unknown, string>()
  const bytesOf = (it: unknown) => Buffer.from(it as Uint8Array).toString('latin1')
  for (const it of records)
    names.set(it['id'], [it['source_id'], it['content_at'], it['k'], bytesOf(it['bytes'])].join('/'))
  const segments = await rows('SELECT * FROM segment')
  const members = new Map<unknown, string[]>()
  for (const it of segments) {
    const list = members.get(it['call_id'])
    const name = names.get(it['id']) as string
    if (list) list.push(name)
    else members.set(it['call_id'], [name])
  }
  const callNames = new Map([...members].map(([id, list]) => [id, list.toSorted().join(' + ')]))
  const callName = (id: unknown) => callNames.get(id) ?? ''
  const lines: string[] = []
  /** A line for each row: what names it, then its columns but for some. Text at once: a store of a year has millions. */
  const tell = (all: readonly Row[], name: (it: Row) => Row, ...without: readonly string[]) => {
    const columns = Object.keys(all[0] ?? {})
      .filter((it) => !without.includes(it))
      .toSorted()
    for (const it of all) {
      const line = name(it)
      for (const key of columns) line[key] = key === 'reading_id' ? readings.get(it[key]) : it[key]
      lines.push(JSON.stringify(line))
    }
  }
  const segment = (it: Row) => ({ segment: names.get(it['id']), call: callName(it['call_id']) })
  tell(segments, segment, 'id', 'call_id', 'received_at', 'delivery_id', 'line')
  tell(await rows('SELECT * FROM call'), (it) => ({ call: callName(it['id']) }), 'id')
  tell(await rows('SELECT * FROM call_party'), (it) => ({ party: callName(it['call_id']) }), 'call_id')
  const part = (it: Row) => ({ attribution: callName(it['call_id']), record: names.get(it['record_id']) ?? null })
  tell(await rows('SELECT * FROM attribution'), part, 'call_id', 'record_id')
  tell(await rows('SELECT * FROM call_quarter'), () => ({ quarter: true }))
  tell(await rows('SELECT * FROM call_made'), () => ({ made: true }))
  tell(await rows('SELECT * FROM person_quarter'), () => ({ person: true }))
  return lines.toSorted()
}

/** The same by key, as it stands: what a replay must leave byte for byte as it was. */
export async function exactDump({ rows }: TestStore): Promise<string> {
  const tables = [
    ['segment', 'id'],
    ['join_key', 'source_id, key, segment_id'],
    ['call', 'id'],
    ['call_party', 'call_id, position'],
    ['attribution', 'call_id, position'],
    ['call_quarter', 'source_id, quarter, direction, outcome'],
    ['call_made', 'source_id, reading_id, rules, day'],
    ['person_quarter', 'employee_id, quarter, direction, state'],
  ]
  const parts: string[] = []
  for (const [table, key] of tables)
    for (const row of await rows(`SELECT * FROM ${table} ORDER BY ${key}`))
      parts.push(JSON.stringify([table, Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))]))
  return parts.join('\n')
}

/** Throws unless the rollup holds exactly what its calls add up to. */
export async function rollupsAsRecomputed({ rows }: Pick<TestStore, 'rows'>): Promise<void> {
  const sums = new Map<string, number[]>()
  const quarterMs = 900_000
  for (const it of await rows(`SELECT * FROM call WHERE kind = 'call'`)) {
    const key = [
      it['source_id'],
      Math.floor((it['started_at'] as number) / quarterMs),
      it['direction'],
      it['outcome'],
    ].join(' ')
    const add = [
      1,
      ...['talk', 'ring', 'wait', 'hold', 'park', 'machine'].map((name) => it[`${name}_seconds`] as number),
    ]
    sums.set(
      key,
      (sums.get(key) ?? add.map(() => 0)).map((sum, i) => sum + (add[i] as number)),
    )
  }
  const stored = await rows('SELECT * FROM call_quarter')
  const different = stored.filter((it) => {
    const key = [it['source_id'], it['quarter'], it['direction'], it['outcome']].join(' ')
    const found = ['calls', 'talk', 'ring', 'wait', 'hold', 'park', 'machine'].map((name) => it[name])
    return JSON.stringify(sums.get(key)) !== JSON.stringify(found)
  })
  if (different.length > 0 || stored.length !== sums.size)
    throw new Error(
      `rollup: ${stored.length} rows, recomputed ${sums.size}, different ${JSON.stringify(different.slice(0, 3))}`,
    )
}
