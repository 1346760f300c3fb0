import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ledgerSums } from '../support/accounts.ts'
import { rowText } from '../support/asterisk-rows.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, streamOf } from '../support/days.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** R18: a record has its place whatever its date is; where an engine parts by month, months are made as they are needed. */

const allCalls = {
  from: null,
  to: null,
  source: null,
  extension: null,
  employeeId: null,
  number: null,
  kind: 'all',
  direction: null,
  outcome: null,
} as const

for (const engine of engines)
  test(`records of every year from 1970 to 2099, and those without a date, find their place, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'avaya', readingOf('avaya-ip-office', { timezone: 'UTC' }))
    await applyReading(it.store, 'asterisk', readingOf('asterisk-csv', { timezone: 'UTC' }))
    const step = engine.name === 'sqlite' ? 1 : 5
    const years = Array.from({ length: 130 }, (_, n) => 1970 + n).filter((year) => year % step === 0 || year > 2097)
    const dates = years.flatMap((year) => [
      `${year}-01-01 00:00:01`,
      `${year}-06-30 23:59:59`,
      `${year}-12-31 23:59:40`,
    ])
    const edges = ['1970-01-01 00:00:00', '2000-02-29 12:00:00', '2099-12-31 23:59:50']
    const all = [...new Set([...dates, ...edges])]
    const avaya = all.map((date, n) =>
      Buffer.from(
        avayaLine({ start: date.replaceAll('-', '/'), callId: 1_000_000 + n, connected: '00:00:02', ring: 1 }),
      ),
    )
    const undated = ['1969/12/31 23:59:59,', '2100/01/01 00:00:00,', '2026/02/30 00:00:00,', 'no date'].map((text) =>
      Buffer.from(text),
    )
    await importAll(it.store, 'avaya', streamOf([...avaya, ...undated]), { format: 'avaya-ip-office' })
    const rows = all.map((date, n) =>
      Buffer.from(
        rowText({
          channel: `SIP/trunk-${n}`,
          dstchannel: `SIP/201-${n}`,
          start: date,
          end: date,
          uniqueid: `${Date.parse(`${date}Z`) / 1000}.1`,
        }),
      ),
    )
    const log = new MemoryLog()
    log.deliver('asterisk', streamOf(rows), { format: 'asterisk-csv' })
    await recordAll(it.store, log, 'asterisk')
    assert.deepEqual(await ledgerSums(it, 'avaya'), { stored: all.length, duplicate: 0, quarantined: undated.length })
    assert.deepEqual(await ledgerSums(it, 'asterisk'), { stored: all.length, duplicate: 0, quarantined: 0 })

    const reader = await it.reader()
    const expected = all.map((date) => Date.parse(`${date.replace(' ', 'T')}Z`)).toSorted((a, b) => a - b)
    for (const source of ['avaya', 'asterisk']) {
      const calls = await reader.pageCalls({ ...allCalls, source }, null, 1000)
      assert.deepEqual(
        calls.map((row) => row.call.startedAt),
        expected,
      )
    }
    const [first] = await reader.pageCalls({ ...allCalls, source: 'avaya', extension: '201' }, null, 50)
    const late = Date.UTC(2099, 11, 31, 23, 59, 45)
    const [last] = await reader.pageCalls({ ...allCalls, source: 'avaya', number: '201', from: late }, null, 50)
    assert.ok(first && last)
    for (const row of [first, last]) {
      const found = await reader.call(row.id)
      assert.ok(found)
      const raw = await reader.rawOf(row.sourceId, found.segments)
      const stamp = new Date(row.startWall).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', '/')
      assert.ok(
        Buffer.from(raw.get(row.id) ?? [])
          .toString()
          .startsWith(stamp),
        stamp,
      )
    }
    await assertSound(it)
    const again = await importAll(it.store, 'avaya', streamOf([...avaya, ...undated]), { format: 'avaya-ip-office' })
    assert.equal(again.duplicate, again.received)
    if (engine.name !== 'postgres') return

    const months = (
      await it.rows(
        `SELECT c.relname AS name, (SELECT count(*) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indrelid = c.oid AND x.indisunique) AS keys
       FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'record'::regclass ORDER BY c.relname`,
      )
    ).map((row) => [row['name'], row['keys']])
    const wanted = new Set([...all.map((date) => `record_${date.slice(0, 7).replace('-', '_')}`), 'record_undated'])
    assert.deepEqual(
      months,
      [...wanted].toSorted().map((name) => [name, 1]),
      'a table for each month, each with the key, none besides',
    )
    const stray = await it.rows('SELECT count(*) AS n FROM record_undated WHERE content_at <> 0')
    assert.equal(stray[0]?.['n'], 0)
  })

test('months that two processes want at once are made once, and those ahead are made by tidying, on postgres', {
  skip: engines[1]?.skip ?? false,
}, async (t) => {
  const it = await (engines[1] as (typeof engines)[number]).open(t)
  const stores = [
    it.store,
    await (it.another as NonNullable<TestStore['another']>)(),
    await (it.another as NonNullable<TestStore['another']>)(),
  ]
  const walls = Array.from({ length: 24 }, (_, n) => Date.UTC(2031, n, 15))
  await Promise.all(stores.flatMap((store) => [store.prepareMonths(walls), store.prepareMonths(walls.toReversed())]))
  const count = async () =>
    (await it.rows(`SELECT count(*) AS n FROM pg_inherits WHERE inhparent = 'record'::regclass`))[0]?.['n']
  assert.equal(await count(), 24)
  await it.store.tidy(Date.UTC(2040, 0, 20))
  assert.equal(await count(), 26)
  await it.store.tidy(Date.UTC(2040, 0, 21))
  assert.equal(await count(), 26)
  // Readers are not locked out: one that is in the middle of the table sees the new month afterwards.
  await applyReading(it.store, 'pbx', readingOf('avaya-ip-office'))
  await Promise.all([
    it.rows('SELECT pg_sleep(0.4), count(*) FROM record'),
    importAll(it.store, 'pbx', streamOf([Buffer.from(avayaLine())]), { format: 'avaya-ip-office' }),
  ])
  assert.equal(await count(), 27)
  await assertSound(it)
})
