import type { Call, CallKind, Direction, Doubt, Extension, ExtensionPart, Outcome } from '../../call.ts'
import type { Reader } from '../../reading.ts'
import type { HourEvidence, Segment } from '../format.ts'
import { conferenceOf, isAnalogue, isWakeUp, userName } from './device.ts'
import { callStart } from './hour.ts'
import type { AvayaFields } from './record.ts'
import {
  callerNumber,
  hasDevice,
  machineSecondsOf,
  type Stretch,
  stretchesOf,
  talkSecondsOf,
  withoutHost,
} from './stretch.ts'

/** A call of its segments. "First" is the first in the order that `join` gives. */
export function assemble(group: readonly Segment<AvayaFields>[], reader: Reader, evidence: HourEvidence | null): Call {
  const stretches = stretchesOf(group)
  const first = stretches[0] as Stretch
  const last = stretches.at(-1) as Stretch
  const answer = stretches.find(({ answered }) => answered) ?? null
  const start = callStart(stretches, reader.zone, evidence)

  const direction = directionOf(first)
  const kind = kindOf(stretches, direction, reader)
  const from = fromOf(stretches)
  const answeredBy = kind === 'conference-leg' || answer === null ? null : answererOf(answer, direction, from)
  const answeredOutside = answer !== null && isAnsweredOutside(answer, direction, answeredBy)
  const answerOrEnd = answer === null ? last.endWall : answer.rangWall
  const waitSeconds = (answerOrEnd - first.segment.startWall) / 1000
  const endedAt = start.instant + last.endWall - first.segment.startWall

  const doubtful: Doubt[] = []
  if (start.doubt !== null) doubtful.push(start.doubt)
  if (answeredOutside && isAnswerUnseen(answer)) doubtful.push('analogue-answer')

  let ringSeconds = 0
  let talkSeconds = 0
  let holdSeconds = 0
  let parkSeconds = 0
  let machineSeconds = 0
  let conference: string | null = null
  let closed = false
  let ringing = true
  for (const stretch of stretches) {
    const { fields } = stretch
    if (ringing) ringSeconds += fields.ringSeconds
    if (stretch === answer) ringing = false
    talkSeconds += talkSecondsOf(stretch)
    holdSeconds += fields.holdSeconds ?? 0
    parkSeconds += fields.parkSeconds ?? 0
    machineSeconds += machineSecondsOf(stretch)
    conference ??= conferenceOf(stretch.device1) ?? conferenceOf(stretch.device2)
    if (!fields.continued) closed = true
  }

  return {
    exchangeCallId: String(first.fields.callId),
    kind,
    direction,
    outcome: outcomeOf(stretches, direction, reader),
    from,
    fromName: from === null || direction === 'inbound' ? null : nameOf(stretches, from),
    to: toOf(stretches, direction),
    targets: targetsOf(stretches),
    answeredBy,
    answeredOutside,
    extensions: extensionsOf(stretches, direction === 'inbound' ? null : from, answeredBy),
    startedAt: start.instant,
    answeredAt: answer === null ? null : start.instant + 1000 * waitSeconds,
    endedAt,
    ringSeconds,
    waitSeconds,
    talkSeconds,
    holdSeconds,
    parkSeconds,
    machineSeconds,
    conference,
    segments: stretches.length,
    doubtful,
    completeAt: closed ? endedAt : null,
  }
}

/** Fewest digits of an outside number in a call that failed before it got a trunk. */
const outsideDigits = 7

function directionOf({ fields, device2 }: Stretch): Direction {
  if (!fields.internal) return fields.inbound ? 'inbound' : 'outbound'
  // Seen in the field: an outgoing call that never got a trunk is printed as internal, without a second party.
  const digits = withoutHost(fields.called).replace(/\D+/gu, '').length
  return device2.kind === 'none' && digits >= outsideDigits ? 'outbound' : 'internal'
}

/** "U MT": mobile twinning of a user. */
const twinCause = /^\S+ +MT(?: |$)/iu

