import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { errorCatalogue, SmenaError } from './errors.ts'

const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')

test('docs/errors.md is the catalogue, code by code', () => {
  const rows = [...document.matchAll(/^\| `([^`]+)` \| (\w+) \| (.*) \|$/gmu)].map(([, code, remedy, message]) => ({
    code,
    remedy,
    message: message?.replaceAll('\\|', '|'),
  }))
  const catalogue = Object.entries(errorCatalogue).map(([code, { remedy, message }]) => ({ code, remedy, message }))
  assert.deepEqual(
    rows.toSorted((a, b) => ((a.code ?? '') < (b.code ?? '') ? -1 : 1)),
    catalogue.toSorted((a, b) => (a.code < b.code ? -1 : 1)),
  )
})

test('a message is filled with what was found and says what to do', () => {
  const error = new SmenaError('source-unknown', { source: 'avya', known: 'avaya, asterisk' })
  assert.equal(error.message, 'There is no source avya. Name one of: avaya, asterisk.')
  assert.equal(error.remedy, 'refuse')
})
