import { randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import { Producer } from '@platformatic/kafka'

type Transaction = Awaited<ReturnType<Producer['beginTransaction']>>

/** A producer of somebody else that sends in transactions; it ends with the test. */
export class TransactionalProducer {
  readonly #producer: Producer

  constructor(t: Pick<TestContext, 'after'>, brokers: string) {
    this.#producer = new Producer({
      clientId: 'smena-test',
      bootstrapBrokers: brokers.split(','),
      transactionalId: randomBytes(8).toString('hex'),
      idempotent: true,
      retries: 20,
      retryDelay: 200,
    })
    t.after(() => this.#producer.close())
  }

  /** A transaction with these lines in it, not ended. */
  async begin(topic: string, ...lines: readonly string[]): Promise<Transaction> {
    const transaction = await this.#producer.beginTransaction()
    await sendIn(transaction, topic, ...lines)
    return transaction
  }
}

/** Each line a message without a key. */
export async function sendIn(transaction: Transaction, topic: string, ...lines: readonly string[]): Promise<void> {
  await transaction.send({ messages: lines.map((it) => ({ topic, value: Buffer.from(it) })) })
}
