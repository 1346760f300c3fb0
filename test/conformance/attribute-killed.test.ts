import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { formats } from '../../src/domain/formats/formats.ts'
import { openRandom } from '../../src/domain/simulation/random.ts'
import { assertSameDump, countOf } from '../support/accounts.ts'
import { attributeAll } from '../support/attribution.ts'
import { assertAttributed } from '../support/attributed.ts'
import { streamOf, testSeed } from '../support/days.ts'
import { exactDump } from '../support/dump.ts'
import { applyReading, importAll } from '../support/feed.ts'
import { simulatedOffice, writeTruth } from '../support/simulated-people.ts'
import { engines, type TestStore } from '../support/stores.ts'

/** `kill -9` of attribute at any of its statements, with thousands of calls due: the result is that of an undisturbed run. */

const kills = Number(process.env['SMENA_TEST_KILLS'] ?? 16)
const script = fileURLToPath(new URL('../support/attribute-process.ts', import.meta.url))

async function attributeInProcess(place: TestStore['place'], fatal: number) {
  const child = spawn(process.execPath, [script, JSON.stringify(place), String(fatal)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  const sum = (word: string) =>
    [...said.matchAll(new RegExp(`^${word} (\\d+)$`, 'gmu'))].reduce((total, [, n]) => total + Number(n), 0)
  return { code, signal, calls: sum('calls'), statements: sum('statements') }
}

/** Nothing is attributed and everything due. */
async function fromScratch(it: TestStore): Promise<void> {
  await it.execute('DELETE FROM attribution')
  await it.execute('DELETE FROM person_quarter')
  await it.execute(
    'INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call WHERE true ON CONFLICT DO NOTHING',
  )
}

for (const engine of engines)
  test(`attribute killed ${kills} times gives what it gives undisturbed, on ${engine.name} (seed ${testSeed})`, {
    skip: engine.skip,
  }, async (t) => {
    const random = openRandom(testSeed, 120)
    const it = await engine.open(t)
    const options = { seed: testSeed, from: '2026-03-16', days: 2, callsADay: 900, people: 20, timezone: 'Asia/Chita' }
    const offices = [
      simulatedOffice('avaya', { ...options, format: 'avaya-ip-office' }),
      simulatedOffice('asterisk', { ...options, format: 'asterisk-csv' }),
    ]
    await writeTruth(it, offices)
    for (const { source, reading, records } of offices) {
      await applyReading(it.store, source, reading)
      const lines = records.map(({ line }) => Buffer.from(line))
      await importAll(it.store, source, streamOf(lines, '\n'), { format: reading.format })
    }
    const calls = await countOf(it, 'call')
    assert.ok((await countOf(it, 'attribution_due')) >= calls && calls > 3000, `${calls} calls due`)

    const { code, statements } = await attributeInProcess(it.place, 0)
    assert.equal(code, 0)
    await fromScratch(it)

    let killed = 0
    let finished = 0
    let taken = 0
    while (killed < kills) {
      const run = await attributeInProcess(it.place, random.between(1, statements))
      taken += run.calls
      if (run.signal === 'SIGKILL') killed++
      else {
        assert.deepEqual([run.code, ++finished <= 4 * kills], [0, true])
        await fromScratch(it)
      }
      await disturb(it, random.below(5), random.below(1000))
    }
    const left = await countOf(it, 'attribution_due')
    assert.ok(taken > 0, 'what was committed before a kill stays')
    t.diagnostic(
      `${killed} kills, ${finished} runs to the end, ${taken} calls taken, ${left} left; ${statements} statements`,
    )
    assert.deepEqual((await attributeInProcess(it.place, 0)).code, 0)
    const found = await exactDump(it)
    await assertAttributed(it, formats, true)

    await fromScratch(it)
    await attributeAll(it.store)
    assertSameDump(found, await exactDump(it), 'killed and undisturbed')
  })

/** Some calls become due again, and somebody's shift ends earlier than was known: its calls are due by their ranges. */
async function disturb(it: TestStore, rest: number, nth: number): Promise<void> {
  await it.execute(
    `INSERT INTO attribution_due (source_id, call_id) SELECT source_id, id FROM call WHERE id % 5 = ${rest}
      ON CONFLICT DO NOTHING`,
  )
  const shifts = await it.rows('SELECT id, employee_id, started_at, ended_at FROM shift ORDER BY id')
  const shift = shifts[nth % shifts.length] as Record<string, number>
  const endedAt = (shift['ended_at'] as number) - 3_600_000
  if (endedAt <= (shift['started_at'] as number)) return
  await it.execute(
    `UPDATE shift_break SET ended_at = CASE WHEN started_at < ${endedAt} THEN ${endedAt} ELSE ended_at END
      WHERE shift_id = ${shift['id']} AND ended_at > ${endedAt}`,
  )
  await it.execute(`UPDATE shift SET ended_at = ${endedAt} WHERE id = ${shift['id']}`)
  await it.execute(
    `INSERT INTO attribution_due_range (plan, extension, from_at, to_at)
      SELECT plan, extension, ${endedAt}, ${shift['ended_at']} FROM assignment
      WHERE employee_id = ${shift['employee_id']} AND from_at < ${shift['ended_at']}
        AND (to_at IS NULL OR to_at > ${endedAt})`,
  )
}
