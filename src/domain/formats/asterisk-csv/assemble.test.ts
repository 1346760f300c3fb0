import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  asteriskReader,
  callsOf,
  moscow,
  onlyCall,
  rowsOf,
  rowText,
  type RowText,
} from '../../../../test/support/asterisk-rows.ts'
import type { Call } from '../../call.ts'
import { asteriskCsv } from './asterisk-csv.ts'

const id = '1710136800.1'
const inbound: RowText = { uniqueid: id, channel: 'SIP/trunk-msk-0001' }
const outbound: RowText = {
  uniqueid: id,
  channel: 'SIP/201-0001',
  src: '201',
  dst: '974955557010',
  dstchannel: 'SIP/trunk-msk-0002',
}
const onlyLegs = (texts: readonly string[]) =>
  asteriskCsv.join(rowsOf(texts)).flatMap((group) => asteriskCsv.legs(group, moscow, null))
const partsOf = (call: Call) => call.extensions.map((it) => `${it.number} ${it.part}`)

describe('what the replaced system got wrong', () => {
  test('F7: a mailbox or a menu is no answer, and the call is one call', () => {
    const call = onlyCall([
      rowText({ ...inbound, end: '09:00:20' }),
      rowText({
        ...inbound,
        dstchannel: '',
        lastapp: 'VoiceMail',
        start: '09:00:20',
        answer: '09:00:21',
        end: '09:00:48',
      }),
    ])
    assert.deepEqual([call.outcome, call.talkSeconds, call.machineSeconds, call.answeredAt], ['voicemail', 0, 27, null])
    const menu = onlyCall([
      rowText({ ...inbound, dst: 's', dstchannel: '', lastapp: 'BackGround', answer: '09:00:01' }),
    ])
    assert.deepEqual([menu.outcome, menu.talkSeconds, menu.machineSeconds], ['automated', 0, 59])
  })

  test('F10: a call names the extensions that took part, with what they did', () => {
    assert.deepEqual(partsOf(onlyCall([rowText({ ...inbound, answer: '09:00:05' })])), ['201 answered'])
    assert.deepEqual(partsOf(onlyCall([rowText({ ...outbound, answer: '09:00:05' })])), ['201 caller'])
  })

  test('F11: the context of the dial plan decides nothing', () => {
    const text = rowText({ ...outbound, answer: '09:00:05' })
    for (const context of ['default', 'pre-rec', 'ivr-3', 'from-internal'])
      assert.deepEqual(onlyCall([text.replace('from-trunk', context)]), onlyCall([text]))
  })

  test('F12: the answerer is the channel that was bridged, not the extension that was dialled', () => {
    const call = onlyCall([rowText({ ...inbound, dst: '1120', dstchannel: 'SIP/1122-0002', answer: '09:00:05' })])
    assert.deepEqual([call.to, call.answeredBy], ['1120', '1122'])
  })
})

