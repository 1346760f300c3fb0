import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openArchive } from '../../src/adapters/intake-file/archive.ts'
import { openLegacyDatabase } from '../../src/adapters/legacy-postgres/database.ts'
import { openLegacyDump } from '../../src/adapters/legacy-postgres/dump.ts'
import type { LegacySource } from '../../src/adapters/legacy-postgres/legacy-source.ts'
import { eventTables, peopleTables } from '../../src/domain/legacy/old-tables.ts'
import { buildLegacyDatabase, dumpLegacy } from '../support/legacy-schema.ts'
import { refused } from '../support/people.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { temporaryDirectory } from '../support/stores.ts'

const dumps: Readonly<Record<string, readonly string[]>> = {
  'plain.sql': [],
  'packed.sql.gz': ['-Z', '6'],
  'inserts.sql': ['--inserts'],
  'many.sql': ['--column-inserts', '--rows-per-insert=70'],
  custom: ['-Fc'],
  'custom-inserts': ['-Fc', '--inserts'],
  tar: ['-Ft'],
}

/** As the readers of rows take it: an instant and a truth value are written in more than one way. */
const valueOf = (text: string | null): string | number | null => {
  if (text === 'true' || text === 'false') return text.slice(0, 1)
  return text !== null && /^\d{4}-\d\d-\d\d /u.test(text) ? Date.parse(text.replace(/\+00$/u, 'Z')) : text
}

/** Every row that an import reads. */
async function rowsOf(source: LegacySource): Promise<string[]> {
  await using it = source
  const rows: string[] = []
  for (const tables of [peopleTables, eventTables])
    for await (const page of it.rows(tables))
      for (const row of page.rows) {
        const values = Object.entries(row).map(([column, value]) => [column, valueOf(value)])
        rows.push(`${page.table} ${JSON.stringify(Object.fromEntries(values.sort()))}`)
      }
  return rows.sort()
}

const open = async (file: string) => openLegacyDump(await openArchive(file))

test('the database and dumps of it in any format give the same rows', { skip: postgresMissing }, async (t) => {
  const url = await freshDatabase(t)
  await buildLegacyDatabase(url)
  const directory = temporaryDirectory(t)
  for (const [name, options] of Object.entries(dumps)) dumpLegacy(url, join(directory, name), ...options)
  for (const name of ['custom', 'tar'])
    writeFileSync(join(directory, `${name}.gz`), gzipSync(readFileSync(join(directory, name))))
  const expected = await rowsOf(await openLegacyDatabase(url))
  assert.ok(expected.length > 4000)
  for (const name of [...Object.keys(dumps), 'custom.gz', 'tar.gz'])
    assert.deepEqual(await rowsOf(await open(join(directory, name))), expected, name)

  await t.test('one that is cut or damaged is refused, and none is waited for without end', async () => {
    const file = join(directory, 'broken')
    const isRefused = async (bytes: Uint8Array, cause: RegExp) => {
      writeFileSync(file, bytes)
      await assert.rejects(async () => rowsOf(await open(file)), refused('legacy-dump-damaged', { cause }))
    }
    const [custom, tar] = [readFileSync(join(directory, 'custom')), readFileSync(join(directory, 'tar'))]
    await isRefused(custom.subarray(0, -20_000), /pg_restore/u)
    const flipped = Buffer.from(custom)
    flipped.fill('X', custom.length - 20_000, custom.length - 19_900)
    await isRefused(flipped, /pg_restore/u)
    // pg_restore itself never ends with either of these.
    await isRefused(tar.subarray(0, -100_000), /ends before its end/u)
    const renamed = Buffer.from(tar)
    const tocBytes = Number.parseInt(tar.toString('latin1', 124, 135), 8)
    renamed.write('none', 512 + Math.ceil(tocBytes / 512) * 512)
    await isRefused(renamed, /header/u)
    await isRefused(
      Buffer.from('COPY public.auth_user (id, username) FROM stdin;\n1\n\\.\n'),
      /another number of values/u,
    )
    // Text that ends between two tables is as good as whole, but for its last line.
    const [whole = ''] = readFileSync(join(directory, 'plain.sql'), 'utf8').split(
      '-- Data for Name: working_working_log;',
    )
    writeFileSync(file, whole)
    await assert.rejects(async () => rowsOf(await open(file)), refused('legacy-dump-cut', { table: 'working_marks' }))
    // A packed one whose packing is cut.
    const gzip = readFileSync(join(directory, 'tar.gz'))
    writeFileSync(file, gzip.subarray(0, -1000))
    await assert.rejects(async () => rowsOf(await open(file)), refused('archive-unreadable'))
  })
})
