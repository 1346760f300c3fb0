import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import {
  type Broker,
  type Connection,
  ConnectionPool,
  type ConnectionOptions,
  GenericError,
  listOffsetsV7,
  metadataV12,
  protocolErrors,
  protocolErrorsCodesById,
} from '@platformatic/kafka'
import { parseAddress } from '../../domain/address.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { KafkaSettings } from '../../domain/settings.ts'

/**
 * Connections to a Kafka cluster, and what it says of its topics. The library gives connections (TLS, SASL, one request
 * after the other), the protocol's messages and their errors; when to send what, and what to do about an error, is decided
 * here and by who asks. Versions of the protocol: those that Kafka 3.1 and newer speak.
 */
export interface Topic {
  readonly name: string
  /** Made with the topic: one that was deleted and made again has another. */
  readonly id: string
  readonly partitions: readonly Partition[]
}

export interface Partition {
  readonly index: number
  /** Node id; null: it has no leader now. */
  readonly leader: number | null
  readonly leaderEpoch: number
  readonly replicas: number
}

const connectMs = 5000
const requestMs = 10_000
/** For an answer that another broker can give as well. */
const patienceMs = 1000

/** Codes of the protocol (kafka.apache.org/protocol, "Error codes") that decide what happens next. */
export const kafkaCode = {
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  messageTooLarge: 10,
  recordListTooLarge: 18,
  topicExists: 36,
  invalidReplicationFactor: 38,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducerId: 59,
  unknownTopicId: 100,
} as const

export class Cluster implements AsyncDisposable {
  /** To brokers that are known by name, and by address: TLS says the name that is meant, which no address is (RFC 6066, 3). */
  readonly #pools: { readonly byName: ConnectionPool; readonly byAddress: ConnectionPool }
  readonly #bootstrap: readonly Broker[]
  /** Of topics that are made. */
  readonly replicas: number
  /** Of batches that are sent. */
  readonly compression: KafkaSettings['compression']
  #nodes: ReadonlyMap<number, Broker> = new Map()
  #first = 0

  constructor(settings: KafkaSettings, clientId: string) {
    this.replicas = settings.replicas
    this.compression = settings.compression
    this.#bootstrap = settings.brokers.map((it) => {
      const { host, port } = parseAddress(it) ?? { host: null, port: 0 }
      return { host: host ?? '', port }
    })
    const byAddress = new ConnectionPool(clientId, connectionOptions(settings))
    const byName = new ConnectionPool(clientId, { tlsServerName: true, ...connectionOptions(settings) })
    this.#pools = { byName, byAddress }
    // A connection that is broken while it authenticates says so twice, of which the pool hears the first alone.
    for (const it of [byName, byAddress])
      it.on('connecting', ({ connection }) => connection.on('error', () => undefined))
  }

  /** The topics by name; null: there is none of that name. An empty list asks for nothing but whether the cluster answers. */
  async topics(names: readonly string[]): Promise<ReadonlyMap<string, Topic | null>> {
    const answer = await this.#ask((connection) => metadataOf(connection, names))
    this.#nodes = new Map(answer.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
    const found = new Map<string, Topic | null>(names.map((name) => [name, null]))
    for (const { errorCode, name, topicId, partitions } of answer.topics) {
      if (name == null || errorCode === kafkaCode.unknownTopicOrPartition) continue
      if (errorCode !== 0) throw refusal(errorCode, `topic ${name}`)
      found.set(name, {
        name,
        id: topicId,
        partitions: partitions
          .map((it) => ({
            index: it.partitionIndex,
            leader: it.leaderId < 0 ? null : it.leaderId,
            leaderEpoch: it.leaderEpoch,
            replicas: it.replicaNodes.length,
          }))
          .sort((a, b) => a.index - b.index),
      })
    }
    return found
  }

  /** When `topics` was asked last. */
  get brokersUp(): number {
    return this.#nodes.size
  }

  /** The connection to a node that `topics` told of. */
  async node(id: number | null): Promise<Connection> {
    const broker = id === null ? undefined : this.#nodes.get(id)
    if (!broker) throw new SmenaError('kafka-away', { cause: 'a partition has no leader' })
    return this.attempt(() => this.#connect(broker))
  }

  /** The first offset that is kept (`earliest`) or the one that the next record gets (`latest`). */
  async offset(topic: Topic, partition: Partition, which: 'earliest' | 'latest'): Promise<number> {
    const connection = await this.node(partition.leader)
    const asked = {
      name: topic.name,
      partitions: [
        { partitionIndex: partition.index, currentLeaderEpoch: -1, timestamp: which === 'earliest' ? -2n : -1n },
      ],
    }
    const answer = await this.attempt(() => listOffsetsV7.api.async(connection, -1, 0, [asked]))
    return Number(answer.topics[0]?.partitions[0]?.offset ?? 0n)
  }

  #connect(broker: Broker): Promise<Connection> {
    const { byName, byAddress } = this.#pools
    return (isIP(broker.host) === 0 ? byName : byAddress).get(broker)
  }

  /** Of any broker that answers: one that hangs is not asked first again. */
  async #ask<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    const all = [...this.#bootstrap, ...this.#nodes.values()]
    const known = [...new Map(all.map((it) => [`${it.host}:${it.port}`, it])).values()]
    let failure: unknown = null
    for (let i = 0; i < known.length; i++) {
      const broker = known[(this.#first + i) % known.length] as Broker
      const asked = this.#connect(broker).then(question)
      try {
        // As long as there is another, a broker that hangs is passed over; what becomes of it then is nobody's matter.
        const answer = await (i < known.length - 1 ? inTime(asked) : asked)
        this.#first = (this.#first + i) % known.length
        return answer
      } catch (error) {
        // What a broker refuses says more than one that is not there.
        if (!isRefused(failure)) failure = kafkaError(error)
      }
    }
    throw failure
  }

  /** Any connection that answers metadata, for requests that a broker passes on to the controller. */
  anyNode<T>(question: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#ask(question)
  }

  async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw kafkaError(error)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pool of Object.values(this.#pools)) {
      for (const [, connection] of pool) connection.socket?.destroy()
      await pool.close().catch(() => undefined)
    }
  }
}

