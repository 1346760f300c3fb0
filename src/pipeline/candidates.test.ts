import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowText } from '../../test/support/asterisk-rows.ts'
import { avayaLine } from '../../test/support/avaya-lines.ts'
import { readingOf } from '../../test/support/days.ts'
import type { FormatName } from '../domain/formats/format-name.ts'
import { formats } from '../domain/formats/formats.ts'
import { type Fragment, recordLimitBytes } from '../domain/record.ts'
import { type Candidate, readCandidates } from './candidates.ts'
import { readyReadings } from './readings.ts'

/** What becomes of one message of another producer. */
function verdictOn(format: FormatName, value: string, fragment: Fragment | null = null): Candidate['verdict'] {
  const source = readyReadings(
    { id: 1, name: 'pbx' },
    [{ id: 1, version: 1, from: null, reading: readingOf(format) }],
    formats,
  )
  const delivery = {
    uid: 'ab'.repeat(16),
    source: 'pbx',
    format: '',
    how: 'kafka',
    peer: 'pbx/0',
    openedAt: 0,
  } as const
  const record = { number: 7, delivery, line: 7, occurrence: 1, receivedAt: 0, fragment, bytes: Buffer.from(value) }
  const [candidate] = readCandidates(source, new Uint8Array(32), [record])
  assert.deepEqual(candidate?.record.bytes, record.bytes)
  return candidate.verdict
}

const detailOf = (verdict: Candidate['verdict']): [string, string] | string =>
  verdict.kind === 'bad' ? [verdict.reason, verdict.detail] : verdict.kind
const advice = 'have each record sent as a message by itself, and import these bytes as a file'
const several = (count: number) => ['not-a-record', `holds ${count} records, expected one: ${advice}`]

const first = avayaLine({ callId: 1_000_001 })
const second = avayaLine({ callId: 1_000_002 })
const row = rowText({ src: '1001' })
const other = rowText({ src: '1002' })

test('several lines in one message are no call that hides the others', () => {
  const avaya = (value: string) => detailOf(verdictOn('avaya-ip-office', value))
  assert.equal(avaya(first), 'segment')
  assert.deepEqual(avaya(`${first}\n${second}`), several(2))
  assert.deepEqual(avaya(`${first}\r\n\r\n${second}\r\n${second}`), several(3))
  assert.deepEqual(avaya(`${first}\nrubbish`), several(2))
  // An empty line is none.
  assert.equal(avaya(`${first}\r\n\r`), 'segment')
})

test('a line break inside quotes is part of its row, one outside them ends it', () => {
  const asterisk = (value: string) => detailOf(verdictOn('asterisk-csv', value))
  assert.equal(asterisk(rowText({ userfield: 'first line\nsecond line' })), 'segment')
  assert.deepEqual(asterisk(`${row}\n${other}`), several(2))
  // The columns that a site adds to the order of cdr_custom are bare: nothing but the line break tells the rows apart.
  const custom = `"""A"" <1>","1","2","c","SIP/1-1","SIP/2-2","Dial","x","2024-03-11 09:00:00","","2024-03-11 09:00:05","5","0","NO ANSWER","DOCUMENTATION","","1.1","",7`
  assert.equal(asterisk(custom), 'segment')
  assert.deepEqual(asterisk(`${custom}\nrubbish`), several(2))
  assert.deepEqual(asterisk(`${row}\n${rowText({ userfield: 'first line\nsecond line' })}`), several(2))
  // A lost quote costs its own row and no other, on a socket; here they came as one.
  assert.deepEqual(asterisk(`${row.slice(0, -1)}\n${other}`), several(2))
})

test('a message that is too long says its length', () => {
  const long = 'x'.repeat(recordLimitBytes + 1)
  assert.deepEqual(detailOf(verdictOn('avaya-ip-office', long, 'too-long')), [
    'too-long',
    `a message of ${long.length} bytes, expected a record of at most 65536: ${advice}`,
  ])
  assert.deepEqual(detailOf(verdictOn('avaya-ip-office', first, 'too-long')), [
    'too-long',
    'a piece of a record that is longer than 65536 bytes',
  ])
})
