import { setFlagsFromString } from 'node:v8'
import { type MessagePort, type Transferable, Worker } from 'node:worker_threads'
import { type ErrorCode, errorCatalogue, SmenaError } from '../domain/errors.ts'

/**
 * Calls between a thread and the one that started it: an object's asynchronous methods on one side, a proxy of them on the
 * other. Errors of the catalogue arrive as themselves. Arguments and results are what structured cloning takes.
 */
type Methods = Record<string, (...args: never[]) => Promise<unknown>>

type ToThread = { readonly id: number; readonly method: string; readonly args: unknown[] }
type FromThread =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: CarriedError }
  | { readonly event: unknown }

/** An error on its way from thread to thread. */
export interface CarriedError {
  readonly code: string | null
  readonly message: string
  readonly details: Record<string, string | number>
}

export interface ThreadLimits {
  readonly heapMegabytes: number
  /** For what lives shortly; where it is small, whatever is in hand is copied again and again. */
  readonly youngMegabytes?: number
}

export interface Thread<M, E> {
  readonly methods: M
  /** Called for whatever the thread tells on its own. */
  onEvent: (event: E) => void
  /** Resolves when the thread has ended, with what it died of; null when it was ended in good order. */
  readonly ended: Promise<Error | null>
  /** Resolves when the thread comes to answer, which it does whatever it waits for; never while it is stuck. */
  answers(): Promise<void>
  terminate(): Promise<void>
}

/** Answered by the thread itself, before and beside its methods. */
const ping = '?'

/** `file`: address of the thread's module without its ending, which is that of the caller's own module. */
export function startThread<M extends object, E>(file: URL, workerData: unknown, limits: ThreadLimits): Thread<M, E> {
  // The start line of `bin/smena.js` keeps the first thread's young generation small, and would override what others are given.
  setFlagsFromString('--max-semi-space-size=0')
  const worker = new Worker(file, {
    workerData,
    resourceLimits: {
      maxOldGenerationSizeMb: limits.heapMegabytes,
      maxYoungGenerationSizeMb: limits.youngMegabytes ?? 12,
    },
  })
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  let next = 0
  let dead: Error | null = null
  const call = (method: string, args: unknown[]): Promise<unknown> => {
    if (dead) return Promise.reject(dead)
    const id = next++
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, method, args } satisfies ToThread, transferables(args))
    })
  }
  const fail = (error: Error) => {
    dead ??= error
    for (const { reject } of waiting.values()) reject(dead)
    waiting.clear()
  }
  const ended = new Promise<Error | null>((resolve) => {
    worker.once('error', (error: Error) => fail(error))
    worker.once('exit', (code) => {
      const cause = dead ?? (code === 0 ? null : new Error(`the thread ended with code ${code}`))
      fail(cause ?? new Error('the thread has ended'))
      resolve(cause)
    })
  })
  const thread: Thread<M, E> = {
    methods: new Proxy({} as M, {
      get: (_, method) => {
        // A proxy that is awaited is asked whether it is a promise.
        if (typeof method !== 'string' || method === 'then') return undefined
        return (...args: unknown[]) => call(method, args)
      },
    }),
    onEvent: () => undefined,
    ended,
    answers: async () => void (await call(ping, [])),
    terminate: async () => {
      await worker.terminate()
    },
  }
  worker.on('message', (message: FromThread) => {
    if ('event' in message) return thread.onEvent(message.event as E)
    const asked = waiting.get(message.id)
    waiting.delete(message.id)
    if ('error' in message) asked?.reject(asError(message.error))
    else asked?.resolve(message.result)
  })
  return thread
}

/** The other side: answers calls that come through `port` with the methods of `target`, once it is there. */
export function answerCalls(port: MessagePort, target: object | Promise<object>): void {
  const call = async (method: string, args: unknown[]) => {
    const methods = (await target) as Methods
    return (methods[method] as (...values: unknown[]) => Promise<unknown>).apply(methods, args)
  }
  port.on('message', ({ id, method, args }: ToThread) => {
    const answer = method === ping ? Promise.resolve() : call(method, args)
    answer.then(
      (result) => port.postMessage({ id, result } satisfies FromThread),
      (error: unknown) => port.postMessage({ id, error: carried(error) } satisfies FromThread),
    )
  })
}

export const tellEvent = (port: MessagePort, event: unknown): void => port.postMessage({ event } satisfies FromThread)

/** Buffers of their own are handed over, not copied. */
function transferables(args: readonly unknown[]): Transferable[] {
  const list: Transferable[] = []
  for (const it of args)
    if (it instanceof Uint8Array && it.byteOffset === 0 && it.byteLength === it.buffer.byteLength && it.length > 4096)
      list.push(it.buffer as ArrayBuffer)
  return list
}

export function carried(error: unknown): CarriedError {
  if (error instanceof SmenaError) return { code: error.code, message: error.message, details: { ...error.details } }
  return { code: null, message: error instanceof Error ? (error.stack ?? error.message) : String(error), details: {} }
}

export function asError({ code, message, details }: CarriedError): Error {
  if (code !== null && code in errorCatalogue) return new SmenaError(code as ErrorCode, details as never)
  return new Error(message)
}