describe('Local channels', () => {
  const local = 'Local/203@agents-00000031'
  const queued: RowText = { ...inbound, dst: '600', lastapp: 'Queue', dstchannel: `${local};1` }
  const behind: RowText = { uniqueid: '1710136801.2', channel: `${local};2`, dst: '203', dstchannel: 'SIP/203-0009' }

  test('talk is what the row has in common with the answered row behind the channel', () => {
    const call = onlyCall([
      rowText({ ...queued, answer: '09:00:00', end: '09:01:30' }),
      rowText({ ...behind, start: '09:00:01', answer: '09:00:12', end: '09:01:29' }),
    ])
    assert.deepEqual([call.waitSeconds, call.talkSeconds, call.answeredBy, call.segments], [12, 77, '203', 2])
    assert.deepEqual(call.doubtful, [])
  })

  test('the row behind the channel tells who it was, not the number that the channel calls', () => {
    const call = onlyCall([
      rowText({ ...queued, answer: '09:00:05' }),
      rowText({ ...behind, dstchannel: 'SIP/207-0009', answer: '09:00:05' }),
    ])
    assert.equal(call.answeredBy, '207')
  })

  test('while no such row is known the number decides: an extension, somebody outside, nobody', () => {
    const answeredTo = (name: string) =>
      onlyCall([rowText({ ...queued, lastapp: 'Dial', dstchannel: name, answer: '09:00:05' })])
    assert.equal(answeredTo('Local/203@x-1;1').answeredBy, '203')
    assert.equal(answeredTo('Local/974955557010@x-1;1').answeredOutside, true)
    assert.equal(answeredTo('Local/menu@x-1;1').outcome, 'automated')
    assert.equal(answeredTo('Local/203').answeredBy, '203')
  })

  test('a mailbox behind the channel answers no call', () => {
    const call = onlyCall([
      rowText({ ...queued, answer: '09:00:20', end: '09:00:50' }),
      rowText({ ...behind, end: '09:00:20' }),
      rowText({
        ...behind,
        dstchannel: '',
        lastapp: 'VoiceMail',
        start: '09:00:20',
        answer: '09:00:20',
        end: '09:00:50',
      }),
    ])
    assert.deepEqual([call.outcome, call.answeredBy, call.machineSeconds], ['voicemail', null, 30])
    assert.deepEqual(partsOf(call), ['203 offered'])
  })

  test('Local channels behind Local channels, and one that leads back to itself', () => {
    const second = 'Local/205@forward-00000032'
    const call = onlyCall([
      rowText({ ...queued, answer: '09:00:01' }),
      rowText({ ...behind, dstchannel: `${second};1`, answer: '09:00:03' }),
      rowText({ uniqueid: '1710136801.4', channel: `${second};2`, dstchannel: 'SIP/205-0011', answer: '09:00:09' }),
    ])
    assert.deepEqual([call.answeredBy, call.waitSeconds], ['205', 9])
    const loop = onlyCall([
      rowText({ ...queued, answer: '09:00:01' }),
      rowText({ ...behind, dstchannel: `${local};1`, answer: '09:00:03' }),
    ])
    assert.equal(loop.answeredBy, '203')
  })

  test('rows of Local channels alone are a call all the same', () => {
    const outside = onlyCall([rowText({ ...behind, answer: '09:00:05' })])
    assert.deepEqual([outside.direction, outside.answeredBy, outside.talkSeconds], ['inbound', '203', 55])
    assert.deepEqual(partsOf(outside), ['203 answered'])
    const own = onlyCall([rowText({ ...behind, src: '201', answer: '09:00:05' })])
    assert.equal(own.direction, 'internal')
    assert.deepEqual(partsOf(own), ['201 caller', '203 answered'])
    const first = onlyCall([rowText({ ...outbound, channel: `${local};1`, answer: '09:00:05' })])
    assert.equal(first.direction, 'outbound')
    assert.deepEqual(partsOf(first), ['203 caller'])
  })
})

describe('outcome', () => {
  const unanswered = (...dispositions: string[]) =>
    onlyCall(dispositions.map((disposition) => rowText({ ...inbound, disposition }))).outcome

  test('of calls that nobody answered', () => {
    assert.equal(unanswered('NO ANSWER'), 'missed')
    assert.equal(unanswered('CANCEL'), 'missed')
    assert.equal(unanswered('HAPPY'), 'missed')
    assert.equal(unanswered('BUSY'), 'busy')
    assert.equal(unanswered('FAILED'), 'failed')
    assert.equal(unanswered('CONGESTION'), 'failed')
    assert.equal(unanswered('BUSY', 'FAILED'), 'busy')
    assert.equal(unanswered('BUSY', 'NO ANSWER'), 'missed')
  })

  test('the empty row that a dial plan leaves behind a busy telephone changes nothing', () => {
    const texts = [
      rowText({ ...inbound, disposition: 'BUSY', end: '09:00:01' }),
      rowText({ ...inbound, dstchannel: '', lastapp: 'Hangup', start: '09:00:01', end: '09:00:02' }),
    ]
    assert.equal(onlyCall(texts).outcome, 'busy')
  })

  test('music on hold of a queue that nobody left is no answer', () => {
    const call = onlyCall([rowText({ ...inbound, dst: '600', dstchannel: '', lastapp: 'Queue', answer: '09:00:00' })])
    assert.deepEqual([call.kind, call.outcome, call.machineSeconds, call.waitSeconds], ['call', 'missed', 0, 60])
  })

  test('an answered row without an answer time was answered billsec before its end', () => {
    const call = onlyCall([rowText({ ...inbound, disposition: 'ANSWERED', billsec: 50 })])
    assert.deepEqual([call.outcome, call.waitSeconds, call.talkSeconds], ['answered', 10, 50])
  })

  test('the earliest answer is the first, whatever order the rows began in', () => {
    const call = onlyCall([
      rowText({ ...inbound, dstchannel: 'SIP/203-2', answer: '09:00:30' }),
      rowText({ ...inbound, dstchannel: 'SIP/204-3', start: '09:00:02', answer: '09:00:10', end: '09:00:30' }),
    ])
    assert.deepEqual([call.answeredBy, call.waitSeconds, call.talkSeconds], ['204', 10, 50])
    assert.deepEqual(partsOf(call), ['203 transferred', '204 answered'])
  })
})

