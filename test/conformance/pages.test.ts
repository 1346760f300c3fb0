import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callKinds, directions, numberKey, outcomes } from '../../src/domain/call.ts'
import { type QuarantineReason, quarantineReasons } from '../../src/domain/record.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import type { CallRow, RecordIdentity } from '../../src/pipeline/store.ts'
import type {
  CallCursor,
  CallFilter,
  QuarantineCursor,
  QuarantinedRecord,
  QuarantineListFilter,
  StoreReader,
} from '../../src/pipeline/store-reading.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { believableDay, dayOf, readingOf, shuffled, streamOf, testSeed } from '../support/days.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertChanges, assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** R18, R19: lists by pages, months as they are needed, changes in the order of their commits: alike on both engines. */

const everything: CallFilter = {
  from: null,
  to: null,
  source: null,
  extension: null,
  employeeId: null,
  number: null,
  kind: 'all',
  direction: null,
  outcome: null,
}

async function walkCalls(reader: StoreReader, filter: CallFilter, limit: number): Promise<CallRow[]> {
  const all: CallRow[] = []
  for (let after: CallCursor | null = null; ; ) {
    const page = await reader.pageCalls(filter, after, limit)
    assert.ok(page.length <= limit)
    const last = page.at(-1)
    if (!last) return all
    all.push(...page)
    after = { startedAt: last.call.startedAt, id: last.id }
  }
}

async function walkQuarantine(reader: StoreReader, filter: QuarantineListFilter, limit: number) {
  const all: QuarantinedRecord[] = []
  for (let after: QuarantineCursor | null = null; ; ) {
    const page: readonly QuarantinedRecord[] = await reader.pageQuarantine(filter, after, limit)
    assert.ok(page.length <= limit)
    const last = page.at(-1)
    if (!last) return all
    all.push(...page)
    after = { receivedAt: last.receivedAt, recordId: last.recordId }
  }
}

/** Two exchanges, some months, and many calls of one second. */
async function filled(it: TestStore, random: Random): Promise<void> {
  for (const n of [0, 1, 2, 3]) {
    const { lines, reading } = believableDay(n % 2 === 0 ? 'avaya-ip-office' : 'asterisk-csv', testSeed + n, 70)
    const moved = lines.map((line) => {
      const month = `${random.between(1, 12)}`.padStart(2, '0')
      return Buffer.from(line.toString('latin1').replaceAll(/2026([/-])03/gu, `2026$1${month}`), 'latin1')
    })
    await applyReading(it.store, `source-${n}`, reading)
    await importAll(it.store, `source-${n}`, streamOf(moved), { format: reading.format })
  }
  const same = Array.from({ length: 60 }, (_, n) => Buffer.from(avayaLine({ callId: 3_000_000 + n })))
  await applyReading(it.store, 'same', readingOf('avaya-ip-office'))
  await importAll(it.store, 'same', streamOf(shuffled(same, random)), { format: 'avaya-ip-office' })
}

function matches(row: CallRow, filter: CallFilter, names: ReadonlyMap<number, string>): boolean {
  const { call } = row
  const numbers = [call.from, call.to, ...call.targets, ...call.extensions.map((it) => it.number)]
  const { from, to, source, extension, number, kind, direction, outcome } = filter
  return (
    (from === null || call.startedAt >= from) &&
    (to === null || call.startedAt < to) &&
    (source === null || names.get(row.sourceId) === source) &&
    (extension === null || call.extensions.some((it) => it.number === extension)) &&
    (number === null || numbers.some((it) => it !== null && numberKey(it) === numberKey(number))) &&
    (kind === 'all' || call.kind === kind) &&
    (direction === null || call.direction === direction) &&
    (outcome === null || call.outcome === outcome)
  )
}

const idsOf = (rows: readonly CallRow[]) => rows.map((row) => row.id)

