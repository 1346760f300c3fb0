import { randomBytes } from 'node:crypto'
import { Admin, ListOffsetTimestamps } from '@platformatic/kafka'
import { createTopic, deleteTopic } from '../../test/support/kafka.ts'
import { pause } from './process.ts'

const lookEveryMs = 10
/** Who has brought nothing more for so long brings no more. */
const stalledMs = 30_000

/**
 * A topic of its own for one run, of one partition as Smena makes them; three made no peer faster. What counts is the high
 * watermark: records below it are with all replicas in sync, which is what a producer with `acks=all` waits for, so every way
 * is measured alike, whatever it asks of the brokers itself.
 */
export class Topic implements AsyncDisposable {
  readonly name: string
  readonly #brokers: string
  readonly #admin: Admin

  private constructor(brokers: string, name: string) {
    this.name = name
    this.#brokers = brokers
    this.#admin = new Admin({ clientId: 'smena-bench', bootstrapBrokers: brokers.split(','), retries: 5 })
  }

  static async create(brokers: string): Promise<Topic> {
    const name = `bench-${randomBytes(8).toString('hex')}`
    await createTopic(brokers, name, 1)
    return new Topic(brokers, name)
  }

  async count(): Promise<number> {
    const partitions = [{ partitionIndex: 0, timestamp: ListOffsetTimestamps.LATEST }]
    const [topic] = await this.#admin.listOffsets({ topics: [{ name: this.name, partitions }] })
    return Number(topic?.partitions[0]?.offset ?? 0)
  }

  /** True when so many records are acknowledged; false when fewer are and no more come. */
  async reaches(records: number): Promise<boolean> {
    let [count, changedAt] = [-1, performance.now()]
    for (;;) {
      const found = await this.count()
      if (found >= records) return true
      if (found !== count) [count, changedAt] = [found, performance.now()]
      if (performance.now() - changedAt > stalledMs) return false
      await pause(lookEveryMs)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#admin.close()
    await deleteTopic(this.#brokers, this.name)
  }
}
