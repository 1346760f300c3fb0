import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { SmenaError } from '../../src/domain/errors.ts'
import type { KafkaSettings } from '../../src/domain/settings.ts'
import { BrokerProxy } from '../support/broker-proxy.ts'
import { type Kafka, ownKafkaMissing, type SecureBrokers, startKafka } from '../support/kafka.ts'
import { Follower, recordsOf, TestOutlet } from '../support/kafka-log.ts'
import { until } from '../support/smena.ts'

const skip = ownKafkaMissing

let kafka: Promise<Kafka> | null = null

async function open(): Promise<{ readonly kafka: Kafka; readonly secure: SecureBrokers }> {
  const started = await (kafka ??= startKafka({ secure: true }))
  return { kafka: started, secure: started.secure as SecureBrokers }
}

after(async () => (await kafka)?.[Symbol.asyncDispose]())

type Sasl = NonNullable<KafkaSettings['sasl']>

const settingsOf = (secure: SecureBrokers, sasl: Partial<Sasl> = {}, ca = secure.caFile): KafkaSettings => ({
  brokers: secure.brokers.split(','),
  tls: { ca, cert: null, key: null, serverName: null },
  sasl: { mechanism: 'PLAIN', username: secure.user, password: secure.password, ...sasl },
  replicas: 3,
  compression: 'zstd',
})

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

const newTopic = async (it: Kafka): Promise<string> => {
  const topic = `t-${randomBytes(8).toString('hex')}`
  await it.createTopic(topic, 1)
  return topic
}

/** Of one send; whatever hangs on the error is looked through for the password. */
async function refusal(settings: KafkaSettings, topic: string): Promise<SmenaError> {
  await using outlet = new TestOutlet(settings, topic)
  const error = await outlet.send(recordsOf(1)).then(
    () => assert.fail('it was let in'),
    (it: unknown) => it,
  )
  assert.ok(error instanceof SmenaError, inspect(error))
  assert.ok(!inspect(error, { depth: 20, showHidden: true }).includes(settings.sasl?.password ?? ''))
  return error
}

for (const mechanism of mechanisms) {
  test(`records go to brokers with TLS and ${mechanism}, and come from them`, { skip }, async () => {
    const { kafka: servers, secure } = await open()
    const topic = await newTopic(servers)
    const settings = settingsOf(secure, { mechanism })
    await using outlet = new TestOutlet(settings, topic)
    await using follower = new Follower(settings, topic)
    const sent = recordsOf(100, { bytes: 3000 })
    await outlet.sendUntilThere(sent)
    await until(
      async () => follower.records.length,
      (it) => it >= sent.length,
    )
    assert.deepEqual(
      follower.lines,
      sent.map((it) => Buffer.from(it.bytes).toString('latin1')),
    )
    assert.deepEqual(follower.events, [])
  })

  test(`a wrong password of ${mechanism} is refused, and stands in no message`, { skip }, async () => {
    const { kafka: servers, secure } = await open()
    const topic = await newTopic(servers)
    const error = await refusal(settingsOf(secure, { mechanism, password: 'not-this-one' }), topic)
    assert.deepEqual([error.code, error.remedy], ['kafka-refused', 'retry'])
    assert.match(error.message, /[Aa]uthentication/u)
  })
}

test('a follower that is refused says so as trouble, and no password in it', { skip }, async () => {
  const { kafka: servers, secure } = await open()
  const topic = await newTopic(servers)
  const password = 'not-this-one'
  await using follower = new Follower(settingsOf(secure, { mechanism: 'SCRAM-SHA-512', password }), topic)
  const [event] = await until(
    async () => follower.events,
    (it) => it.length > 0,
  )
  assert.ok(event?.kind === 'trouble' && event.error.code === 'kafka-refused')
  assert.ok(!inspect(event, { depth: 20, showHidden: true }).includes(password))
})

test('a broker whose certificate another authority signed is not talked to, and that is told', { skip }, async (t) => {
  const { kafka: servers, secure } = await open()
  const topic = await newTopic(servers)
  const ca = `${secure.caFile}.other`
  writeFileSync(ca, otherAuthority)
  t.after(() => rmSync(ca))
  const error = await refusal(settingsOf(secure, {}, ca), topic)
  assert.match(error.message, /certificate/u)
  assert.equal(error.remedy, 'retry')
})

