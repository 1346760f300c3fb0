/**
 * A **record** is what framing yields: the bytes of one line (or of one quoted, multi-line row) as an exchange sent them.
 * It is journaled before anything else happens to it and kept for good; everything else is derived from it.
 */

/** How records came. `tcp`, `stdin`, `follow` are live: their time of receipt says something about the time of the call. */
export type DeliveryHow = 'tcp' | 'stdin' | 'http' | 'follow' | 'ship' | 'import' | 'kafka'

export const isLive = (how: DeliveryHow): boolean => how === 'tcp' || how === 'stdin' || how === 'follow'

/**
 * One unbroken stream of records: a TCP connection, a stdin session, one import run of one file.
 * `uid` is 128 random bits (32 hex digits) from whoever opens it: never made from a path, a content or a counter.
 */
export interface Delivery {
  readonly uid: string
  readonly source: string
  readonly format: string
  readonly how: DeliveryHow
  /** Peer address of a connection; name of an imported file; empty when there is none. */
  readonly peer: string
  /** Milliseconds since 1970, UTC. */
  readonly openedAt: number
}

/**
 * A piece that is no whole record: the rest at the end of a cut connection (`partial`), a 64 KiB piece of a record that
 * is too long (`too-long`), a journal entry whose checksum is wrong (`damaged`). It has no content identity (its identity
 * is its delivery and line), is quarantined, and is never parsed unless a person asks for it.
 */
export type Fragment = 'partial' | 'too-long' | 'damaged'

/** Why a record stands in quarantine. */
export type QuarantineReason =
  | 'not-a-record'
  | 'too-few-fields'
  | 'too-many-fields'
  | 'fields-shifted'
  | 'bad-field'
  | 'broken-quote'
  | 'too-long'
  | 'partial'
  | 'damaged'
  | 'withdrawn'
  | 'store-refused'

export const quarantineReasons: readonly QuarantineReason[] = [
  'not-a-record',
  'too-few-fields',
  'too-many-fields',
  'fields-shifted',
  'bad-field',
  'broken-quote',
  'too-long',
  'partial',
  'damaged',
  'withdrawn',
  'store-refused',
]

/** The longest record, line end not counted. A longer one is cut into records of this length; nothing is dropped. */
export const recordLimitBytes = 65_536
