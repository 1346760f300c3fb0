import assert from 'node:assert/strict'
import { callOf, segmentOf } from '../../src/adapters/store-sql/rows.ts'
import { type Contribution, partiesOf } from '../../src/domain/call.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openReader, type Reader, type Reading } from '../../src/domain/reading.ts'
import type { Formats } from '../../src/pipeline/readings.ts'
import type { CallRow } from '../../src/pipeline/store.ts'
import { assertAttributed } from './attributed.ts'
import type { TestStore } from './stores.ts'

/**
 * What holds of any store at rest, worked out anew from its rows by another way than the pipeline's: every number passed has
 * one state, segments are those of stored records, calls those of segments, rollups those of calls, changes without a hole.
 */
export async function assertSound(it: TestStore, expected: { holes?: boolean; formats?: Formats } = {}): Promise<void> {
  await assertLedger(it, expected.holes ?? false)
  await assertRecords(it)
  await assertDerived(it, expected.formats ?? formats)
  await assertAttributed(it, expected.formats ?? formats)
  await assertRollups(it)
  await assertChanges(it)
}

const hourMs = 3_600_000

/**
 * R12: per journal and source the states add up to the numbers passed, hour by hour of receipt; no hole unless said. A journal's
 * later generation begins where it was rolled back to. Offsets of a topic's partition are passed also for records that journals
 * have numbered, which count to those.
 */
export async function assertLedger({ rows }: Pick<TestStore, 'rows'>, holes = false): Promise<void> {
  const key = (row: Record<string, unknown>) => `source ${row['source_id']} journal ${row['journal_id']}`
  const counted = new Map<string, number>()
  const add = (row: Record<string, unknown>, state: string) => {
    const place = `${key(row)} hour ${Math.floor((row['received_at'] as number) / hourMs)} ${state}`
    counted.set(place, (counted.get(place) ?? 0) + 1)
  }
  const places = 'source_id, journal_id, received_at'
  for (const row of await rows(`SELECT ${places}, state FROM record`))
    add(row, row['state'] === 0 ? 'stored' : 'quarantined')
  for (const row of await rows(`SELECT ${places} FROM duplicate`)) add(row, 'duplicate')

  const ledger = new Map<string, number>()
  const sums = new Map<string, number>()
  for (const row of await rows('SELECT * FROM ledger'))
    for (const state of ['stored', 'duplicate', 'quarantined']) {
      const n = row[state] as number
      assert.ok(n >= 0, `${key(row)}: ${state} is ${n}`)
      if (n > 0) ledger.set(`${key(row)} hour ${row['hour']} ${state}`, n)
      sums.set(key(row), (sums.get(key(row)) ?? 0) + n)
    }
  assert.deepEqual(new Map([...ledger].sort()), new Map([...counted].sort()), 'the ledger is the rows, counted')

  const passed = new Map<string, number>()
  const ends = new Map<string, number>()
  for (const row of await rows(
    `SELECT p.*, j.uid, j.generation FROM passed p JOIN journal j ON j.id = p.journal_id
     ORDER BY source_id, journal_id, from_number`,
  )) {
    if ((row['uid'] as string).includes('/')) {
      sums.delete(key(row))
      continue
    }
    const [from, to] = [row['from_number'] as number, row['to_number'] as number]
    const last = ends.get(key(row))
    const before = last ?? ((row['generation'] as number) > 1 ? from - 1 : 0)
    assert.ok(from > before && to >= from, `${key(row)}: ${from}–${to} after ${before}`)
    if (last !== undefined) assert.ok(from > last + 1, `${key(row)}: two intervals touch at ${from}`)
    if (!holes) assert.equal(from, before + 1, `${key(row)}: a hole before ${from}`)
    ends.set(key(row), to)
    passed.set(key(row), (passed.get(key(row)) ?? 0) + to - from + 1)
  }
  assert.deepEqual(new Map([...sums].sort()), new Map([...passed].sort()), 'stored + duplicate + quarantined = passed')
}

/** Every line of a delivery that is known stands exactly once; quarantine holds exactly the records of that state. */
async function assertRecords({ rows }: TestStore): Promise<void> {
  const lines = new Map<number, number[]>()
  const places = 'SELECT delivery_id, line FROM'
  for (const row of [...(await rows(`${places} record`)), ...(await rows(`${places} duplicate`))]) {
    const list = lines.get(row['delivery_id'] as number)
    if (list) list.push(row['line'] as number)
    else lines.set(row['delivery_id'] as number, [row['line'] as number])
  }
  const known = new Map<number, number[]>()
  for (const row of await rows('SELECT * FROM delivery_line ORDER BY delivery_id, from_line')) {
    const list = known.get(row['delivery_id'] as number) ?? []
    for (let line = row['from_line'] as number; line <= (row['to_line'] as number); line++) list.push(line)
    known.set(row['delivery_id'] as number, list)
  }
  for (const list of lines.values()) list.sort((a, b) => a - b)
  assert.deepEqual(new Map([...lines].sort()), new Map([...known].sort()), 'lines known = lines kept, each once')

  const identity = (row: Record<string, unknown>) =>
    ['id', 'source_id', 'content_at', 'k', 'delivery_id', 'line', 'received_at'].map((it) => row[it]).join(' ') +
    Buffer.from(row['hash'] as Uint8Array).toString('hex')
  const stand = (await rows('SELECT *, record_id AS id FROM quarantine')).map(identity).sort()
  const state = (await rows('SELECT * FROM record WHERE state = 1')).map(identity).sort()
  assert.deepEqual(stand, state, 'quarantine = quarantined records')
}

