import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { Reader, readRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import { foreignBatch } from '../../../test/support/kafka-batches.ts'
import type { LogRecord } from '../../pipeline/ports.ts'
import { IdentityReader, IdentityWriter } from './identity.ts'
import { packBatch, type ReadBatch, readBatches, sealBatch } from './record-batch.ts'

const journal = 'ab'.repeat(16)
const delivery = {
  uid: 'cd'.repeat(16),
  source: 'pbx',
  format: 'avaya-ip-office',
  how: 'tcp',
  peer: '10.0.0.1:5000',
  openedAt: 1_700_000_000_000,
} as const

const recordOf = (bytes: Uint8Array, i: number): LogRecord => ({
  number: i + 1,
  delivery,
  line: i + 1,
  occurrence: 1,
  receivedAt: 1_700_000_000_000 + i,
  fragment: null,
  bytes,
})

const values = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 50 })
const head = { producer: { id: 7n, epoch: 3 }, sequence: 11, at: 1_700_000_000_123 }
const compressions = ['none', 'zstd'] as const
const packed = (records: readonly LogRecord[], compression: (typeof compressions)[number] = 'none') =>
  packBatch(records, new IdentityWriter(journal), compression)
const batchOf = (list: readonly Uint8Array[], compression?: (typeof compressions)[number]) =>
  sealBatch(packed(list.map(recordOf), compression), head)
const attributesOf = (batch: Buffer) => batch.readInt16BE(21)

const onlyBatch = (bytes: Buffer): ReadBatch => {
  const [batch, ...others] = readBatches(bytes)
  assert.ok(batch && others.length === 0)
  return batch
}

test('a batch is read as it was written', () => {
  fc.assert(
    fc.property(values, fc.constantFrom(...compressions), (list, compression) => {
      const { first, last, messages, timestamp } = onlyBatch(batchOf(list, compression))
      assert.deepEqual([first, last, timestamp], [0, list.length - 1, 1_700_000_000_123])
      const reader = new IdentityReader('pbx')
      assert.deepEqual(
        messages?.map(({ key, value, offset }) => ({ ...reader.read(key), bytes: value, offset })),
        list.map((it, i) => ({ journal, ...recordOf(Buffer.from(it), i), offset: i })),
      )
    }),
  )
})

test('what another client reads from it is the same', () => {
  fc.assert(
    fc.property(values, fc.constantFrom(...compressions), (list, compression) => {
      const batch = batchOf(list, compression)
      const found = readRecordsBatch(Reader.from(batch))
      assert.deepEqual(
        [found.magic, found.attributes, found.lastOffsetDelta, found.producerId, found.producerEpoch],
        [2, attributesOf(batch), list.length - 1, 7n, 3],
      )
      assert.deepEqual([found.firstSequence, found.firstTimestamp], [11, 1_700_000_000_123n])
      assert.deepEqual(
        found.records.map((it) => [it.offsetDelta, it.timestampDelta, it.value, it.headers]),
        list.map((it, i) => [i, 0n, Buffer.from(it), []]),
      )
    }),
  )
})

test('a batch is compressed where that makes it shorter, and told to be', () => {
  const lines = Array.from({ length: 200 }, (_, i) => Buffer.from(`2026/03/02 10:00:00,00:01:0${i % 10},${i},301,O`))
  const [plain, short] = [batchOf(lines), batchOf(lines, 'zstd')]
  assert.deepEqual([attributesOf(plain), attributesOf(short)], [0, 4])
  assert.ok(short.length < plain.length / 4)
  for (const it of compressions) assert.equal(packed(lines.map(recordOf), it).plainBytes, plain.length)
  assert.deepEqual(onlyBatch(short).messages, onlyBatch(plain).messages)
  assert.equal(onlyBatch(short).heldBytes, plain.length)
  // What is short, and what cannot be made shorter.
  for (const list of [lines.slice(0, 1), [randomBytes(60_000)]]) assert.deepEqual(batchOf(list, 'zstd'), batchOf(list))
})

