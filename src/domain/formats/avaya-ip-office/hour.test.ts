import assert from 'node:assert/strict'
import { test } from 'node:test'
import { avayaLine, avayaReader, avayaSegments } from '../../../../test/support/avaya-lines.ts'
import type { HourEvidence } from '../format.ts'
import { assemble } from './assemble.ts'
import { join } from './join.ts'
import { legs } from './legs.ts'

/** Berlin, 25 October 2026: 02:00–03:00 is shown twice, at 00:00–01:00 and at 01:00–02:00 UTC. */
const autumn = (time: string) => `2026/10/25 ${time}`
const utc = (time: string) => Date.parse(`2026-10-25T${time}Z`)

type Line = Parameters<typeof avayaLine>[0]
const silent: HourEvidence = { liveReceipt: () => null, neighbours: [] }

function read(lines: readonly Line[], evidence: HourEvidence | null = silent, timezone = 'Europe/Berlin') {
  const reader = avayaReader({ timezone })
  const groups = join(avayaSegments(lines.map((line) => avayaLine(line))))
  assert.equal(groups.length, 1)
  const call = assemble(groups[0]!, reader, evidence)
  assert.equal(legs(groups[0]!, reader, evidence)[0]!.startedAt, call.startedAt)
  return call
}

/** 7 s ringing, 155 s connected: the end is 162 s after the start. */
const half = { start: autumn('02:30:00') }
const first = utc('00:30:00')
const second = utc('01:30:00')

test('outside the repeated hour nothing is doubtful', () => {
  for (const [time, instant] of [
    ['01:59:59', '23:59:59'],
    ['03:00:00', '02:00:00'],
  ] as const) {
    const call = read([{ start: autumn(time) }])
    const day = time < '02' ? '2026-10-24' : '2026-10-25'
    assert.deepEqual([call.startedAt, call.doubtful], [Date.parse(`${day}T${instant}Z`), []])
  }
})

test('without any evidence the first reading is taken and marked', () => {
  for (const evidence of [silent, null]) {
    const call = read([half], evidence)
    assert.deepEqual([call.startedAt, call.doubtful], [first, ['ambiguous-hour']])
    assert.equal(call.endedAt, first + 162_000)
  }
})

test('a record time in UTC decides, also against the other evidence', () => {
  const against = (instant: number): HourEvidence => ({
    liveReceipt: () => instant + 163_000,
    neighbours: [{ exchangeCallId: '1000240', startWall: Date.UTC(2026, 9, 25, 2, 45) }],
  })
  const early = read([{ ...half, recordTime: autumn('00:32:43') }], against(second))
  assert.deepEqual([early.startedAt, early.doubtful], [first, []])
  const late = read([{ ...half, recordTime: autumn('01:32:43') }], against(first))
  assert.deepEqual([late.startedAt, late.doubtful], [second, []])
})

test('a record time on the clock of the exchange says nothing while the call stays within the hour', () => {
  const call = read([{ ...half, recordTime: autumn('02:32:43') }])
  assert.deepEqual([call.startedAt, call.doubtful], [first, ['ambiguous-hour']])
})

test('a record time on the clock of the exchange shows whether a call lasted over the change', () => {
  const overChange = { start: autumn('02:50:00'), connected: '00:20:00', ring: 0 }
  // New York goes from −4 h to −5 h at 02:00: local 01:00–02:00 is shown twice.
  const newYork = { start: '2026/11/01 01:50:00', connected: '00:20:00', ring: 0 }
  const at = (time: string) => Date.parse(`2026-11-01T${time}Z`)
  const crossed = read([{ ...newYork, recordTime: '2026/11/01 01:10:00' }], silent, 'America/New_York')
  assert.deepEqual([crossed.startedAt, crossed.doubtful], [at('05:50:00'), []])
  const stayed = read([{ ...newYork, recordTime: '2026/11/01 02:10:00' }], silent, 'America/New_York')
  assert.deepEqual([stayed.startedAt, stayed.doubtful], [at('06:50:00'), []])
  const berlin = read([{ ...overChange, recordTime: autumn('03:10:00') }])
  assert.deepEqual([berlin.startedAt, berlin.doubtful], [utc('01:50:00'), []])
})

test('where the winter offset equals the change, a call over the change is not decided by its record time', () => {
  const call = read([{ start: autumn('02:50:00'), connected: '00:20:00', ring: 0, recordTime: autumn('02:10:00') }])
  assert.deepEqual([call.startedAt, call.doubtful], [utc('00:50:00'), ['ambiguous-hour']])
})

