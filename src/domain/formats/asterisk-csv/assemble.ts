import type { Call, CallKind, Direction, Doubt, Extension, Outcome } from '../../call.ts'
import type { Reader } from '../../reading.ts'
import type { HourEvidence, Segment } from '../format.ts'
import { type End, endOfChannel, hasSevenDigits, isLocal } from './channel.ts'
import { answerAt, type Span } from './far-end.ts'
import { type AsteriskFields, isConference } from './fields.ts'
import { type CallRow, type CallRows, readRows } from './rows.ts'

/**
 * Rows to a call. Talk is the length of the union of the main rows' spans, never a sum of billsec: rows of a three-way call, of a
 * conference or behind a Local channel lie over each other. billsec of a row that is not ANSWERED is no talk: a NO ANSWER row has
 * it when a menu or a queue had taken the call before.
 */
export function assemble(
  group: readonly Segment<AsteriskFields>[],
  reader: Reader,
  evidence: HourEvidence | null,
): Call {
  const rows = readRows(group, reader, evidence)
  const { main, originator, start, end } = rows
  const first = (main[0] as CallRow).segment.fields
  const direction = directionOf(rows)
  const answer = answerOf(main)
  const { outcome } = answer
  const answered = outcome === 'answered'
  const mainEnd = main.reduce((latest, row) => Math.max(latest, row.end), -Infinity)
  const ringSeconds = ((answer.at ?? mainEnd) - start) / 1000
  const waitSeconds = answered ? ringSeconds : (mainEnd - start) / 1000
  const answeredBy =
    answered && direction !== 'outbound' && answer.row?.far.kind === 'extension' ? answer.row.far.number : null
  return {
    exchangeCallId: nameOf(rows.first.segment.fields),
    kind: kindOf(rows, answer),
    direction,
    outcome,
    from: /\d/u.test(first.src) ? first.src : originator.kind === 'extension' ? originator.number : null,
    fromName: first.name,
    to: dialled(first.dst),
    targets: targetsOf(main),
    answeredBy,
    answeredOutside: answered && (direction === 'outbound' || answer.row?.far.kind === 'outside'),
    extensions: extensionsOf(rows, answeredBy, reader),
    startedAt: start,
    answeredAt: answered ? start + waitSeconds * 1000 : null,
    endedAt: end,
    ringSeconds,
    waitSeconds,
    talkSeconds: lengthOfUnion(main.map(talkOf)),
    holdSeconds: 0,
    parkSeconds: sumOf(main, parkSecondsOf),
    machineSeconds: answered ? 0 : sumOf(main, machineSecondsOf),
    conference: main.find((row) => isConference(row.segment.fields.lastapp))?.segment.fields.conference ?? null,
    segments: group.length,
    doubtful: [...rows.doubts, ...answerDoubts(rows)],
    completeAt: end + settleMs,
  }
}

/** How long after the newest end a further row of a call may be expected; with `batch` it can come later still. */
const settleMs = 120_000

const isAnswered = ({ segment: { fields } }: CallRow): boolean => fields.disposition === 'ANSWERED'

/** Of an ANSWERED row with somebody at its far end. */
export const talkOf = (row: CallRow): Span | null => (row.far.kind === 'none' ? null : row.span)

/** Waiting music and parking lots answer too, and are no answer. */
const isWaiting = ({ app }: CallRow): boolean => app === 'Queue' || app === 'Park'

export const parkSecondsOf = (row: CallRow): number =>
  row.segment.fields.lastapp === 'Park' && row.far.kind === 'none' ? row.segment.fields.billSeconds : 0

export const machineSecondsOf = (row: CallRow): number =>
  isAnswered(row) && row.far.kind === 'none' && !isWaiting(row) ? row.segment.fields.billSeconds : 0

const sumOf = (rows: readonly CallRow[], seconds: (row: CallRow) => number): number =>
  rows.reduce((sum, row) => sum + seconds(row), 0)

/** Seconds. */
function lengthOfUnion(spans: readonly (Span | null)[]): number {
  const sorted = spans.filter((span) => span !== null).sort((a, b) => a.from - b.from)
  let length = 0
  let covered = -Infinity
  for (const { from, to } of sorted) {
    if (to <= covered) continue
    length += to - Math.max(from, covered)
    covered = to
  }
  return length / 1000
}

interface Answer {
  readonly outcome: Outcome
  /** When somebody or something answered, and in which row. */
  readonly at: number | null
  readonly row: CallRow | null
}

function answerOf(main: readonly CallRow[]): Answer {
  let first: { row: CallRow; at: number } | null = null
  for (const row of main) {
    const talk = talkOf(row)
    if (talk && (first === null || talk.from < first.at)) first = { row, at: talk.from }
  }
  if (first) return { outcome: 'answered', ...first }
  const machine = main.find((row) => isAnswered(row) && !isWaiting(row))
  if (machine) {
    const outcome = machine.app.startsWith('VoiceMail') ? 'voicemail' : 'automated'
    return { outcome, at: answerAt(machine), row: machine }
  }
  return { outcome: main.some(isAnswered) ? 'missed' : unansweredOutcome(main), at: null, row: null }
}

