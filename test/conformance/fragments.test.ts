import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../../src/domain/errors.ts'
import { readByHand, replayAll, retryAll } from '../support/again.ts'
import { rowText } from '../support/asterisk-rows.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, streamOf } from '../support/days.ts'
import { canonicalDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** R2: a fragment has no content identity; it never makes a record a duplicate and never is one. */

const ledgerOf = async ({ rows }: TestStore) => {
  const [sum] = await rows(
    'SELECT sum(stored) AS stored, sum(duplicate) AS duplicate, sum(quarantined) AS quarantined FROM ledger',
  )
  return [sum?.['stored'], sum?.['duplicate'], sum?.['quarantined']]
}

const callCount = async ({ rows }: TestStore) => (await rows('SELECT count(*) AS n FROM call'))[0]?.['n']

const lines = {
  'avaya-ip-office': avayaLine(),
  'asterisk-csv': rowText({ answer: '09:00:05', uniqueid: '1710136800.17' }),
} as const

for (const engine of engines) {
  for (const format of ['avaya-ip-office', 'asterisk-csv'] as const) {
    test(`a line of ${format} cut after any of its bytes and sent again whole is stored once, on ${engine.name}`, {
      skip: engine.skip,
    }, async (t) => {
      const it = await engine.open(t)
      const whole = Buffer.from(`${lines[format]}\r\n`)
      // From the first byte to the CR: with the LF the line is whole and nothing was cut.
      const cuts = Array.from({ length: whole.length - 1 }, (_, i) => i + 1)
      const log = new MemoryLog()
      for (const cut of cuts) {
        const source = `cut-${cut}`
        await applyReading(it.store, source, readingOf(format))
        const [fragment] = log.deliver(source, whole.subarray(0, cut), { format, end: 'cut' })
        assert.equal(fragment?.fragment, 'partial')
        log.deliver(source, whole, { format, end: 'cut' })
        // The sender, unsure, sends it a second time.
        log.deliver(source, whole, { format, end: 'cut' })
        await recordAll(it.store, log, source)
      }
      const states = await it.rows(
        `SELECT s.name AS name, sum(l.stored) AS stored, sum(l.duplicate) AS duplicate, sum(l.quarantined) AS quarantined
         FROM ledger l JOIN source s ON s.id = l.source_id GROUP BY s.name`,
      )
      assert.equal(states.length, cuts.length)
      for (const { name, stored, duplicate, quarantined } of states)
        assert.deepEqual([stored, duplicate, quarantined], [1, 1, 1], String(name))
      assert.equal(await callCount(it), cuts.length)

      const done = await retryAll(it.store)
      assert.deepEqual(done, { tried: 0, stored: 0, duplicate: 0, quarantined: 0, fragments: cuts.length })
      assert.deepEqual(await ledgerOf(it), [cuts.length, cuts.length, cuts.length])
      await assertSound(it)
    })

    test(`only a fragment with the whole text becomes a record when read by hand, of ${format} on ${engine.name}`, {
      skip: engine.skip,
    }, async (t) => {
      const it = await engine.open(t)
      await applyReading(it.store, 'pbx', readingOf(format))
      const log = new MemoryLog()
      const hour = 3_600_000
      const text = Buffer.from(lines[format])
      const receipts = { unreadable: 100 * hour, whole: 101 * hour, again: 102 * hour, third: 103 * hour }
      log.deliver('pbx', text.subarray(0, 10), { format, receivedAt: receipts.unreadable })
      // Cut between CR and LF: the CR is half a line end.
      log.deliver('pbx', Buffer.concat([text, Buffer.from('\r')]), { format, receivedAt: receipts.whole })
      log.deliver('pbx', text, { format, receivedAt: receipts.again })
      await recordAll(it.store, log, 'pbx')
      const fragments = await it.rows('SELECT record_id FROM quarantine ORDER BY received_at')
      const ids = fragments.map((row) => row['record_id'] as number)
      assert.equal(ids.length, 3)
      const byHour = async () =>
        (await it.rows('SELECT hour, stored, duplicate, quarantined FROM ledger ORDER BY hour')).map((row) => [
          row['hour'],
          row['stored'],
          row['duplicate'],
          row['quarantined'],
        ])

      await assert.rejects(
        () => readByHand(it.store, ids[0] as number),
        (error) =>
          error instanceof SmenaError &&
          error.code === 'not-readable' &&
          error.details['id'] === ids[0] &&
          ['not-a-record', 'broken-quote', 'too-few-fields'].includes(String(error.details['reason'])),
      )
      assert.deepEqual(await byHour(), [
        [100, 0, 0, 1],
        [101, 0, 0, 1],
        [102, 0, 0, 1],
      ])

      const stored = await readByHand(it.store, ids[1] as number)
      assert.deepEqual(stored, { tried: 1, stored: 1, duplicate: 0, quarantined: 0, fragments: 0 })
      const duplicate = await readByHand(it.store, ids[2] as number)
      assert.deepEqual(duplicate, { tried: 1, stored: 0, duplicate: 1, quarantined: 0, fragments: 0 })
      assert.deepEqual(await byHour(), [
        [100, 0, 0, 1],
        [101, 1, 0, 0],
        [102, 0, 1, 0],
      ])
      assert.equal(await callCount(it), 1)
      const replayed = await replayAll(it.store, 'pbx')
      assert.deepEqual([replayed.records, replayed.quarantined], [1, 0])
      const reader = await it.reader()
      assert.equal((await reader.call(ids[1] as number))?.row.id, ids[1], 'a record keeps its id')
      await assert.rejects(
        () => readByHand(it.store, ids[1] as number),
        (error) => error instanceof SmenaError && error.code === 'quarantine-unknown',
      )

      log.deliver('pbx', streamOf([text]), { format, receivedAt: receipts.third })
      await recordAll(it.store, log, 'pbx')
      assert.deepEqual((await byHour()).at(-1), [103, 0, 1, 0], 'its whole copy is its duplicate now')
      await assertSound(it)
    })
  }

  test(`a fragment read by hand is the duplicate of its whole copy that was sent again, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const format = 'avaya-ip-office'
    await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    const text = Buffer.from(avayaLine())
    log.deliver('pbx', text, { format })
    log.deliver('pbx', streamOf([text]), { format })
    await recordAll(it.store, log, 'pbx')
    const before = await canonicalDump(it)
    const [fragment] = await it.rows('SELECT record_id FROM quarantine')
    const done = await readByHand(it.store, fragment?.['record_id'] as number)
    assert.deepEqual([done.stored, done.duplicate], [0, 1])
    assert.equal(await canonicalDump(it), before)
    assert.deepEqual(await ledgerOf(it), [1, 1, 0])
    await assertSound(it)
  })

  test(`equal pieces of a line that never ends are all kept, on ${engine.name}`, { skip: engine.skip }, async (t) => {
    const it = await engine.open(t)
    const format = 'avaya-ip-office'
    await applyReading(it.store, 'pbx', readingOf(format))
    const log = new MemoryLog()
    const endless = Buffer.alloc(20 * 65_536 + 5, 0x41)
    log.deliver('pbx', Buffer.concat([endless, Buffer.from('\n'), streamOf([Buffer.from(avayaLine())])]), { format })
    await recordAll(it.store, log, 'pbx')
    assert.deepEqual(await ledgerOf(it), [1, 0, 21])
    const counts = await importAll(it.store, 'pbx', Buffer.concat([endless, Buffer.from('\n')]), { format })
    assert.deepEqual([counts.duplicate, counts.quarantined], [0, 21])
    const kept = await it.rows('SELECT bytes FROM record WHERE state = 1')
    assert.equal(
      kept.reduce((sum, row) => sum + (row['bytes'] as Uint8Array).length, 0),
      2 * endless.length,
      'nothing is dropped',
    )
    await assertSound(it)
  })
}
