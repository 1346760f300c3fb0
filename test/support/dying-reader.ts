import { isMainThread, workerData } from 'node:worker_threads'

/** Preloaded by a process (`node --import`): its reading thread, which alone is given a place and no log, dies a moment after it began. */
if (!isMainThread && workerData?.place && workerData.log === undefined)
  setTimeout(() => {
    throw new Error('the reading thread died for a test')
  }, 200)