describe('direction and kind', () => {
  test('trunk names win over the pattern of extensions, and what is neither is a trunk', () => {
    const reader = asteriskReader({ trunks: ['101'] })
    const from = (channel: string) =>
      onlyCall([rowText({ ...outbound, channel, dstchannel: 'SIP/202-0002', dst: '202' })], reader)
    assert.equal(from('SIP/101-0001').direction, 'inbound')
    assert.equal(from('SIP/102-0001').direction, 'internal')
    assert.equal(from('OOH323/avayaG700-0001').direction, 'inbound')
    assert.equal(from('DAHDI/i1/74955557001-1').direction, 'inbound')
  })

  test('an extension that dials outside and reaches nobody calls out', () => {
    const call = (dst: string) =>
      onlyCall([rowText({ ...outbound, dst, dstchannel: '', lastapp: 'Congestion', disposition: 'FAILED' })])
    assert.deepEqual([call('974955557010').direction, call('974955557010').outcome], ['outbound', 'failed'])
    assert.equal(call('299').direction, 'internal')
  })

  test('nobody at the site answers a call to outside', () => {
    const call = onlyCall([rowText({ ...outbound, answer: '09:00:05' })])
    assert.deepEqual([call.answeredBy, call.answeredOutside], [null, true])
  })

  test('own mailbox, echo test and an empty room are no calls; leaving a message is', () => {
    const kindOf = (lastapp: string) =>
      onlyCall([rowText({ ...outbound, dst: '*98', dstchannel: '', lastapp, lastdata: '1', answer: '09:00:01' })]).kind
    for (const app of ['VoiceMailMain', 'Echo', 'Playback', 'ConfBridge']) assert.equal(kindOf(app), 'service', app)
    for (const app of ['VoiceMail', 'Queue', 'Park']) assert.equal(kindOf(app), 'call', app)
  })

  test('a customer in an echo test is a call', () => {
    assert.equal(onlyCall([rowText({ ...inbound, dstchannel: '', lastapp: 'Echo', answer: '09:00:01' })]).kind, 'call')
  })

  test('click to call that the first telephone, or the customer who was called first, did not answer', () => {
    const originated: RowText = {
      uniqueid: id,
      src: '',
      dst: 's',
      dstchannel: '',
      lastapp: 'AppDial',
      lastdata: '(Outgoing Line)',
    }
    const own = onlyCall([rowText({ ...originated, channel: 'PJSIP/202-0001' })])
    assert.deepEqual([own.direction, own.outcome, own.from, own.to], ['outbound', 'missed', '202', null])
    const customer = onlyCall([rowText({ ...originated, channel: 'PJSIP/trunk-msk-0001' })])
    assert.deepEqual([customer.direction, customer.from], ['outbound', null])
  })
})

