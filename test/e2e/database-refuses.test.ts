import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { postgresMissing, startPostgres } from '../support/postgres.ts'
import { installation, smena } from '../support/smena.ts'
import { temporaryDirectory } from '../support/stores.ts'

const archive = new URL('../samples/avaya-smdr.sample.csv', import.meta.url).pathname

/** What a user of the server may do wrong, what is found, and what is said to do about it. */
const refusals = [
  {
    what: 'a wrong password',
    as: { username: 'locked', password: 'wrong' },
    found: '(28P01)',
    en: 'Correct the account and its password in SMENA_DATABASE_URL, ',
    ru: 'Исправьте учётную запись и её пароль в SMENA_DATABASE_URL ',
  },
  {
    what: 'an account that is not there',
    as: { username: 'nobody_of_that_name' },
    found: '(28000)',
    en: 'Correct the account and its password in SMENA_DATABASE_URL, ',
    ru: 'Исправьте учётную запись и её пароль в SMENA_DATABASE_URL ',
  },
  {
    what: 'a database that is not there',
    as: { pathname: '/nothing_of_that_name' },
    found: '"nothing_of_that_name" does not exist (3D000)',
    en: 'Create this database on the server, or name another one in SMENA_DATABASE_URL, ',
    ru: 'Создайте эту базу на сервере или назовите другую в SMENA_DATABASE_URL, ',
  },
  {
    what: 'an account without the right to make tables',
    as: { username: 'guest' },
    found: '(42501)',
    en: 'Make the account the owner of the database ',
    ru: 'Сделайте учётную запись владельцем базы ',
  },
]

test('a database that refuses says what was found and what is to be done about it, and nothing of a disk', {
  skip: postgresMissing,
}, async (t) => {
  const directory = temporaryDirectory(t)
  chmodSync(directory, 0o755)
  const hba = join(directory, 'pg_hba.conf')
  writeFileSync(hba, 'host all locked 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n')
  await using postgres = await startPostgres({ fsync: 'off', hba_file: hba })
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  await client.query(`CREATE ROLE locked LOGIN PASSWORD 'right'`)
  await client.query('CREATE ROLE guest LOGIN')
  await client.end()
  for (const { what, as, found, en, ru } of refusals) {
    const url = new URL(postgres.url)
    Object.assign(url, as)
    const it = installation(temporaryDirectory(t), { databaseUrl: url.href })
    const run = async (...args: readonly string[]) => {
      const { code, stderr } = await smena(it, args)
      assert.equal(code, 1, what)
      return stderr
    }
    const imported = await run('import', archive, '--source', 'avaya')
    for (const part of [found, en]) assert.ok(imported.includes(part), `${what}: ${imported}`)
    assert.doesNotMatch(imported, /disk/u)
    const said = await run('import', archive, '--source', 'avaya', '--lang', 'ru')
    for (const part of [found, ru]) assert.ok(said.includes(part), `${what}: ${said}`)
    // Who only reads needs no tables of its own, and finds none here.
    if (found !== '(42501)') assert.ok((await run('calls')).includes(en), what)
  }
})
