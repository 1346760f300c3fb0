import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { SmenaError } from '../domain/errors.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { openReader, type StorePlace } from './store-place.ts'
import { answerCalls } from './thread.ts'

/** The thread that reads the store for HTTP, so that no question keeps a socket waiting. */
if (parentPort) {
  const { place } = workerData as { place: StorePlace }
  const opening = untilStoreAnswers(async () => {
    const opened = await openReader(place)
    if (!opened) throw new SmenaError('store-away', { cause: 'there is no store yet' })
    return opened
  })
  const methods = opening.then((reader): StoreReader & { close(): Promise<void> } =>
    Object.assign(reader, {
      close: async () => {
        await reader[Symbol.asyncDispose]()
        parentPort?.close()
      },
    }),
  )
  answerCalls(parentPort, methods)
  // What is not waited for ends the thread, and the process learns what of.
  await methods
}

/** It may have gone away since the writing side found it; questions wait meanwhile. */
async function untilStoreAnswers<T>(open: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof SmenaError) || error.remedy !== 'retry') throw error
      await delay(1000)
    }
  }
}
