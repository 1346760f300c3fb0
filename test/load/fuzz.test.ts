import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openReader } from '../../src/domain/reading.ts'
import { Cutter } from '../../src/pipeline/cut.ts'
import { applyReading, importAll, sampleReadings } from '../support/feed.ts'
import { believableLines, mutated, seeded } from '../support/mutation.ts'
import { engines } from '../support/stores.ts'

const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)
const sources = { 'avaya-ip-office': 'avaya', 'asterisk-csv': 'asterisk' } as const
const lineFeed = Buffer.from('\n')

for (const format of ['avaya-ip-office', 'asterisk-csv'] as const satisfies FormatName[])
  test(`500,000 mutated records of ${format}: the parser never throws and keeps its promises (seed ${seed})`, () => {
    const random = seeded(seed)
    const lines = believableLines(format, 5000)
    const { parse, contentOf, contentAt, joinKeys, pack, unpack } = formats[format]
    const reader = openReader(sampleReadings[sources[format]])
    const verdicts = { segment: 0, 'no-call': 0, bad: 0 }
    for (let i = 0; i < 500_000; i++) {
      const content = contentOf(mutated(lines[i % lines.length]!, lines, random), i % 50 === 0)
      const at = contentAt(content)
      assert.ok(Number.isSafeInteger(at) && at >= 0)
      const parsed = parse(content, reader)
      verdicts[parsed.kind]++
      if (parsed.kind !== 'segment') continue
      assert.equal(parsed.startWall, at, 'a segment starts where its identity says')
      assert.ok(Number.isSafeInteger(parsed.endWall))
      const text = pack(parsed.fields)
      assert.ok(!text.includes('\u0000') && text.isWellFormed(), 'both engines hold it')
      if (i % 20 === 0) assert.equal(pack(unpack(text)), text)
      const segment = {
        id: i,
        startWall: parsed.startWall,
        endWall: parsed.endWall,
        receivedAt: 0,
        delivery: 1,
        line: 1,
        fields: parsed.fields,
      }
      for (const key of joinKeys(segment)) assert.ok(Number.isSafeInteger(key) && key >= 0)
    }
    assert.ok(verdicts.segment > 20_000 && verdicts.bad > 100_000, JSON.stringify(verdicts))
  })

for (const engine of engines)
  test(`100,000 mutated records through ${engine.name}: none throws, none is lost (seed ${seed})`, {
    skip: engine.skip,
  }, async (t) => {
    const it = await engine.open(t)
    for (const format of ['avaya-ip-office', 'asterisk-csv'] as const) {
      const source = sources[format]
      await applyReading(it.store, source, sampleReadings[source])
      const random = seeded(seed + 1)
      const lines = believableLines(format, 5000)
      const bytes = Buffer.concat(
        Array.from({ length: 50_000 }, (_, i) =>
          Buffer.concat([mutated(lines[i % lines.length]!, lines, random), lineFeed]),
        ),
      )
      // What framing yields, counted apart from the store: bytes and place among equal ones name a record.
      const framed = new Map<string, number>()
      let count = 0
      const cutter = new Cutter(formats[format])
      const take = (view: Uint8Array) => {
        count++
        const text = Buffer.from(view).toString('latin1')
        framed.set(text, (framed.get(text) ?? 0) + 1)
      }
      cutter.push(bytes, take)
      cutter.end('whole', take)

      const counts = await importAll(it.store, source, bytes, { format })
      assert.equal(counts.received, count)
      assert.equal(counts.stored + counts.duplicate + counts.quarantined, count)
      const rows = await it.rows(
        `SELECT r.bytes AS bytes FROM record r JOIN source s ON s.id = r.source_id WHERE s.name = '${source}'`,
      )
      const kept = new Map<string, number>()
      for (const row of rows) {
        const text = Buffer.from(row['bytes'] as Uint8Array).toString('latin1')
        kept.set(text, (kept.get(text) ?? 0) + 1)
      }
      assert.equal(rows.length, counts.stored + counts.quarantined)
      // Equal contents can differ in bytes that are no content (NULs, a line's CR), so every framed text has its record or is a repeat.
      let missing = 0
      for (const text of framed.keys()) if (!kept.has(text)) missing++
      assert.ok(missing <= counts.duplicate, `${missing} texts are nowhere, ${counts.duplicate} are repeats`)
    }
  })