test('what would become more than any batch is cannot be read, and takes no memory', () => {
  for (const compression of ['gzip', 'zstd'] as const) {
    const [fits, tooMuch] = [100, 130].map((mebibytes) =>
      onlyBatch(foreignBatch([{ key: null, value: Buffer.alloc(mebibytes << 20) }], { compression })),
    )
    assert.equal(fits?.messages?.[0]?.value?.length, 100 << 20)
    assert.deepEqual([tooMuch?.messages, tooMuch?.last], [null, 0])
    assert.ok((tooMuch?.heldBytes ?? Number.NaN) < 1 << 20)
  }
})

test('a record of 64 KiB with the longest key goes through', () => {
  const bytes = Buffer.alloc(65_536, 'x')
  const last = Number.MAX_SAFE_INTEGER
  const record = { ...recordOf(bytes, 0), number: last, line: last, delivery: { ...delivery, peer: 'я'.repeat(600) } }
  const written = sealBatch(packed([record]), head)
  const [message] = onlyBatch(written).messages ?? []
  assert.deepEqual(message?.value, bytes)
  assert.equal(new IdentityReader('pbx').read(message.key)?.number, last)
})

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)
  test(`batches of other producers are read, with keys, headers or without (${compression})`, () => {
    const lines = Array.from({ length: 200 }, (_, i) => `line ${i} ${'and so on '.repeat(i % 7)}`)
    const messages = lines.map((value, i) => ({
      key: i % 2 === 0 ? null : Buffer.from(`key ${i}`),
      value,
      timestamp: 1_700_000_000_000 + 10 * i,
    }))
    const { first, last, messages: found } = onlyBatch(foreignBatch(messages, { compression, first: 5000 }))
    assert.deepEqual([first, last], [5000, 5199])
    assert.deepEqual(
      found?.map((it) => [it.offset, it.timestamp, it.key, it.value?.toString()]),
      messages.map((it, i) => [5000 + i, it.timestamp, it.key, it.value]),
    )
  })

test('time of the append is the time of all; a marker of a transaction has no messages; a deleted value is none', () => {
  const appended = onlyBatch(foreignBatch(['a', 'b'], { appendedAt: 1_700_000_999_000 }))
  assert.deepEqual(
    appended.messages?.map((it) => it.timestamp),
    [1_700_000_999_000, 1_700_000_999_000],
  )
  assert.deepEqual(onlyBatch(foreignBatch(['marker'], { control: true, first: 9 })).messages, [])
  assert.deepEqual(onlyBatch(foreignBatch([{ value: null }])).messages?.[0]?.value, null)
})

test('of an answer that was cut short only whole batches are read', () => {
  const whole = [foreignBatch(['a', 'b'], { first: 3 }), foreignBatch(['c'], { first: 5 })]
  const answer = Buffer.concat([...whole, foreignBatch(['d'], { first: 6 })])
  for (let cut = 1; cut < foreignBatch(['d']).length; cut++)
    assert.deepEqual(
      [...readBatches(answer.subarray(0, -cut))].map((it) => it.first),
      [3, 5],
    )
})

test('a flipped bit leaves the messages as they were or makes them unreadable, and reading never throws', () => {
  const checkedFrom = 21
  const whole = foreignBatch(['first', 'second', 'third'], { first: 40, compression: 'gzip' })
  const ours = [[Buffer.from('first'), Buffer.from('second')], [Buffer.alloc(1500, 'again ')]]
  for (const bytes of [whole, ...ours.map((it) => batchOf(it, 'zstd'))]) {
    const known = onlyBatch(bytes).messages
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      const [found] = readBatches(flipped)
      if (bit >= 8 * checkedFrom) assert.equal(found?.messages, null)
      // Of what the checksum leaves out only the offset and the reign say something about messages.
      else if (found?.messages)
        assert.deepEqual(
          found.messages.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
          known?.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
        )
      if (found) assert.ok(found.last >= found.first)
    }
  }
})

test('bytes that are no batch at all give nothing or something unreadable', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      for (const it of readBatches(Buffer.from(bytes))) assert.equal(it.messages, null)
    }),
    { numRuns: 1000 },
  )
})

test('a message of the versions before is kept as one that cannot be read', () => {
  const old = foreignBatch(['first', 'second'], { first: 12 })
  old[16] = 1
  const { first, last, messages } = onlyBatch(old)
  assert.deepEqual([first, last, messages], [12, 12, null])
})
