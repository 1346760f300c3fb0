import { createTopicsV7, describeConfigsV4 } from '@platformatic/kafka'
import { SmenaError } from '../../domain/errors.ts'
import type { KeptOffsets } from '../../pipeline/collectors.ts'
import { type Cluster, codeOf, kafkaCode, type Topic } from './cluster.ts'
import { feedName } from './partition-reader.ts'

/**
 * Topics of records, and the one in which collectors publish their numbers. Time is that of the append: what waited for
 * days in a journal must not be deleted as old the moment it arrives.
 */
const recordTopic = {
  'cleanup.policy': 'delete',
  'retention.ms': String(7 * 86_400_000),
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'message.timestamp.type': 'LogAppendTime',
}

export const collectorsTopic = 'smena-collectors'

/** Its newest segment is never compacted, so segments are short: whoever reads the topic reads it whole. */
const compactedTopic = {
  'cleanup.policy': 'compact',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'segment.ms': '600000',
  'min.cleanable.dirty.ratio': '0.1',
  'delete.retention.ms': '86400000',
}

const createMs = 8000

/** The topic, made with one partition when there is none. */
export async function ensureTopic(cluster: Cluster, name: string): Promise<Topic> {
  for (let attempt = 0; ; attempt++) {
    const found = (await cluster.topics([name])).get(name)
    if (found && found.partitions.length > 0) return found
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, 100 * attempt))
    if (attempt > 10) throw new SmenaError('kafka-away', { cause: `topic ${name} was made and is not there yet` })
    if (!found) await createTopic(cluster, name)
  }
}

/** With as many replicas as are asked for or not at all: one broker of three that is down must not cost it a replica for ever. */
async function createTopic(cluster: Cluster, name: string): Promise<void> {
  const configs = Object.entries(name === collectorsTopic ? compactedTopic : recordTopic)
  const { replicas: replicationFactor, brokersUp } = cluster
  const topic = {
    name,
    numPartitions: 1,
    replicationFactor,
    assignments: [],
    configs: configs.map(([key, value]) => ({
      name: key,
      value: key === 'min.insync.replicas' ? String(Math.min(2, replicationFactor)) : value,
    })),
  }
  try {
    await cluster.anyNode((connection) => createTopicsV7.api.async(connection, [topic], createMs, false))
  } catch (error) {
    const code = codeOf(error)
    if (code === kafkaCode.invalidReplicationFactor)
      throw new SmenaError(
        'kafka-too-few',
        { topic: name, found: brokersUp, expected: replicationFactor },
        { cause: error },
      )
    if (code !== kafkaCode.topicExists) throw error
  }
}

/** How a topic falls short of what keeps records safe; empty: it does not. */
interface Unsafe {
  readonly topic: string
  readonly key:
    | 'replication.factor'
    | 'min.insync.replicas'
    | 'cleanup.policy'
    | 'retention.ms'
    | 'unclean.leader.election.enable'
  readonly found: string
  readonly expected: string
}

const topicResource = 2

export async function unsafeTopics(cluster: Cluster, topics: readonly Topic[]): Promise<readonly Unsafe[]> {
  if (topics.length === 0) return []
  const answer = await cluster.anyNode((connection) =>
    describeConfigsV4.api.async(
      connection,
      topics.map((it) => ({ resourceType: topicResource, resourceName: it.name, configurationKeys: null })),
    ),
  )
  const found: Unsafe[] = []
  for (const topic of topics) {
    const configs = new Map(
      answer.results.find((it) => it.resourceName === topic.name)?.configs.map((it) => [it.name, it.value ?? '']),
    )
    const complain = (key: Unsafe['key'], is: string, expected: string) =>
      found.push({ topic: topic.name, key, found: is, expected })
    const replicas = Math.min(...topic.partitions.map((it) => it.replicas))
    if (replicas < 3) complain('replication.factor', String(replicas), '3')
    const insync = configs.get('min.insync.replicas') ?? ''
    if (Number(insync) < 2) complain('min.insync.replicas', insync, '2')
    const unclean = configs.get('unclean.leader.election.enable') ?? ''
    if (unclean === 'true') complain('unclean.leader.election.enable', unclean, 'false')
    const policy = configs.get('cleanup.policy') ?? ''
    const expected = (topic.name === collectorsTopic ? compactedTopic : recordTopic)['cleanup.policy']
    if (policy !== expected) complain('cleanup.policy', policy, expected)
    const retention = Number(configs.get('retention.ms') ?? '0')
    if (topic.name !== collectorsTopic && retention >= 0 && retention < 7 * 86_400_000)
      complain('retention.ms', String(retention), String(7 * 86_400_000))
  }
  return found
}

/** What Kafka keeps of each partition; nothing where there is no such topic. */
export async function keptOf(cluster: Cluster, name: string): Promise<readonly KeptOffsets[]> {
  const topic = (await cluster.topics([name])).get(name)
  if (!topic) return []
  const kept: KeptOffsets[] = []
  for (const partition of topic.partitions) {
    const from = await cluster.offset(topic, partition, 'earliest')
    const to = await cluster.offset(topic, partition, 'latest')
    kept.push({ feed: feedName(topic.id, partition.index), from, to })
  }
  return kept
}
