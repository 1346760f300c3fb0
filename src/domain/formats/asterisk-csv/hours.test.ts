import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { asteriskReader, instant, onlyCall, rowText, type RowText } from '../../../../test/support/asterisk-rows.ts'
import type { HourEvidence } from '../format.ts'

const berlin = asteriskReader({ timezone: 'Europe/Berlin' })
const moscow = asteriskReader()

const epoch = (text: string) => instant(text) / 1000
/** On 2026-10-25 the clock goes from 03:00 +02:00 back to 02:00 +01:00, which is 01:00 UTC. */
const autumn = (start: string, answer: string | null, end: string, more: RowText = {}): string =>
  rowText({
    start: `2026-10-25 ${start}`,
    ...(answer === null ? {} : { answer: `2026-10-25 ${answer}` }),
    end: `2026-10-25 ${end}`,
    ...more,
  })
const received = (receipt: string | null): HourEvidence => ({
  liveReceipt: () => (receipt === null ? null : instant(receipt)),
  neighbours: [],
})

describe('the hour that the clock shows twice', () => {
  for (const [created, start] of [
    ['2026-10-25T00:29:58Z', '2026-10-25T00:30:00Z'],
    ['2026-10-25T01:29:58Z', '2026-10-25T01:30:00Z'],
  ] as const)
    test(`the epoch in uniqueid decides: ${start}`, () => {
      const call = onlyCall([autumn('02:30:00', '02:30:07', '02:31:00', { uniqueid: `${epoch(created)}.7` })], berlin)
      assert.equal(call.startedAt, instant(start))
      assert.equal(call.answeredAt, instant(start) + 7000)
      assert.deepEqual(call.doubtful, [])
    })

  test('without uniqueid the receipt by a live delivery decides', () => {
    const at = (receipt: string | null) => onlyCall([autumn('02:30:00', null, '02:31:00')], berlin, received(receipt))
    const read = (receipt: string | null) => {
      const { startedAt, doubtful } = at(receipt)
      return [new Date(startedAt).toISOString().slice(11, 19), ...doubtful]
    }
    assert.deepEqual(read('2026-10-25T00:31:00.400Z'), ['00:30:00'])
    assert.deepEqual(read('2026-10-25T01:31:00.400Z'), ['01:30:00'])
    assert.deepEqual(read('2026-10-25T01:46:00Z'), ['01:30:00'])
    assert.deepEqual(read('2026-10-25T01:46:01Z'), ['00:30:00', 'ambiguous-hour'])
    assert.deepEqual(read('2026-10-25T00:50:00Z'), ['00:30:00', 'ambiguous-hour'])
    assert.deepEqual(read(null), ['00:30:00', 'ambiguous-hour'])
  })

  test('without anything that decides it is the first reading, marked', () => {
    const call = onlyCall([autumn('02:30:00', null, '02:31:00')], berlin)
    assert.equal(call.startedAt, instant('2026-10-25T00:30:00Z'))
    assert.deepEqual(call.doubtful, ['ambiguous-hour'])
  })

  test('an epoch that fits no reading decides nothing', () => {
    const uniqueid = `${epoch('2026-10-24T12:00:00Z')}.7`
    assert.deepEqual(onlyCall([autumn('02:30:00', null, '02:31:00', { uniqueid })], berlin).doubtful, [
      'ambiguous-hour',
    ])
  })

  test('a row that was written over the change says by its own end where it began', () => {
    const over = autumn('02:50:00', '02:50:10', '02:10:00', { duration: 1200, billsec: 1190 })
    const call = onlyCall([over], berlin)
    assert.equal(call.startedAt, instant('2026-10-25T00:50:00Z'))
    assert.equal(call.endedAt, instant('2026-10-25T01:10:00Z'))
    assert.deepEqual([call.ringSeconds, call.talkSeconds], [10, 1190])
    assert.deepEqual(call.doubtful, [])
    const late = onlyCall([autumn('02:50:00', null, '03:10:00')], berlin)
    assert.equal(late.startedAt, instant('2026-10-25T01:50:00Z'))
    assert.deepEqual(late.doubtful, [])
  })

  const queue: RowText = { lastapp: 'Queue', dst: '600' }
  for (const gap of [20, 800])
    test(`a call whose rows lie on both sides of the change, the second ${gap} s after the first`, () => {
      const uniqueid = `${epoch('2026-10-25T01:00:00Z') - 10}.7`
      const second = gap - 10
      const clock = (seconds: number) =>
        new Date(instant('2026-10-25T02:00:00Z') + seconds * 1000).toISOString().slice(11, 19)
      const texts = [
        autumn('02:59:50', null, clock(second - 5), {
          ...queue,
          uniqueid,
          dstchannel: 'SIP/203-1',
          duration: gap - 5,
          billsec: 0,
        }),
        autumn(clock(second), clock(second + 6), clock(second + 66), { ...queue, uniqueid, dstchannel: 'SIP/204-2' }),
      ]
      const call = onlyCall(texts, berlin)
      assert.equal(call.startedAt, instant('2026-10-25T00:59:50Z'))
      assert.equal(call.answeredAt, call.startedAt + (gap + 6) * 1000)
      assert.equal(call.endedAt, call.startedAt + (gap + 66) * 1000)
      assert.deepEqual([call.waitSeconds, call.talkSeconds, call.answeredBy], [gap + 6, 60, '204'])
      assert.deepEqual(
        call.extensions.map((it) => it.number),
        ['203', '204'],
      )
      assert.deepEqual(call.doubtful, [])
    })

  test('both rows lie in the hour, the second one in its second pass and long after the channel was made', () => {
    const uniqueid = `${epoch('2026-10-25T00:54:58Z')}.7`
    const call = onlyCall(
      [
        autumn('02:55:00', null, '02:55:20', { ...queue, uniqueid, dstchannel: 'SIP/203-1' }),
        autumn('02:10:00', '02:10:05', '02:11:00', { ...queue, uniqueid, dstchannel: 'SIP/204-2' }),
      ],
      berlin,
    )
    assert.equal(call.startedAt, instant('2026-10-25T00:55:00Z'))
    assert.equal(call.endedAt, instant('2026-10-25T01:11:00Z'))
    assert.equal(call.waitSeconds, 905)
    assert.deepEqual(call.doubtful, [])
  })

  test('a row in the hour begins where a row before the hour ends', () => {
    const uniqueid = `${epoch('2026-10-24T23:50:00Z')}.7`
    const texts = (lasts: number) => [
      rowText({
        start: '2026-10-25 01:50:00',
        answer: '2026-10-25 01:50:05',
        end: '2026-10-25 02:30:00',
        duration: lasts,
        billsec: lasts - 5,
        uniqueid,
      }),
      autumn('02:30:00', '02:30:00', '02:31:00', { uniqueid, dstchannel: 'SIP/202-9' }),
    ]
    assert.equal(onlyCall(texts(2400), berlin).endedAt, instant('2026-10-25T00:31:00Z'))
    assert.equal(onlyCall(texts(6000), berlin).endedAt, instant('2026-10-25T01:31:00Z'))
  })

  test('rows without uniqueid: the one that waited least dates the call, the others follow it', () => {
    const texts = [
      autumn('02:10:00', null, '02:15:00', { ...queue, dstchannel: 'SIP/203-1' }),
      autumn('02:15:03', '02:15:03', '02:35:00', { ...queue, dstchannel: 'SIP/204-2' }),
    ]
    for (const hour of ['00', '01']) {
      const call = onlyCall(texts, berlin, received(`2026-10-25T${hour}:35:01Z`))
      assert.equal(call.startedAt, instant(`2026-10-25T${hour}:10:00Z`))
      assert.equal(call.waitSeconds, 303)
      assert.ok(!call.doubtful.includes('ambiguous-hour'))
    }
  })

  test('a row that came late is not read as one of the second pass when another came in time', () => {
    const texts = [
      autumn('02:10:00', null, '02:35:00', { ...queue, dstchannel: 'SIP/203-1' }),
      autumn('02:15:00', null, '02:22:00', { ...queue, dstchannel: 'SIP/204-2' }),
    ]
    const receipts = ['2026-10-25T00:35:01Z', '2026-10-25T01:30:00Z']
    const evidence = { liveReceipt: (id: number) => instant(receipts[id - 1] as string), neighbours: [] }
    const call = onlyCall(texts, berlin, evidence)
    assert.equal(call.startedAt, instant('2026-10-25T00:10:00Z'))
    assert.equal(call.endedAt, instant('2026-10-25T00:35:00Z'))
  })

  test('both passes of one clock time are two calls', () => {
    const at = (created: string) =>
      onlyCall([autumn('02:30:00', null, '02:31:00', { uniqueid: `${epoch(created)}.1` })], berlin)
    assert.equal(at('2026-10-25T01:30:00Z').startedAt - at('2026-10-25T00:30:00Z').startedAt, 3_600_000)
  })
})