for (const engine of engines) {
  test(`pages of calls give every call once, in order, for any size of page, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await filled(it, openRandom(testSeed, 81))
    const reader = await it.reader()
    const expected = (await it.rows('SELECT id, started_at FROM call ORDER BY started_at, id')).map((row) => row['id'])
    assert.ok(expected.length > 250)
    for (const limit of [1, 2, 3, 7, 59, 60, 61, expected.length - 1, expected.length, 10_000])
      assert.deepEqual(idsOf(await walkCalls(reader, everything, limit)), expected, `pages of ${limit}`)
    // What is written behind the reader's back does not shake it.
    const first = await reader.pageCalls(everything, null, 100)
    const { call, id } = first.at(-1) as CallRow
    await it.execute(`DELETE FROM call WHERE id = ${id}`)
    const rest = await reader.pageCalls(everything, { startedAt: call.startedAt, id }, 10_000)
    assert.deepEqual([...idsOf(first), ...idsOf(rest)], expected)
  })

  test(`every filter is brute force over all calls, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const random = openRandom(testSeed, 82)
    await filled(it, random)
    const reader = await it.reader()
    const all = await walkCalls(reader, everything, 1000)
    const names = new Map((await reader.sources()).map((source) => [source.id, source.name]))
    const numbers = [...new Set(all.flatMap(({ call }) => [call.from, call.to, ...call.targets]))].filter(
      (n) => n !== null,
    )
    const extensions = [...new Set(all.flatMap(({ call }) => call.extensions.map((extension) => extension.number)))]
    const written = (number: string) => random.pick([number, `+${number}`, `8${number.slice(-10)}`, number.slice(-10)])
    const maybe = <T>(chance: number, value: () => T): T | null => (random.chance(chance) ? value() : null)
    const instant = () => (random.pick(all) as CallRow).call.startedAt + random.between(-1, 1)
    let found = 0
    const rounds = engine.name === 'sqlite' ? 600 : 120
    for (let round = 0; round < rounds; round++) {
      const filter: CallFilter = {
        from: maybe(0.3, instant),
        to: maybe(0.3, instant),
        source: maybe(0.3, () => random.pick([...names.values(), 'unknown'])),
        employeeId: null,
        extension: maybe(0.35, () => random.pick([...extensions, '99999'])),
        number: maybe(0.35, () => random.pick([written(random.pick(numbers)), '', 'nobody', '0'])),
        kind: random.chance(0.6) ? 'all' : random.pick(callKinds),
        direction: maybe(0.2, () => random.pick(directions)),
        outcome: maybe(0.2, () => random.pick(outcomes)),
      }
      const expected = idsOf(all.filter((row) => matches(row, filter, names)))
      const limit = random.pick([1, 2, 5, 50, 1000])
      const rows = expected.length / limit > 60 ? 1000 : limit
      assert.deepEqual(
        idsOf(await walkCalls(reader, filter, rows)),
        expected,
        JSON.stringify({ testSeed, filter, rows }),
      )
      if (expected.length > 0) found++
    }
    t.diagnostic(`${found} of ${rounds} filters found calls`)
    assert.ok(found > rounds / 4)
  })

  test(`pages of quarantine and of stored records give every row once, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const random = openRandom(testSeed, 83)
    const log = new MemoryLog()
    for (const source of ['one', 'two']) {
      await applyReading(it.store, source, readingOf('avaya-ip-office'))
      for (let n = 0; n < 12; n++) {
        // Some of one moment, some of another; fragments as well.
        const lines = Array.from({ length: 5 }, (_, i) =>
          Buffer.from(
            random.pick([
              `nothing ${n} ${i}`,
              '2026/03/16 09:00:00,1,2',
              avayaLine({ callId: 1e6 + 10 * n + i, ring: 'x' }),
            ]),
          ),
        )
        const good = Buffer.from(avayaLine({ callId: 2_000_000 + n }))
        const bytes = Buffer.concat([streamOf([...lines, good]), Buffer.from(`half ${n}`)])
        log.deliver(source, bytes, { format: 'avaya-ip-office', receivedAt: 1_000_000 * random.below(4) })
      }
      await recordAll(it.store, log, source)
    }
    const reader = await it.reader()
    const rows = await it.rows(
      'SELECT q.*, r.bytes, s.name FROM quarantine q JOIN record r ON r.id = q.record_id JOIN source s ON s.id = q.source_id ORDER BY q.received_at, q.record_id',
    )
    assert.ok(rows.length > 60)
    const reasons = [...new Set(rows.map((row) => row['reason'] as QuarantineReason))]
    assert.ok(reasons.length >= 4 && reasons.every((reason) => quarantineReasons.includes(reason)))
    for (const limit of [1, 3, 40, 1000])
      for (const source of [null, 'one', 'two', 'three'])
        for (const reason of [null, ...reasons, 'withdrawn' as const])
          for (const recordId of limit === 3 ? [null, rows[5]?.['record_id'] as number, 1] : [null]) {
            const found = await walkQuarantine(reader, { source, reason, recordId }, limit)
            const expected = rows.filter(
              (row) =>
                (source === null || row['name'] === source) &&
                (reason === null || row['reason'] === reason) &&
                (recordId === null || row['record_id'] === recordId),
            )
            assert.deepEqual(
              found.map((record) => [record.recordId, record.source, Buffer.from(record.bytes ?? []).toString()]),
              expected.map((row) => [
                row['record_id'],
                row['name'],
                Buffer.from(row['bytes'] as Uint8Array).toString(),
              ]),
            )
          }

    // The lanes that walk over everything: by identity, by id.
    const [one] = await it.store.sources()
    const sourceId = (one as NonNullable<typeof one>).id
    for (const limit of [1, 4, 1000])
      for (const state of ['stored', 'quarantined'] as const) {
        const ids: number[] = []
        for (let after: RecordIdentity | null = null; ; ) {
          const page = await it.store.pageRecords({ sourceId, state, from: null, to: null, after, limit })
          ids.push(...page.map((record) => record.id))
          after = page.at(-1) ?? null
          if (!after) break
        }
        const kept = await it.rows(
          `SELECT id FROM record WHERE source_id = ${sourceId} AND state = ${state === 'stored' ? 0 : 1}`,
        )
        assert.deepEqual(
          ids.toSorted((a, b) => a - b),
          kept.map((row) => row['id'] as number).toSorted((a, b) => a - b),
        )
        const waiting: number[] = []
        for (let after = 0; ; after = waiting.at(-1) as number) {
          const page = await it.store.pageQuarantine({ sourceId, reason: null, recordIds: null, after, limit })
          if (page.length === 0) break
          waiting.push(...page.map((row) => row.recordId))
        }
        assert.deepEqual(
          waiting,
          rows
            .filter((row) => row['name'] === 'one')
            .map((row) => row['record_id'] as number)
            .toSorted((a, b) => a - b),
        )
      }
    await assertSound(it)
  })

  test(`changes are numbered in the order of their commits, without a hole at any moment, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const log = new MemoryLog()
    const random = openRandom(testSeed, 84)
    const sources = await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        const { lines, reading } = dayOf(testSeed, 4 * n)
        const store = it.another ? await it.another() : it.store
        await applyReading(it.store, `s${n}`, reading)
        for (const line of lines) log.deliver(`s${n}`, streamOf([line]), { format: reading.format })
        return { name: `s${n}`, store }
      }),
    )
    let writing = true
    const writers = Promise.all(
      sources.map(async ({ name, store }) => {
        for (const limit of [1, 2, 3]) await recordAll(store, log, name, { limit })
      }),
    ).finally(() => {
      writing = false
    })
    // A listener that comes and goes: it asks for what is newer than the last it saw, and never sees anything behind that.
    const seen: number[] = []
    const listen = async () => {
      const last = seen.at(-1) ?? 0
      const rows = await it.rows(
        `SELECT seq FROM change WHERE seq > ${last} ORDER BY seq LIMIT ${random.between(1, 40)}`,
      )
      seen.push(...rows.map((row) => row['seq'] as number))
    }
    while (writing) {
      await listen()
      if (random.chance(0.3)) await new Promise((resolve) => setTimeout(resolve, random.below(15)))
    }
    await writers
    const [counter] = await it.rows('SELECT seq FROM change_counter')
    while ((seen.at(-1) ?? 0) < (counter?.['seq'] as number)) await listen()
    assert.deepEqual(
      seen,
      seen.map((_, i) => i + 1),
      'every change, in order',
    )
    const changes = (await it.rows('SELECT source_id, records FROM change')).map((row) => {
      const records: unknown = JSON.parse(row['records'] as string)
      assert.ok(Array.isArray(records) ? records.length <= 100 : typeof records === 'object')
      return Array.isArray(records) ? (records as number[]) : []
    })
    const told = new Set(changes.flat())
    const segments = await it.rows('SELECT id FROM segment')
    assert.deepEqual(
      segments.filter((row) => !told.has(row['id'] as number)),
      [],
      'every record that made a leg is told of',
    )
    await assertChanges(it)

    await importAll(
      it.store,
      's0',
      streamOf(Array.from({ length: 300 }, (_, n) => Buffer.from(avayaLine({ callId: 5e6 + n })))),
      { format: 'avaya-ip-office' },
    )
    const ranges = (await it.rows("SELECT records FROM change WHERE records LIKE '{%'")).map(
      (row) => JSON.parse(row['records'] as string) as { from: number; to: number },
    )
    assert.ok(ranges.length > 0 && ranges.every(({ from, to }) => from < to), 'more than a hundred are told as a range')

    // An hour later they have served their time.
    await it.store.tidy(Date.now() + 3_500_000)
    assert.ok((await it.rows('SELECT seq FROM change')).length > 0)
    for (let i = 0; i < 3; i++) await it.store.tidy(Date.now() + 3_700_000)
    assert.deepEqual(await it.rows('SELECT seq FROM change'), [])
    const [after] = await it.rows('SELECT seq FROM change_counter')
    assert.ok((after?.['seq'] as number) > (counter?.['seq'] as number), 'numbers go on')
  })
}
