import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { formatAddress } from '../../domain/address.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { Intake } from '../../pipeline/collect.ts'
import { defaultAllow } from '../../domain/settings.ts'
import { allowList, unmapped } from './allow.ts'

/**
 * One TCP listener of one source. The exchange talks, we only read: a connection is read as fast as the journal takes its
 * records and no faster. We close our half only when everything that came is on the disk, so a sender that waits for the
 * end of the connection knows that nothing of it can be lost any more.
 */
export interface ListenOptions {
  readonly source: string
  /** Null: every address of the machine. */
  readonly host: string | null
  readonly port: number
  /** CIDRs; null: this machine and private networks. */
  readonly allow: readonly string[] | null
  readonly connectionsAtMost: number
  readonly open: (peer: string) => Intake
  readonly report: (event: ListenEvent) => void
}

export type ListenEvent =
  | { readonly kind: 'connected' | 'disconnected'; readonly source: string; readonly peer: string }
  | {
      readonly kind: 'refused'
      readonly source: string
      readonly peer: string
      readonly why: 'not-allowed' | 'too-many'
    }

export interface TcpListener extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number }
}

/** The kernel asks a silent peer whether it is still there after this time. */
const keepAliveMs = 60_000
/** Below one read: a socket asks the kernel for more only when that was taken, so that no connection holds two. */
const readAheadBytes = 1
const quietMs = 100
const leaveAtMostMs = 2000

export async function listen(options: ListenOptions): Promise<TcpListener> {
  const { source, host, port } = options
  const isAllowed = allowList(options.allow ?? defaultAllow)
  const connections = new Map<Socket, Promise<void>>()
  const server = createServer(
    {
      allowHalfOpen: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
      noDelay: false,
      highWaterMark: readAheadBytes,
    },
    (socket) => {
      const peer = unmapped(socket.remoteAddress ?? '')
      const refuse = (why: 'not-allowed' | 'too-many') => {
        socket.destroy()
        options.report({ kind: 'refused', source, peer, why })
      }
      if (!isAllowed(peer)) return refuse('not-allowed')
      if (connections.size >= options.connectionsAtMost) return refuse('too-many')
      options.report({ kind: 'connected', source, peer })
      const done = readAll(socket, options.open(peer))
        // What came of it is not on the disk: a clean end would say that it is.
        .catch(() => void socket.resetAndDestroy())
        .finally(() => {
          connections.delete(socket)
          options.report({ kind: 'disconnected', source, peer })
        })
      connections.set(socket, done)
    },
  )
  await opened(server, host, port)
  const { address, port: bound } = server.address() as AddressInfo
  return {
    address: { host: address, port: bound },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const reading = [...connections.values()]
      await Promise.all([...connections.keys()].map(leave))
      await Promise.all([...reading, closed])
    },
  }
}

function opened(server: Server, host: string | null, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const { code } = error as NodeJS.ErrnoException
      reject(
        new SmenaError(
          'listen-failed',
          { address: formatAddress({ host, port }), cause: code ?? error.message },
          { cause: error },
        ),
      )
    })
    server.listen({ ...(host === null ? {} : { host }), port, backlog: 511 }, () => {
      server.removeAllListeners('error')
      // After it listens, an error of accept (no more descriptors) concerns one connection: the kernel keeps it waiting.
      server.on('error', () => undefined)
      resolve()
    })
  })
}

/**
 * Reads a connection to its end; rejects when what it brought cannot be kept. Data is taken by hand, one read at a time: a
 * stream that flows by itself would go on reading while the journal is behind.
 */
async function readAll(socket: Socket, intake: Intake): Promise<void> {
  let over = false
  let news = false
  let wake: (() => void) | null = null
  const tell = () => {
    news = true
    wake?.()
  }
  const end = () => {
    over = true
    tell()
  }
  socket.on('readable', tell).once('end', end).once('close', end).on('error', end)
  for (;;) {
    news = false
    if (!intake.hasRoom) await intake.ready()
    const chunk = socket.read() as Buffer | null
    if (chunk !== null) {
      intake.push(chunk)
      giveBack(chunk)
    } else if (over) break
    else if (!news)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  await intake.end('cut')
  socket.end()
  socket.destroySoon()
}

/**
 * Frees what was copied already: under a flood, what waits for the collector would be the larger part of all memory. Small pieces
 * may share their memory with others, and what they hold is little.
 */
function giveBack({ buffer, byteLength }: Buffer): void {
  if (byteLength >= 16_384 && buffer.byteLength === byteLength && buffer instanceof ArrayBuffer) buffer.transfer(0)
}

/**
 * Says goodbye and reads on what was under way: closing over unread bytes would throw away records that the exchange
 * believes delivered. Ends when the line has been quiet for a moment.
 */
async function leave(socket: Socket): Promise<void> {
  socket.end()
  for (let waited = 0, read = -1; waited < leaveAtMostMs && !socket.destroyed; waited += quietMs) {
    if (socket.bytesRead === read) break
    read = socket.bytesRead
    await new Promise((resolve) => setTimeout(resolve, quietMs))
  }
  socket.destroy()
}
