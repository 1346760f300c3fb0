import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Row, rowsOf, rowText } from '../../../../test/support/asterisk-rows.ts'
import type { AsteriskFields } from './fields.ts'
import { join, joinKeys } from './join.ts'

const hourMs = 3_600_000
const base = Date.UTC(2024, 2, 11, 8, 59, 0)

const template = rowsOf([rowText({ dstchannel: '' })])[0] as Row

function row(id: number, startSeconds: number, lastsSeconds: number, fields: Partial<AsteriskFields>): Row {
  const startWall = base + startSeconds * 1000
  return {
    ...template,
    id,
    line: id,
    startWall,
    endWall: startWall + lastsSeconds * 1000,
    fields: { ...template.fields, channel: '', lastsSeconds, ...fields },
  }
}

/** Groups as sorted lists of ids, whatever order they came in. */
const groupsOf = (rows: readonly Row[]): string[] =>
  join(rows)
    .map((group) =>
      group
        .map((it) => it.id)
        .sort((a, b) => a - b)
        .join(),
    )
    .sort()

test('rows of one uniqueid are one call, however far apart', () => {
  assert.deepEqual(groupsOf([row(1, 0, 5, { uniqueid: '1.1' }), row(2, 90_000, 5, { uniqueid: '1.1' })]), ['1,2'])
})

test('linkedid of one row meets uniqueid and linkedid of another', () => {
  const rows = [
    row(1, 0, 5, { uniqueid: '1.1', linkedid: '1.1' }),
    row(2, 900, 5, { uniqueid: '1.2', linkedid: '1.1' }),
    row(3, 1800, 5, { uniqueid: '1.3', linkedid: '1.2' }),
    row(4, 2700, 5, { uniqueid: '1.4', linkedid: '1.9' }),
    row(5, 3600, 5, { uniqueid: '1.5', linkedid: '1.9' }),
  ]
  assert.deepEqual(groupsOf(rows), ['1,2,3', '4,5'])
})

test('rows without ids are not joined by having none', () => {
  assert.deepEqual(groupsOf([row(1, 0, 5, {}), row(2, 0, 5, {})]), ['1', '2'])
})

test('a channel name joins rows that overlap or lie at most 5 s apart', () => {
  const first = row(1, 0, 10, { channel: 'SIP/201-00000001' })
  const at = (start: number) => groupsOf([first, row(2, start, 10, { dstchannel: 'SIP/201-00000001' })])
  assert.deepEqual(at(9), ['1,2'])
  assert.deepEqual(at(15), ['1,2'])
  assert.deepEqual(at(16), ['1', '2'])
  assert.deepEqual(at(-15), ['1,2'])
  assert.deepEqual(at(-16), ['1', '2'])
})

test('Asterisk restarted: the same channel names minutes later are other calls', () => {
  const texts = [
    rowText({ src: '1', channel: 'PJSIP/1001-00000001', dstchannel: 'PJSIP/1002-00000002', uniqueid: '1710147600.1' }),
    rowText({
      src: '2',
      channel: 'PJSIP/1001-00000001',
      dstchannel: 'PJSIP/1002-00000002',
      start: '09:03:00',
      end: '09:04:00',
      uniqueid: '1710147780.1',
    }),
  ]
  assert.deepEqual(groupsOf(rowsOf(texts)), ['1', '2'])
})

test('the halves of a Local channel meet, another Local channel does not', () => {
  const rows = [
    row(1, 0, 20, { channel: 'SIP/t-1', dstchannel: 'Local/203@agents-00000031;1' }),
    row(2, 2, 15, { channel: 'Local/203@agents-00000031;2', dstchannel: 'SIP/203-2' }),
    row(3, 2, 15, { channel: 'Local/203@agents-00000032;2', dstchannel: 'SIP/203-3' }),
  ]
  assert.deepEqual(groupsOf(rows), ['1,2', '3'])
})

test('a chain of rows of one channel is one call though its ends lie far apart', () => {
  const rows = [0, 10, 20, 30].map((start, i) => row(i + 1, start, 6, { channel: 'SIP/1-1' }))
  assert.deepEqual(groupsOf(rows), ['1,2,3,4'])
})

test('a row that lasts for weeks meets by name what starts within two days', () => {
  const weeks = row(1, 0, 30 * 86_400, { channel: 'SIP/1-1' })
  assert.deepEqual(groupsOf([weeks, row(2, 2 * 86_400, 5, { channel: 'SIP/1-1' })]), ['1,2'])
  assert.deepEqual(groupsOf([weeks, row(2, 3 * 86_400, 5, { channel: 'SIP/1-1' })]), ['1', '2'])
  assert.ok(joinKeys(weeks).length <= 50)
})

test('an ordinary row has three keys, two for each name around a full hour, and each key once', () => {
  const fields = { uniqueid: '1710147600.1', linkedid: '1710147600.1', channel: 'SIP/1-1', dstchannel: 'SIP/2-2' }
  assert.equal(joinKeys(row(1, 600, 60, fields)).length, 3)
  assert.equal(joinKeys(row(1, 0, 60, fields)).length, 5)
  assert.equal(joinKeys(row(1, 600, 60, { channel: 'SIP/1-1', dstchannel: 'SIP/1-1' })).length, 1)
  assert.deepEqual(joinKeys(row(1, 0, 0, {})), [])
})

