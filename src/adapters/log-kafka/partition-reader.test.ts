import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { foreignBatch, type ForeignBatch, type ForeignMessage } from '../../../test/support/kafka-batches.ts'
import { recordLimitBytes } from '../../domain/record.ts'
import type { LogRecord } from '../../pipeline/ports.ts'
import { IdentityWriter } from './identity.ts'
import { PartitionReader, type Taken } from './partition-reader.ts'
import { packBatch, sealBatch } from './record-batch.ts'

const topic = { id: '11111111-2222-3333-4444-555555555555', name: 'avaya' }
const feed = `${topic.id}/3`
const any = { records: 1000, bytes: 1 << 20 }

/** Who reads from `position` on and has asked once. */
function readerAt(position: number): PartitionReader {
  const reader = new PartitionReader('pbx', topic, 3)
  assert.equal(reader.take(position, any), null)
  return reader
}

const linesOf = (taken: Taken | null): string[] | undefined =>
  taken?.records.map((it) => Buffer.from(it.bytes).toString('latin1'))

const at = (first: number, ...messages: (string | ForeignMessage)[]): Buffer => foreignBatch(messages, { first })
const spansOf = (taken: Taken | null) => taken && [taken.spans.from, taken.spans.to]

test('nothing is fetched before somebody has asked, and then from where he stands', () => {
  const reader = new PartitionReader('pbx', topic, 3)
  assert.deepEqual([reader.feed, reader.fetchAt], [feed, -1])
  reader.take(7, any)
  assert.equal(reader.fetchAt, 7)
  reader.hold(at(7, 'a', 'b'))
  assert.deepEqual([reader.fetchAt, reader.holdsRecords], [9, true])
  const taken = reader.take(7, any)
  assert.deepEqual(
    [linesOf(taken), spansOf(taken)],
    [
      ['a', 'b'],
      [7, 8],
    ],
  )
  assert.deepEqual([reader.holdsRecords, reader.heldBytes, reader.take(9, any)], [false, 0, null])
})

test('a record without our identity has the partition as journal, its offset as number, and its leader as delivery', () => {
  const reader = readerAt(0)
  reader.hold(foreignBatch([{ value: 'line\r\n', timestamp: 1_700_000_000_500 }], { first: 40, leaderEpoch: 2 }))
  reader.hold(foreignBatch(['a', 'b'], { first: 41, leaderEpoch: 2 }))
  reader.hold(foreignBatch(['c'], { first: 43, leaderEpoch: 5 }))
  const { records } = reader.take(0, any) ?? { records: [] }
  const [first, second, , last] = records as [LogRecord, LogRecord, LogRecord, LogRecord]
  const { delivery, bytes, ...rest } = first
  assert.deepEqual(rest, {
    journal: feed,
    number: 40,
    position: 41,
    line: 40,
    occurrence: 1,
    receivedAt: 1_700_000_000_500,
    fragment: null,
  })
  assert.equal(bytes.toString(), 'line')
  assert.deepEqual([delivery.how, delivery.source, delivery.peer], ['kafka', 'pbx', 'avaya/3'])
  assert.match(delivery.uid, /^[0-9a-f]{32}$/u)
  assert.equal(second.delivery, delivery)
  assert.notEqual(last.delivery.uid, delivery.uid)
  // Whoever reads it again, in another process, finds the same.
  const again = readerAt(0)
  again.hold(foreignBatch(['a'], { first: 40, leaderEpoch: 2 }))
  assert.equal(again.take(0, any)?.records[0]?.delivery.uid, delivery.uid)
})

test('a record with our identity keeps its journal and number, and its bytes as they are', () => {
  const journal = 'ab'.repeat(16)
  const delivery = { uid: 'cd'.repeat(16), source: 'pbx', format: '', how: 'tcp', peer: '', openedAt: 1 } as const
  const bytes = Buffer.from('line with its end\r\n')
  const record = { number: 9, delivery, line: 4, occurrence: 2, receivedAt: 5, fragment: null, bytes }
  const empty = { ...record, number: 10, line: 5, occurrence: 0, fragment: 'partial' as const, bytes: Buffer.alloc(0) }
  const head = { producer: { id: -1n, epoch: -1 }, sequence: -1, at: 0 }
  const batch = sealBatch(packBatch([record, empty], new IdentityWriter(journal), 'none'), head)
  const reader = readerAt(0)
  reader.hold(batch)
  assert.deepEqual(reader.take(0, any)?.records, [
    { journal, position: 1, ...record },
    { journal, position: 2, ...empty },
  ])
})

