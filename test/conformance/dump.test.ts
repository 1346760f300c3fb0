import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributeAll } from '../support/attribution.ts'
import { canonicalDifference, canonicalDigest, recordsOf } from '../support/dump.ts'
import { applyReading, importAll, sample, sampleReadings } from '../support/feed.ts'
import { engines } from '../support/stores.ts'
import { storeAt } from '../support/store-at.ts'

/** What the suites of faults compare two stores by: it must see what they are there for. */
for (const engine of engines)
  test(`one figure of one call and one record are seen to differ, on ${engine.name}`, {
    skip: engine.skip,
  }, async (t) => {
    const [one, other] = [await engine.open(t), await engine.open(t)]
    const reading = sampleReadings.avaya
    for (const it of [one, other]) {
      await applyReading(it.store, 'avaya', reading)
      await importAll(it.store, 'avaya', sample('avaya-smdr.sample.csv'), { format: reading.format })
      await attributeAll(it.store)
    }
    const [expected, found] = [storeAt(one.place), storeAt(other.place)]
    assert.equal(await canonicalDigest(expected), await canonicalDigest(found))
    assert.deepEqual(await recordsOf(expected), await recordsOf(found))

    await other.execute('UPDATE call SET talk_seconds = talk_seconds + 1 WHERE id = (SELECT min(id) FROM call)')
    assert.notEqual(await canonicalDigest(expected), await canonicalDigest(found))
    const difference = await canonicalDifference(expected, found)
    assert.match(difference, /^expected and not found 1 lines\n\{.*\nfound and not expected 1 lines\n\{/u)

    await other.execute('UPDATE record SET k = 2 WHERE id = (SELECT min(id) FROM record)')
    const [want, have] = [await recordsOf(expected), await recordsOf(found)]
    assert.equal([...want.keys()].filter((it) => !have.has(it)).length, 1)
    assert.equal(have.size, want.size)
  })