test('keys rise with time', () => {
  const hourOf = (key: number | undefined) => Math.floor((key as number) / 2 ** 32)
  assert.equal(hourOf(joinKeys(row(1, 600, 60, { uniqueid: 'pbx-1710147600.1' }))[0]), Math.floor(1_710_147_600 / 3600))
  assert.equal(hourOf(joinKeys(row(1, 600, 60, { uniqueid: 'odd' }))[0]), 0)
  assert.equal(hourOf(joinKeys(row(1, 600, 60, { channel: 'SIP/1-1' }))[0]), Math.floor((base + 600_000) / hourMs))
  const first: Row = { ...row(1, 0, 0, { channel: 'SIP/1-1' }), startWall: 1000, endWall: 1000 }
  assert.ok(joinKeys(first).every((key) => Number.isSafeInteger(key) && key >= 0))
})

const names = ['', 'SIP/1-1', 'SIP/2-2', 'Local/3@a-1;1', 'Local/3@a-1;2', 'Local/4@a-2;1', 'Local/4@a-2;2']
const ids = ['', '1710147600.1', '1710147601.2', 'x']
const anyRow = fc.record({
  start: fc.integer({ min: 0, max: 9000 }),
  lasts: fc.oneof(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 0, max: 400_000 })),
  channel: fc.constantFrom(...names),
  dstchannel: fc.constantFrom(...names),
  uniqueid: fc.constantFrom('', '', '', '', ...ids),
  linkedid: fc.constantFrom('', '', '', '', ...ids),
  sequence: fc.option(fc.integer({ min: 0, max: 3 })),
})
const anyRows = fc
  .array(anyRow, { maxLength: 14 })
  .map((list) => list.map(({ start, lasts, ...fields }, i) => row(i + 1, start, lasts, fields)))

/** The pairwise rule as it is written. */
function joinsDirectly(a: Row, b: Row): boolean {
  const idsOf = ({ fields }: Row) => [fields.uniqueid, fields.linkedid].filter((it) => it !== '')
  if (idsOf(a).some((id) => idsOf(b).includes(id))) return true
  const end = ({ startWall, fields }: Row) => startWall + Math.min(fields.lastsSeconds, 48 * 3600) * 1000
  if (Math.max(a.startWall, b.startWall) - Math.min(end(a), end(b)) > 5000) return false
  const namesOf = ({ fields }: Row) =>
    [fields.channel, fields.dstchannel]
      .filter((it) => it !== '')
      .map((it) => (it.startsWith('Local/') ? it.slice(0, -2) : it))
  return namesOf(a).some((name) => namesOf(b).includes(name))
}

test('groups are the closure of the pairwise rule', () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      const sets = rows.map((it) => new Set([it]))
      for (const [i, a] of rows.entries())
        for (const [j, b] of rows.entries()) {
          if (!joinsDirectly(a, b) || sets[i] === sets[j]) continue
          const together = new Set([...(sets[i] as Set<Row>), ...(sets[j] as Set<Row>)])
          for (const [k, it] of rows.entries()) if (together.has(it)) sets[k] = together
        }
      const expected = [...new Set(sets)]
        .map((set) =>
          [...set]
            .map((it) => it.id)
            .sort((x, y) => x - y)
            .join(),
        )
        .sort()
      assert.deepEqual(groupsOf(rows), expected)
    }),
    { numRuns: 2000 },
  )
})

test('two rows that join directly share a key', () => {
  fc.assert(
    fc.property(anyRows, (rows) => {
      for (const a of rows)
        for (const b of rows)
          if (a !== b && joinsDirectly(a, b)) {
            const keys = new Set(joinKeys(a))
            assert.ok(joinKeys(b).some((key) => keys.has(key)))
          }
    }),
    { numRuns: 2000 },
  )
})

const orderOf = (groups: readonly (readonly Row[])[]) => groups.map((group) => group.map((it) => it.id).join()).sort()

test('groups and the order inside them do not depend on the order of arrival', () => {
  fc.assert(
    fc.property(
      anyRows.chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
      ([rows, shuffled]) => assert.deepEqual(orderOf(join(shuffled)), orderOf(join(rows))),
    ),
    { numRuns: 1000 },
  )
})

test('a further row may join calls and never parts them', () => {
  fc.assert(
    fc.property(
      anyRows.chain((rows) => fc.tuple(fc.constant(rows), fc.subarray(rows))),
      ([rows, subset]) => {
        const groupOf = new Map(join(rows).flatMap((group, place) => group.map((it) => [it.id, place] as const)))
        for (const group of join(subset)) assert.ok(new Set(group.map((it) => groupOf.get(it.id))).size <= 1)
      },
    ),
    { numRuns: 1000 },
  )
})

test('rows that start together are in the order of sequence where all have one, else of the counter in uniqueid', () => {
  const linked = (id: number, fields: Partial<AsteriskFields>) => row(id, 0, 5, { linkedid: '1.1', ...fields })
  const order = (rows: Row[]) => join(rows)[0]?.map((it) => it.id)
  assert.deepEqual(
    order([
      linked(1, { sequence: 3, uniqueid: '1.1' }),
      linked(2, { sequence: 1, uniqueid: '1.2' }),
      linked(3, { sequence: 2, uniqueid: '1.3' }),
    ]),
    [2, 3, 1],
  )
  assert.deepEqual(
    order([
      linked(1, { sequence: 3, uniqueid: '1.1' }),
      linked(2, { sequence: null, uniqueid: '1.2' }),
      linked(3, { sequence: 2, uniqueid: '1.3' }),
    ]),
    [1, 2, 3],
  )
  const received = (id: number, receivedAt: number, line: number): Row => ({
    ...linked(id, { uniqueid: '1.1' }),
    receivedAt,
    line,
  })
  assert.deepEqual(order([received(1, 7, 2), received(2, 7, 1), received(3, 6, 9)]), [3, 2, 1])
})