async function assertDerived({ rows }: TestStore, known: Formats): Promise<void> {
  const readings = new Map<number, { reading: Reading; reader: Reader }>()
  for (const row of await rows('SELECT * FROM reading')) {
    const reading = JSON.parse(row['body'] as string) as Reading
    readings.set(row['id'] as number, { reading, reader: openReader(reading) })
  }
  const stored = new Set((await rows('SELECT id FROM record WHERE state = 0')).map((row) => row['id']))
  const members = new Map<number, number[]>()
  const keys: string[] = []
  for (const row of (await rows('SELECT * FROM segment')).map(segmentOf)) {
    assert.ok(stored.has(row.id), `segment ${row.id} has a stored record`)
    members.set(row.callId, [...(members.get(row.callId) ?? []), row.id])
    const { reading } = readings.get(row.readingId) as { reading: Reading }
    const format = known[reading.format]
    const segment = { ...row, delivery: row.deliveryId, fields: format.unpack(row.fields) }
    for (const key of format.joinKeys(segment)) keys.push(`${row.sourceId} ${key} ${row.id}`)
  }
  const joinKeys = await rows('SELECT * FROM join_key')
  assert.deepEqual(
    joinKeys.map((row) => `${row['source_id']} ${row['key']} ${row['segment_id']}`).sort(),
    keys.sort(),
    'join keys are those of the segments',
  )
  const calls = (await rows('SELECT * FROM call')).map(callOf)
  assert.deepEqual(
    calls.map(({ id, call }) => [id, call.segments]).sort(),
    [...members.values()].map((ids) => [Math.min(...ids), ids.length]).sort(),
    'a call is its segments, its id the smallest of theirs',
  )
  for (const [id, ids] of members) assert.equal(id, Math.min(...ids))
  const parties = calls.flatMap((row) => {
    const { reader } = readings.get(row.readingId) as { reader: Reader }
    return partiesOf(row.call, row.plan, reader.isInternal).map((party, position) =>
      JSON.stringify([row.id, position, party.role, party.plan, party.number, row.call.startedAt]),
    )
  })
  const kept = await rows('SELECT * FROM call_party')
  assert.deepEqual(
    kept
      .map((it) =>
        JSON.stringify([it['call_id'], it['position'], it['role'], it['plan'], it['number'], it['started_at']]),
      )
      .sort(),
    parties.sort(),
    'parties are those of the calls',
  )
}

/** R9, R17: rollups = recomputation from the calls, and no row is left that is all zero. */
export async function assertRollups({ rows }: TestStore): Promise<void> {
  const quarters = new Map<string, Omit<Contribution, 'quarter' | 'direction' | 'outcome'>>()
  const made = new Map<string, number>()
  for (const { sourceId, readingId, rules, startWall, call } of (await rows('SELECT * FROM call')).map(
    callOf,
  ) as CallRow[]) {
    const day = `${sourceId} ${readingId} ${rules} ${Math.floor(startWall / 86_400_000)}`
    made.set(day, (made.get(day) ?? 0) + 1)
    if (call.kind !== 'call') continue
    const key = `${sourceId} ${Math.floor(call.startedAt / 900_000)} ${call.direction} ${call.outcome}`
    const none = { calls: 0, talk: 0, ring: 0, wait: 0, hold: 0, park: 0, machine: 0 }
    const sum = quarters.get(key) ?? none
    quarters.set(key, {
      calls: sum.calls + 1,
      talk: sum.talk + call.talkSeconds,
      ring: sum.ring + call.ringSeconds,
      wait: sum.wait + call.waitSeconds,
      hold: sum.hold + call.holdSeconds,
      park: sum.park + call.parkSeconds,
      machine: sum.machine + call.machineSeconds,
    })
  }
  const kept = (await rows('SELECT * FROM call_quarter')).map(
    ({ source_id, quarter, direction, outcome, calls, talk, ring, wait, hold, park, machine }) =>
      [`${source_id} ${quarter} ${direction} ${outcome}`, { calls, talk, ring, wait, hold, park, machine }] as const,
  )
  assert.deepEqual(new Map(kept.toSorted(byKey)), new Map([...quarters].sort(byKey)), 'call_quarter = recomputation')
  const days = (await rows('SELECT * FROM call_made')).map(
    (it) => [`${it['source_id']} ${it['reading_id']} ${it['rules']} ${it['day']}`, it['calls'] as number] as const,
  )
  assert.deepEqual(new Map(days.toSorted(byKey)), new Map([...made].sort(byKey)), 'call_made = recomputation')
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

/** R19: numbers of changes from 1 on, without a hole. */
export async function assertChanges({ rows }: TestStore): Promise<void> {
  const seqs = (await rows('SELECT seq FROM change ORDER BY seq')).map((row) => row['seq'] as number)
  const [counter] = await rows('SELECT seq FROM change_counter')
  assert.deepEqual(
    seqs,
    seqs.map((_, i) => i + 1),
  )
  assert.equal(counter?.['seq'], seqs.length)
}
