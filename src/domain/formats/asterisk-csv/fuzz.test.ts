import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asteriskReader, frame, type Row, sampleBytes } from '../../../../test/support/asterisk-rows.ts'
import { type Call, directions, outcomes } from '../../call.ts'
import { quarantineReasons, recordLimitBytes } from '../../record.ts'
import { asteriskCsv } from './asterisk-csv.ts'

const seed = 20_240_311
const berlin = asteriskReader({ timezone: 'Europe/Berlin' })
const end2100 = Date.UTC(2100, 0, 1)
const dayMs = 86_400_000

/** A small generator of its own: the same rows on every machine. */
function randomFrom(start: number): (below: number) => number {
  let state = start
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const source = frame([sampleBytes('asterisk-master.sample.csv'), sampleBytes('asterisk-21-columns.sample.csv')]).map(
  (it) => new TextEncoder().encode(it.text),
)

/** Bytes that the format gives a meaning to, and some that it does not. */
const inserted = [34, 44, 10, 13, 0, 92, 47, 45, 59, 64, 60, 62, 32, 48, 57, 0xd0, 0xff, 0xef, 65]

function mutated(row: Uint8Array, random: (below: number) => number): Uint8Array {
  let bytes = [...row]
  for (let changes = random(4); changes > 0; changes--) {
    const at = random(bytes.length + 1)
    const kind = random(6)
    if (kind === 0) bytes.splice(at, random(8))
    else if (kind === 1) bytes.splice(at, 0, inserted[random(inserted.length)] as number)
    else if (kind === 2 && at < bytes.length) bytes[at] = random(256)
    else if (kind === 3 && at < bytes.length) bytes[at] = 48 + random(10)
    else if (kind === 4) bytes = [...bytes.slice(0, at), ...(source[random(source.length)] as Uint8Array).subarray(at)]
    else bytes.splice(at, 0, ...bytes.slice(at, at + random(30)))
  }
  return Uint8Array.from(bytes)
}

function checkCall(call: Call): void {
  const instants = [call.startedAt, call.endedAt, call.completeAt, call.answeredAt].filter((it) => it !== null)
  for (const instant of instants)
    assert.ok(Number.isSafeInteger(instant) && instant >= -dayMs && instant <= end2100 + dayMs)
  for (const name of ['ringSeconds', 'waitSeconds', 'talkSeconds', 'parkSeconds', 'machineSeconds'] as const)
    assert.ok(Number.isSafeInteger(call[name]) && call[name] >= 0, `${name} ${call[name]}`)
  assert.ok(call.endedAt >= call.startedAt)
  assert.ok(directions.includes(call.direction) && outcomes.includes(call.outcome))
  assert.equal(call.answeredAt, call.outcome === 'answered' ? call.startedAt + call.waitSeconds * 1000 : null)
  assert.equal(call.answeredBy !== null || call.answeredOutside, call.outcome === 'answered')
  assert.equal(new Set(call.extensions.map((it) => it.number)).size, call.extensions.length)
  assert.ok(!JSON.stringify(call).includes('\\u0000'))
}

test('20,000 mutated rows: no exception, every record read or refused with a reason, every call within range', () => {
  const random = randomFrom(seed)
  const framer = asteriskCsv.openFramer()
  const rows: Row[] = []
  let records = 0
  const take = (bytes: Uint8Array) => {
    records++
    assert.ok(bytes.length > 0 && bytes.length <= recordLimitBytes)
    const content = asteriskCsv.contentOf(bytes, records === 1)
    const contentAt = asteriskCsv.contentAt(content)
    assert.ok(Number.isSafeInteger(contentAt) && contentAt >= 0 && contentAt < end2100)
    const parsed = asteriskCsv.parse(content, berlin)
    if (parsed.kind === 'bad') {
      assert.ok(quarantineReasons.includes(parsed.reason) && parsed.detail !== '' && !parsed.detail.includes('\0'))
      return
    }
    assert.ok(parsed.kind === 'segment')
    assert.equal(parsed.startWall, contentAt)
    assert.equal(typeof asteriskCsv.mayRepeat(content), 'boolean')
    const packed = asteriskCsv.pack(parsed.fields)
    assert.deepEqual(asteriskCsv.unpack(packed), parsed.fields)
    assert.ok(!packed.includes('\\u0000') && packed.isWellFormed())
    const { startWall, endWall, fields } = parsed
    rows.push({ id: records, startWall, endWall, fields, receivedAt: records, delivery: 1, line: records })
  }
  for (let i = 0; i < 20_000; i++) {
    framer.push(mutated(source[random(source.length)] as Uint8Array, random), take)
    framer.push(Uint8Array.of(10), take)
    if (rows.length >= 200) checkAll(rows.splice(0))
  }
  framer.end('whole', take)
  checkAll(rows)
  assert.ok(records > 15_000)
})

function checkAll(rows: readonly Row[]): void {
  const evidence = {
    liveReceipt: (id: number) => (id % 2 === 0 ? (rows[0]?.endWall ?? null) : null),
    neighbours: [],
  }
  const groups = asteriskCsv.join(rows)
  assert.equal(
    groups.reduce((sum, group) => sum + group.length, 0),
    rows.length,
  )
  for (const row of rows)
    for (const key of asteriskCsv.joinKeys(row)) assert.ok(Number.isSafeInteger(key) && key >= 0 && key < 2 ** 53)
  for (const group of groups) {
    checkCall(asteriskCsv.assemble(group, berlin, evidence))
    const legs = asteriskCsv.legs(group, berlin, evidence)
    assert.equal(legs.length, group.length)
    for (const leg of legs)
      for (const name of ['ringSeconds', 'talkSeconds', 'parkSeconds', 'machineSeconds'] as const)
        assert.ok(Number.isSafeInteger(leg[name]) && leg[name] >= 0)
  }
}

test('any bytes at all are framed and read without an exception', () => {
  const byte = fc.oneof(fc.constantFrom(...inserted), fc.integer({ min: 0, max: 255 }))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 400 }), (bytes) => {
      const content = Uint8Array.from(bytes)
      asteriskCsv.contentAt(asteriskCsv.contentOf(content, true))
      asteriskCsv.mayRepeat(content)
      assert.equal(asteriskCsv.parse(content, berlin).kind, 'bad')
      frame([content], 'cut')
    }),
    { numRuns: 3000 },
  )
})

test('10,000 rows of one channel are joined and assembled without a loop inside a loop', () => {
  const parsed = asteriskCsv.parse(source[0] as Uint8Array, berlin)
  assert.ok(parsed.kind === 'segment')
  const startWall = Date.UTC(2026, 9, 25, 2, 10)
  const rows = Array.from({ length: 10_000 }, (_, i): Row => {
    const fields = {
      ...parsed.fields,
      uniqueid: '',
      linkedid: '',
      dstchannel: 'Local/203@a-1;1',
      billSeconds: 0,
      lastsSeconds: 5,
    }
    return {
      id: i,
      startWall: startWall + (i % 900) * 1000,
      endWall: startWall,
      receivedAt: i,
      delivery: 1,
      line: i,
      fields,
    }
  })
  const begun = performance.now()
  const groups = asteriskCsv.join(rows)
  assert.equal(groups.length, 1)
  checkCall(asteriskCsv.assemble(groups[0] as Row[], berlin, { liveReceipt: () => null, neighbours: [] }))
  // Quadratic work would take minutes.
  assert.ok(performance.now() - begun < 5000)
})