const isRefused = (error: unknown): boolean => error instanceof SmenaError && error.code === 'kafka-refused'

async function inTime<T>(asked: Promise<T>): Promise<T> {
  asked.catch(() => undefined)
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new SmenaError('kafka-away', { cause: 'a broker hangs' })), patienceMs)
  try {
    return await Promise.race([asked, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Errors of single topics stand in the answer and are no reason to throw it away. */
async function metadataOf(connection: Connection, names: readonly string[]) {
  try {
    return await metadataV12.api.async(connection, [...names], false, false)
  } catch (error) {
    const { response } = error as { response?: Awaited<ReturnType<typeof metadataV12.api.async>> }
    if (response) return response
    throw error
  }
}

function connectionOptions({ tls, sasl }: KafkaSettings): ConnectionOptions {
  return {
    connectTimeout: connectMs,
    requestTimeout: requestMs,
    maxInflights: 1,
    ...(tls === null
      ? {}
      : {
          ...(tls.serverName === null ? {} : { tlsServerName: tls.serverName }),
          tls: { secureContext: secureContext(tls) },
        }),
    ...(sasl === null ? {} : { sasl: { mechanism: sasl.mechanism, username: sasl.username, password: sasl.password } }),
  }
}

/** Made once, and before anything is connected: a file that is missing or is no PEM is told when the process begins. */
function secureContext(tls: NonNullable<KafkaSettings['tls']>): SecureContext {
  const files = (['ca', 'cert', 'key'] as const).flatMap((key) => {
    const file = tls[key]
    return file === null ? [] : [{ key, file, pem: readPem(file, `kafka.tls.${key}`) }]
  })
  try {
    return createSecureContext(Object.fromEntries(files.map(({ key, pem }) => [key, pem])))
  } catch (error) {
    const names = files.map(({ file }) => file).join(', ')
    throw unreadable(names, 'kafka.tls', error)
  }
}

function readPem(file: string, variable: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    throw unreadable(file, variable, error)
  }
}

const unreadable = (file: string, variable: string, error: unknown): SmenaError =>
  new SmenaError(
    'config-secret-unreadable',
    { file, variable, cause: error instanceof Error ? error.message : String(error) },
    { cause: error },
  )

/** What Kafka said by a code of the protocol, under the name that its documents give it. `of`: what it was said of. */
export function refusal(code: number, of: string): SmenaError {
  const known = protocolErrors[protocolErrorsCodesById[code] ?? '']
  const cause = known ? `${of}: ${known.id}, ${known.message}` : `${of}: error ${code}`
  return new SmenaError(known?.canRetry === false ? 'kafka-refused' : 'kafka-away', { cause })
}

/** Code of the protocol that an error carries, at whatever depth; null: none. */
export function codeOf(error: unknown): number | null {
  for (const leaf of leavesOf(error)) if (typeof leaf['apiCode'] === 'number') return leaf['apiCode']
  return null
}

/**
 * Whether the world will heal is said by `canRetry` of every part of an error that has an opinion; an aggregate has none of
 * its own. What does not heal needs a person, and waits all the same: the records are safe meanwhile.
 */
export function kafkaError(error: unknown): unknown {
  if (error instanceof SmenaError || !(error instanceof Error)) return error
  const leaves = [...leavesOf(error)]
  const isOfKafka = leaves.some((it) => GenericError.isGenericError(it)) || 'syscall' in error
  if (!isOfKafka) return error
  const cause = [...new Set(leaves.map(describe))].join('; ')
  // What an error was caused by knows better: a connection that broke while it authenticated is no wrong password.
  const refused = leaves.some((it) => it['canRetry'] === false && !(it.cause instanceof Error))
  return new SmenaError(refused ? 'kafka-refused' : 'kafka-away', { cause }, { cause: error })
}

type Leaf = Error & Readonly<Record<string, unknown>>

function* leavesOf(error: unknown, depth = 0): Generator<Leaf> {
  if (!(error instanceof Error) || depth > 8) return
  if (error instanceof SmenaError) return yield* leavesOf(error.cause, depth + 1)
  if (error instanceof AggregateError) {
    for (const it of error.errors) yield* leavesOf(it, depth + 1)
    return
  }
  yield error as Leaf
  if (error.cause !== undefined && !('apiCode' in error)) yield* leavesOf(error.cause, depth + 1)
}

function describe(leaf: Leaf): string {
  const id = leaf['apiId']
  return typeof id === 'string' ? `${id}: ${leaf.message}` : leaf.message
}
