import {
  AclOperations,
  AclPermissionTypes,
  Admin,
  ConfigResourceTypes,
  createAPI,
  describeProducersV0,
  IncrementalAlterConfigOperationTypes,
  incrementalAlterConfigsV1,
  ResourcePatternTypes,
  ResourceTypes,
  unregisterBrokerV0,
  Writer,
} from '@platformatic/kafka'
import { Cluster, refusal } from '../../src/adapters/log-kafka/cluster.ts'

const clusterOf = (brokers: string): Cluster =>
  new Cluster({ brokers: brokers.split(','), tls: null, sasl: null, replicas: 3, compression: 'zstd' }, 'smena-test')

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
export const endOffsets = (brokers: string, topic: string): Promise<number[]> => offsets(brokers, topic, -1n)

/** The first offset that is kept, of each partition. */
export const firstOffsets = (brokers: string, topic: string): Promise<number[]> => offsets(brokers, topic, -2n)

function offsets(brokers: string, topic: string, timestamp: bigint): Promise<number[]> {
  return asAdmin(brokers, async (admin) => {
    const { topics } = await admin.metadata({ topics: [topic] })
    const partitions = topics.get(topic)?.partitions.length ?? 0
    const asked = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp }))
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

/** Sets something for a topic, or for all brokers (''); null: as it was by default. */
export async function configure(brokers: string, topic: string, name: string, value: string | null): Promise<void> {
  const { SET, DELETE } = IncrementalAlterConfigOperationTypes
  const change = value === null ? { name, configOperation: DELETE } : { name, configOperation: SET, value }
  const resourceType = topic === '' ? ConfigResourceTypes.BROKER : ConfigResourceTypes.TOPIC
  await using cluster = clusterOf(brokers)
  await cluster.anyNode((connection) =>
    incrementalAlterConfigsV1.api.async(connection, [{ resourceType, resourceName: topic, configs: [change] }], false),
  )
}

/** How many producers the leader of the first partition knows, to tell what they repeat. */
export async function producersOf(brokers: string, topic: string): Promise<number> {
  await using cluster = clusterOf(brokers)
  const leader = (await cluster.topics([topic])).get(topic)?.partitions[0]?.leader ?? null
  const asked = [{ name: topic, partitionIndexes: [0] }]
  const { topics } = await describeProducersV0.api.async(await cluster.node(leader), asked)
  return topics[0]?.partitions[0]?.activeProducers.length ?? 0
}

export async function addPartitions(brokers: string, topic: string, count: number): Promise<void> {
  await asAdmin(brokers, (admin) => admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] }))
}

/** Null: there is no such topic. */
export async function topicId(brokers: string, topic: string): Promise<string | null> {
  await using cluster = clusterOf(brokers)
  return (await cluster.topics([topic])).get(topic)?.id ?? null
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

/** Of its first partition; 0: there is no such topic. */
export async function replicasOf(brokers: string, topic: string): Promise<number> {
  return asAdmin(brokers, async (admin) => {
    const { topics } = await admin.metadata({ topics: [topic] })
    return topics.get(topic)?.partitions[0]?.replicas.length ?? 0
  }).catch(() => 0)
}

/** Forgets a broker that is down; it is known again when it starts. */
export async function unregister(brokers: string, broker: number): Promise<void> {
  await using cluster = clusterOf(brokers)
  await cluster.anyNode((connection) => unregisterBrokerV0.api.async(connection, broker))
}

const electionNotNeeded = 84

/** What the client has no name for: an unclean election of the leader of the first partition. Its errors: that of all, and its own. */
const electLeaders = createAPI(
  43,
  2,
  (topic: string) =>
    Writer.create()
      .appendInt8(1)
      .appendArray([topic], (w, name) => {
        w.appendString(name).appendArray([0], (p, index) => p.appendInt32(index), true, false)
      })
      .appendInt32(10_000)
      .appendTaggedFields(),
  (_id, _key, _version, reader) => {
    reader.readInt32()
    const errors = [reader.readInt16()]
    reader.readArray((topics) => {
      topics.readString()
      topics.readArray((partitions) => {
        partitions.readInt32()
        errors.push(partitions.readInt16())
        partitions.readNullableString()
      })
    })
    return errors
  },
)

/** Gives the first partition to one of its replicas that is there, whatever that has not: for who has no other any more. */
export async function electUncleanly(brokers: string, topic: string): Promise<void> {
  await using cluster = clusterOf(brokers)
  const errors = await cluster.anyNode((connection) => electLeaders.async(connection, topic))
  for (const it of errors) if (it !== 0 && it !== electionNotNeeded) throw refusal(it, `an election for topic ${topic}`)
}

/** Takes a right to a topic from a user of the secure listener. */
export async function deny(brokers: string, user: string, topic: string, what: 'WRITE' | 'DESCRIBE'): Promise<void> {
  const acl = {
    resourceType: ResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: AclOperations[what],
    permissionType: AclPermissionTypes.DENY,
  }
  await asAdmin(brokers, (admin) => admin.createAcls({ creations: [acl] }))
}
