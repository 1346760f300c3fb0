import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FormatName } from '../../formats/format-name.ts'
import { simulate } from '../simulate.ts'
import { columnStarts, windows1251 } from './damage.ts'
import { dirty, type DirtyEvent } from './dirty.ts'
import { ExpectedLedger } from './expected-ledger.ts'

const records = (format: FormatName, variant?: number) =>
  simulate({ format, variant, seed: 11, from: '2026-03-02', days: 10, callsADay: 800, timezone: 'Asia/Novosibirsk' })

function deliveries(events: Iterable<DirtyEvent>): Buffer[] {
  const all: Buffer[] = []
  let open: Uint8Array[] | null = null
  for (const event of events) {
    if (event.kind === 'connect') {
      assert.equal(open, null)
      open = []
    } else if (event.kind === 'bytes') {
      assert.ok(open && event.bytes.length > 0)
      open.push(event.bytes)
    } else {
      assert.ok(open)
      all.push(Buffer.concat(open))
      open = null
    }
  }
  assert.equal(open, null)
  return all
}

test('the same seed gives the same deliveries', () => {
  const all = (seed: number) =>
    Buffer.concat(deliveries(dirty(records('avaya-ip-office'), { format: 'avaya-ip-office', seed }).events))
  assert.ok(all(1).equals(all(1)))
  assert.ok(!all(1).equals(all(2)))
})

test('the ledger balances, and every kind of dirt is in it', () => {
  const reasons: [FormatName, string[]][] = [
    ['avaya-ip-office', ['bad-field', 'fields-shifted', 'not-a-record', 'partial', 'too-few-fields', 'too-long']],
    ['asterisk-csv', ['bad-field', 'broken-quote', 'partial', 'too-few-fields', 'too-long', 'too-many-fields']],
  ]
  for (const [format, wanted] of reasons) {
    const stream = dirty(records(format), { format, seed: 3 })
    assert.ok(deliveries(stream.events).length > 20)
    const { received, stored, duplicate, quarantined, quarantinedByReason } = stream.ledger
    assert.equal(received, stored + duplicate + quarantined)
    assert.equal(
      quarantined,
      Object.values(quarantinedByReason).reduce((sum, n) => sum + n, 0),
    )
    assert.deepEqual(Object.keys(quarantinedByReason).sort(), wanted)
    assert.ok(duplicate > 100)
  }
})

test('without repeats every record is stored once, whatever else comes', () => {
  for (const [format, variant] of [
    ['avaya-ip-office', 30],
    ['asterisk-csv', 18],
    ['asterisk-csv', 21],
  ] as const) {
    const clean = [...records(format, variant)].length
    const without = dirty(records(format, variant), { format, seed: 4, repeats: false })
    deliveries(without.events)
    assert.equal(without.ledger.stored, clean)
    assert.equal(without.repeatedCalls.size, 0)

    const repeated = dirty(records(format, variant), { format, seed: 4 })
    deliveries(repeated.events)
    // A row with a sequence number is one row, however often it comes.
    if (variant === 21) assert.equal(repeated.ledger.stored, clean)
    else assert.ok(repeated.ledger.stored > clean && repeated.repeatedCalls.size > 0)
  }
})

test('deliveries hold NULs, byte order marks, both line ends and names in Windows-1251', () => {
  const all = deliveries(dirty(records('avaya-ip-office', 35), { format: 'avaya-ip-office', seed: 5 }).events)
  const whole = Buffer.concat(all)
  assert.ok(all.some((one) => one[0] === 0))
  assert.ok(all.some((one) => one.subarray(0, 3).equals(Buffer.of(0xef, 0xbb, 0xbf))))
  assert.ok(all.some((one) => one.at(-1) !== 10))
  assert.ok(whole.includes('\r\n') && /[^\r]\n/u.test(whole.toString('latin1')))
  assert.ok(whole.includes('Секретарь') && whole.includes(windows1251('Секретарь') as Uint8Array))
})

test('equal records close together are two, farther apart or elsewhere the same sent again', () => {
  const ledger = new ExpectedLedger()
  const a = Buffer.from('a')
  const fill = (n: number) => {
    for (let i = 0; i < n; i++) ledger.fragment('partial')
  }
  ledger.open()
  assert.equal(ledger.record(a, 'stored', false), true)
  fill(256)
  assert.equal(ledger.record(a, 'stored', false), true, '256 between')
  fill(257)
  assert.equal(ledger.record(a, 'stored', false), false, '257 between')
  assert.equal(ledger.record(a, 'stored', false), false, 'the second of a delivery that had two before')
  ledger.open()
  assert.equal(ledger.record(a, 'stored', false), false)
  assert.equal(ledger.record(a, 'stored', false), false)
  assert.equal(ledger.record(a, 'stored', false), true, 'the third')
  assert.equal(ledger.record(Buffer.from('b'), 'stored', true), true)
  assert.equal(ledger.record(Buffer.from('b'), 'stored', true), false, 'has a number of its own')
  assert.equal(ledger.record(Buffer.from('c'), 'bad-field', false), true)
  const { received, stored, duplicate, quarantined, quarantinedByReason } = ledger
  assert.deepEqual(
    { received, stored, duplicate, quarantined },
    { received: 523, stored: 4, duplicate: 5, quarantined: 514 },
  )
  assert.deepEqual(quarantinedByReason, { partial: 513, 'bad-field': 1 })
})

test('columns begin after commas outside quotes', () => {
  assert.deepEqual(columnStarts('"","a,b","c ""d"", e",,1'), [0, 3, 9, 22, 23])
})
