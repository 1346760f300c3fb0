import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { avayaReader } from '../../../../test/support/avaya-lines.ts'
import { callKinds, directions, outcomes } from '../../call.ts'
import { quarantineReasons } from '../../record.ts'
import type { HourEvidence, Segment } from '../format.ts'
import { avayaIpOffice as format } from './avaya-ip-office.ts'
import type { AvayaFields } from './record.ts'

const sample = readFileSync(new URL('../../../../test/samples/avaya-smdr.sample.csv', import.meta.url))

/** Numbers from 0 to below 2^32, the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
}

/** What a line, an exchange or a person may do to a record. */
const splices: readonly string[] = [
  ',',
  ',,,,',
  '\0',
  '\r',
  '"',
  '@',
  '\uFEFF',
  '\u{1F600}',
  'E201',
  'V8000',
  'Barred',
  'Wakeup Call',
  'CO Channel 100.1',
  'VM Channel 1',
  'Line 1.0',
  'U MT',
  '99999999999999999999',
  '9007199254740991',
  '-1',
  '2026/10/25 02:30:00',
  '2026/03/29 02:30:00',
  '1970/01/01 00:00:00',
  '2099/12/31 23:59:59',
  '9999:59:59',
  'x'.repeat(300),
]

function mutate(record: Buffer, random: () => number): Buffer {
  let bytes = record
  for (let times = random() % 4; times > 0; times--) {
    const at = random() % (bytes.length + 1)
    const splice = Buffer.from(splices[random() % splices.length] as string)
    switch (random() % 6) {
      case 0:
        bytes = Buffer.concat([bytes.subarray(0, at), splice, bytes.subarray(at)])
        break
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (random() % 20))])
        break
      case 2:
        bytes = bytes.subarray(0, at)
        break
      case 3:
        bytes = Buffer.from(bytes)
        if (at < bytes.length) bytes[at] = random() % 256
        break
      default: {
        const parts = bytes.toString('latin1').split(',')
        parts[random() % parts.length] = splice.toString('latin1')
        bytes = Buffer.from(parts.join(','), 'latin1')
      }
    }
  }
  return bytes
}

const isWhole = (value: number) => Number.isSafeInteger(value) && value >= 0
const isClean = (text: string | null) => text === null || (text.isWellFormed() && !text.includes('\0'))
/** A day more on both sides, since a zone moves a time of 1970–2099. */
const isInstant = (at: number) => Number.isSafeInteger(at) && at >= Date.UTC(1969, 11, 31) && at <= Date.UTC(2100, 0, 2)

