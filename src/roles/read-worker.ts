import { parentPort, workerData } from 'node:worker_threads'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { openReader, type StorePlace } from './store-place.ts'
import { answerCalls } from './thread.ts'

/** The thread that reads the store for HTTP, so that no question keeps a socket waiting. The store is there already. */
if (parentPort) {
  const { place } = workerData as { place: StorePlace }
  const reader = await openReader(place)
  if (!reader) throw new Error('there is no store to read')
  const methods: StoreReader & { close(): Promise<void> } = Object.assign(reader, {
    close: async () => {
      await reader[Symbol.asyncDispose]()
      parentPort?.close()
    },
  })
  answerCalls(parentPort, methods)
}
