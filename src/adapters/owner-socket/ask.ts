import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type ErrorCode, errorCatalogue, SmenaError } from '../../domain/errors.ts'
import { type OwnerAnswer, type OwnerRequest, piece } from './protocol.ts'
import { ownerPointer } from './serve.ts'

export interface AskOptions {
  readonly dataDirectory: string
  readonly request: OwnerRequest
  /** Read only after the owner has taken the request. */
  readonly bytes?: () => AsyncIterable<Uint8Array>
  readonly progress?: (progress: unknown) => void
  readonly signal?: AbortSignal
}

/** Asks the owner of a data directory. Null when nobody owns it; throws the owner's error as if it had happened here. */
export async function askOwner(options: AskOptions): Promise<{ readonly result: unknown } | null> {
  const socket = await connect(options.dataDirectory)
  if (!socket) return null
  const stop = () => socket.destroy()
  options.signal?.addEventListener('abort', stop)
  try {
    socket.write(`${JSON.stringify(options.request)}\n`)
    if (!options.bytes) socket.end()
    return { result: await converse(socket, options) }
  } finally {
    options.signal?.removeEventListener('abort', stop)
    socket.destroy()
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
  let failed: Error | undefined
  socket.on('error', (error) => {
    failed = error
  })
  for await (const line of createInterface({ input: socket })) {
    const answer = JSON.parse(line) as OwnerAnswer
    switch (answer.is) {
      case 'ready':
        if (options.bytes) void pump(socket, options.bytes())
        break
      case 'progress':
        options.progress?.(answer.progress)
        break
      case 'result':
        return answer.result
      case 'error':
        throw asError(answer)
    }
  }
  throw new SmenaError('owner-gone', { cause: failed?.message ?? 'the connection ended' })
}

async function pump(socket: Socket, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const chunk of bytes) {
      if (socket.destroyed) return
      if (chunk.length > 0 && !socket.write(piece(chunk)))
        await new Promise<void>((resolve) => {
          const done = () => {
            socket.off('drain', done).off('close', done)
            resolve()
          }
          socket.on('drain', done).on('close', done)
        })
    }
    socket.end(piece(new Uint8Array()))
  } catch (error) {
    // Reading failed on our side: the owner must not take what came so far for the whole.
    socket.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}

function asError({ code, message, details }: Extract<OwnerAnswer, { is: 'error' }>): Error {
  if (code in errorCatalogue) return new SmenaError(code as ErrorCode, details as never)
  return new Error(message)
}
