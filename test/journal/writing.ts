import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { JournalOptions } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import type { Delivery } from '../../src/domain/record.ts'
import type { JournalState, KeptFeed, Run } from '../../src/pipeline/ports.ts'
import { journalOptions } from './runs.ts'
import type { FromWriter, Told, ToWriter } from './writer.ts'

const program = fileURLToPath(new URL('writer.ts', import.meta.url))

export class WriterError extends Error {
  readonly code: string
  readonly remedy: string

  constructor({ code, remedy, message }: Told) {
    super(message)
    this.code = code
    this.remedy = remedy
  }
}

/** The journal of another process: `kill` ends it in the middle of whatever it does. */
export class Writing {
  readonly child: ChildProcess
  readonly states: JournalState[] = []
  readonly failure = Promise.withResolvers<Told>()
  given: ReadonlyMap<string, number> = new Map()
  feeds: readonly KeptFeed[] = []
  readonly #opened = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<Told | null>()
  readonly #exited: Promise<unknown>
  readonly #answers = new Map<number, PromiseWithResolvers<void>>()
  #nextId = 0

  /** `under`: a shell command that runs it, in which `"$@"` is the program. */
  constructor(under?: string) {
    const command = [process.execPath, program]
    const [file = '', ...args] = under === undefined ? command : ['sh', '-c', under, 'sh', ...command]
    this.child = spawn(file, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' })
    this.#exited = once(this.child, 'exit')
    this.child.on('message', (message: FromWriter) => this.#receive(message))
    for (const { promise } of [this.failure, this.#opened, this.#ended]) promise.catch(() => undefined)
    void this.#exited.then(() => {
      this.#opened.reject(new Error('the writer ended before it opened the journal'))
      this.#ended.reject(new Error('the writer ended before it closed the journal'))
      for (const { reject } of this.#answers.values()) reject(new Error('the writer ended'))
    })
  }

  async open(directory: string, options: Partial<JournalOptions> = {}): Promise<this> {
    this.#send({ kind: 'open', options: journalOptions(directory, options) })
    await this.#opened.promise
    return this
  }

  append(run: Run): Promise<void> {
    return this.#ask((id) => ({ kind: 'append', id, run }))
  }

  close(delivery: Delivery, closedAt: number): Promise<void> {
    return this.#ask((id) => ({ kind: 'close', id, delivery, closedAt }))
  }

  keepFeed(feed: KeptFeed): Promise<void> {
    return this.#ask((id) => ({ kind: 'keep-feed', id, feed }))
  }

  settle(source: string, number: number): void {
    this.#send({ kind: 'settle', source, number })
  }

  /** Closes the journal in good order; throws what closing threw. */
  async end(): Promise<void> {
    this.#send({ kind: 'end' })
    const error = await this.#ended.promise
    await this.#exited
    if (error) throw new WriterError(error)
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exited
  }

  #ask(request: (id: number) => ToWriter): Promise<void> {
    const id = this.#nextId++
    const answer = Promise.withResolvers<void>()
    this.#answers.set(id, answer)
    answer.promise.catch(() => undefined)
    this.#send(request(id))
    return answer.promise
  }

  #send(message: ToWriter): void {
    this.child.send(message, () => undefined)
  }

  #receive(message: FromWriter): void {
    switch (message.kind) {
      case 'opened':
        this.given = message.given
        this.feeds = message.feeds
        this.#opened.resolve()
        break
      case 'answered': {
        const answer = this.#answers.get(message.id)
        this.#answers.delete(message.id)
        if (message.error) answer?.reject(new WriterError(message.error))
        else answer?.resolve()
        break
      }
      case 'state':
        this.states.push(message.state)
        break
      case 'failed':
        this.failure.resolve(message.error)
        this.#opened.reject(new WriterError(message.error))
        break
      case 'ended':
        this.#ended.resolve(message.error)
        break
    }
  }
}

/** A writer of its own for the test, killed after it. */
export async function writing(
  t: TestContext,
  directory: string,
  options: Partial<JournalOptions> = {},
  under?: string,
): Promise<Writing> {
  const it = new Writing(under)
  t.after(() => it.kill())
  return it.open(directory, options)
}
