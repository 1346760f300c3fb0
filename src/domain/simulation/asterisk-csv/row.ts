import type { Person } from '../site.ts'
import { openStamp } from '../wall-stamp.ts'

/** 18: `loguniqueid` and `loguserfield`; 21: `newcdrcolumns` as well. */
export const asteriskVariants = [18, 21] as const
export type AsteriskVariant = (typeof asteriskVariants)[number]

/** Running numbers of one Asterisk since its start. */
export interface Counters {
  /** Second half of the next uniqueid. */
  unique: number
  /** Hex tag of the next channel name. */
  channel: number
  local: number
  /** Number of the next CDR. */
  sequence: number
}

/** One end of a call. It has a name and an id only once it is there: numbers are given in the order of creation. */
export class Channel {
  readonly at: number
  readonly person: Person | null
  readonly #peer: string
  /** The other half of a Local channel, whose tag this one shares. */
  readonly #twin: Channel | null
  #tag = ''
  name = ''
  uniqueid = ''
  sequence = -1

  /** `peer` is technology and endpoint: `PJSIP/1001`, `Local/1012@agents`. */
  constructor(at: number, peer: string, person: Person | null, twin: Channel | null = null) {
    this.at = at
    this.person = person
    this.#peer = peer
    this.#twin = twin
  }

  create(counters: Counters): void {
    this.uniqueid = `${Math.floor(this.at / 1000)}.${counters.unique++}`
    this.sequence = counters.sequence++
    if (this.#peer.startsWith('Local/')) {
      this.#tag = this.#twin ? this.#twin.#tag : hex(counters.local++)
      this.name = `${this.#peer}-${this.#tag};${this.#twin ? 2 : 1}`
    } else if (this.#peer.startsWith('IAX2/')) this.name = `${this.#peer}-${1 + (counters.channel++ % 32_767)}`
    else this.name = `${this.#peer}-${hex(counters.channel++)}`
  }
}

const hex = (n: number): string => n.toString(16).padStart(8, '0')

export type Disposition = 'ANSWERED' | 'NO ANSWER' | 'BUSY' | 'FAILED' | 'CONGESTION'

/** One CDR. Times are instants in milliseconds; the file shows seconds, cut off. */
export interface Row {
  readonly a: Channel
  readonly b: Channel | null
  /** The oldest channel of the call as this row's channel knew it. */
  readonly linked: Channel
  readonly src: string
  readonly clid: string
  readonly dst: string
  readonly context: string
  readonly app: string
  readonly data: string
  readonly start: number
  readonly answer: number | null
  readonly end: number
  readonly disposition: Disposition
  readonly account: string
  readonly userfield: string
  /** Hang-up of `a`. */
  readonly writtenAt: number
  /** Null while it is not known: then it is that of `a`. */
  sequence: number | null
  /** `main`: the caller's own row. `side`: a consultation, a Local half, what an optimised Local channel leaves. */
  readonly role: 'main' | 'side'
  /** Who is at the far end. */
  readonly far: Person | 'outside' | null
  /** The row of the Local half that leads to the far end. */
  readonly through: Row | null
}

const durationOf = ({ start, end }: Row): number => Math.floor((end - start) / 1000)
export const billsecOf = ({ answer, end }: Row): number => (answer === null ? 0 : Math.floor((end - answer) / 1000))

const quoted = (text: string): string => (text.includes('"') ? text.replaceAll('"', '""') : text)

/** Caller ID as Asterisk 1.8 and later write it: quotes and backslashes of the name escaped by a backslash. */
export const clidOf = (name: string, number: string): string => `"${name.replaceAll(/[\\"]/gu, '\\$&')}" <${number}>`

export function openRowWriter(variant: AsteriskVariant, wallAt: (instant: number) => number): (row: Row) => string {
  const stamp = openStamp('-')
  return (row) => {
    const { a, b, answer } = row
    const up = answer === null ? '' : `"${stamp(wallAt(answer))}"`
    const line = `"${row.account}","${row.src}","${row.dst}","${row.context}","${quoted(row.clid)}","${a.name}","${b ? b.name : ''}","${row.app}","${quoted(row.data)}","${stamp(wallAt(row.start))}",${up},"${stamp(wallAt(row.end))}",${durationOf(row)},${billsecOf(row)},"${row.disposition}","DOCUMENTATION","${a.uniqueid}","${quoted(row.userfield)}"`
    return variant === 18 ? line : `${line},"","${row.linked.uniqueid}",${row.sequence ?? a.sequence}`
  }
}
