import { parentPort } from 'node:worker_threads'
import { answerCalls } from '../../src/roles/thread.ts'

/** A thread that waits for a promise, as for a store that is away, or is stuck, as in a loop, until the memory says otherwise. */
export interface StuckThread {
  wait(): Promise<never>
  stick(until: Int32Array): Promise<void>
}

const methods: StuckThread = {
  wait: () => new Promise(() => undefined),
  stick: async (until) => void Atomics.wait(until, 0, 0),
}

if (parentPort) answerCalls(parentPort, methods)