test('brokers that are known by name, or by another name than their certificate has', { skip }, async () => {
  const { kafka: servers, secure } = await open()
  const topic = await newTopic(servers)
  const byName = { ...settingsOf(secure), brokers: secure.brokers.replaceAll('127.0.0.1', 'localhost').split(',') }
  await using outlet = new TestOutlet(byName, topic)
  await outlet.sendUntilThere(recordsOf(1))
  const named = (serverName: string): KafkaSettings => {
    const settings = settingsOf(secure)
    return { ...settings, tls: settings.tls && { ...settings.tls, serverName } }
  }
  await using expected = new TestOutlet(named('localhost'), topic)
  await expected.sendUntilThere(recordsOf(1))
  const error = await refusal(named('kafka.example'), topic)
  assert.match(error.message, /kafka\.example/u)
})

test('a file of TLS that is not there, or is none, is told at the beginning, with its name', { skip }, async () => {
  const { secure } = await open()
  const settings = settingsOf(secure)
  const withCertificate = (cert: string) =>
    new TestOutlet({ ...settings, tls: settings.tls && { ...settings.tls, cert } }, 'any')
  assert.throws(() => withCertificate('/nowhere.pem'), /\/nowhere\.pem, named by kafka\.tls\.cert/u)
  assert.throws(() => withCertificate(import.meta.filename), /secure\.test\.ts, named by kafka\.tls/u)
})

test('a listener that wants TLS and gets none, and one that wants none and gets it, are told', { skip }, async () => {
  const { kafka: servers, secure } = await open()
  const topic = await newTopic(servers)
  const plain = await refusal({ ...settingsOf(secure), tls: null }, topic)
  const tls = await refusal({ ...settingsOf(secure), brokers: servers.brokers.split(',') }, topic)
  for (const it of [plain, tls]) assert.equal(it.remedy, 'retry')
})

test('a broker that goes away while it is asked who we are ends nothing but the attempt', { skip }, async () => {
  const { kafka: servers, secure } = await open()
  const topic = await newTopic(servers)
  await using proxy = await BrokerProxy.open()
  proxy.lead(secure.brokers.split(',')[0] as string)
  const settings = { ...settingsOf(secure, { mechanism: 'SCRAM-SHA-512' }), brokers: [proxy.address] }
  // After each number of bytes of the answers: within the handshake of TLS, of SASL, and behind both.
  let isThrough = false
  for (let bytes = 0; !isThrough; bytes += 100) {
    proxy.breakAfter(bytes)
    await using outlet = new TestOutlet(settings, topic)
    isThrough = await outlet.cluster.topics([]).then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof SmenaError && error.code === 'kafka-away', inspect(error))
        return false
      },
    )
    if (isThrough) assert.ok(bytes > 1000, `${bytes} bytes were enough`)
  }
  proxy.breakAfter(null)
  await using outlet = new TestOutlet(settings, topic)
  await outlet.sendUntilThere(recordsOf(1))
})

/** Any other one, self-signed; its key is nowhere. */
const otherAuthority = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT+gAwIBAgIUURZRKk6HRFj1V4rB7ahy8A7aSMMwCgYIKoZIzj0EAwIw
ITEfMB0GA1UEAwwWQW5vdGhlciB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjgwODI0
MjBaGA8yMTI2MTEwNDA4MjQyMFowITEfMB0GA1UEAwwWQW5vdGhlciB0ZXN0IGF1
dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAOAbfd8Aji5kCFPGrs6
GQPsN8ihnvycOBDR4p5pQieFnUoUDVxzGAqHg9ZQWOnKAi8LyVdG3tKtuiv8NIrQ
7jijUzBRMB0GA1UdDgQWBBS43nu60By9HpwoIoVE68PjzRufMjAfBgNVHSMEGDAW
gBS43nu60By9HpwoIoVE68PjzRufMjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49
BAMCA0cAMEQCIFYu0tFap6+wFpZlpFAFG8ngZGWc2T1DOpsVqzqjFQkvAiBVbRu0
e50DWX+16uopyGnWXhbgr/yCTPdwkSA/I85T+A==
-----END CERTIFICATE-----
`