test('a winter offset of 0 tells nothing apart from the clock of the exchange', () => {
  const london = { start: '2026/10/25 01:30:00' }
  const same = read([{ ...london, recordTime: autumn('01:32:42') }], silent, 'Europe/London')
  assert.deepEqual(same.doubtful, ['ambiguous-hour'])
  const summer = read([{ ...london, recordTime: autumn('00:32:42') }], silent, 'Europe/London')
  assert.deepEqual([summer.startedAt, summer.doubtful], [utc('00:30:00'), []])
})

const wall = (hour: number, minute: number) => Date.UTC(2026, 9, 25, hour, minute)
const beside = (...neighbours: [callId: number, minute: number][]): HourEvidence => ({
  liveReceipt: () => null,
  neighbours: neighbours.map(([callId, minute]) => ({ exchangeCallId: String(callId), startWall: wall(2, minute) })),
})

test('a smaller Call ID with a later start makes it the second reading, a greater with an earlier one the first', () => {
  const later = read([half], beside([1_000_240, 31]))
  assert.deepEqual([later.startedAt, later.doubtful], [second, []])
  const earlier = read([half], beside([1_000_242, 29]))
  assert.deepEqual([earlier.startedAt, earlier.doubtful], [first, []])
})

test('Call IDs in the order of their starts, far away, contradictory or unreadable decide nothing', () => {
  const evidences = [
    beside([1_000_240, 29], [1_000_242, 31]),
    beside([1_000_240, 30], [1_000_242, 30]),
    beside([1_000_241 + 50_001, 29]),
    beside([1_000_240, 31], [1_000_242, 29]),
    { ...silent, neighbours: [{ exchangeCallId: 'x', startWall: wall(2, 0) }] },
  ]
  for (const evidence of evidences) assert.deepEqual(read([half], evidence).doubtful, ['ambiguous-hour'])
})

const received = (...at: (number | null)[]): HourEvidence => ({ ...silent, liveReceipt: (id) => at[id - 1] ?? null })

test('a live receipt decides for the reading that ended within the 15 minutes before it', () => {
  const end = 162_000
  for (const [start, expected] of [
    [first, first],
    [second, second],
  ] as const) {
    for (const wait of [-30_000, 0, 1_000, 900_000]) {
      const call = read([half], received(start + end + wait))
      assert.deepEqual([call.startedAt, call.doubtful], [expected, []], `${wait}`)
    }
    for (const wait of [-31_000, 901_000]) {
      assert.deepEqual(read([half], received(start + end + wait)).doubtful, ['ambiguous-hour'], `${wait}`)
    }
  }
})

test('the order of Call IDs goes before the receipt', () => {
  const evidence = { ...beside([1_000_240, 31]), liveReceipt: () => first + 162_000 }
  assert.equal(read([half], evidence).startedAt, second)
})

test('of several records the one that came first is compared with its own end', () => {
  const lines = [
    { ...half, continuation: 1 },
    { ...half, device1: 'E203', connected: '01:30:00', ring: 0 },
  ]
  const evidence = received(second + 163_000, second + 163_000 + 5_400_000)
  const call = read(lines, evidence)
  assert.deepEqual([call.startedAt, call.doubtful], [second, []])
  const lastOnly = read(lines, received(null, second + 163_000 + 5_400_000))
  assert.equal(lastOnly.startedAt, second)
  // Both came at once from the buffer of the exchange: the later end is the one that was waited for.
  const atOnce = second + 163_000 + 5_400_000
  assert.equal(read(lines, received(atOnce, atOnce)).startedAt, second)
})

test('all legs take the reading of the first one', () => {
  const lines = [
    { start: autumn('02:58:00'), connected: '00:03:00', ring: 0, continuation: 1 },
    { start: autumn('02:58:00'), connected: '00:01:00', ring: 0, device1: 'E203' },
  ]
  const call = read(lines, received(utc('01:01:00')))
  assert.deepEqual([call.startedAt, call.endedAt], [utc('00:58:00'), utc('01:02:00')])
})

test('a time that the spring change skips is read with the offset before it and marked', () => {
  const call = read([{ start: '2026/03/29 02:30:00' }], null)
  assert.deepEqual([call.startedAt, call.doubtful], [Date.parse('2026-03-29T01:30:00Z'), ['skipped-hour']])
})

test('a change of half an hour and a zone west of Greenwich are read alike', () => {
  const lordHowe = { start: '2026/04/05 01:45:00' }
  const at = (time: string) => Date.parse(`2026-04-04T${time}Z`)
  const summer = read([{ ...lordHowe, recordTime: '2026/04/04 14:47:42' }], silent, 'Australia/Lord_Howe')
  assert.deepEqual([summer.startedAt, summer.doubtful], [at('14:45:00'), []])
  const winter = read([{ ...lordHowe, recordTime: '2026/04/04 15:17:42' }], silent, 'Australia/Lord_Howe')
  assert.deepEqual([winter.startedAt, winter.doubtful], [at('15:15:00'), []])
})
