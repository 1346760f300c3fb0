import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributeAll } from '../support/attribution.ts'
import { streamOf, testSeed } from '../support/days.ts'
import { applyReading, importAll } from '../support/feed.ts'
import { assertTruth, simulatedOffice, writeTruth } from '../support/simulated-people.ts'
import { engines } from '../support/stores.ts'

// The server's clock, the site's and those of the exchanges are in zones of their own.
process.env['TZ'] = 'America/St_Johns'

const month = {
  seed: testSeed,
  from: '2026-10-05',
  days: Number(process.env['DAYS'] ?? 30),
  callsADay: 1900,
  people: 20,
} as const
const offices = () => [
  simulatedOffice('avaya', { ...month, format: 'avaya-ip-office', timezone: 'Europe/Berlin' }),
  simulatedOffice('asterisk', { ...month, format: 'asterisk-csv', timezone: 'America/New_York' }),
]

for (const engine of engines) {
  test(`truth on ${engine.name} (seed ${testSeed})`, { skip: engine.skip }, async (t) => {
    const it = await engine.open(t)
    const began = performance.now()
    const time = (what: string) => t.diagnostic(`${what} ${Math.round(performance.now() - began)} ms`)
    const all = offices()
    time('simulated')
    await writeTruth(it, all)
    for (const { source, reading, records } of all) {
      await applyReading(it.store, source, reading)
      const lines = records.map(({ line }) => Buffer.from(line))
      await importAll(it.store, source, streamOf(lines, '\n'), { format: reading.format })
    }
    time('imported')
    await attributeAll(it.store)
    time('attributed')
    for (const office of all) await assertTruth(it, office)
    time('compared')
    assert.ok(true)
  })
}
