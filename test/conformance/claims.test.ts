import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PostgresClaims } from '../../src/adapters/store-sql/postgres/claims.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { until } from '../support/smena.ts'

/** Who reads which source: a fair share each, and no source that nobody reads. */
const skip = postgresMissing

test('processes that know the same sources share them, and whoever is left takes all', { skip }, async (t) => {
  const url = await freshDatabase(t)
  await using one = new PostgresClaims(url)
  const sources = [1, 2, 3, 4]
  assert.deepEqual([...(await one.renew(sources))], sources)
  {
    await using other = new PostgresClaims(url)
    assert.deepEqual([...(await other.renew(sources))], [])
    assert.deepEqual([...(await one.renew(sources))], [1, 2])
    assert.deepEqual([...(await other.renew(sources))], [3, 4])
    await using third = new PostgresClaims(url)
    await third.renew(sources)
    for (const it of [one, other]) assert.equal((await it.renew(sources)).size, 2)
  }
  // The server ends the sessions a moment after they say so.
  const held = await until(
    () => one.renew(sources),
    ({ size }) => size === sources.length,
  )
  assert.deepEqual([...held].sort(), sources)
})

test('a process keeps sources that no other one knows', { skip }, async (t) => {
  const url = await freshDatabase(t)
  await using odd = new PostgresClaims(url)
  await using even = new PostgresClaims(url)
  for (let turn = 0; turn < 3; turn++) {
    assert.deepEqual([...(await odd.renew([1, 3]))], [1, 3])
    assert.deepEqual([...(await even.renew([2, 4, 6]))], [2, 4, 6])
  }
})

test('what only one of several knows is read, however many share the rest', { skip }, async (t) => {
  const url = await freshDatabase(t)
  await using wide = new PostgresClaims(url)
  await using one = new PostgresClaims(url)
  await using other = new PostgresClaims(url)
  const turn = async () => {
    const held = [await wide.renew([1, 2, 3, 4]), await one.renew([1, 2]), await other.renew([1, 2])]
    return held.flatMap((it) => [...it]).sort()
  }
  await turn()
  await turn()
  assert.deepEqual(await turn(), [1, 2, 3, 4])
})

test('no source stays unread because everybody who knows it has a share already', { skip }, async (t) => {
  const url = await freshDatabase(t)
  await using last = new PostgresClaims(url)
  await using one = new PostgresClaims(url)
  await using other = new PostgresClaims(url)
  const known = new Map([
    [last, [2, 3]],
    [other, [1, 3]],
    [one, [1, 2]],
  ])
  const turn = async (readers: readonly PostgresClaims[]) => {
    const held: number[][] = []
    for (const it of readers) held.push([...(await it.renew(known.get(it) ?? []))].sort())
    return held
  }
  assert.deepEqual(await turn([last]), [[2, 3]])
  assert.deepEqual(await turn([other]), [[1]])
  assert.deepEqual(await turn([one, last, other]), [[], [3], [1]])
  for (let it = 0; it < 4; it++) assert.deepEqual(await turn([one, last, other]), [[2], [3], [1]])
})

test('what nobody takes for two renewals is taken beyond the share, and given back to whoever lacks it', {
  skip,
}, async (t) => {
  const url = await freshDatabase(t)
  await using one = new PostgresClaims(url)
  const sources = [1, 2, 3, 4]
  await one.renew(sources)
  // A process that joined and was held up before it took anything.
  await using slow = new PostgresClaims(url)
  await slow.renew(sources)
  assert.deepEqual([...(await one.renew(sources))], [1, 2])
  assert.deepEqual([...(await one.renew(sources))], [1, 2])
  assert.deepEqual([...(await one.renew(sources))], sources)
  assert.deepEqual([...(await slow.renew(sources))], [])
  assert.deepEqual([...(await one.renew(sources))], [1, 2])
  for (let it = 0; it < 4; it++) {
    assert.deepEqual([...(await slow.renew(sources))], [3, 4])
    assert.deepEqual([...(await one.renew(sources))], [1, 2])
  }
})