test('line ends are no part of a record, and empty lines and deleted values are none', () => {
  const reader = readerAt(0)
  reader.hold(at(0, 'a\r\n', '\r\n', '', { value: null }, 'b\n', 'c\nd\n', { value: null }))
  const taken = reader.take(0, any)
  assert.deepEqual(linesOf(taken), ['a', 'b', 'c\nd'])
  assert.deepEqual(
    taken?.records.map((it) => it.position),
    // The last of them takes the position past what has no record.
    [1, 5, 7],
  )
  assert.deepEqual(spansOf(taken), [0, 6])
})

test('a record that is too long is marked, and a time that nobody can believe is none', () => {
  const reader = readerAt(0)
  const long = 'x'.repeat(recordLimitBytes)
  reader.hold(at(0, `${long}\n`, `${long}x`))
  reader.hold(Buffer.concat([at(2, { value: 'y', timestamp: -1 }), at(3, { value: 'z', timestamp: 1.7e15 })]))
  const { records } = reader.take(0, any) ?? { records: [] }
  assert.deepEqual(
    records.map((it) => [it.fragment, it.occurrence, it.receivedAt]),
    [
      [null, 1, 1_700_000_000_000],
      ['too-long', 0, 1_700_000_000_000],
      [null, 1, 0],
      [null, 1, 0],
    ],
  )
})

test('of a batch that begins before the position only the rest is taken', () => {
  const reader = readerAt(5)
  reader.hold(Buffer.concat([at(0, 'gone', 'too'), at(2, 'c', 'd', 'e', 'f', 'g')]))
  const taken = reader.take(5, any)
  assert.deepEqual(
    [linesOf(taken), spansOf(taken)],
    [
      ['f', 'g'],
      [5, 6],
    ],
  )
})

test('a batch that nobody can read is kept as it was found and takes its offsets', () => {
  const reader = readerAt(3)
  const damaged = at(3, 'a', 'b')
  damaged[damaged.length - 1] = (damaged.at(-1) as number) ^ 1
  reader.hold(Buffer.concat([damaged, at(5, 'c')]))
  const taken = reader.take(3, any)
  assert.deepEqual(
    taken?.records.map((it) => [it.number, it.position, it.fragment]),
    [
      [3, 4, 'damaged'],
      [5, 6, null],
    ],
  )
  assert.deepEqual(Buffer.from(taken?.records[0]?.bytes ?? []), damaged)
})

test('what has no records joins what lies beside it, and holds no room', () => {
  const reader = readerAt(0)
  const marker = (first: number) => foreignBatch(['marker'], { first, control: true })
  reader.hold(Buffer.concat([marker(0), marker(1)]))
  assert.deepEqual([reader.holdsRecords, reader.heldBytes, reader.take(0, any)], [false, 0, null])
  reader.hold(Buffer.concat([at(2, 'a'), marker(3), at(4, 'b')]))
  const taken = reader.take(0, any)
  assert.deepEqual(
    [linesOf(taken), spansOf(taken)],
    [
      ['a', 'b'],
      [0, 4],
    ],
  )
})

