/**
 * Names that Asterisk gives to channels: `[systemname-]epoch.counter`. The epoch is the second in which the channel was made, the
 * counter runs since the start of Asterisk. `systemname` (asterisk.conf) is free text, hyphens included: the epoch begins behind
 * the last hyphen before its digits.
 */
export interface UniqueId {
  /** Seconds since 1970, UTC. */
  readonly epochSeconds: number
  readonly counter: number
}

/** Seconds from 1970 to 2100. */
const epochEnd = 4_102_444_800

/** Null when the text is no such name. */
export function readUniqueId(text: string): UniqueId | null {
  const dot = text.lastIndexOf('.')
  const counterDigits = text.length - dot - 1
  if (dot < 1 || counterDigits < 1 || counterDigits > 15 || digitsBefore(text, text.length) !== counterDigits)
    return null
  const epochDigits = digitsBefore(text, dot)
  const before = dot - epochDigits
  if (epochDigits < 1 || epochDigits > 10 || (before > 0 && text[before - 1] !== '-')) return null
  const epochSeconds = Number(text.slice(before, dot))
  return epochSeconds < epochEnd ? { epochSeconds, counter: Number(text.slice(dot + 1)) } : null
}

/** How many digits stand before `end`; 16 means "more than 15". */
function digitsBefore(text: string, end: number): number {
  let at = end
  while (at > 0 && end - at < 16) {
    const code = text.charCodeAt(at - 1)
    if (code < 48 || code > 57) break
    at--
  }
  return end - at
}
