import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase, postgresMissing } from '../support/postgres.ts'
import { torture } from './torture.ts'

const seed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)

test(`40 times killed under load, nothing is lost and nothing doubled (seed ${seed})`, async (t) => {
  const report = await torture({ times: 40, seed })
  t.diagnostic(JSON.stringify(report))
  assert.equal(report.lost, 0)
  assert.equal(report.doubled, 0)
})

test(`10 times killed under load over PostgreSQL (seed ${seed})`, { skip: postgresMissing }, async (t) => {
  const report = await torture({ times: 10, seed, databaseUrl: await freshDatabase(t) })
  t.diagnostic(JSON.stringify(report))
  assert.equal(report.lost, 0)
  assert.equal(report.doubled, 0)
})
