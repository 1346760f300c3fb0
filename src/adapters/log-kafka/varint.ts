/** Whole numbers of variable length as Protocol Buffers and Kafka write them; beyond 32 bits by division, without BigInt. */

export interface Cursor {
  readonly bytes: Buffer
  at: number
}

/** Unsigned, below 2^53. Returns where it ends. */
export function putVarint(target: Buffer, at: number, value: number): number {
  let rest = value
  let end = at
  while (rest >= 0x80) {
    target[end++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  target[end++] = rest
  return end
}

/** Null: it does not end within the bytes, or is 2^53 or more. */
export function takeVarint(cursor: Cursor): number | null {
  let value = 0
  let scale = 1
  for (let i = 0; i < 8; i++) {
    const byte = cursor.bytes[cursor.at++]
    if (byte === undefined) return null
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return Number.isSafeInteger(value) ? value : null
    scale *= 0x80
  }
  return null
}

/** Signed numbers as Kafka writes them: 0, −1, 1, −2 … become 0, 1, 2, 3 … */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value)

export function takeZigzag(cursor: Cursor): number | null {
  const value = takeVarint(cursor)
  if (value === null) return null
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

export const varintBytes = (value: number): number => {
  let bytes = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}
