import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../domain/errors.ts'
import { racesAtMost, untilThere } from './patience.ts'

test('what is away is waited for, made ready again each time', async () => {
  let left = 2
  let made = 0
  const work = async () => {
    if (left-- > 0) throw new SmenaError('store-away', { cause: 'gone' })
    return 'there'
  }
  assert.equal(await untilThere(work, async () => void made++), 'there')
  assert.equal(made, 2)
})

test('a race that is lost again and again is told, not run for ever', async () => {
  let runs = 0
  const work = async () => {
    runs++
    throw new SmenaError('people-raced', { cause: 'overlap' })
  }
  await assert.rejects(untilThere(work), { code: 'people-raced' })
  assert.equal(runs, racesAtMost)
})
