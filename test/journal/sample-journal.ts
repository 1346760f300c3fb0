import { join } from 'node:path'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import { seeded } from '../support/mutation.ts'
import { journalOptions, linesOf, newDelivery, runOf } from './runs.ts'

/** A journal with every kind of page: three sources, several deliveries, runs within a page and over many. */
export async function sampleJournal(directory: string): Promise<string> {
  const random = seeded(1)
  await using journal = await openJournal(journalOptions(directory))
  const deliveries = ['avaya', 'asterisk', 'third'].flatMap((name) => [newDelivery(name), newDelivery(name)])
  const lines = new Map(deliveries.map((it) => [it, 1]))
  for (let i = 0; i < 220; i++) {
    const delivery = deliveries[Math.floor(random() * deliveries.length)] as (typeof deliveries)[0]
    const line = lines.get(delivery) as number
    const count = i % 50 === 0 ? 100 : 1 + Math.floor(random() * 8)
    lines.set(delivery, line + count)
    await journal.append(
      runOf(delivery, line, linesOf(line, count, 40 + Math.floor(random() * 120)), 1_764_000_000_000 + i),
    )
  }
  journal.settle('avaya', 100)
  await journal.close(deliveries[0] as (typeof deliveries)[0], 1_764_000_001_000)
  await journal[Symbol.asyncDispose]()
  return join(directory, 'journal.db')
}
