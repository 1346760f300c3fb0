import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbersOf, oldExchange, type OldRow, OldRowCount } from './old-rows.ts'

const row = (over: Partial<OldRow>): OldRow => ({
  source: 'KRS-AVAYA',
  at: 0,
  seconds: 0,
  direction: 'inbound',
  a: '89130000001',
  b: '',
  c: '4102',
  internal: false,
  ringOnly: false,
  ...over,
})

test('R5: 37 calls are 24 in (2 answered, 8 %) and 13 out (10, 76 %)', () => {
  const count = new OldRowCount()
  for (let i = 0; i < 24; i++) count.add(row({ seconds: i < 2 ? 30 + i : 0 }), new Set(['4102']))
  for (let i = 0; i < 13; i++)
    count.add(row({ direction: 'outbound', internal: i < 4, seconds: i < 10 ? 61 : 0 }), new Set(['4102']))
  assert.deepEqual(count.of('4102'), {
    total: 37,
    incoming: 24,
    outgoing: 13,
    incomingAccepted: 2,
    outgoingAccepted: 10,
    incomingPercent: 8,
    outgoingPercent: 76,
    // (30 + 31) ÷ 2 cut down.
    incomingAverageSeconds: 30,
    outgoingAverageSeconds: 61,
    incomingTalkUnknown: 0,
    outgoingTalkUnknown: 0,
  })
})

test('a row of two numbers stands under both and once in the total; one without any stands nowhere', () => {
  const count = new OldRowCount()
  count.add(row({ a: '4101', c: '4102', direction: 'outbound', seconds: 10 }), new Set(['4101', '4102']))
  count.add(row({ a: '4109' }), new Set())
  assert.deepEqual([count.of('4101').total, count.of('4102').total, count.total.total], [1, 1, 1])
})

test('F27: what has no rows has zeros and nothing in place of what cannot be worked out', () => {
  const { total, incomingAccepted, incomingPercent, outgoingAverageSeconds } = new OldRowCount().of('4102')
  assert.deepEqual([total, incomingAccepted, incomingPercent, outgoingAverageSeconds], [0, 0, null, null])
})

test('M6: seconds of ringing are no talk: such rows are calls and nothing else', () => {
  const count = new OldRowCount()
  count.add(row({ seconds: 12, ringOnly: true }), new Set(['4102']))
  const only = count.of('4102')
  assert.deepEqual(
    [only.incoming, only.incomingAccepted, only.incomingPercent, only.incomingTalkUnknown],
    [1, null, null, 1],
  )
  count.add(row({ seconds: 40 }), new Set(['4102']))
  count.add(row({ seconds: 0 }), new Set(['4102']))
  const mixed = count.of('4102')
  assert.deepEqual(
    [
      mixed.incoming,
      mixed.incomingAccepted,
      mixed.incomingPercent,
      mixed.incomingAverageSeconds,
      mixed.incomingTalkUnknown,
    ],
    [3, 1, 50, 40, 1],
  )
})

test('a number stands in a row as caller or as called, once; the digits of the first statistics are exchanges', () => {
  assert.deepEqual(numbersOf(row({ a: '4101', c: '4101' })), ['4101'])
  assert.deepEqual(numbersOf(row({ a: '4101', b: '4777', c: '4102' })), ['4101', '4102'])
  assert.deepEqual(
    ['0', '1', 'KRS-G700'].map((source) => oldExchange({ source })),
    ['KRS-AVAYA', 'KRS-ASTERISK', 'KRS-G700'],
  )
})