test('20,000 mutated records give no exception and nothing that a store refuses', () => {
  const random = randomFrom(20_260_725)
  const reader = avayaReader({ timezone: 'Europe/Berlin' })
  const records = sample
    .toString('latin1')
    .split('\r\n')
    .filter(Boolean)
    .map((line) => Buffer.from(line, 'latin1'))
  const mutated = Array.from({ length: 20_000 }, () => mutate(records[random() % records.length] as Buffer, random))
  const stream = Buffer.concat(mutated.flatMap((record) => [record, Buffer.from(random() % 2 ? '\n' : '\r\n')]))

  const framer = format.openFramer()
  const segments: Segment<AvayaFields>[] = []
  const seen = new Map<string, number>()
  let line = 0
  const take = (bytes: Uint8Array) => {
    line++
    const content = format.contentOf(bytes, line === 1)
    assert.ok(isWhole(format.contentAt(content)))
    const parsed = format.parse(content, reader)
    const outcome = parsed.kind === 'bad' ? parsed.reason : parsed.kind
    seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    if (parsed.kind === 'bad') {
      assert.ok(quarantineReasons.includes(parsed.reason))
      assert.ok(isClean(parsed.detail) && parsed.detail.length < 400, parsed.detail)
    }
    if (parsed.kind !== 'segment') return
    const { startWall, endWall, fields } = parsed
    assert.equal(format.contentAt(content), startWall)
    for (const value of Object.values(fields)) {
      assert.ok(typeof value === 'string' ? isClean(value) : typeof value !== 'number' || isWhole(value))
    }
    const packed = format.pack(fields)
    assert.deepEqual(format.unpack(packed), fields)
    segments.push({ id: line, startWall, endWall, receivedAt: line, delivery: 1, line, fields })
    assert.ok(format.joinKeys(segments.at(-1)!).every(isWhole))
  }
  for (let at = 0; at < stream.length; ) {
    const end = at + 1 + (random() % 5_000)
    framer.push(stream.subarray(at, end), take)
    at = end
  }
  framer.end('whole', take)
  for (const kind of ['segment', 'not-a-record', 'too-few-fields', 'fields-shifted', 'bad-field']) {
    assert.ok((seen.get(kind) ?? 0) > 100, `${kind}: ${seen.get(kind)}`)
  }

  const evidence: HourEvidence = {
    liveReceipt: (id) => (id % 3 === 0 ? Date.UTC(2026, 9, 25, id % 2, 40) : null),
    neighbours: segments
      .slice(0, 50)
      .map(({ fields, startWall }) => ({ exchangeCallId: String(fields.callId), startWall })),
  }
  let members = 0
  for (const group of format.join(segments)) {
    members += group.length
    for (const given of [null, evidence]) {
      const call = format.assemble(group, reader, given)
      assert.ok(callKinds.includes(call.kind) && directions.includes(call.direction) && outcomes.includes(call.outcome))
      const texts = [call.exchangeCallId, call.from, call.fromName, call.to, call.answeredBy, call.conference]
      assert.ok([...texts, ...call.targets, ...call.extensions.map(({ number }) => number)].every(isClean))
      const seconds = [call.ringSeconds, call.waitSeconds, call.talkSeconds, call.holdSeconds, call.parkSeconds]
      assert.ok([...seconds, call.machineSeconds].every(isWhole))
      assert.ok(isInstant(call.startedAt) && isInstant(call.endedAt) && call.endedAt >= call.startedAt)
      assert.equal(call.answeredAt !== null, call.outcome === 'answered')
      assert.ok(call.answeredAt === null || (call.answeredAt >= call.startedAt && call.answeredAt <= call.endedAt))
      assert.ok(call.completeAt === null || call.completeAt === call.endedAt)
      assert.equal(new Set(call.extensions.map(({ number }) => number)).size, call.extensions.length)

      const legs = format.legs(group, reader, given)
      assert.equal(
        legs.reduce((sum, leg) => sum + leg.talkSeconds, 0),
        call.talkSeconds,
      )
      assert.ok(legs.every((leg) => isInstant(leg.startedAt) && isInstant(leg.endedAt)))
      assert.ok(legs.every(({ from, to }) => [from.number, from.name, to.number, to.name].every(isClean)))
    }
  }
  assert.equal(members, segments.length)
})

test('any bytes at all are read without an exception', () => {
  const random = randomFrom(7)
  const reader = avayaReader()
  const begin = Buffer.from('2024/03/04 09:00:05,')
  for (let run = 0; run < 2_000; run++) {
    const noise = Buffer.from(Array.from({ length: random() % 200 }, () => (random() % 4 ? random() % 256 : 0x2c)))
    for (const bytes of [noise, Buffer.concat([begin, noise])]) {
      const content = format.contentOf(bytes, true)
      assert.ok(isWhole(format.contentAt(content)))
      assert.notEqual(format.parse(content, reader).kind, 'no-call')
      assert.ok(format.mayRepeat(content))
    }
  }
})

test('a record of 64 KiB of whatever kind is read in no time', () => {
  const reader = avayaReader()
  const start = '2024/03/04 09:00:05,'
  const long = (unit: string) => unit.repeat(Math.ceil(65_000 / unit.length))
  const columns = `${start}00:00:01,1,201,I,201,,,0,1000000,0,E201,`
  const bodies = [
    long(','),
    long('E'),
    long('1'),
    long(' '),
    long('E1,'),
    long('Line 1.1'),
    long('a,b'),
    long('\u0416'),
  ]
  for (const text of [...bodies, ...bodies.map((body) => start + body), ...bodies.map((body) => columns + body)]) {
    for (const bytes of [Buffer.from(text), Buffer.concat([Buffer.from(text), Buffer.from([0xc8])])]) {
      const before = performance.now()
      format.parse(bytes, reader)
      assert.ok(performance.now() - before < 2_000, text.slice(0, 40))
    }
  }
})
