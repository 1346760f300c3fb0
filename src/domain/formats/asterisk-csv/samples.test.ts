import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Call } from '../../call.ts'
import { callsOf, frame, moscow, rowsOf, sampleBytes } from '../../../../test/support/asterisk-rows.ts'
import { asteriskCsv } from './asterisk-csv.ts'

interface Expected extends Omit<Call, 'extensions' | 'startedAt' | 'answeredAt' | 'endedAt'> {
  readonly scenario: string
  readonly key: { readonly uniqueid: string }
  readonly extensions: readonly string[]
  readonly startedAt: string
  readonly answeredAt: string | null
  readonly endedAt: string
  readonly complete: boolean
}

const expectedCalls = JSON.parse(new TextDecoder().decode(sampleBytes('asterisk.calls.json'))) as Expected[]
const readSample = (name: string) => rowsOf(frame([sampleBytes(name)]).map((it) => it.text))
const dayMs = 86_400_000

const fieldNames = Object.keys(expectedCalls[0] as Expected).filter(
  (name) => !['scenario', 'key', 'complete'].includes(name),
)

/** The fields of the call under the names and in the writing of the sample. */
function written(call: Call, shiftMs: number): Record<string, unknown> {
  const text = (instant: number | null) =>
    instant === null ? null : new Date(instant - shiftMs).toISOString().replace('.000Z', 'Z')
  const all: Record<string, unknown> = {
    ...call,
    extensions: call.extensions.map((it) => it.number),
    startedAt: text(call.startedAt),
    answeredAt: text(call.answeredAt),
    endedAt: text(call.endedAt),
  }
  return Object.fromEntries(fieldNames.map((name) => [name, all[name]]))
}

const wanted = (expected: Expected) =>
  Object.fromEntries(fieldNames.map((name) => [name, expected[name as keyof Expected]]))

describe('18 columns, local time, chan_sip', () => {
  const rows = readSample('asterisk-master.sample.csv')
  const calls = callsOf(rows)

  test('74 rows are 43 calls', () => {
    assert.equal(rows.length, 74)
    assert.equal(calls.length, expectedCalls.length)
    assert.equal(new Set(calls.map((it) => it.exchangeCallId)).size, calls.length)
  })

  for (const expected of expectedCalls)
    test(expected.scenario, () => {
      const call = calls.find((it) => it.exchangeCallId === expected.key.uniqueid)
      assert.ok(call)
      assert.deepEqual(written(call, 0), wanted(expected))
      assert.equal(call.completeAt, call.endedAt + 120_000)
    })

  test('talk that may hold ringing is marked where the caller was up before the attempt began', () => {
    const marked = expectedCalls.filter(({ key }) =>
      calls.find((it) => it.exchangeCallId === key.uniqueid)?.doubtful.includes('answer-includes-ringing'),
    )
    assert.deepEqual(
      marked.map((it) => it.scenario.split(' ')[0]),
      ['09', '23', '24', '25', '27'],
    )
  })

  test('the day gives 42 calls: 25 in, 10 out, 7 internal, 7903 s of talk', () => {
    const counted = calls.filter((it) => it.kind === 'call')
    const of = (direction: Call['direction']) => counted.filter((it) => it.direction === direction)
    const answered = (list: readonly Call[]) => list.filter((it) => it.outcome === 'answered').length
    assert.equal(counted.length, 42)
    assert.deepEqual([of('inbound').length, answered(of('inbound'))], [25, 18])
    assert.deepEqual([of('outbound').length, answered(of('outbound'))], [10, 6])
    assert.deepEqual([of('internal').length, answered(of('internal'))], [7, 5])
    assert.equal(
      counted.reduce((sum, it) => sum + it.talkSeconds, 0),
      7903,
    )
  })

  test('what an extension did in a call', () => {
    const partsOf = (uniqueid: string) =>
      calls.find((it) => it.exchangeCallId === uniqueid)?.extensions.map((it) => `${it.number} ${it.part}`)
    assert.deepEqual(partsOf('1710138000.115'), ['203 offered', '205 offered', '204 answered'])
    assert.deepEqual(partsOf('1710140700.154'), ['206 answered'])
    assert.deepEqual(partsOf('1710141300.160'), ['207 answered', '204 transferred'])
    assert.deepEqual(partsOf('1710142200.170'), ['201 caller', '202 answered', '203 transferred'])
    assert.deepEqual(partsOf('1710144600.183'), ['205 offered'])
  })

  test('main legs give what the call says', () => {
    for (const group of asteriskCsv.join(rows)) {
      const call = asteriskCsv.assemble(group, moscow, null)
      const legs = asteriskCsv.legs(group, moscow, null)
      const main = legs.filter((leg) => leg.main)
      assert.deepEqual(
        legs.map((leg) => leg.recordId),
        group.map((row) => row.id),
      )
      const seconds = new Set<number>()
      for (const { answeredAt, talkSeconds } of main)
        for (let second = 0; second < talkSeconds; second++) seconds.add((answeredAt as number) / 1000 + second)
      assert.equal(seconds.size, call.talkSeconds, call.exchangeCallId)
      const sum = (name: 'parkSeconds' | 'machineSeconds') => main.reduce((total, leg) => total + leg[name], 0)
      assert.equal(sum('parkSeconds'), call.parkSeconds)
      assert.equal(sum('machineSeconds'), call.machineSeconds)
      assert.equal(Math.min(...legs.map((leg) => leg.startedAt)), call.startedAt)
      assert.equal(Math.max(...legs.map((leg) => leg.endedAt)), call.endedAt)
    }
  })
})

describe('21 columns, GMT in a source of Moscow, PJSIP', () => {
  const rows = readSample('asterisk-21-columns.sample.csv')
  const calls = callsOf(rows)

  test('64 rows are 33 calls', () => {
    assert.equal(rows.length, 64)
    assert.equal(calls.length, 33)
    assert.ok(rows.every((it) => it.fields.sequence !== null && it.fields.linkedid !== ''))
  })

  for (const call of calls) {
    const [epoch, counter] = call.exchangeCallId.split('.') as [string, string]
    const expected = expectedCalls.find((it) => it.key.uniqueid === `${Number(epoch) - dayMs / 1000}.${counter}`)
    test(expected?.scenario ?? call.exchangeCallId, () => {
      assert.ok(expected)
      assert.deepEqual(written(call, dayMs), wanted(expected))
    })
  }

  test('CONGESTION is failed, CANCEL is missed', () => {
    const outcomeOf = (counter: string) => calls.find((it) => it.exchangeCallId.endsWith(`.${counter}`))?.outcome
    assert.equal(outcomeOf('139'), 'failed')
    assert.equal(outcomeOf('194'), 'missed')
  })
})

test('without ids the names of channels recover every call of the sample', () => {
  const texts = frame([sampleBytes('asterisk-master.sample.csv')]).map((it) =>
    it.text.replace(/,"\d+\.\d+","[^"]*"$/u, ''),
  )
  const calls = callsOf(rowsOf(texts))
  assert.equal(calls.length, expectedCalls.length)
  for (const expected of expectedCalls) {
    const call = calls.find((it) => written(it, 0)['startedAt'] === expected.startedAt)
    assert.ok(call)
    assert.deepEqual(written(call, 0), wanted(expected))
  }
})
