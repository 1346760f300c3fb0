/** What needs a person, as `status` tells it. */
export interface Alarm {
  readonly code:
    | 'disk-full'
    | 'listener-shut'
    | 'listener-loopback-only'
    | 'store-away'
    | 'source-unknown'
    | 'kafka-away'
    | 'kafka-refused'
    | 'kafka-too-few'
    | 'numbers-unpublished'
    | 'topic-unsafe'
    | 'collector-silent'
    | 'rolled-back'
    | 'reading-differs'
    | 'clock'
    | 'gap'
  readonly source: string | null
  readonly message: string
  /** What the message was filled with, for whoever words it anew: `cause`, `seconds`, `from` and `to`, `freeBytes`, `address`; `error`: the code of an error whose own they are. */
  readonly details: Readonly<Record<string, string | number>>
}
