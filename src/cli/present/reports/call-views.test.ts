import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callOf } from '../../../../test/support/counted-call.ts'
import { summarise, usualServiceRules as rules } from '../../../domain/metrics/call-summary.ts'
import type { CountedCall } from '../../../domain/metrics/counted-call.ts'
import { ratio } from '../../../domain/metrics/ratio.ts'
import type { IntervalRow, IntervalTotal } from '../../../pipeline/reports/interval.ts'
import { openWords } from '../../words/words.ts'
import { table } from '../table.ts'
import { groupView } from './group-view.ts'
import { intervalView } from './interval-view.ts'
import type { ReportView } from './view.ts'

const words = openWords('en', 'UTC')
const look = { rules: { serviceLevelSeconds: null, shortSeconds: null }, old: false, oldRows: false, windowHours: 24 }

/** The cells of each line, the heads first. */
async function cellsOf<Row, Total, Line>(view: ReportView<Row, Total, Line>, rows: Row[], total: Total) {
  let text = ''
  const lines = view.lines(rows, total, words, look)
  for await (const chunk of table(view.columns(words, look), lines, { width: null, colour: false })) text += chunk
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/u))
}

const intervals = { talkWithinSeconds: 0, peak: 1, staffSeconds: 0 }
const staff = { staff: 0, load: ratio(0, 0), waiting: null, serviceLevel: null, averageWaitSeconds: null }

function intervalOf(calls: readonly CountedCall[]) {
  const it = { ...rules, ...summarise(calls, rules), ...intervals }
  const [from, to] = ['2026-03-02T09:00:00Z', '2026-03-02T10:00:00Z']
  const row: IntervalRow = { from, to, clock: '2026-03-02T09:00+00:00', ...it, erlangC: staff }
  const total: IntervalTotal = { ...it, repeatRate: ratio(1, 4), staff: null }
  return { row, total }
}

test('an interval shows what became of its missed calls, and who was answered outside, where there are any', async () => {
  const outcomes = ['missed', 'automated', 'voicemail', 'busy', 'busy', 'failed'] as const
  const calls = [
    callOf(),
    callOf({ answeredOutside: true }),
    callOf({ answeredOutside: true }),
    ...outcomes.map((outcome) => callOf({ outcome })),
  ]
  const { row, total } = intervalOf(calls)
  const [heads = [], first = []] = await cellsOf(intervalView, [row], total)
  const at = heads.indexOf('Answered')
  assert.deepEqual(heads.slice(at, at + 7), ['Answered', 'Outside', 'Missed', 'Ab', 'V', 'B', 'F'])
  assert.deepEqual(first.slice(at, at + 7), ['3', '2', '6', '2', '1', '2', '1'])

  const all = intervalOf([callOf()])
  const [plain = []] = await cellsOf(intervalView, [all.row], all.total)
  assert.deepEqual(
    plain.filter((head) => ['Outside', 'Ab', 'V', 'B', 'F'].includes(head)),
    [],
  )
  assert.match(intervalView.notes(total, words, look).join('\n'), /Repeat % = .* = 25% \(1 of 4\)\./u)
})

test('a group frozen before calls were counted as handled has no AHT and no formula of one', async () => {
  const call = callOf({ talkSeconds: 60, extensions: [{ number: '201', part: 'answered' }] })
  const summary = { ...rules, ...summarise([call], rules) }
  const group = { name: 'Sales', plan: 'pbx', number: '300' }
  const shown = async (it: typeof summary) => {
    const [heads = [], first = []] = await cellsOf(groupView, [{ group, ...it }], it)
    return [first[heads.indexOf('AHT')], groupView.notes(it, words, look).some((note) => note.startsWith('AHT ='))]
  }
  assert.deepEqual(await shown(summary), ['1:00', true])
  assert.deepEqual(await shown({ ...summary, handled: null as unknown as number }), ['–', false])
})
