import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { engines, temporaryDirectory } from '../support/stores.ts'
import { buildLegacyDatabase, dumpLegacy } from '../support/legacy-schema.ts'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import {
  type Installation,
  installation,
  serve,
  smena,
  smenaJson,
  statusOfInstallation,
  until,
} from '../support/smena.ts'

interface Report {
  readonly dryRun: boolean
  readonly tables: readonly {
    readonly table: string
    readonly read: number
    readonly fresh: number
    readonly same: number
  }[]
  readonly issues: readonly { readonly kind: string; readonly from: string | null }[]
  readonly differences: readonly { readonly causes: readonly string[] }[]
}

const asked = ['--timezone', 'Asia/Krasnoyarsk', '--extension-source', 'avaya']
const importing = async (it: Installation, place: string, ...more: string[]): Promise<Report> => {
  const [report] = await smenaJson<Report>(it, ['legacy', 'import', place, ...asked, '--json', ...more])
  assert.ok(report)
  return report
}
const sumOf = (report: Report, name: 'fresh' | 'same') => report.tables.reduce((sum, it) => sum + it[name], 0)

suite('smena legacy import', { skip: postgresMissing }, () => {
  test('a database is imported while the installation runs, and calls of its telephones are attributed anew', async (t) => {
    const url = await freshDatabase(t)
    await buildLegacyDatabase(url)
    const it = installation(temporaryDirectory(t))
    const serving = await serve(it, t)
    const dry = await importing(it, url, '--dry-run')
    assert.equal(dry.dryRun, true)
    const report = await importing(it, url)
    assert.deepEqual(report.tables, dry.tables)
    assert.ok(sumOf(report, 'fresh') > 5000)
    assert.equal(report.issues.find((issue) => issue.kind === 'gap-expected')?.from, '2018-09-05T17:00:00Z')
    assert.ok(report.differences.every((found) => found.causes.length > 0))
    const again = await importing(it, url)
    assert.deepEqual([sumOf(again, 'fresh'), sumOf(again, 'same')], [0, sumOf(report, 'fresh')])
    await until(
      () => statusOfInstallation(it),
      (status) => status.roles.attribute.lag === 0,
    )
    assert.equal(await serving.stop(), 0)
  })

  test('a dump is imported when nothing runs; the site keeps its own zone', async (t) => {
    const url = await freshDatabase(t)
    await buildLegacyDatabase(url)
    const directory = temporaryDirectory(t)
    const dump = join(directory, 'iss.sql')
    dumpLegacy(url, dump)
    const it = installation(directory)
    for (const [language, says] of [
      ['en', /^Dry run: no row was imported/mu],
      ['ru', /^Пробный запуск: ни одна строка не загружена/mu],
    ] as const) {
      const dry = await smena(it, ['--lang', language, 'legacy', 'import', dump, ...asked, '--dry-run'])
      assert.match(dry.stdout, says)
    }
    assert.deepEqual(await smenaJson(it, ['employee', 'list', '--json']), [])
    const { code, stdout, stderr } = await smena(it, ['--lang', 'ru', 'legacy', 'import', dump, ...asked])
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^working_working_time +907 +902 +2 +3 /mu)
    assert.match(stdout, /20\.02\.2018 09:00:00 – 20\.02\.2018 18:00:00 · working_working_time 100001, 100002/u)
    assert.doesNotMatch(stderr, /reading|прочтени/iu)
    const config = await smena(it, ['config', 'check', '--json'])
    assert.match(config.stdout, /Europe\/Moscow/u)
    const again = await importing(it, dump)
    assert.equal(sumOf(again, 'fresh'), 0)
  })

  test('statistics of Cassandra are imported beside it, their times by the clock of the exchange', async (t) => {
    const url = await freshDatabase(t)
    await buildLegacyDatabase(url)
    const directory = temporaryDirectory(t)
    const [, engine] = engines
    const store = await engine?.open(t)
    assert.ok(store && 'url' in store.place)
    const file = join(directory, 'phone_log.csv')
    writeFileSync(
      file,
      [
        'id,call_a,call_b,call_c,call_inner,datetime_call,day,duration,in_out,month,source,year',
        '7d2a6a4e-0001,89131234567,,4102,False,2018-12-01 09:30:00.000+0000,1,61,True,12,KRS-AVAYA,2018',
        '7d2a6a4e-0002,4102,"","""Имя"", с запятой",False,2018-12-01 09:31:00.000+0000,1,0,False,12,KRS-G700,2018',
      ].join('\r\n'),
    )
    const it = installation(directory, { databaseUrl: store.place.url })
    const report = await importing(it, url, '--phone-log', file, '--breaks', 'paid')
    assert.deepEqual(report.tables.find((found) => found.table === 'phone_log')?.fresh, 2)
    const rows = await store.rows(`SELECT * FROM legacy_digest WHERE origin = 'phone_log' ORDER BY old_id`)
    assert.deepEqual(
      rows.map((row) => [row['at'], row['direction'], row['c'], row['source']]),
      [
        [Date.parse('2018-12-01T09:30:00+07:00'), 'inbound', '4102', 'KRS-AVAYA'],
        [Date.parse('2018-12-01T09:31:00+07:00'), 'outbound', '"Имя", с запятой', 'KRS-G700'],
      ],
    )
  })

  test('what cannot be read is refused with what to do, and nothing is written', async (t) => {
    const url = await freshDatabase(t)
    await buildLegacyDatabase(url)
    const directory = temporaryDirectory(t)
    const it = installation(directory)
    const custom = join(directory, 'custom.dump')
    dumpLegacy(url, custom, '-Fc')
    const halved = join(directory, 'halved.dump')
    writeFileSync(halved, readFileSync(custom).subarray(0, -20_000))
    const text = join(directory, 'notes.txt')
    writeFileSync(text, 'nothing of that kind\n')
    const cut = join(directory, 'cut.sql')
    writeFileSync(cut, 'COPY public.auth_user (id, username) FROM stdin;\n1\tanna\n')
    const empty = await freshDatabase(t)
    for (const [place, says] of [
      [halved, /halved\.dump is damaged or cut: pg_restore/u],
      [text, /none of the tables of the old system/u],
      [cut, /is cut: it ends at table auth_user/u],
      [empty, /none of the tables of the old system/u],
      [join(directory, 'missing.sql'), /Cannot read .*missing\.sql/u],
      ['postgres://nobody:secret@127.0.0.1:1/iss', /Cannot read the old database 127\.0\.0\.1:1\/iss/u],
    ] as const) {
      const { code, stdout, stderr } = await smena(it, ['legacy', 'import', place, ...asked])
      assert.deepEqual([code, stdout], [1, ''], stderr)
      assert.match(stderr, says)
      assert.doesNotMatch(stderr, /secret/u)
    }
    const without = { environment: { PATH: directory } }
    const packed = await smena(it, ['legacy', 'import', custom, ...asked], without)
    assert.deepEqual([packed.code, packed.stdout], [1, ''])
    assert.match(packed.stderr, /custom format of pg_dump.*`pg_restore -f dump\.sql .*custom\.dump`/su)
    assert.equal((await smenaJson(it, ['employee', 'list', '--json'])).length, 0)
    const wrong = await smena(it, ['legacy', 'import', custom, '--extension-source', 'avaya'])
    assert.equal(wrong.code, 2)
    const unknown = await smena(it, ['legacy', 'import', custom, ...asked.slice(0, 2), '--extension-source', 'nowhere'])
    assert.match(unknown.stderr, /custom|nowhere/u)
  })
})
