import assert from 'node:assert/strict'
import type { DirectoryEntry } from '../../src/pipeline/people-store.ts'
import type { DirectoryLine } from '../../src/pipeline/people-request.ts'
import { groupReport } from '../../src/pipeline/reports/group.ts'
import { intervalReport } from '../../src/pipeline/reports/interval.ts'
import { type Check, holds } from '../../src/pipeline/reports/request.ts'
import { bring, lineAt, missedAt, reportsOf } from '../support/office.ts'
import { onBothEngines, type Place, refused } from '../support/people.ts'

/** Service-level thresholds of groups, through both engines: told to the directory, judged by in the reports. */

const set = (place: Place, extension: string, more: Partial<DirectoryLine>) =>
  place.ask<{ entries: DirectoryEntry[] }>({
    do: 'directory-set',
    entries: [{ line: null, extension, plan: 'avaya', ...more }],
    dryRun: false,
  })

const to = (group: string, device1: string) => ({ called: group, device1, dialled: '5550100' })

/** Two groups: one waits 25 s for its answer and loses calls after 8 s and 40 s, the other answers after 25 s and loses after 3 s. */
async function twoGroups(place: Place): Promise<void> {
  await set(place, '301', { isGroup: true })
  await bring(
    place,
    'avaya',
    lineAt('09:00', { ring: 25, ...to('300', 'E203') }),
    missedAt('09:10', 8, to('300', 'E204')),
    missedAt('09:20', 40, to('300', 'E204')),
    lineAt('09:30', { ring: 25, ...to('301', 'E205') }),
    missedAt('09:40', 3, to('301', 'E205')),
  )
}

interface Judged {
  readonly serviceLevelSeconds: number
  readonly shortSeconds: number
  readonly serviceLevel: { readonly numerator: number; readonly denominator: number }
}

const judged = ({ serviceLevelSeconds, shortSeconds, serviceLevel: { numerator, denominator } }: Judged) => [
  serviceLevelSeconds,
  shortSeconds,
  `${numerator}/${denominator}`,
]

const assertChecks = async (checks: () => Promise<readonly Check[]>) => {
  for (const check of await checks()) assert.ok(holds(check), JSON.stringify(check))
}

onBothEngines(
  'each group is judged by its own thresholds, several together by the usual ones, all by what is asked for',
  async (place, t) => {
    const facts = await reportsOf(place, t)
    await twoGroups(place)
    const report = async (
      rules = { serviceLevelSeconds: null as number | null, shortSeconds: null as number | null },
      group?: string,
    ) => {
      const { rows, total, checks } = await groupReport(await facts({ group }, { rules }))
      await assertChecks(checks)
      const byNumber = rows.toSorted((a, b) => (String(a.group.number) < String(b.group.number) ? -1 : 1))
      return [...byNumber.map((row) => [row.group.number, ...judged(row)]), ['total', ...judged(total)]]
    }
    assert.deepEqual(await report(), [
      ['300', 20, 5, '0/3'],
      ['301', 20, 5, '0/1'],
      ['total', 20, 5, '0/4'],
    ])
    // The number is a group by the pattern of the exchange: the directory only says its thresholds.
    await set(place, '300', { serviceLevelSeconds: 30, shortSeconds: 10 })
    assert.deepEqual(await report(), [
      ['300', 30, 10, '1/2'],
      ['301', 20, 5, '0/1'],
      ['total', 20, 5, '0/4'],
    ])
    assert.deepEqual(await report({ serviceLevelSeconds: 25, shortSeconds: null }), [
      ['300', 25, 10, '1/2'],
      ['301', 25, 5, '1/1'],
      ['total', 25, 5, '2/4'],
    ])
    assert.deepEqual(await report(undefined, '300'), [
      ['300', 30, 10, '1/2'],
      ['total', 30, 10, '1/2'],
    ])
    // Taken away again, the short one alone.
    await set(place, '300', { shortSeconds: null })
    assert.deepEqual((await report())[0], ['300', 30, 5, '1/3'])
  },
)

onBothEngines(
  'intervals of one group are judged by its thresholds, of a list of several by the usual ones',
  async (place, t) => {
    const facts = await reportsOf(place, t)
    await twoGroups(place)
    await set(place, '300', { serviceLevelSeconds: 30, shortSeconds: 10, groups: ['Все'] })
    await set(place, '301', { serviceLevelSeconds: 40, groups: ['Все'] })
    await set(place, '309', { isGroup: true, label: 'Ночь', serviceLevelSeconds: 60 })
    const report = async (group: string | undefined, rules = {}) => {
      const asked = { serviceLevelSeconds: null, shortSeconds: null, ...rules }
      const { rows, total, checks } = await intervalReport(await facts({ group }, { rules: asked }), 60)
      await assertChecks(checks)
      for (const row of rows)
        assert.deepEqual(
          [row.serviceLevelSeconds, row.shortSeconds],
          [total.serviceLevelSeconds, total.shortSeconds],
          'every row by what the total is judged by',
        )
      assert.equal(
        rows.reduce((sum, row) => sum + row.serviceLevel.numerator, 0),
        total.serviceLevel.numerator,
      )
      return judged(total)
    }
    assert.deepEqual(await report('300'), [30, 10, '1/2'])
    assert.deepEqual(await report('301'), [40, 5, '1/1'])
    assert.deepEqual(await report(undefined), [20, 5, '0/4'])
    assert.deepEqual(await report('Все'), [20, 5, '0/4'])
    assert.deepEqual(await report('300', { serviceLevelSeconds: 10 }), [10, 10, '0/2'])
    assert.deepEqual(await report('Ночь'), [60, 5, '0/0'], 'a group without calls')
  },
)

onBothEngines('thresholds that are no seconds are refused, and others leave what the directory has', async (place) => {
  await set(place, '300', { isGroup: true, label: 'Отдел', serviceLevelSeconds: 0, shortSeconds: 86_400 })
  for (const serviceLevelSeconds of [-1, 1.5, 86_401])
    await assert.rejects(
      set(place, '300', { serviceLevelSeconds }),
      refused('value-unreadable', { what: 'service level' }),
    )
  await set(place, '300', { label: 'Продажи' })
  const [entry] = await (await place.it.reader()).directory()
  assert.deepEqual(entry, {
    plan: 'avaya',
    number: '300',
    isGroup: true,
    label: 'Продажи',
    site: null,
    serviceLevelSeconds: 0,
    shortSeconds: 86_400,
    groups: [],
  })
  const trail = await (await place.it.reader()).audit(null, 1)
  assert.equal(JSON.parse(trail[0]?.after ?? '{}').serviceLevelSeconds, 0)
})
