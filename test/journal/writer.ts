import { openDataDirectory } from '../../src/adapters/data-directory/data-directory.ts'
import { type JournalOptions, openJournal } from '../../src/adapters/journal-sqlite/journal-sqlite.ts'
import type { Delivery } from '../../src/domain/record.ts'
import type { JournalState, JournalWriter, KeptFeed, Run } from '../../src/pipeline/ports.ts'

/** A process that owns a data directory and writes its journal, as its parent tells it; made to be killed. */
export type ToWriter =
  | { readonly kind: 'open'; readonly options: Omit<JournalOptions, 'onCommit' | 'onState' | 'onFailure'> }
  | { readonly kind: 'append'; readonly id: number; readonly run: Run }
  | { readonly kind: 'close'; readonly id: number; readonly delivery: Delivery; readonly closedAt: number }
  | { readonly kind: 'keep-feed'; readonly id: number; readonly feed: KeptFeed }
  | { readonly kind: 'settle'; readonly source: string; readonly number: number }
  | { readonly kind: 'end' }

export interface Told {
  readonly code: string
  readonly remedy: string
  readonly message: string
}

export type FromWriter =
  | { readonly kind: 'opened'; readonly given: ReadonlyMap<string, number>; readonly feeds: readonly KeptFeed[] }
  /** The journal answered a request; null: it is on the disk. */
  | { readonly kind: 'answered'; readonly id: number; readonly error: Told | null }
  | { readonly kind: 'state'; readonly state: JournalState }
  | { readonly kind: 'failed'; readonly error: Told }
  | { readonly kind: 'ended'; readonly error: Told | null }

const tell = (message: FromWriter) => process.send?.(message)

function told(error: unknown): Told {
  const { code = '', remedy = '', message } = error as { code?: string; remedy?: string; message: string }
  return { code, remedy, message }
}

const open = Promise.withResolvers<JournalWriter>()

function asked(journal: JournalWriter, message: Extract<ToWriter, { id: number }>): Promise<void> {
  switch (message.kind) {
    case 'append':
      return journal.append(message.run)
    case 'close':
      return journal.close(message.delivery, message.closedAt)
    case 'keep-feed':
      return journal.keepFeed(message.feed)
  }
}

async function take(message: ToWriter): Promise<void> {
  if (message.kind === 'open') {
    await openDataDirectory(message.options.directory)
    const journal = await openJournal({
      ...message.options,
      onState: (state) => tell({ kind: 'state', state }),
      onFailure: (error) => tell({ kind: 'failed', error: told(error) }),
    })
    open.resolve(journal)
    tell({ kind: 'opened', given: await journal.given(), feeds: journal.feeds() })
    return
  }
  const journal = await open.promise
  switch (message.kind) {
    case 'append':
    case 'close':
    case 'keep-feed': {
      const { id } = message
      asked(journal, message).then(
        () => tell({ kind: 'answered', id, error: null }),
        (error: unknown) => tell({ kind: 'answered', id, error: told(error) }),
      )
      break
    }
    case 'settle':
      journal.settle(message.source, message.number)
      break
    case 'end':
      try {
        await journal[Symbol.asyncDispose]()
        tell({ kind: 'ended', error: null })
      } catch (error) {
        tell({ kind: 'ended', error: told(error) })
      }
      process.disconnect?.()
  }
}

process.on('message', (message: ToWriter) => {
  take(message).catch((error: unknown) => {
    tell({ kind: 'failed', error: told(error) })
    process.disconnect?.()
  })
})

// Nobody tells it anything any more: its parent is gone, or it has ended in good order.
process.on('disconnect', () => process.exit())
