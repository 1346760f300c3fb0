import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Delivery } from '../../domain/record.ts'
import { fragmentCodes, type LogRecord } from '../../pipeline/ports.ts'
import { IdentityReader, IdentityWriter } from './identity.ts'

const source = 'pbx'
const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((it) => Buffer.from(it).toString('hex'))
const instant = fc.nat(2 ** 48 - 1)
const plain = { noNullPrototype: true }
const deliveries: fc.Arbitrary<Delivery> = fc.record(
  {
    uid: id,
    source: fc.constant(source),
    format: fc.constantFrom('avaya-ip-office', 'asterisk-csv', ''),
    how: fc.constantFrom('tcp', 'stdin', 'http', 'follow', 'ship', 'import', 'kafka'),
    peer: fc.string({ unit: 'grapheme', maxLength: 40 }),
    openedAt: instant,
  },
  plain,
)
const records: fc.Arbitrary<LogRecord> = fc.record(
  {
    number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    delivery: deliveries,
    line: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    occurrence: fc.nat(2 ** 32 - 1),
    receivedAt: instant,
    fragment: fc.constantFrom(...fragmentCodes),
    bytes: fc.constant(Buffer.alloc(0)),
  },
  plain,
)

function keyOf(journal: string, record: LogRecord): Buffer {
  const writer = new IdentityWriter(journal)
  const key = Buffer.alloc(2048)
  const end = writer.write(key, 0, record)
  assert.ok(end <= writer.roomFor(record.delivery), 'it takes no more room than it said')
  return key.subarray(0, end)
}

test('what the journal knows of a record comes out of its key as it was', () => {
  fc.assert(
    fc.property(id, fc.array(records, { minLength: 1, maxLength: 4 }), (journal, list) => {
      const reader = new IdentityReader(source)
      for (const it of [...list, ...list]) {
        const { bytes: _, ...known } = it
        assert.deepEqual(reader.read(keyOf(journal, it)), { journal, ...known })
      }
    }),
  )
})

test('a peer that is longer than its room is cut, and one that is no text is made into text', () => {
  const delivery = { uid: '0'.repeat(32), source, format: '', how: 'follow', openedAt: 0 } as const
  const peerOf = (peer: string) =>
    new IdentityReader(source).read(
      keyOf('1'.repeat(32), {
        number: 1,
        line: 1,
        occurrence: 1,
        receivedAt: 0,
        fragment: null,
        bytes: Buffer.alloc(0),
        delivery: { ...delivery, peer },
      }),
    )?.delivery.peer
  assert.equal(peerOf('a'.repeat(5000)), 'a'.repeat(1024))
  assert.equal(peerOf('\ud800'), '\ufffd')
})

test('keys of other producers are none of ours', () => {
  const reader = new IdentityReader(source)
  assert.equal(reader.read(null), null)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      assert.equal(reader.read(Buffer.from(bytes)), null)
      // Even one that begins like ours and then goes on as it likes.
      assert.equal(reader.read(Buffer.concat([Buffer.from([0x53, 1]), bytes])), null)
    }),
    { numRuns: 1000 },
  )
})

test('a key that was cut, lengthened or written by a later version is none of ours', () => {
  fc.assert(
    fc.property(id, records, fc.uint8Array({ minLength: 1, maxLength: 3 }), (journal, record, more) => {
      const key = keyOf(journal, record)
      const reader = new IdentityReader(source)
      for (let length = 0; length < key.length; length++) assert.equal(reader.read(key.subarray(0, length)), null)
      assert.equal(reader.read(Buffer.concat([key, more])), null)
      const later = Buffer.from(key)
      later[1] = 2
      assert.equal(reader.read(later), null)
    }),
    { numRuns: 30 },
  )
})

test('no flipped bit of a key makes reading throw, and what is read stays within its bounds', () => {
  fc.assert(
    fc.property(id, records, fc.nat(), (journal, record, bit) => {
      const key = Buffer.from(keyOf(journal, record))
      const at = bit % (8 * key.length)
      key[at >> 3] = (key[at >> 3] as number) ^ (1 << (at & 7))
      const found = new IdentityReader(source).read(key)
      if (!found) return
      assert.match(found.journal + found.delivery.uid, /^[0-9a-f]{64}$/u)
      for (const it of [found.number, found.line]) assert.ok(Number.isSafeInteger(it) && it >= 1)
      assert.ok(Number.isSafeInteger(found.occurrence) && found.occurrence >= 0)
      assert.ok(fragmentCodes.includes(found.fragment))
    }),
    { numRuns: 2000 },
  )
})