/**
 * A telephone that rang outweighs one that was busy, and the empty row that a dial plan leaves behind a busy telephone changes
 * nothing.
 */
function unansweredOutcome(main: readonly CallRow[]): Outcome {
  const withParty = main.filter((row) => row.segment.fields.dstchannel !== '')
  const found = new Set((withParty.length > 0 ? withParty : main).map((row) => row.segment.fields.disposition))
  if (found.has('NO ANSWER') || found.has('CANCEL') || found.has('UNKNOWN')) return 'missed'
  return found.has('BUSY') ? 'busy' : 'failed'
}

function directionOf({ main, originator }: CallRows): Direction {
  if (main.every(isUnansweredOrigination)) return 'outbound'
  if (originator.kind !== 'extension') return 'inbound'
  const reaches = (kind: End['kind']) => main.some((row) => row.far.kind === kind)
  if (reaches('outside')) return 'outbound'
  const dialsOutside = main.some((row) => hasSevenDigits(row.segment.fields.dst))
  return !reaches('extension') && dialsOutside ? 'outbound' : 'internal'
}

/** Click to call: the exchange called this channel first, and it never got to the number that it was called for. */
const isUnansweredOrigination = ({ segment: { fields } }: CallRow): boolean =>
  fields.lastapp === 'AppDial' && (fields.dst === 's' || fields.dst === '') && fields.dstchannel === ''

/** Own mailbox, echo test, a room with nobody else in it: no conversation was wanted. */
function kindOf({ main, originator }: CallRows, { outcome, row }: Answer): CallKind {
  if (originator.kind !== 'extension' || main.some(({ far }) => far.kind !== 'none')) return 'call'
  const byMachine = outcome === 'voicemail' || outcome === 'automated'
  return byMachine && row?.app !== 'VoiceMail' ? 'service' : 'call'
}

/** Extensions of one letter (`s`, `i`, `t`, `h`, …) are the dial plan's own: what was dialled is not known. */
const dialled = (dst: string): string | null => (dst === '' || /^[a-z]$/iu.test(dst) ? null : dst)

function targetsOf(main: readonly CallRow[]): string[] {
  const targets = new Set<string>()
  for (const row of main) {
    const target = dialled(row.segment.fields.dst)
    if (target !== null) targets.add(target)
  }
  return [...targets]
}

/** The originator, then who was called in the main rows, then who stands in the others. */
function extensionsOf({ all, main, originator }: CallRows, answeredBy: string | null, reader: Reader): Extension[] {
  const numbers = new Set<string>()
  const add = ({ kind, number }: End) => {
    if (kind === 'extension') numbers.add(number)
  }
  add(originator)
  const talked = new Set<string>()
  for (const row of main) {
    add(row.far)
    if (talkOf(row)) talked.add(row.far.number)
  }
  for (const row of all) {
    if (row.main) continue
    const { channel } = row.segment.fields
    if (!isLocal(channel)) add(endOfChannel(channel, reader))
    add(row.far)
  }
  const caller = originator.kind === 'extension' ? originator.number : null
  return [...numbers].map((number) => ({ number, part: partOf(number) }))

  function partOf(number: string): Extension['part'] {
    if (number === caller) return 'caller'
    if (number === answeredBy) return 'answered'
    return talked.has(number) ? 'transferred' : 'offered'
  }
}

/**
 * Once the caller is up (a menu, a queue's music, the telephone that transfers) a new attempt begins with its answer: ringing counts
 * as talk and cannot be told from it. Not where a Local channel was taken out of the way: the ringing is in the row before.
 */
function answerDoubts({ main, all }: CallRows): Doubt[] {
  const talks = main.filter((row) => talkOf(row) !== null && isDialled(row))
  if (talks.length === 0) return []
  const handOvers = new Set(
    all.filter((row) => row.handsOver).flatMap((row) => [row.end - 1000, row.end, row.end + 1000]),
  )
  const startsUp = talks.some((row) => talkOf(row)?.from === row.start && !handOvers.has(row.start))
  const first = main[0] as CallRow
  const upBefore = first.segment.fields.answerAfterSeconds !== null && talkOf(first) === null
  const dialledAfter = upBefore && talks.some((row) => row !== first && row.start >= answerAt(first))
  return startsUp || dialledAfter ? ['answer-includes-ringing'] : []
}

const isDialled = ({ segment: { fields } }: CallRow): boolean =>
  fields.dstchannel !== '' && (fields.lastapp === 'Dial' || fields.lastapp === 'Queue')

/** Without ids in the file the channel is what the exchange calls it by. */
const nameOf = ({ uniqueid, linkedid, channel }: AsteriskFields): string => uniqueid || linkedid || channel
