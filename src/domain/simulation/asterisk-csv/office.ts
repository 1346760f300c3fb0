import type { Person } from '../site.ts'
import type { Ring } from '../story.ts'
import { clidOf, type Disposition } from './row.ts'

/** How this Asterisk is set up. */
export interface Office {
  /** `SIP` or `PJSIP`. */
  readonly tech: string
  /** A caller without a name has its number for one, as chan_sip gives it. */
  readonly nameIsNumber: boolean
  readonly congestion: boolean
}

export interface Extras {
  readonly account: string
  readonly userfield: string
}

/** Caller id of a telephone of the site. */
export function personCaller({ extension, name }: Person) {
  return { src: extension, clid: clidOf(name, extension), number: extension, name: name === '' ? null : name }
}

export const dispositionOf = ({ result }: Ring): Disposition =>
  result === 'answered' ? 'ANSWERED' : result === 'busy' ? 'BUSY' : 'NO ANSWER'
