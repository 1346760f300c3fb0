import type { Call } from '../call.ts'

/** What figures are worked out from: a call of kind `call` with its place in the store. */
export interface CountedCall
  extends Pick<
    Call,
    | 'direction'
    | 'outcome'
    | 'from'
    | 'to'
    | 'targets'
    | 'answeredBy'
    | 'answeredOutside'
    | 'extensions'
    | 'startedAt'
    | 'answeredAt'
    | 'endedAt'
    | 'waitSeconds'
    | 'talkSeconds'
    | 'holdSeconds'
    | 'conference'
  > {
  readonly id: number
  readonly sourceId: number
  readonly readingId: number
  readonly plan: string
}
