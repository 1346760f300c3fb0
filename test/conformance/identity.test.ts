import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Delivery, DeliveryHow } from '../../src/domain/record.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { assertSameDump, countOf, ledgerSums } from '../support/accounts.ts'
import { replayAll } from '../support/again.ts'
import { rowText } from '../support/asterisk-rows.ts'
import { type AutumnKind, autumnNight, isRepeated } from '../support/autumn.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { believableDay, cutAtRandom, readingOf, shuffled, streamOf, testSeed } from '../support/days.ts'
import { canonicalDump, exactDump } from '../support/dump.ts'
import { applyReading, importAll, MemoryLog, recordAll } from '../support/feed.ts'
import { assertSound } from '../support/invariants.ts'
import { engines } from '../support/stores.ts'

/** R3, R4: which records are one record. What names it are its bytes and its place among equal ones, and nothing that can change. */

const avaya = 'avaya-ip-office'
const hour = 3_600_000
const numbered = (n: number): string =>
  avayaLine({ callId: 1_000_000 + n, start: `2026/03/16 ${new Date(n * 1000).toISOString().slice(11, 19)}` })

for (const engine of engines) {
  for (const kind of ['Call IDs', 'field 35', 'uniqueid'] as const satisfies AutumnKind[])
    test(`the autumn hour by ${kind}: live, archive, zone corrected and replayed, archive again, on ${engine.name} (seed ${testSeed})`, {
      skip: engine.skip,
    }, async (t) => {
      const format = kind === 'uniqueid' ? 'asterisk-csv' : avaya
      const night = autumnNight(kind, openRandom(testSeed, 31))
      const bytes = streamOf(night.map((it) => it.line))
      const it = await engine.open(t)
      await applyReading(it.store, 'pbx', readingOf(format, { timezone: 'Europe/Berlin' }))
      const log = new MemoryLog()
      for (const { line, endsAt } of night) log.deliver('pbx', streamOf([line]), { format, receivedAt: endsAt + 1000 })
      await recordAll(it.store, log, 'pbx', { limit: 5 })
      assert.equal(await countOf(it, 'call'), night.length)
      const live = await exactDump(it)

      const archive = await importAll(it.store, 'pbx', bytes, { format })
      assert.deepEqual([archive.stored, archive.duplicate], [0, night.length])
      assertSameDump(await exactDump(it), live, 'the archive of the night changes nothing')

      await applyReading(it.store, 'pbx', readingOf(format, { timezone: 'Europe/Moscow' }))
      await replayAll(it.store, 'pbx')
      const corrected = await exactDump(it)
      assert.notEqual(corrected, live, 'the corrected zone shows')
      const again = await importAll(it.store, 'pbx', bytes, { format })
      assert.deepEqual([again.stored, again.duplicate], [0, night.length])
      assertSameDump(await exactDump(it), corrected, 'the archive after the correction changes nothing')

      await applyReading(it.store, 'pbx', readingOf(format, { timezone: 'Europe/Berlin' }))
      await replayAll(it.store, 'pbx')
      const back = (await it.rows('SELECT id, started_at, doubtful FROM call ORDER BY id')).map(
        (row) => row['started_at'],
      )
      assert.deepEqual(
        back,
        night.map((call) => call.startsAt),
        `${night.filter(isRepeated).length} calls of the hour stand where they took place`,
      )
      await assertSound(it)
    })

  test(`a record is the same in any zone, at any receipt and by any way, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const lines = [avayaLine(), avayaLine({ callId: 1_000_242 }), 'no record at all']
    await applyReading(it.store, 'pbx', readingOf(avaya))
    const log = new MemoryLog()
    const hows: DeliveryHow[] = ['tcp', 'stdin', 'http', 'follow', 'ship', 'kafka']
    const zones = ['Europe/Moscow', 'Asia/Chita', 'America/New_York', 'UTC', 'Asia/Kathmandu', 'Pacific/Chatham']
    for (const [i, how] of hows.entries()) {
      const reading = readingOf(avaya, { timezone: zones[i] as string, internal: `^\\d{${i + 2}}$`, plan: `plan ${i}` })
      await applyReading(it.store, 'pbx', reading)
      log.deliver('pbx', streamOf(lines.map((line) => Buffer.from(line))), {
        format: avaya,
        how,
        receivedAt: (i + 1) * 900 * hour,
      })
      await recordAll(it.store, log, 'pbx')
    }
    // A BOM at the start of the stream and NULs inside it are the transport's, and so is what a line ends with.
    const dressed = Buffer.concat([
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from(`${lines[0]}\r\r\n\0\0${lines[1]}\n${lines[2]}`),
    ])
    await importAll(it.store, 'pbx', dressed, { format: avaya })
    assert.deepEqual(await ledgerSums(it), { stored: 2, duplicate: 18, quarantined: 1 })
    assert.equal(await countOf(it, 'call'), 2)

    // The same bytes of another source are another record.
    await applyReading(it.store, 'other', readingOf(avaya))
    await importAll(it.store, 'other', streamOf([Buffer.from(lines[0] as string)]), { format: avaya })
    assert.deepEqual(await ledgerSums(it, 'other'), { stored: 1, duplicate: 0, quarantined: 0 })
    await assertSound(it)
  })

  test(`live in deliveries cut at random and the archive are the archive alone, in all orders, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const days = engine.name === 'sqlite' ? 40 : 8
    const alone = await engine.open(t)
    const both = await engine.open(t)
    for (let n = 0; n < days; n++) {
      const random = openRandom(testSeed * 100 + n, 32)
      const format = n % 4 === 3 ? 'asterisk-csv' : avaya
      const day = believableDay(format, testSeed * 100 + n, 8)
      // Some lines stand there two or three times, with up to three others between.
      const lines: Buffer[] = [...day.lines]
      for (let i = 0; i < 6 && format === avaya && lines.length > 5; i++) {
        const at = random.below(lines.length)
        lines.splice(Math.min(lines.length, at + random.between(0, 4)), 0, lines[at] as Buffer)
      }
      const name = `day-${n}`
      const { reading } = day
      await applyReading(alone.store, name, reading)
      await importAll(alone.store, name, streamOf(lines), { format })

      await applyReading(both.store, name, reading)
      const log = new MemoryLog()
      const pieces = cutAtRandom(lines, 6, random)
      const ways: (Buffer[] | 'archive')[] = shuffled([...pieces, 'archive'], random)
      for (const way of ways) {
        if (way === 'archive') {
          await recordAll(both.store, log, name, { limit: 10 })
          await importAll(both.store, name, streamOf(lines, '\n'), { format, chunk: 77 })
        } else log.deliver(name, streamOf(way), { format })
        if (random.chance(0.5)) await recordAll(both.store, log, name, { limit: random.between(1, 9) })
      }
      await recordAll(both.store, log, name)
    }
    assertSameDump(await canonicalDump(both), await canonicalDump(alone), `seed ${testSeed}`)
    const [equal] = await alone.rows('SELECT count(*) AS n FROM record WHERE k > 1')
    assert.ok((equal?.['n'] as number) > days, 'there were equal lines')
    await assertSound(alone)
    await assertSound(both)
  })

  test(`a file of 1,000 lines that is printed again inside one connection makes no new call, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(avaya))
    const file: Buffer[] = Array.from({ length: 1000 }, (_, n) => Buffer.from(numbered(n)))
    // The equal pairs of the file are two records each, and are sent again as such.
    for (const at of [100, 400, 900]) file.splice(at, 0, file[at] as Buffer)
    const log = new MemoryLog()
    log.deliver('pbx', streamOf([...file, ...file, ...file.slice(0, 500)]), { format: avaya, how: 'follow' })
    await recordAll(it.store, log, 'pbx')
    assert.deepEqual(await ledgerSums(it), { stored: 1003, duplicate: 1503, quarantined: 0 })
    assert.equal(await countOf(it, 'call'), 1000)
    await assertSound(it)
  })

  test(`equal lines are two records up to 256 others apart, and one beyond, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const line = Buffer.from(avayaLine())
    for (const [between, stored] of [
      [0, 2],
      [1, 2],
      [255, 2],
      [256, 2],
      [257, 1],
      [600, 1],
    ] as const) {
      const source = `between-${between}`
      await applyReading(it.store, source, readingOf(avaya))
      const others = Array.from({ length: between }, (_, n) => Buffer.from(numbered(n)))
      const log = new MemoryLog()
      log.deliver(source, streamOf([line, ...others, line]), { format: avaya })
      // Batches of the recorder have nothing to do with it.
      await recordAll(it.store, log, source, { limit: 100 })
      const sums = await ledgerSums(it, source)
      assert.deepEqual([sums.stored, sums.duplicate], [stored + between, 2 - stored], source)
    }
    const rows = rowText({ answer: '09:00:05', uniqueid: '1710136800.17', sequence: 17 }, 21)
    await applyReading(it.store, 'numbered', readingOf('asterisk-csv'))
    const log = new MemoryLog()
    log.deliver('numbered', streamOf([Buffer.from(rows), Buffer.from(rows)]), { format: 'asterisk-csv' })
    await recordAll(it.store, log, 'numbered')
    const sums = await ledgerSums(it, 'numbered')
    assert.deepEqual(
      [sums.stored, sums.duplicate],
      [1, 1],
      'a row with a number of its own is one fact, however often it comes',
    )
    await assertSound(it)
  })

  for (const lane of ['archive', 'live'] as const)
    test(`100,000 equal lines take four times as long as 25,000, by ${lane} on ${engine.name}`, {
      skip: engine.skip,
    }, async (t) => {
      const it = await engine.open(t)
      const line = `${avayaLine()}\n`
      const took: number[] = []
      for (const n of [5000, 25_000, 100_000]) {
        const source = `equal-${n}`
        await applyReading(it.store, source, readingOf(avaya))
        const bytes = Buffer.from(line.repeat(n))
        const began = process.cpuUsage()
        if (lane === 'archive') await importAll(it.store, source, bytes, { format: avaya })
        else {
          const log = new MemoryLog()
          log.deliver(source, bytes, { format: avaya })
          await recordAll(it.store, log, source)
        }
        took.push(process.cpuUsage(began).user / 1000)
        assert.deepEqual(await ledgerSums(it, source), { stored: n, duplicate: 0, quarantined: 0 })
      }
      const [, some, many] = took as [number, number, number]
      t.diagnostic(`${Math.round(some)} ms for 25,000, ${Math.round(many)} ms for 100,000`)
      // Quadratic would be sixteen.
      assert.ok(many < 9 * some, `${many} ms, ${some} ms`)
      const [highest] = await it.rows('SELECT max(k) AS k, count(*) AS n FROM record WHERE source_id = 3')
      assert.deepEqual([highest?.['k'], highest?.['n']], [100_000, 100_000])
    })

  test(`a delivery that goes on after a restart of its reader does not begin to count anew, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(avaya))
    const delivery: Delivery = {
      uid: randomBytes(16).toString('hex'),
      source: 'pbx',
      format: avaya,
      how: 'follow',
      peer: '/var/log/smdr.log',
      openedAt: 0,
    }
    const log = new MemoryLog()
    const [first] = log.deliver('pbx', streamOf([Buffer.from(avayaLine())]), { format: avaya, delivery })
    await recordAll(it.store, log, 'pbx')
    await it.reopen()
    // What a follower does: it counts k over what it read before, and hands over only what is new.
    log.of('pbx').push({ ...(first as NonNullable<typeof first>), number: 2, line: 2, occurrence: 2 })
    await recordAll(it.store, log, 'pbx')
    assert.deepEqual(await ledgerSums(it), { stored: 2, duplicate: 0, quarantined: 0 })
    await assertSound(it)
  })
}
