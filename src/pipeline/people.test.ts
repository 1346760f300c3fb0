import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../domain/errors.ts'
import { doPeople } from './people.ts'

test('what somebody else was faster with is judged anew ten times, then given up with what to do', async () => {
  let tries = 0
  const store = {
    people: async (): Promise<never> => {
      tries++
      throw new SmenaError('people-raced', { cause: 'another one' })
    },
  }
  const settings = { zone: 'UTC', shiftAtMostSeconds: 43_200 }
  const request = { do: 'employee-import', rows: [], dryRun: false } as const
  await assert.rejects(
    doPeople({ store, now: () => 0, settings }, { request, who: 'Олег', how: 'shell', key: null }),
    /at this moment: another one\. Repeat the request/u,
  )
  assert.equal(tries, 10)
})
