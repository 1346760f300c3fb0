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

/** An extension with this part in the call talked in it. */
export const talks = (
  part: CountedCall['extensions'][number]['part'],
  { outcome }: Pick<CountedCall, 'outcome'>,
): boolean => part === 'answered' || part === 'transferred' || (part === 'caller' && outcome === 'answered')

/** Somebody at the site talked, whichever way the call went. */
export const isHandled = (call: CountedCall): boolean => call.extensions.some(({ part }) => talks(part, call))
