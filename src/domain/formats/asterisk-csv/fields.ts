/** What a row says, as far as joins, calls and legs need it. Text is decoded; everything else of the row stays in its bytes. */
export interface AsteriskFields {
  /** Calling number and dialled extension, cut at `@`. */
  readonly src: string
  readonly dst: string
  /** Name in the caller id; null when there is none or it only repeats the number. */
  readonly name: string | null
  readonly channel: string
  /** Empty: the row has no second party. */
  readonly dstchannel: string
  readonly lastapp: string
  /** Room of a conference application. */
  readonly conference: string | null
  /** Seconds from `start` to `end` on a clock that does not jump. */
  readonly lastsSeconds: number
  /** By how many seconds the clock that wrote the row jumped between its start and its end: summer time, or the clock was set. */
  readonly jumpSeconds: number
  /** Seconds from `start` to `answer` on a clock that does not jump; null when party A was never up. */
  readonly answerAfterSeconds: number | null
  readonly billSeconds: number
  readonly disposition: Disposition
  /** Empty when the row has no such column. */
  readonly uniqueid: string
  readonly linkedid: string
  readonly sequence: number | null
}

export const dispositions = ['ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'CANCEL', 'UNKNOWN'] as const
export type Disposition = (typeof dispositions)[number]

/** Applications that put a caller into a room. */
export const isConference = (lastapp: string): boolean => lastapp === 'ConfBridge' || lastapp === 'MeetMe'

type Packed = [
  src: string,
  dst: string,
  name: string | null,
  channel: string,
  dstchannel: string,
  lastapp: string,
  conference: string | null,
  lastsSeconds: number,
  jumpSeconds: number,
  answerAfterSeconds: number | null,
  billSeconds: number,
  disposition: number,
  uniqueid: string,
  /** 0: equal to `uniqueid`, as it is for most rows. */
  linkedid: string | 0,
  sequence: number | null,
]

export function pack(fields: AsteriskFields): string {
  const packed: Packed = [
    fields.src,
    fields.dst,
    fields.name,
    fields.channel,
    fields.dstchannel,
    fields.lastapp,
    fields.conference,
    fields.lastsSeconds,
    fields.jumpSeconds,
    fields.answerAfterSeconds,
    fields.billSeconds,
    dispositions.indexOf(fields.disposition),
    fields.uniqueid,
    fields.linkedid === fields.uniqueid ? 0 : fields.linkedid,
    fields.sequence,
  ]
  return JSON.stringify(packed)
}

export function unpack(text: string): AsteriskFields {
  const packed = JSON.parse(text) as Packed
  return {
    src: packed[0],
    dst: packed[1],
    name: packed[2],
    channel: packed[3],
    dstchannel: packed[4],
    lastapp: packed[5],
    conference: packed[6],
    lastsSeconds: packed[7],
    jumpSeconds: packed[8],
    answerAfterSeconds: packed[9],
    billSeconds: packed[10],
    disposition: dispositions[packed[11]] ?? 'UNKNOWN',
    uniqueid: packed[12],
    linkedid: packed[13] === 0 ? packed[12] : packed[13],
    sequence: packed[14],
  }
}
