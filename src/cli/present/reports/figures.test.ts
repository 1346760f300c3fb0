import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ratio } from '../../../domain/metrics/ratio.ts'
import { openWords } from '../../words/words.ts'
import { figuresIn } from './figures.ts'

test('figures are rounded by one rule, a half up: parts of a hundred, averages, seconds', () => {
  const { percent, decimal, average } = figuresIn(openWords('en', 'UTC'))
  const shown = (numerator: number, denominator: number) => percent(ratio(numerator, denominator))
  assert.deepEqual([shown(2, 3), shown(1, 3), shown(247, 2000), shown(0, 3)], ['66.7%', '33.3%', '12.4%', '0%'])
  assert.equal(shown(0, 0), '–')
  assert.deepEqual([decimal(ratio(5, 100)), decimal(ratio(2, 3))], ['0.1', '0.7'])
  assert.deepEqual([average(ratio(3, 2)), average(ratio(4, 3))], ['0:02', '0:01'])
})
