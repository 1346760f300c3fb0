import { hash } from 'node:crypto'
import { type Row, storeAt, type Tables } from './store-at.ts'
import type { TestStore } from './stores.ts'

/**
 * Everything that is derived, as text, in an order and with names that do not depend on how the records came: records stand
 * for themselves by their identity's content, not by the id that they were given, and readings by the hash of what they say. Two
 * stores with the same records in any order and deliveries must give the same text, byte for byte, whatever their engine.
 */
export async function canonicalDump({ place }: Pick<TestStore, 'place'>): Promise<string> {
  const lines: string[] = []
  for await (const piece of canonicalLines(storeAt(place))) lines.push(...piece)
  return lines.toSorted().join('\n')
}

/** The same as a number of lines and the sum of their hashes, for stores whose text would be too long to be held. */
export async function canonicalDigest(tables: Pick<Tables, 'pieces'>): Promise<string> {
  let lines = 0
  const sum = new Uint32Array(8)
  for await (const piece of canonicalLines(tables))
    for (const line of piece) {
      lines++
      const of = hash('sha256', line, 'buffer')
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + of.readUInt32LE(4 * i)
    }
  return `${lines} ${Buffer.from(sum.buffer).toString('hex')}`
}

/** Some of the lines that only one of two stores has. */
export async function canonicalDifference(expected: Tables, found: Tables): Promise<string> {
  const [want, have] = [await hashesOf(expected), await hashesOf(found)]
  const only = async (tables: Tables, others: ReadonlySet<string>): Promise<string> => {
    const own: string[] = []
    let count = 0
    for await (const piece of canonicalLines(tables))
      for (const line of piece) if (!others.has(hash('sha256', line, 'base64')) && ++count <= 5) own.push(line)
    return [`${count} lines`, ...own].join('\n')
  }
  return `expected and not found ${await only(expected, have)}\nfound and not expected ${await only(found, want)}`
}

async function hashesOf(tables: Tables): Promise<Set<string>> {
  const hashes = new Set<string>()
  for await (const piece of canonicalLines(tables)) for (const line of piece) hashes.add(hash('sha256', line, 'base64'))
  return hashes
}

/** How often each record that is no bad one stands in a store, by the hash of its identity. */
export async function recordsOf({ pieces }: Pick<Tables, 'pieces'>): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for await (const piece of pieces(
    'SELECT s.name, r.content_at, r.k, r.bytes FROM record r JOIN source s ON s.id = r.source_id WHERE r.state = 0',
  ))
    for (const it of piece) {
      const key = hash('sha256', `${it['name']} ${it['content_at']} ${it['k']} ${latin1(it['bytes'])}`, 'base64')
      found.set(key, (found.get(key) ?? 0) + 1)
    }
  return found
}

const latin1 = (bytes: unknown): string => Buffer.from(bytes as Uint8Array).toString('latin1')

/** Its lines, in no order. */
async function* canonicalLines({ pieces }: Pick<Tables, 'pieces'>): AsyncGenerator<string[]> {
  // A reading is long, and stands in each line of a call.
  const readings = new Map<unknown, string>()
  for await (const piece of pieces('SELECT id, body FROM reading'))
    for (const it of piece) readings.set(it['id'], hash('sha256', it['body'] as string, 'base64'))
  const names = new Map<unknown, string>()
  for await (const piece of pieces('SELECT id, source_id, content_at, k, bytes FROM record'))
    for (const it of piece)
      names.set(it['id'], [it['source_id'], it['content_at'], it['k'], latin1(it['bytes'])].join('/'))
  const members = new Map<unknown, string[]>()
  for await (const piece of pieces('SELECT id, call_id FROM segment'))
    for (const it of piece) {
      const list = members.get(it['call_id'])
      const name = names.get(it['id']) as string
      if (list) list.push(name)
      else members.set(it['call_id'], [name])
    }
  const calls = new Map<unknown, string>()
  for (const [id, list] of members) calls.set(id, list.sort().join(' + '))
  const callName = (id: unknown) => calls.get(id) ?? ''
  /** A line for each row: what names it, then its columns but for some. */
  async function* tell(table: string, name: (it: Row) => Row, ...without: readonly string[]) {
    for await (const piece of pieces(`SELECT * FROM ${table}`)) {
      const columns = Object.keys(piece[0] ?? {})
        .filter((it) => !without.includes(it))
        .toSorted()
      yield piece.map((it) => {
        const line = name(it)
        for (const key of columns) line[key] = key === 'reading_id' ? readings.get(it[key]) : it[key]
        return JSON.stringify(line)
      })
    }
  }
  const segment = (it: Row) => ({ segment: names.get(it['id']), call: callName(it['call_id']) })
  yield* tell('segment', segment, 'id', 'call_id', 'received_at', 'delivery_id', 'line')
  yield* tell('call', (it) => ({ call: callName(it['id']) }), 'id')
  yield* tell('call_party', (it) => ({ party: callName(it['call_id']) }), 'call_id')
  const part = (it: Row) => ({ attribution: callName(it['call_id']), record: names.get(it['record_id']) ?? null })
  yield* tell('attribution', part, 'call_id', 'record_id')
  yield* tell('call_quarter', () => ({ quarter: true }))
  yield* tell('call_made', () => ({ made: true }))
  yield* tell('person_quarter', () => ({ person: true }))
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
export async function rollupsAsRecomputed({ rows, pieces }: Tables): Promise<void> {
  const sums = new Map<string, number[]>()
  const quarterMs = 900_000
  for await (const piece of pieces(`SELECT * FROM call WHERE kind = 'call'`))
    for (const it of piece) {
      const quarter = Math.floor((it['started_at'] as number) / quarterMs)
      const key = [it['source_id'], quarter, it['direction'], it['outcome']].join(' ')
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
