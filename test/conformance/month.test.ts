import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openZone } from '../../src/domain/clock.ts'
import { attributeAll } from '../support/attribution.ts'
import { streamOf, testSeed } from '../support/days.ts'
import { applyReading, importAll } from '../support/feed.ts'
import { assertReportsReconcile } from '../support/reconciled-reports.ts'
import { assertReconciled, assertTruth, type SimulatedOffice, simulatedOffice } from '../support/simulated-people.ts'
import { engines, type TestStore } from '../support/stores.ts'
import {
  addEmployees,
  closeOverdueAt,
  inOrderOfTelling,
  requestOf,
  tell,
  tellTogether,
} from '../support/tell-people.ts'

/**
 * A month of 40 people and 100,000 calls of two exchanges, over the ends of summer time in Berlin and New York and the end of a
 * month. Calls come day by day and people tell their time as they do: some of it late, some of it never.
 */

// The server's clock, the site's and those of the exchanges are each in a zone of their own.
process.env['TZ'] = 'America/St_Johns'

const month = {
  seed: testSeed,
  from: '2026-10-05',
  days: 30,
  callsADay: 1950,
  people: 20,
} as const
const dayMs = 86_400_000

const officesOf = (options: typeof month): SimulatedOffice[] => [
  simulatedOffice('avaya', { ...options, format: 'avaya-ip-office', timezone: 'Europe/Berlin' }),
  simulatedOffice('asterisk', { ...options, format: 'asterisk-csv', timezone: 'America/New_York' }),
]

/** Days of the site, one after the other: what is told until its end, what the exchanges write until then, then attribute. */
async function liveThrough(it: TestStore, offices: readonly SimulatedOffice[]): Promise<void> {
  for (const { source, reading } of offices) await applyReading(it.store, source, reading)
  await tellTogether(it.store, (store) => addEmployees(store, offices))
  const facts = inOrderOfTelling(offices)
  const records = offices.map(({ source, reading, records }) => {
    const zone = openZone(reading.timezone)
    const lines = records.map(({ line, dueAt }) => ({ line: Buffer.from(line), at: zone.readings(dueAt).first }))
    return { source, format: reading.format, lines, next: 0 }
  })
  let told = 0
  const left = () => told < facts.length || records.some(({ lines, next }) => next < lines.length)
  for (let end = Date.parse(`${month.from}T00:00:00Z`) + dayMs; left(); end += dayMs) {
    const from = told
    while (told < facts.length && (facts[told]?.fact.toldAt as number) < end) told++
    await tellTogether(it.store, async (store) => {
      for (const { office, fact } of facts.slice(from, told)) await tell(store, requestOf(office, fact), fact.toldAt)
    })
    for (const of of records) {
      const from = of.next
      while (of.next < of.lines.length && (of.lines[of.next]?.at as number) < end) of.next++
      const lines = of.lines.slice(from, of.next).map(({ line }) => line)
      if (lines.length > 0) await importAll(it.store, of.source, streamOf(lines, '\n'), { format: of.format })
    }
    await closeOverdueAt(it.store, end)
    await attributeAll(it.store)
  }
}

for (const engine of engines)
  test(`a month of 40 people and 100,000 calls is attributed as it was, to the second, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    const offices = officesOf(month)
    const calls = offices.reduce((sum, office) => sum + office.calls.length, 0)
    const began = performance.now()
    await liveThrough(it, offices)
    t.diagnostic(`${calls} calls in ${Math.round((performance.now() - began) / 1000)} s`)
    assert.ok(calls > 100_000, `${calls} calls`)
    for (const office of offices) await assertTruth(it, office)
    await assertReconciled(it, offices)
    const from = Date.parse(`${month.from}T00:00:00Z`)
    await assertReportsReconcile(it, { from: from - dayMs, to: from + (month.days + 2) * dayMs }, 'Asia/Kathmandu')
  })
