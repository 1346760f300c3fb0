import { randomInt } from 'node:crypto'
import { createServer, type Server } from 'node:net'

/** How many ports a range has; whoever listens on the last one has the range. */
const rangeOf = 40

interface ReservedPorts {
  /** The first of the range. */
  readonly base: number
  readonly release: () => void
}

/**
 * A range of ports that no other test has, of which those at the offsets are free: listening on its last port reserves it, and
 * the kernel gives that back with this process. All lie below what Linux hands out for outgoing connections, so that a server
 * which was killed finds its own still free.
 */
export async function reservePorts(offsets: readonly number[]): Promise<ReservedPorts> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const base = 20_000 + rangeOf * randomInt(12_000 / rangeOf)
    const reservation = await listenOn(base + rangeOf - 1)
    if (!reservation) continue
    reservation.unref()
    const probes = (await Promise.all(offsets.map((it) => listenOn(base + it)))).filter((it) => it !== null)
    await Promise.all(probes.map((it) => new Promise((resolve) => it.close(resolve))))
    if (probes.length === offsets.length) return { base, release: () => reservation.close() }
    reservation.close()
  }
  throw new Error(`no range of ${rangeOf} ports is free between 20000 and 32000`)
}

/** A port for a server that is yet to be started: this process's until it ends. */
export const freePort = async (): Promise<number> => (await reservePorts([0])).base

function listenOn(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(null))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
