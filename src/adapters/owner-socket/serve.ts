import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SmenaError } from '../../domain/errors.ts'
import { type OwnerAnswer, type OwnerRequest, pieces, readLine } from './protocol.ts'

export interface OwnerConversation {
  readonly request: OwnerRequest
  /** Says that the request is taken; from then on `bytes` may be read. */
  readonly ready: () => void
  readonly progress: (progress: unknown) => void
  /** What the command sends after its request; throws when it goes away before the end of it. */
  readonly bytes: AsyncIterable<Uint8Array>
  /** Aborted when the command went away. */
  readonly signal: AbortSignal
}

/** A command that does not hang up is cut off; what it had asked for ends then, or is left to whoever does it. */
const leaveAtMostMs = 2000
const endAtMostMs = 2000
const stopped = 'it was stopped'

/** Paths of local sockets are limited to this many bytes on Linux (unix(7): 108 with the closing zero). */
const pathBytesAtMost = 107

/**
 * Listens for commands of this machine's user. The socket lies in a directory of its own that only the user can enter, in
 * `runtimeDirectory` (null: the system's temporary directory); the data directory says where.
 */
export async function serveOwner(options: {
  readonly dataDirectory: string
  readonly runtimeDirectory: string | null
  readonly converse: (conversation: OwnerConversation) => Promise<unknown>
}): Promise<AsyncDisposable> {
  const directory = mkdtempSync(join(options.runtimeDirectory ?? tmpdir(), 'smena-'))
  const path = join(directory, 'owner')
  if (Buffer.byteLength(path) > pathBytesAtMost) {
    rmSync(directory, { recursive: true, force: true })
    throw new SmenaError('socket-path-too-long', { path, limit: pathBytesAtMost })
  }
  const conversations = new Map<Socket, Promise<void>>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined)
    const over = converse(socket, options.converse).finally(() => conversations.delete(socket))
    conversations.set(socket, over)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  const pointer = ownerPointer(options.dataDirectory)
  writeFileSync(pointer, path, { mode: 0o600 })
  return {
    [Symbol.asyncDispose]: async () => {
      rmSync(pointer, { force: true })
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of conversations.keys()) goodbye(socket)
      const hangUp = setTimeout(() => {
        for (const socket of conversations.keys()) socket.destroy()
      }, leaveAtMostMs)
      const late = Promise.withResolvers<void>()
      const giveUp = setTimeout(late.resolve, leaveAtMostMs + endAtMostMs)
      await Promise.race([Promise.all([...conversations.values(), closed]), late.promise])
      clearTimeout(hangUp)
      clearTimeout(giveUp)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Says that nothing more is taken, and reads on what the command has written already: it cannot take that back. */
function goodbye(socket: Socket): void {
  const { message } = new SmenaError('owner-gone', { cause: stopped })
  if (socket.writable) {
    const answer: OwnerAnswer = { is: 'error', code: 'owner-gone', message, details: { cause: stopped } }
    socket.end(`${JSON.stringify(answer)}\n`)
  }
}

/** The file in the data directory that says where its owner listens. */
export const ownerPointer = (dataDirectory: string): string => join(dataDirectory, 'owner')

async function converse(socket: Socket, handle: (conversation: OwnerConversation) => Promise<unknown>): Promise<void> {
  const abort = new AbortController()
  socket.once('close', () => abort.abort())
  const send = (answer: OwnerAnswer) => {
    if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`)
  }
  try {
    const line = await readLine(socket)
    if (line === null) return
    const result = await handle({
      request: JSON.parse(line) as OwnerRequest,
      ready: () => send({ is: 'ready' }),
      progress: (progress) => send({ is: 'progress', progress }),
      bytes: pieces(socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>),
      signal: abort.signal,
    })
    send({ is: 'result', result })
  } catch (error) {
    if (error instanceof SmenaError)
      send({ is: 'error', code: error.code, message: error.message, details: { ...error.details } })
    else send({ is: 'error', code: 'unexpected', message: String(error), details: {} })
  } finally {
    socket.end()
    socket.destroySoon()
  }
}
