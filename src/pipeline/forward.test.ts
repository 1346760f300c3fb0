import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmenaError } from '../domain/errors.ts'
import { type ForwardEvent, SourceForwarder } from './forward.ts'
import type { Feed, LogRecord, Outlet } from './ports.ts'

const delivery = { uid: '0'.repeat(32), source: 'pbx', format: '', how: 'tcp', peer: '', openedAt: 0 } as const

/** A journal that keeps these numbers. */
function journalOf(numbers: readonly number[], atOnce = 10): Feed & { readonly numbers: number[] } {
  const kept = [...numbers]
  return {
    id: 'journal',
    numbers: kept,
    read: async (source, after, limits) => {
      const found = kept.filter((it) => it > after).slice(0, Math.min(limits.records, atOnce))
      return { source, records: found.map((number) => recordOf(number)) }
    },
    closings: async () => new Map(),
  }
}

const recordOf = (number: number): LogRecord => ({
  number,
  delivery,
  line: number,
  occurrence: 1,
  receivedAt: 0,
  fragment: null,
  bytes: Buffer.from(`record ${number}`),
})

const never = new AbortController().signal

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

/** Takes everything, but for as many sends as are to fail. */
class Taker implements Outlet {
  readonly taken: number[] = []
  failures = 0
  takesMs = 0
  underWay = 0
  /** How many sends were under way at each, and how many records it was. */
  readonly prepared: [number, number][] = []
  async send(_: string, records: readonly LogRecord[]): Promise<void> {
    assert.equal(this.underWay++, 0, 'one batch at a time')
    await new Promise((resolve) => setTimeout(resolve, this.takesMs))
    this.underWay--
    if (this.failures-- > 0) throw new SmenaError('kafka-away', { cause: 'the test says so' })
    this.taken.push(...records.map((it) => it.number))
  }
  prepare(records: readonly LogRecord[]): void {
    this.prepared.push([this.underWay, records.length])
  }
}

function forwarding(log: Feed, outlet: Outlet, position = 0) {
  const events: ForwardEvent[] = []
  const reached = new Map<number, () => void>()
  const forwarder = new SourceForwarder('pbx', position, {
    log,
    outlet,
    report: (event) => {
      events.push(event)
      if (event.kind === 'forwarded') reached.get(event.number)?.()
    },
  })
  const until = (number: number) => new Promise<void>((resolve) => reached.set(number, resolve))
  return { forwarder, events, until }
}

test('records are handed on in their order from where the journal stands, and new ones when they come', async () => {
  const log = journalOf(upTo(35))
  const outlet = new Taker()
  const { forwarder, events, until } = forwarding(log, outlet, 7)
  const first = until(35)
  const done = forwarder.run()
  await first
  assert.deepEqual(outlet.taken, upTo(35, 8))
  log.numbers.push(36, 38)
  const second = until(38)
  forwarder.wake()
  await second
  assert.equal(forwarder.position, 38)
  forwarder.close()
  await done
  assert.deepEqual(outlet.taken, [...upTo(36, 8), 38])
  assert.ok(events.every((it) => it.kind === 'forwarded'))
})

test('what was not acknowledged is sent again before anything else', async () => {
  const outlet = new Taker()
  outlet.failures = 3
  const { forwarder, until } = forwarding(journalOf(upTo(25)), outlet)
  const all = until(25)
  const done = forwarder.run()
  await all
  forwarder.close()
  await done
  assert.deepEqual(outlet.taken, upTo(25))
})

test('numbers are sent again when they are asked for, and the rest goes on', async () => {
  const log = journalOf(upTo(60))
  const outlet = new Taker()
  const { forwarder, until } = forwarding(log, outlet)
  const all = until(60)
  const done = forwarder.run()
  await all
  const progress: number[] = []
  assert.equal(await forwarder.refill(15, 37, never, (records) => progress.push(records)), 23)
  assert.deepEqual(outlet.taken, [...upTo(60), ...upTo(37, 15)])
  assert.deepEqual(progress, [10, 20, 23])
  assert.equal(forwarder.position, 60)
  forwarder.close()
  await done
})

test('what is sent again ends at once when it is told to, or with the rest, and says how far it came', async () => {
  const log = journalOf(upTo(60))
  const outlet = new Taker()
  const { forwarder, until } = forwarding(log, outlet, 60)
  const done = forwarder.run()
  const abort = new AbortController()
  const stopped = forwarder.refill(1, 60, abort.signal, (records) => {
    outlet.failures = Number.POSITIVE_INFINITY
    if (records === 10) abort.abort()
  })
  await assert.rejects(stopped, { code: 'forward-stopped', details: { source: 'pbx', sent: 10 } })
  outlet.failures = 0
  const next = until(61)
  log.numbers.push(61)
  forwarder.wake()
  await next
  assert.deepEqual(outlet.taken, [...upTo(10), 61])
  outlet.failures = Number.POSITIVE_INFINITY
  const waiting = [forwarder.refill(1, 60, never, () => undefined), forwarder.refill(1, 5, never, () => undefined)]
  const refused = Promise.all(waiting.map((it) => assert.rejects(it, { code: 'forward-stopped' })))
  await new Promise((resolve) => setTimeout(resolve, 20))
  forwarder.close()
  await Promise.all([done, refused])
})

test('a close ends it while the cluster is away', async () => {
  const outlet = new Taker()
  outlet.failures = Number.POSITIVE_INFINITY
  const { forwarder } = forwarding(journalOf(upTo(5)), outlet)
  const done = forwarder.run()
  await new Promise((resolve) => setTimeout(resolve, 20))
  forwarder.close()
  await done
  assert.deepEqual(outlet.taken, [])
})

test('any other failure is told to whoever runs it', async () => {
  const broken: Outlet = { send: () => Promise.reject(new TypeError('broken')), prepare() {} }
  await assert.rejects(forwarding(journalOf([1]), broken).forwarder.run(), TypeError)
})

test('while a large batch is under way the next one is read and prepared', async () => {
  const outlet = new Taker()
  outlet.takesMs = 100
  const { forwarder, until } = forwarding(journalOf(upTo(9500), 4000), outlet)
  const last = until(9500)
  const done = forwarder.run()
  await last
  forwarder.close()
  await done
  assert.deepEqual(outlet.taken, upTo(9500))
  assert.deepEqual(outlet.prepared.slice(0, 2), [
    [1, 4000],
    [1, 1500],
  ])
})