describe('numbers and names', () => {
  test('a caller without a digit is withheld; an own telephone then has its extension', () => {
    assert.equal(onlyCall([rowText({ ...inbound, src: 'anonymous@anonymous.invalid' })]).from, null)
    assert.equal(onlyCall([rowText({ ...outbound, src: '' })]).from, '201')
  })

  test('what was dialled is unknown in an extension of one letter', () => {
    for (const dst of ['', 's', 'i', 'T', 'h']) assert.equal(onlyCall([rowText({ ...inbound, dst })]).to, null)
    for (const dst of ['0', '*', '600']) assert.equal(onlyCall([rowText({ ...inbound, dst })]).to, dst)
  })

  test('the exchange names a call by its first uniqueid, or what there is', () => {
    assert.equal(onlyCall([rowText(inbound)]).exchangeCallId, id)
    assert.equal(onlyCall([rowText({ ...inbound, linkedid: '1710136800.9' }, 19)]).exchangeCallId, '1710136800.9')
    assert.equal(onlyCall([rowText(inbound, 16)]).exchangeCallId, 'SIP/trunk-msk-0001')
  })

  test('a consultation names an extension that the caller never reached', () => {
    const call = onlyCall([
      rowText({ ...inbound, dstchannel: 'SIP/207-2', answer: '09:00:05' }),
      rowText({
        ...outbound,
        uniqueid: '1710136830.4',
        channel: 'SIP/207-2',
        dst: '205',
        dstchannel: 'SIP/205-3',
        start: '09:00:30',
        answer: '09:00:33',
        end: '09:00:40',
      }),
    ])
    assert.deepEqual(partsOf(call), ['207 answered', '205 offered'])
    assert.deepEqual([call.talkSeconds, call.segments, call.targets], [55, 2, ['5550101']])
  })
})

describe('legs', () => {
  test('say who was at both ends and what happened', () => {
    const legs = onlyLegs([
      rowText({ ...inbound, clid: '"Петров" <74955557001>', end: '09:00:20' }),
      rowText({ ...inbound, dstchannel: 'SIP/202-3', start: '09:00:20', answer: '09:00:25' }),
    ])
    assert.deepEqual(
      legs.map(({ from, to, ringSeconds, talkSeconds, main }) => ({ from, to, ringSeconds, talkSeconds, main })),
      [
        {
          from: { kind: 'outside', number: 'trunk-msk', name: 'Петров' },
          to: { kind: 'extension', number: '201', name: null },
          ringSeconds: 20,
          talkSeconds: 0,
          main: true,
        },
        {
          from: { kind: 'outside', number: 'trunk-msk', name: null },
          to: { kind: 'extension', number: '202', name: null },
          ringSeconds: 5,
          talkSeconds: 35,
          main: true,
        },
      ],
    )
    assert.equal(legs[0]?.answeredAt, null)
    assert.equal(legs[1]?.answeredAt, (legs[1]?.startedAt ?? 0) + 5000)
  })

  test('an attempt from a queue rang, though its row has an answer', () => {
    const [leg] = onlyLegs([rowText({ ...inbound, answer: '09:00:00', disposition: 'NO ANSWER', billsec: 60 })])
    assert.deepEqual([leg?.answeredAt, leg?.ringSeconds, leg?.talkSeconds], [null, 60, 0])
  })

  test('name an application, a room, a tone, a parking lot', () => {
    const toOf = (lastapp: string, lastdata = '', disposition = 'ANSWERED') => {
      const [leg] = onlyLegs([
        rowText({ ...inbound, dstchannel: '', lastapp, lastdata, answer: '09:00:05', disposition }),
      ])
      return [leg?.to.kind, leg?.to.number, leg?.answeredAt === null, leg?.machineSeconds, leg?.parkSeconds]
    }
    assert.deepEqual(toOf('VoiceMail'), ['machine', 'VoiceMail', true, 55, 0])
    assert.deepEqual(toOf('ConfBridge', '1000'), ['conference', '1000', false, 55, 0])
    assert.deepEqual(toOf('Busy', '', 'BUSY'), ['tone', 'Busy', true, 0, 0])
    assert.deepEqual(toOf('Park', 'default:701'), ['machine', 'Park', true, 0, 55])
    assert.deepEqual(toOf('Dial', '', 'NO ANSWER'), ['none', 'Dial', true, 0, 0])
    assert.deepEqual(toOf('', '', 'NO ANSWER'), ['none', null, true, 0, 0])
  })

  test('rows of a Local channel are shown and not counted', () => {
    const legs = onlyLegs([
      rowText({ ...inbound, dstchannel: 'Local/203@a-1;1', answer: '09:00:05' }),
      rowText({ uniqueid: '1710136801.3', channel: 'Local/203@a-1;2', dstchannel: 'SIP/203-2', answer: '09:00:05' }),
    ])
    assert.deepEqual(
      legs.map(({ from, main, talkSeconds }) => [from.kind, from.number, main, talkSeconds]),
      [
        ['outside', 'trunk-msk', true, 55],
        ['none', 'Local/203@a-1', false, 55],
      ],
    )
  })
})