function kindOf(stretches: readonly Stretch[], direction: Direction, reader: Reader): CallKind {
  const first = stretches[0] as Stretch
  if (stretches.some(({ fields }) => isWakeUp(fields.name1) || isWakeUp(fields.name2))) return 'wake-up'
  if (twinCause.test(first.fields.cause)) return 'twin-leg'
  if (
    !first.fields.inbound &&
    stretches.every((stretch) => hasDevice(stretch, 'extension') && hasDevice(stretch, 'conference'))
  ) {
    return 'conference-leg'
  }
  const toMachine = hasDevice(first, 'extension') && hasDevice(first, 'machine')
  if (direction === 'internal' && toMachine && !reader.isInternal(withoutHost(first.fields.called))) return 'service'
  return 'call'
}

/** The first rule that fits. */
function outcomeOf(stretches: readonly Stretch[], direction: Direction, reader: Reader): Outcome {
  if (stretches.some(({ answered }) => answered)) return 'answered'
  // What the caller heard last before giving up: after a menu the announcement of a queue makes the call a missed one.
  const machine = stretches.findLast((stretch) => machineSecondsOf(stretch) > 0)
  if (machine) {
    const called = withoutHost(machine.fields.called)
    if (reader.isGroup(called)) return 'missed'
    return reader.isAttendant(called) ? 'automated' : 'voicemail'
  }
  if (stretches.some((stretch) => hasDevice(stretch, 'barred'))) return 'failed'
  const tone = stretches.find((stretch) => hasDevice(stretch, 'tone'))
  if (tone) return reader.isInternal(withoutHost(tone.fields.called)) ? 'busy' : 'failed'
  const rang = stretches.some(({ fields, device2 }) => device2.kind !== 'none' && fields.ringSeconds > 0)
  return direction === 'inbound' || rang ? 'missed' : 'failed'
}

/** Seen in the field: Caller is blank in failed outgoing calls, legs of a conference and legs to a twinned mobile. */
function fromOf(stretches: readonly Stretch[]): string | null {
  const named = stretches.find(({ fields }) => fields.caller !== '')
  if (named) return callerNumber(named.fields.caller)
  const { fields, device1 } = stretches[0] as Stretch
  return !fields.inbound && device1.kind === 'extension' ? device1.number : null
}

function nameOf(stretches: readonly Stretch[], number: string): string | null {
  for (const { device1, device2 } of stretches) {
    if (device1.number === number) return userName(device1)
    if (device2.number === number) return userName(device2)
  }
  return null
}

/** Inbound: the digits that the carrier delivered. Else what the user dialled; field 7 is what a short code made of it. */
function toOf(stretches: readonly Stretch[], direction: Direction): string | null {
  for (const { fields } of stretches) {
    const to = (direction === 'inbound' ? withoutHost(fields.dialled) : '') || withoutHost(fields.called)
    if (to !== '') return to
  }
  return null
}

function targetsOf(stretches: readonly Stretch[]): string[] {
  const targets = new Set<string>()
  for (const { fields } of stretches) targets.add(withoutHost(fields.called))
  targets.delete('')
  return [...targets]
}

function answererOf(answer: Stretch, direction: Direction, from: string | null): string | null {
  if (direction === 'outbound') return null
  for (const { kind, number } of [answer.device1, answer.device2]) {
    if (kind === 'extension' && (direction === 'inbound' || number !== from)) return number
  }
  return null
}

const isAnsweredOutside = (answer: Stretch, direction: Direction, answeredBy: string | null): boolean =>
  direction === 'outbound' || (answeredBy === null && hasDevice(answer, 'trunk') && !hasDevice(answer, 'conference'))

/** An analogue trunk does not tell when the far end answers: connected time may be unanswered ringing. */
const isAnswerUnseen = (answer: Stretch | null): boolean =>
  answer !== null && answer.fields.ringSeconds === 0 && (isAnalogue(answer.device1) || isAnalogue(answer.device2))

/** In order of appearance. `caller`: the number of the caller of a call that did not come from outside. */
function extensionsOf(stretches: readonly Stretch[], caller: string | null, answeredBy: string | null): Extension[] {
  const parts = new Map<string, ExtensionPart>()
  for (const { device1, device2, answered } of stretches) {
    for (const { kind, number } of [device1, device2]) {
      if (kind !== 'extension') continue
      if (number === caller) parts.set(number, 'caller')
      else if (number === answeredBy) parts.set(number, 'answered')
      else if (answered) parts.set(number, 'transferred')
      else if (!parts.has(number)) parts.set(number, 'offered')
    }
  }
  return Array.from(parts, ([number, part]) => ({ number, part }))
}
