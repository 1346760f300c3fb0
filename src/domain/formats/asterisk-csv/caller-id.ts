/**
 * The name in a caller id. Since 1.8 it is written `"name" <number>` with `\` before a quote or a backslash of the name; older
 * releases escape nothing, and without a name write the bare number. The field may have lost its end to a length limit, closing
 * quote and number included: then the name is what stands behind the opening quote.
 */

const quote = 34
const backslash = 92

/** Null: there is no name, or it only repeats the number. `number` is the row's `src`, as written. */
export function callerName(callerId: string, number: string): string | null {
  if (callerId.charCodeAt(0) !== quote) return null
  const close = closingQuote(callerId)
  const written = close === null ? withoutHalfEscape(callerId.slice(1)) : callerId.slice(1, close)
  const name = written.includes('\\') ? written.replace(/\\(["\\])/gu, '$1') : written
  if (name.trim() === '') return null
  return sameNumber(name, number) ? null : name
}

/** Numbers as they are counted: without what follows an `@`. */
export function withoutHost(number: string): string {
  const at = number.indexOf('@')
  return at < 0 ? number : number.slice(0, at)
}

function sameNumber(name: string, number: string): boolean {
  if (name === number) return true
  return withoutHost(name).toLowerCase() === withoutHost(number).toLowerCase()
}

/** The last quote that is not escaped and has only the number behind it; earlier ones belong to a name of an old release. */
function closingQuote(callerId: string): number | null {
  let close: number | null = null
  for (let at = 1; at < callerId.length; at++) {
    const code = callerId.charCodeAt(at)
    if (code === backslash) at++
    else if (code === quote && isBeforeNumber(callerId, at + 1)) close = at
  }
  return close
}

function isBeforeNumber(callerId: string, at: number): boolean {
  const left = callerId.length - at
  return left === 0 || (left === 1 && callerId[at] === ' ') || callerId.startsWith(' <', at)
}

/** A cut between a backslash and what it escapes leaves the backslash, which is no part of the name. */
function withoutHalfEscape(name: string): string {
  let from = name.length
  while (from > 0 && name.charCodeAt(from - 1) === backslash) from--
  return (name.length - from) % 2 === 1 ? name.slice(0, -1) : name
}
