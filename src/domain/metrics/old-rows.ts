import type { OldDigest } from '../legacy/old-tables.ts'
import { addOld, noOldSums, type OldPhoneFigures, oldPhoneFigures, type OldSums } from './old-phone.ts'

/** A record as the older statistics counted it. `ringOnly`: its seconds are of ringing (M6). */
export interface OldRow extends Omit<OldDigest, 'id'> {
  readonly ringOnly: boolean
}

export interface OldRowFigures extends OldPhoneFigures {
  /** Of the calls: in neither what was accepted, nor per cent and averages. */
  readonly incomingTalkUnknown: number
  readonly outgoingTalkUnknown: number
}

/** The two exchanges that the first statistics knew by a digit, under the names that the later ones gave them. */
const numbered: Readonly<Record<string, string>> = { '0': 'KRS-AVAYA', '1': 'KRS-ASTERISK' }

export const oldExchange = ({ source }: Pick<OldRow, 'source'>): string => numbered[source] ?? source

/** A number stands in a row as caller (A) or as called (C), which the older statistics looked at, and at nothing else. */
export const numbersOf = ({ a, c }: Pick<OldRow, 'a' | 'c'>): readonly string[] => (a === c ? [a] : [a, c])

/** R4 and R5 over rows: under each key that a row has, and once in the total, however many keys that are. */
export class OldRowCount {
  readonly #sums = new Map<string, OldSums>()
  readonly #total = noOldSums()

  add(row: OldRow, keys: ReadonlySet<string>): void {
    if (keys.size === 0) return
    const talkSeconds = row.ringOnly ? null : row.seconds
    const isIncoming = row.direction === 'inbound'
    addOld(this.#total, isIncoming, talkSeconds)
    for (const key of keys) {
      let sums = this.#sums.get(key)
      if (!sums) this.#sums.set(key, (sums = noOldSums()))
      addOld(sums, isIncoming, talkSeconds)
    }
  }

  /** Zeros where no row had the key. */
  of(key: string): OldRowFigures {
    return figuresOf(this.#sums.get(key) ?? noOldSums())
  }

  get total(): OldRowFigures {
    return figuresOf(this.#total)
  }
}

const figuresOf = (sums: OldSums): OldRowFigures => ({
  ...oldPhoneFigures(sums),
  incomingTalkUnknown: sums.in.unknown,
  outgoingTalkUnknown: sums.out.unknown,
})