test('talk that lies inside other talk counts once', () => {
  const call = onlyCall([
    rowText({ ...inbound, dstchannel: 'SIP/202-2', answer: '09:00:05' }),
    rowText({ ...inbound, dstchannel: 'SIP/203-3', start: '09:00:10', answer: '09:00:12', end: '09:00:20' }),
    rowText({ ...inbound, dstchannel: 'SIP/204-4', start: '09:00:30', answer: '09:00:31', end: '09:01:10' }),
  ])
  assert.equal(call.talkSeconds, 65)
})

test('a menu before the answer of a person: its time is neither talk nor counted as a machine', () => {
  const texts = [
    rowText({ ...inbound, dstchannel: '', lastapp: 'BackGround', answer: '09:00:01', end: '09:00:30' }),
    rowText({ ...inbound, start: '09:00:30', answer: '09:00:30' }),
  ]
  const call = onlyCall(texts)
  assert.deepEqual([call.outcome, call.waitSeconds, call.talkSeconds, call.machineSeconds], ['answered', 30, 30, 0])
  assert.deepEqual(call.doubtful, ['answer-includes-ringing'])
  assert.ok(onlyLegs(texts).every((leg) => leg.machineSeconds === 0))
})

test('a menu took the call before an attempt whose ringing can be seen', () => {
  const texts = [
    rowText({ ...inbound, dstchannel: '', lastapp: 'BackGround', answer: '09:00:01', end: '09:00:30' }),
    rowText({ ...inbound, start: '09:00:30', answer: '09:00:40' }),
  ]
  assert.deepEqual(onlyCall(texts).doubtful, ['answer-includes-ringing'])
})

test('the row that ends as a Local channel is taken out of the way is no main row', () => {
  const local = 'Local/menu@outbound-00000033;1'
  const texts = [
    rowText({ ...outbound, dstchannel: local, answer: '09:00:19', end: '09:00:19' }),
    rowText({ ...outbound, start: '09:00:19', answer: '09:00:19' }),
  ]
  assert.deepEqual(
    onlyLegs(texts).map((leg) => leg.main),
    [false, true],
  )
  assert.deepEqual(onlyCall(texts).doubtful, [])
  const alone = onlyLegs([rowText({ ...outbound, dstchannel: local, answer: '09:00:19', end: '09:00:19' })])
  assert.equal(alone[0]?.main, true)
})

test('a late row joins two calls into one, and talk is the union', () => {
  const first = rowText({
    uniqueid: '1710136800.1',
    channel: 'SIP/trunk-msk-1',
    dstchannel: 'SIP/207-2',
    answer: '09:00:05',
    end: '09:01:00',
  })
  const second = rowText({
    uniqueid: '1710136830.3',
    channel: 'SIP/207-4',
    dstchannel: 'SIP/205-5',
    start: '09:00:30',
    answer: '09:00:33',
    end: '09:01:00',
  })
  const last = rowText({
    uniqueid: '1710136800.1',
    channel: 'SIP/trunk-msk-1',
    dstchannel: 'SIP/205-5',
    start: '09:01:00',
    answer: '09:01:00',
    end: '09:02:00',
  })
  assert.equal(callsOf(rowsOf([first, second])).length, 2)
  const call = onlyCall([first, second, last])
  assert.deepEqual([call.talkSeconds, call.answeredBy, call.segments], [115, '207', 3])
  assert.deepEqual(partsOf(call), ['207 answered', '205 transferred'])
})
