/** What needs a person, as `status` tells it. */
export interface Alarm {
  readonly code:
    | 'disk-full'
    | 'listener-shut'
    | 'listener-loopback-only'
    | 'store-away'
    | 'source-unknown'
    | 'kafka-away'
    | 'topic-unsafe'
    | 'collector-silent'
    | 'rolled-back'
    | 'clock'
    | 'gap'
  readonly source: string | null
  readonly message: string
  /** What the message was filled with, for whoever words it anew: `cause`, `seconds`, `from` and `to`, `freeBytes`, `address`. */
  readonly details: Readonly<Record<string, string | number>>
}
