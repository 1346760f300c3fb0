import { Buffer } from 'node:buffer'
import { gunzipSync, gzipSync } from 'node:zlib'

/** What is kept of a frozen report; of the older system's only rows. */
export interface FrozenReport {
  readonly rows: readonly unknown[]
  readonly total: unknown
}

/** Bytes of its JSON in UTF-8. */
export const frozenBytesAtMost = 128 << 20

/** It travels in one request to the owner of the store, packed: a small part of its JSON. A request takes as much and more. */
export const packedCharactersAtMost = 24 << 20

/**
 * The report as it is kept: its JSON, gzip in base64. Null: it is too large to be kept whole, and in part it is not kept. No text is made of all of it at once: the longest that there can be is shorter than some reports.
 */
export function packReport({ rows, total }: FrozenReport, bytesAtMost = frozenBytesAtMost): string | null {
  const pieces: Buffer[] = []
  let bytes = 0
  const add = (text: string) => {
    const piece = Buffer.from(text)
    pieces.push(piece)
    bytes += piece.length
  }
  add(`{"total":${JSON.stringify(total)},"rows":[`)
  for (const [at, row] of rows.entries()) {
    add((at === 0 ? '' : ',') + JSON.stringify(row))
    if (bytes > bytesAtMost) return null
  }
  add(']}')
  const packed = gzipSync(Buffer.concat(pieces)).toString('base64')
  return bytes > bytesAtMost || packed.length > packedCharactersAtMost ? null : packed
}

/** Those that were kept before they were packed are JSON as it is. */
export function unpackReport(kept: string): FrozenReport {
  const isPacked = !/^[[{]/u.test(kept)
  const text = isPacked ? gunzipSync(Buffer.from(kept, 'base64')).toString('utf8') : kept
  const it = JSON.parse(text) as FrozenReport | readonly unknown[]
  return 'rows' in it ? it : { rows: it, total: null }
}
