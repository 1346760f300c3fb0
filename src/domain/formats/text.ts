/**
 * Text of a field. Exchanges name no encoding: a name is UTF-8, or UTF-8 that a length limit cut inside a letter, or in the
 * 8-bit encoding that the source is configured with. A field is decided as a whole and apart from its neighbours.
 */

/** Not fatal, and a BOM stays what it is: these decoders never throw and never drop anything. */
const decoders = new Map<string, TextDecoder>()

function decoderOf(encoding: string): TextDecoder {
  const known = decoders.get(encoding)
  if (known) return known
  const decoder = new TextDecoder(encoding, { ignoreBOM: true })
  decoders.set(encoding, decoder)
  return decoder
}

const utf8 = decoderOf('utf-8')

/**
 * The text of a field, clean in the sense of `cleanText`. `encoding` is a WHATWG label; one that configuration should have
 * refused throws a RangeError.
 *
 * A field that is not UTF-8 may have been cut by a length limit inside a letter. The cut is looked for at the end of the field
 * and then at `cutPoints`: offsets in `bytes` before which a cut may have happened as well, such as a closing quote.
 */
export function decodeField(bytes: Uint8Array, encoding: string, cutPoints: readonly number[] = []): string {
  if (isUtf8(bytes)) return cleanText(utf8.decode(bytes))
  const kept = keptOfCut(bytes)
  if (kept !== null) return cleanText(utf8.decode(kept))
  for (const point of cutPoints) {
    const head = keptOfCut(bytes.subarray(0, point))
    const tail = bytes.subarray(point)
    if (head !== null && isUtf8(tail)) return cleanText(utf8.decode(head) + utf8.decode(tail))
  }
  return cleanText(decoderOf(encoding).decode(bytes))
}

/**
 * Text that every store accepts: U+FFFD in place of U+0000 and of a surrogate without its partner.
 * Returns its argument when there is nothing to replace.
 */
export function cleanText(text: string): string {
  const formed = text.isWellFormed() ? text : text.toWellFormed()
  return formed.includes('\0') ? formed.replaceAll('\0', '\uFFFD') : formed
}

/** True when the bytes are UTF-8 by RFC 3629: shortest forms only, no surrogates, nothing beyond U+10FFFF. */
export function isUtf8(bytes: Uint8Array): boolean {
  const length = bytes.length
  for (let at = 0; at < length; ) {
    if ((bytes[at] as number) < 0x80) {
      at++
      continue
    }
    const size = letterAt(bytes, at)
    if (size <= 0) return false
    at += size
  }
  return true
}

/**
 * Length of the multi-byte letter that begins at `at`; 0 when the bytes end inside it and it is right so far; −1 when it is
 * none.
 */
function letterAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number
  const size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  if (size === 0) return -1
  if (at + 1 >= bytes.length) return 0
  const second = bytes[at + 1] as number
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  if (second < lowest || second > highest) return -1
  for (let next = at + 2; next < at + size; next++) {
    if (next >= bytes.length) return 0
    if (((bytes[next] as number) & 0xc0) !== 0x80) return -1
  }
  return size
}

/**
 * What is left of bytes that end inside a UTF-8 letter, without its 1 to 3 bytes; null unless that is UTF-8 with at least one
 * whole multi-byte letter in it. Without such a letter nothing speaks for UTF-8: the odd byte is a letter of the 8-bit set.
 */
function keptOfCut(bytes: Uint8Array): Uint8Array | null {
  for (let cut = 1; cut <= 3 && cut <= bytes.length; cut++) {
    const start = bytes.length - cut
    if (letterAt(bytes, start) !== 0) continue
    const kept = bytes.subarray(0, start)
    return kept.some((byte) => byte >= 0x80) && isUtf8(kept) ? kept : null
  }
  return null
}
