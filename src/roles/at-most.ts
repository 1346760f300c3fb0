import { SmenaError } from '../domain/errors.ts'

/** The result, or this error when there is no answer within so many milliseconds. */
export async function answered<T>(
  ms: number,
  result: Promise<T>,
  away: 'store-away' | 'kafka-away' = 'store-away',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new SmenaError(away, { cause: `no answer within ${ms / 1000} s` })), ms)
  })
  try {
    return await Promise.race([result, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits for something to end, in whatever way, but no longer than so many milliseconds. */
export async function atMost(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([done.catch(() => undefined), late])
  clearTimeout(timer)
}

/** Does not keep the process alive. */
export const delay = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref())