test('an aborted transaction has no records, and what stands between its batches has its own offsets', () => {
  const of = (first: number, producer: bigint, line: string) =>
    foreignBatch([line], { first, transactionOf: producer, control: line === 'end' })
  const batches = [
    of(0, 7n, 'aborted'),
    at(1, 'of no transaction'),
    of(2, 8n, 'committed'),
    of(3, 7n, 'aborted too'),
    of(4, 7n, 'end'),
    of(5, 8n, 'end'),
    // The same producers the other way about.
    of(6, 8n, 'aborted'),
    of(7, 7n, 'committed at last'),
    of(8, 8n, 'end'),
    of(9, 7n, 'end'),
    at(10, 'last'),
  ]
  /** As a broker names those that reach into its answer. */
  const aborted = (from: number, to = 10) => [
    ...(from <= 8 && to >= 6 ? [{ producerId: 8n, first: 6 }] : []),
    ...(from <= 4 ? [{ producerId: 7n, first: 0 }] : []),
  ]
  const lines: [number, string][] = [
    [1, 'of no transaction'],
    [2, 'committed'],
    [7, 'committed at last'],
    [10, 'last'],
  ]
  for (let position = 0; position <= 10; position++) {
    const reader = readerAt(position)
    const half = Math.max(position, 3)
    // In one answer or in two.
    if (position % 2 === 0) reader.hold(Buffer.concat(batches.slice(position)), aborted(position))
    else {
      reader.hold(Buffer.concat(batches.slice(position, half)), aborted(position, half - 1))
      reader.hold(Buffer.concat(batches.slice(half)), aborted(half))
    }
    const taken = reader.take(position, any)
    assert.deepEqual(
      taken?.records.map((it) => [it.number, Buffer.from(it.bytes).toString()]),
      lines.filter(([number]) => number >= position),
    )
    assert.deepEqual(spansOf(taken), [position, 10])
  }
})

test('where offsets are missing a batch ends, so that the hole is seen', () => {
  const reader = readerAt(0)
  reader.hold(Buffer.concat([at(0, 'a'), at(1, 'b'), at(7, 'c')]))
  const before = reader.take(0, any)
  assert.deepEqual(
    [linesOf(before), spansOf(before)],
    [
      ['a', 'b'],
      [0, 1],
    ],
  )
  const after = reader.take(2, any)
  assert.deepEqual([linesOf(after), spansOf(after)], [['c'], [7, 7]])
})

test('what is skipped shows as a hole between what is held and what comes', () => {
  const reader = readerAt(10)
  reader.hold(at(10, 'a'))
  const { age } = reader
  reader.skipTo(50)
  assert.ok(reader.age > age, 'a fetch under way is for the old place')
  reader.hold(at(50, 'b'))
  assert.deepEqual(spansOf(reader.take(10, any)), [10, 10])
  assert.deepEqual(spansOf(reader.take(11, any)), [50, 50])
})

test('who stands elsewhere than was thought begins there, and what was held is fetched again', () => {
  const reader = readerAt(0)
  reader.hold(at(0, 'a', 'b', 'c'))
  const { age } = reader
  assert.equal(reader.take(2, any), null)
  assert.deepEqual([reader.fetchAt, reader.heldBytes, reader.age > age], [2, 0, true])
  reader.hold(at(0, 'a', 'b', 'c'))
  assert.deepEqual(linesOf(reader.take(2, any)), ['c'])
})

test('a batch is taken whole, and no more than the limits let', () => {
  const reader = readerAt(0)
  reader.hold(Buffer.concat([at(0, 'a', 'b', 'c'), at(3, 'd'), at(4, 'e')]))
  assert.deepEqual(linesOf(reader.take(0, { records: 2, bytes: 1 << 20 })), ['a', 'b', 'c'])
  assert.deepEqual(linesOf(reader.take(3, { records: 10, bytes: 1 })), ['d'])
  assert.deepEqual(linesOf(reader.take(4, any)), ['e'])
})

test('what was compressed counts as what becomes of it, and of an answer no more is taken at once than is asked for', () => {
  const lines = (first: number) => Array.from({ length: 100 }, (_, i) => `${first + i} ${'and so on '.repeat(50)}`)
  const answer = [0, 100, 200].map((first) => foreignBatch(lines(first), { first, compression: 'zstd' }))
  const plainBytes = foreignBatch(lines(100), { first: 100 }).length
  assert.ok(answer.every((it) => it.length < plainBytes / 10))
  const reader = readerAt(0)
  reader.hold(Buffer.concat(answer), [], plainBytes + 1)
  assert.equal(reader.fetchAt, 200)
  assert.ok(reader.heldBytes > 1.9 * plainBytes && reader.heldBytes <= 2 * plainBytes)
  reader.hold(answer[2] as Buffer, [], 1)
  assert.equal(reader.fetchAt, 300)
  assert.deepEqual(linesOf(reader.take(0, any)), [0, 100, 200].flatMap(lines))
  assert.equal(reader.heldBytes, 0)
})

