import { instantText } from './status.ts'

const isInstant = (key: string): boolean => /At$|^(?:at|from|to|until)$/u.test(key)
/** Kept as JSON within what is kept as JSON. */
const isPacked = (key: string): boolean => key === 'edits' || key === 'effect'

/** What the store keeps of people's time, as scripts read it: each instant ISO 8601, as everywhere else. */
export function isoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(isoTimes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, it]: [string, unknown]) => {
      if (typeof it === 'number' && isInstant(key)) return [key, instantText(it)]
      return [key, isoTimes(typeof it === 'string' && isPacked(key) ? JSON.parse(it) : it)]
    }),
  )
}
