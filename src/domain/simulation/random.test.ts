import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openChoice, openRandom } from './random.ts'

test('the generator gives the same numbers for ever', () => {
  const random = openRandom(42)
  const first = [random.below(1000), random.below(1000), random.below(1000), random.between(-5, 5)]
  assert.deepEqual(first, [831, 670, 411, -4])
  const again = openRandom(42)
  assert.deepEqual([again.below(1000), again.below(1000), again.below(1000), again.between(-5, 5)], first)
})

test('neighbouring seeds and streams have nothing in common', () => {
  const starts = new Set<number>()
  for (let seed = 0; seed < 200; seed++)
    for (let stream = 0; stream < 5; stream++) starts.add(openRandom(seed, stream).next())
  assert.equal(starts.size, 1000)
})

test('distributions have the mean and the median that they are asked for', () => {
  const random = openRandom(7)
  const n = 40_000
  const durations = Array.from({ length: n }, () => random.lognormal(150, 0.85)).sort((a, b) => a - b)
  const median = durations[n / 2] as number
  const mean = durations.reduce((sum, one) => sum + one, 0) / n
  assert.ok(Math.abs(median - 150) < 4, `median ${median}`)
  assert.ok(Math.abs(mean / (150 * Math.exp(0.85 ** 2 / 2)) - 1) < 0.03, `mean ${mean}`)
  let sum = 0
  for (let i = 0; i < n; i++) sum += random.exponential(700)
  assert.ok(Math.abs(sum / n / 700 - 1) < 0.03, `mean ${sum / n}`)
})

test('a choice keeps its shares', () => {
  const random = openRandom(1)
  const choice = openChoice({ often: 3, rarely: 1 })
  let often = 0
  for (let i = 0; i < 20_000; i++) if (choice.pick(random) === 'often') often++
  assert.equal(choice.share('often'), 0.75)
  assert.ok(Math.abs(often / 20_000 - 0.75) < 0.01)
})