describe('GMT in a source with another zone', () => {
  const row = (uniqueid: string, more: RowText = {}) =>
    rowText({
      start: '2024-03-11 06:00:05',
      answer: '2024-03-11 06:00:12',
      end: '2024-03-11 06:02:47',
      uniqueid,
      ...more,
    })

  test('the epoch in uniqueid tells GMT from local time', () => {
    const gmt = onlyCall([row(`${epoch('2024-03-11T06:00:04Z')}.1`)], moscow)
    assert.equal(gmt.startedAt, instant('2024-03-11T06:00:05Z'))
    const local = onlyCall([row(`${epoch('2024-03-11T03:00:04Z')}.1`)], moscow)
    assert.equal(local.startedAt, instant('2024-03-11T03:00:05Z'))
  })

  test('an epoch fits from 2 s after the start to 300 s before it', () => {
    const startOf = (seconds: number) =>
      onlyCall([row(`${epoch('2024-03-11T06:00:05Z') + seconds}.1`)], moscow).startedAt
    const gmt = instant('2024-03-11T06:00:05Z')
    const local = instant('2024-03-11T03:00:05Z')
    assert.deepEqual([2, -300].map(startOf), [gmt, gmt])
    assert.deepEqual([3, -301].map(startOf), [local, local])
  })

  test('later rows of a uniqueid, and rows that tell nothing, are read like its first', () => {
    const uniqueid = `${epoch('2024-03-11T06:00:04Z')}.1`
    const later = row(uniqueid, {
      start: '2024-03-11 07:30:00',
      answer: '2024-03-11 07:30:00',
      end: '2024-03-11 07:31:00',
    })
    const silent = row('', { start: '2024-03-11 07:30:30', answer: '2024-03-11 07:30:30', end: '2024-03-11 07:32:00' })
    const call = onlyCall([row(uniqueid), later, silent], moscow)
    assert.equal(call.startedAt, instant('2024-03-11T06:00:05Z'))
    assert.equal(call.endedAt, instant('2024-03-11T07:32:00Z'))
  })

  test('no uniqueid: the zone of the source', () => {
    assert.equal(onlyCall([row('')], moscow).startedAt, instant('2024-03-11T03:00:05Z'))
  })

  test('GMT has no repeated and no skipped hour', () => {
    const uniqueid = `${epoch('2026-10-25T02:30:00Z')}.1`
    const call = onlyCall([autumn('02:30:00', null, '02:31:00', { uniqueid })], berlin)
    assert.equal(call.startedAt, instant('2026-10-25T02:30:00Z'))
    assert.deepEqual(call.doubtful, [])
  })

  test('the option was changed while calls ran: each uniqueid is read by itself', () => {
    const linkedid = `${epoch('2024-03-11T06:00:04Z')}.1`
    const call = onlyCall(
      [
        rowText({ start: '2024-03-11 06:00:05', end: '2024-03-11 06:00:25', uniqueid: linkedid, linkedid }, 21),
        rowText(
          {
            start: '2024-03-11 09:00:30',
            end: '2024-03-11 09:00:50',
            uniqueid: `${epoch('2024-03-11T06:00:30Z')}.2`,
            linkedid,
          },
          21,
        ),
      ],
      moscow,
    )
    assert.equal(call.endedAt - call.startedAt, 45_000)
  })
})

describe('the hour that is left out in spring', () => {
  test('is read with the offset before the change, marked', () => {
    const text = rowText({ start: '2026-03-29 02:30:00', end: '2026-03-29 02:31:00' })
    const call = onlyCall([text], berlin)
    assert.equal(call.startedAt, instant('2026-03-29T01:30:00Z'))
    assert.deepEqual(call.doubtful, ['skipped-hour'])
  })

  test('a call over the change lasts as long as it did', () => {
    const text = rowText({
      start: '2026-03-29 01:59:50',
      answer: '2026-03-29 03:00:10',
      end: '2026-03-29 03:10:00',
      duration: 610,
      billsec: 590,
    })
    const call = onlyCall([text], berlin)
    assert.equal(call.endedAt - call.startedAt, 610_000)
    assert.deepEqual([call.ringSeconds, call.talkSeconds], [20, 590])
    assert.deepEqual(call.doubtful, [])
  })
})
