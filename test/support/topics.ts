import { Admin } from '@platformatic/kafka'

/** What an administrator does to a topic. */
async function asAdmin<T>(brokers: string, act: (admin: Admin) => Promise<T>, retries = 5): Promise<T> {
  const admin = new Admin({ clientId: 'smena-test', bootstrapBrokers: brokers.split(','), retries, retryDelay: 200 })
  try {
    return await act(admin)
  } finally {
    await admin.close()
  }
}

/** The offset that the next record gets, of each partition. */
export async function endOffsets(brokers: string, topic: string): Promise<number[]> {
  return asAdmin(brokers, async (admin) => {
    const { topics } = await admin.metadata({ topics: [topic] })
    const partitions = topics.get(topic)?.partitions.length ?? 0
    const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
    const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions: asked }] })
    const ends = listed?.partitions ?? []
    return ends.toSorted((a, b) => a.partitionIndex - b.partitionIndex).map((it) => Number(it.offset))
  })
}

/** Lets go what stands before this offset in the first partition, as retention does. */
export async function deleteRecords(brokers: string, topic: string, before: number): Promise<void> {
  const partitions = [{ partition: 0, offset: BigInt(before) }]
  await asAdmin(brokers, (admin) => admin.deleteRecords({ topics: [{ name: topic, partitions }] }))
}

export async function addPartitions(brokers: string, topic: string, count: number): Promise<void> {
  await asAdmin(brokers, (admin) => admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] }))
}

/** How many of the brokers know a topic of this name. */
export async function knowTopic(brokers: string, topic: string): Promise<number> {
  const answers = brokers
    .split(',')
    .map((broker) =>
      asAdmin(broker, async (admin) => (await admin.metadata({ topics: [topic] })).topics.has(topic), 0).catch(
        () => false,
      ),
    )
  return (await Promise.all(answers)).filter((it) => it).length
}
