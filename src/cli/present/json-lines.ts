import { batches } from './batches.ts'

/**
 * One JSON value on one line. What a terminal could take for a command or for a mark of direction is written as `\uXXXX`: the value
 * is the same.
 */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value).replace(/[\x7F-\x9F\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    let escaped = ''
    for (let i = 0; i < character.length; i++) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
    }
    return escaped
  })
  return `${text}\n`
}

/** A list: one value a line, no total. */
export async function* jsonLines(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const batch of batches(values, 200)) yield batch.map(jsonLine).join('')
}
