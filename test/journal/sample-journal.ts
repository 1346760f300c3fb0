import { join } from 'node:path'
import { openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import type { KeptFeed } from '../../src/pipeline/ports.ts'
import { seeded } from '../support/mutation.ts'
import { journalOptions, linesOf, newDelivery, runOf } from './runs.ts'

/** No two in the same partition. */
export const sampleFeeds: readonly KeptFeed[] = ['avaya', 'asterisk', 'third', 'fourth'].flatMap((source, i) =>
  [0, 1].map((topic) => ({ source, topicId: `8f1e6a52-0b1c-4c5d-9e3f-00000000000${topic}`, partition: 2 * i + topic })),
)

/** A journal with every kind of page: three sources with records and one without, feeds, several deliveries, runs within a page and over many. */
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
  for (const feed of sampleFeeds) await journal.keepFeed(feed)
  journal.settle('avaya', 100)
  await journal.close(deliveries[0] as (typeof deliveries)[0], 1_764_000_001_000)
  await journal[Symbol.asyncDispose]()
  return join(directory, 'journal.db')
}