test('against the limit of bytes count those of the records, not what Kafka has around them', () => {
  const reader = readerAt(0)
  reader.hold(Buffer.concat([at(0, 'ab'), at(1, 'cd'), at(2, 'ef')]))
  assert.ok(reader.heldBytes > 3 * 61)
  assert.deepEqual(linesOf(reader.take(0, { records: 10, bytes: 4 })), ['ab', 'cd'])
  assert.deepEqual(linesOf(reader.take(2, { records: 10, bytes: 4 })), ['ef'])
  assert.equal(reader.heldBytes, 0)
})

/** What lies in a partition: records, or what has none, with offsets missing here and there. */
interface Stored {
  readonly messages: readonly (string | ForeignMessage)[]
  readonly hole: number
  readonly batch: ForeignBatch
}

const stored: fc.Arbitrary<Stored> = fc.record({
  messages: fc.array(
    fc.oneof(fc.string({ maxLength: 8 }), fc.constant({ value: null }), fc.constant({ value: '\r\n' })),
    { minLength: 1, maxLength: 5 },
  ),
  hole: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 4 })),
  batch: fc.record({
    control: fc.constantFrom(false, false, true),
    compression: fc.constantFrom('none', 'none', 'gzip'),
  }),
})

test('however it is cut, fetched and begun again, every record is taken once, in order, and holes stay holes', () => {
  fc.assert(
    fc.property(fc.array(stored, { minLength: 1, maxLength: 12 }), fc.infiniteStream(fc.nat(99)), (list, chances) => {
      const chance = () => chances.next().value as number
      const batches: { first: number; next: number; bytes: Buffer }[] = []
      const expected: [number, string][] = []
      const missing = new Set<number>()
      let offset = 0
      for (const { messages, hole, batch } of list) {
        for (let i = 0; i < hole; i++) missing.add(offset++)
        const first = offset
        for (const it of messages) {
          const line = (typeof it === 'string' ? it : (it.value?.toString() ?? '')).replace(/[\r\n]+$/u, '')
          if (!batch.control && line !== '') expected.push([offset, Buffer.from(line).toString('latin1')])
          offset++
        }
        batches.push({ first, next: offset, bytes: foreignBatch(messages, { ...batch, first }) })
      }
      let reader = new PartitionReader('pbx', topic, 3)
      let position = 0
      const found: [number, string][] = []
      for (let turns = 0; turns < 400 && found.length < expected.length; turns++) {
        // A process that died, or one whose transaction failed.
        if (chance() < 5) reader = new PartitionReader('pbx', topic, 3)
        if (chance() < 5) reader.take(position + 1000, any)
        if (reader.fetchAt >= 0) {
          const from = batches.findIndex((it) => it.next > reader.fetchAt)
          const answer = from < 0 ? [] : batches.slice(from, from + 1 + (chance() % 3))
          reader.hold(Buffer.concat(answer.map((it) => it.bytes)))
        }
        const taken = reader.take(position, { records: 1 + (chance() % 6), bytes: 1 << 20 })
        if (!taken) continue
        for (const it of taken.records) found.push([it.number, Buffer.from(it.bytes).toString('latin1')])
        for (let i = taken.spans.from; i <= taken.spans.to; i++) assert.ok(!missing.has(i), `${i} is not there`)
        for (let i = position; i < taken.spans.from; i++)
          assert.ok(missing.has(i) || !expected.some(([it]) => it === i), `${i} is there`)
        position = taken.records.at(-1)?.position ?? position
        assert.equal(position, taken.spans.to + 1)
      }
      assert.deepEqual(found, expected)
    }),
    { numRuns: 300 },
  )
})
