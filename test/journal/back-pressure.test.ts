import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { listen } from '../../src/adapters/intake-tcp/listen.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { Collector } from '../../src/pipeline/collect.ts'
import type { JournalWriter } from '../../src/pipeline/ports.ts'
import { until } from '../support/smena.ts'

/** A disk that takes nothing until it is let go. */
function slowJournal() {
  const disk = Promise.withResolvers<void>()
  let handed = 0
  const journal = {
    append: (run: { readonly bytes: Uint8Array }) => {
      handed += run.bytes.length
      return disk.promise
    },
    close: () => disk.promise,
  } as unknown as JournalWriter
  return { journal, letGo: disk.resolve, handed: () => handed }
}

test('while the disk is behind, a connection holds one read that waits, and the exchange the rest', async (t) => {
  const { journal, letGo, handed } = slowJournal()
  const collector = new Collector({
    journal,
    now: Date.now,
    journaled: () => undefined,
    failed: (error) => t.diagnostic(String(error)),
  })
  const accepted: Socket[] = []
  const onAccepted = (message: unknown) => accepted.push((message as { socket: Socket }).socket)
  subscribe('net.server.socket', onAccepted)
  t.after(() => unsubscribe('net.server.socket', onAccepted))
  await using listener = await listen({
    source: 'avaya',
    host: '127.0.0.1',
    port: 0,
    allow: null,
    connectionsAtMost: 10,
    open: (peer) => collector.open('avaya', formats['avaya-ip-office'], 'tcp', peer),
    report: () => undefined,
  })
  const opened = async () => {
    const socket = connect(listener.address.port, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    await once(socket, 'connect')
    return socket
  }
  const line = Buffer.from(`${'x'.repeat(99)}\n`)
  const lines = (count: number): Buffer => Buffer.concat(Array.from({ length: count }, () => line))
  const flood = await opened()
  flood.write(lines(100_000))
  await until(
    async () => handed(),
    (bytes) => bytes >= 256 * 1024,
  )
  // What a connection that flows by itself would take piece by piece: before one that came later has its first.
  const trickle = await opened()
  const later: Socket[] = []
  for (const count of [10, 600, 10_000]) {
    trickle.write(lines(count))
    later.push(await opened())
    later.at(-1)?.write(line)
    await until(
      async () => accepted[1 + later.length]?.readableLength,
      (bytes) => bytes === line.length,
    )
  }
  const atFirst = handed()
  const held = accepted.map((socket) => socket.readableLength)
  letGo()
  const all = [flood, trickle, ...later]
  for (const socket of all) socket.end()
  await Promise.all(all.map((socket) => once(socket, 'close')))
  assert.ok(
    held.length === all.length && held.every((bytes) => bytes > 0 && bytes <= 64 * 1024),
    `connections hold ${held.join(', ')} bytes`,
  )
  assert.ok(atFirst <= (256 + 64) * 1024, `${atFirst} bytes were handed to the journal`)
  assert.equal(handed(), 110_613 * (line.length - 1))
})
