import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import pg from 'pg'
import { formats } from '../../src/domain/formats/formats.ts'
import { SourceRecorder } from '../../src/pipeline/record.ts'
import { Sources } from '../../src/pipeline/sources.ts'
import { countOf } from '../support/accounts.ts'
import { avayaLine } from '../support/avaya-lines.ts'
import { readingOf, streamOf } from '../support/days.ts'
import { applyReading, MemoryLog, recordAll } from '../support/feed.ts'
import { beforeEachStatement } from '../support/statements.ts'
import { engines } from '../support/stores.ts'

/** Deliveries in numbers: what is kept of each costs nothing that grows with them. */

const format = 'avaya-ip-office'

/** A log of deliveries of one line each. */
function logOf(deliveries: number): { readonly log: MemoryLog; readonly uids: readonly string[] } {
  const log = new MemoryLog()
  const uids = Array.from({ length: deliveries }, (_, i) => {
    const line = Buffer.from(avayaLine({ callId: 1_000_000 + i }))
    return log.deliver('pbx', streamOf([line]), { format })[0]?.delivery.uid as string
  })
  return { log, uids }
}

for (const engine of engines) {
  test(`however many deliveries end while nobody looks, the store comes to know of each, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    await applyReading(it.store, 'pbx', readingOf(format))
    const { log, uids } = logOf(2300)
    const sources = new Sources(it.store, formats)
    const recorder = new SourceRecorder('pbx', {
      log,
      store: it.store,
      sources,
      now: Date.now,
      report: () => undefined,
    })
    const running = recorder.run()
    const end = Date.now() + 120_000
    const until = async (table: string, count: number) => {
      while ((await countOf(it, table)) < count) {
        if (Date.now() > end) recorder.close()
        assert.ok(Date.now() < end, table)
        recorder.wake()
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    await until('delivery', uids.length)
    // More than are asked about at a time never end.
    const ended = uids.slice(1100)
    for (const uid of ended) log.closed.set(uid, 1_760_000_000_000)
    await until('delivery WHERE closed_at IS NOT NULL', ended.length)
    recorder.close()
    await running
  })
}

const postgres = engines.find((it) => it.name === 'postgres') as (typeof engines)[number]

test('a batch of many deliveries asks the server no more than one of a single delivery', {
  skip: postgres.skip,
}, async (t) => {
  const it = await postgres.open(t)
  await applyReading(it.store, 'pbx', readingOf(format))
  const statementsOf = async (deliveries: number): Promise<number> => {
    const { log, uids } = logOf(deliveries)
    for (const uid of uids) log.closed.set(uid, 1_760_000_000_000)
    let statements = 0
    const end = beforeEachStatement(DatabaseSync, pg.Client, () => void statements++)
    await recordAll(it.store, log, 'pbx')
    end()
    return statements
  }
  await statementsOf(1)
  const [one, many] = [await statementsOf(1), await statementsOf(500)]
  assert.ok(many < one + 50, `${one} statements for one delivery, ${many} for 500`)
})
