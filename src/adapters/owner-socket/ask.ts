import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { type ErrorCode, errorCatalogue, SmenaError } from '../../domain/errors.ts'
import { type OwnerAnswer, type OwnerRequest, piece, requestLine } from './protocol.ts'
import { ownerPointer } from './serve.ts'

const leaveAtMostMs = 2000

export interface AskOptions {
  readonly dataDirectory: string
  readonly request: OwnerRequest
  /** Read only after the owner has taken the request. */
  readonly bytes?: () => AsyncIterable<Uint8Array>
  readonly progress?: (progress: unknown) => void
  readonly signal?: AbortSignal
  /** There is an owner, and it is asked now. */
  readonly connected?: () => void
}

/** Asks the owner of a data directory. Null when nobody owns it; throws the owner's error as if it had happened here. */
export async function askOwner(options: AskOptions): Promise<{ readonly result: unknown } | null> {
  const line = requestLine(options.request)
  const socket = await connect(options.dataDirectory)
  if (!socket) return null
  options.connected?.()
  const stop = () => (options.bytes ? hangUp(socket) : socket.destroy())
  options.signal?.addEventListener('abort', stop)
  try {
    if (options.signal?.aborted) socket.destroy()
    socket.write(line)
    if (!options.bytes) socket.end()
    return { result: await converse(socket, options) }
  } finally {
    options.signal?.removeEventListener('abort', stop)
    await leave(socket)
  }
}

/** Sends no more, and waits a little for the owner to say what it has of what was sent. */
function hangUp(socket: Socket): void {
  socket.end()
  const timer = setTimeout(() => socket.destroy(), leaveAtMostMs)
  socket.once('close', () => clearTimeout(timer))
}

/** What was read of our bytes and written is handed over, even when the owner has had enough. */
async function leave(socket: Socket): Promise<void> {
  if (!socket.destroyed) {
    const timer = setTimeout(() => socket.destroy(), leaveAtMostMs)
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve()).resume()
      socket.end()
    })
    clearTimeout(timer)
  }
}

async function connect(dataDirectory: string): Promise<Socket | null> {
  let path: string
  try {
    path = readFileSync(ownerPointer(dataDirectory), 'utf8')
  } catch {
    return null
  }
  return new Promise((resolve) => {
    const socket = createConnection({ path, allowHalfOpen: true })
    // The pointer may be what a killed owner left behind.
    socket.once('error', () => resolve(null))
    socket.once('connect', () => resolve(socket))
  })
}

async function converse(socket: Socket, options: AskOptions): Promise<unknown> {
  const broken: { unread?: Error; cause?: string } = {}
  const unread = (error: unknown) => {
    broken.unread = error instanceof Error ? error : new Error(String(error))
    // The owner must not take what came so far for the whole.
    socket.destroy()
  }
  try {
    for await (const answer of answers(socket))
      switch (answer.is) {
        case 'ready':
          if (options.bytes) pump(socket, options.bytes()).catch(unread)
          break
        case 'progress':
          options.progress?.(answer.progress)
          break
        case 'result':
          return answer.result
        case 'error':
          throw asError(answer)
      }
  } catch (error) {
    if (error instanceof SmenaError || !(error instanceof Error) || !('code' in error)) throw error
    broken.cause = String(error.code)
  }
  if (broken.unread) throw broken.unread
  throw new SmenaError('owner-gone', { cause: broken.cause ?? 'the connection ended' })
}

/** Throws what the connection broke with. */
async function* answers(socket: Socket): AsyncGenerator<OwnerAnswer> {
  const decoder = new TextDecoder()
  let held = ''
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    const lines = (held + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as OwnerAnswer
  }
}

async function pump(socket: Socket, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of bytes) {
    if (!socket.writable) return
    if (chunk.length > 0 && !socket.write(piece(chunk)))
      await new Promise<void>((resolve) => {
        const done = () => {
          socket.off('drain', done).off('close', done)
          resolve()
        }
        socket.on('drain', done).on('close', done)
      })
  }
  if (socket.writable) socket.end(piece(new Uint8Array()))
}

function asError({ code, message, details }: Extract<OwnerAnswer, { is: 'error' }>): Error {
  if (code in errorCatalogue) return new SmenaError(code as ErrorCode, details as never)
  return new Error(message)
}
