import type { Reader } from '../../reading.ts'
import type { HourEvidence, Leg, LegEnd, Segment } from '../format.ts'
import { machineSecondsOf, parkSecondsOf, talkOf } from './assemble.ts'
import { type End, endOfChannel, isLocal, localBase } from './channel.ts'
import { answerAt } from './far-end.ts'
import { type AsteriskFields, isConference } from './fields.ts'
import { type CallRow, readRows } from './rows.ts'

/**
 * A call leg by leg, one for each row. What a leg's seconds mean: `talkSeconds` is the time from `answeredAt` on in which this row had
 * somebody at its far end. Main legs of one call may lie over each other (three-way calls, conferences), so that the call's talk is
 * the length of the union of their intervals, not their sum. Legs that are not main repeat a conversation or are consultations.
 * `machineSeconds` is 0 in a call that somebody answered, as in the call: the rows do not tell a menu's time from talk.
 */
export function legs(
  group: readonly Segment<AsteriskFields>[],
  reader: Reader,
  evidence: HourEvidence | null,
): readonly Leg[] {
  const { all, main, originator } = readRows(group, reader, evidence)
  const answered = main.some((row) => talkOf(row) !== null)
  return all.map((row) => {
    const talk = talkOf(row)
    return {
      recordId: row.segment.id,
      startedAt: row.start,
      answeredAt: talk?.from ?? conferenceAnswer(row),
      endedAt: row.end,
      from: fromEnd(row, originator, reader),
      to: toEnd(row),
      main: row.main,
      ringSeconds: (ringEnd(row) - row.start) / 1000,
      talkSeconds: talk ? (talk.to - talk.from) / 1000 : 0,
      holdSeconds: 0,
      parkSeconds: parkSecondsOf(row),
      machineSeconds: answered ? 0 : machineSecondsOf(row),
    }
  })
}

/** A room with nobody else in it answers as well. */
const conferenceAnswer = (row: CallRow): number | null =>
  row.segment.fields.disposition === 'ANSWERED' && isConference(row.segment.fields.lastapp) ? answerAt(row) : null

/** An attempt that failed rang to its end, also where its row has an answer: that is when a menu or a queue took the call. */
const ringEnd = (row: CallRow): number =>
  talkOf(row)?.from ?? (row.segment.fields.disposition === 'ANSWERED' ? answerAt(row) : row.end)

/** Main legs are the originator's, also where only a Local channel's half is left of it. */
function fromEnd({ main, segment: { fields } }: CallRow, originator: End, reader: Reader): LegEnd {
  const { channel, name } = fields
  if (main) return legEnd(originator, name)
  if (isLocal(channel)) return { kind: 'none', number: localBase(channel), name }
  return legEnd(endOfChannel(channel, reader), name)
}

const tones: readonly string[] = ['Busy', 'Congestion', 'Playtones']

function toEnd(row: CallRow): LegEnd {
  if (row.far.kind !== 'none') return legEnd(row.far, null)
  const { conference } = row.segment.fields
  if (conference !== null) return { kind: 'conference', number: conference, name: null }
  const number = row.app === '' ? null : row.app
  if (number !== null && tones.includes(number)) return { kind: 'tone', number, name: null }
  return { kind: row.segment.fields.disposition === 'ANSWERED' ? 'machine' : 'none', number, name: null }
}

const legEnd = ({ kind, number }: End, name: string | null): LegEnd => ({
  kind,
  number: number === '' ? null : number,
  name,
})
