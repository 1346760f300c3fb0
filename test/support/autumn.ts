import { openZone } from '../../src/domain/clock.ts'
import type { Random } from '../../src/domain/simulation/random.ts'
import { rowText } from './asterisk-rows.ts'
import { avayaLine } from './avaya-lines.ts'

/** The night of 25 October 2026 in Berlin, where 02:00 to 03:00 comes twice: first 00:00–01:00 UTC, then 01:00–02:00 UTC. */
export const berlin = openZone('Europe/Berlin')
export const repeatedHour = {
  from: Date.UTC(2026, 9, 25, 0),
  change: Date.UTC(2026, 9, 25, 1),
  to: Date.UTC(2026, 9, 25, 2),
  /** What the clock shows when the hour is over, either time. */
  endWall: Date.UTC(2026, 9, 25, 3),
}

/** One call of that night, a record each, with the truth about it. */
export interface AutumnCall {
  readonly line: Buffer
  readonly callId: string
  /** Instants. */
  readonly startsAt: number
  readonly endsAt: number
  /** Start by the clock on the wall. */
  readonly wall: number
}

export type AutumnKind = 'Call IDs' | 'field 35' | 'uniqueid'

/** Calls some minutes apart, from half an hour before the hour that comes twice to half an hour after it. */
export function autumnNight(kind: AutumnKind, random: Random, mostMinutesApart = 7): AutumnCall[] {
  const calls: AutumnCall[] = []
  let callId = 1_000_100
  for (let at = repeatedHour.from - 1_800_000; at < repeatedHour.to + 1_800_000; ) {
    at += 1000 * random.between(60, 60 * mostMinutesApart)
    const seconds = random.between(15, 240)
    const rings = random.between(2, 14)
    const endsAt = at + 1000 * seconds
    const wall = berlin.wallAt(at)
    const extension = 201 + random.below(5)
    callId += random.between(1, 3)
    const uniqueid = `${at / 1000}.${callId - 1_000_000}`
    const text =
      kind === 'uniqueid'
        ? rowText({
            start: stamp(wall, '-'),
            answer: stamp(berlin.wallAt(at + 1000 * rings), '-'),
            end: stamp(berlin.wallAt(endsAt), '-'),
            duration: seconds,
            billsec: seconds - rings,
            uniqueid,
            channel: `SIP/trunk-msk-${callId}`,
            dstchannel: `SIP/${extension}-${callId}`,
          })
        : avayaLine({
            start: stamp(wall, '/'),
            connected: `00:0${Math.floor((seconds - rings) / 60)}:${`${(seconds - rings) % 60}`.padStart(2, '0')}`,
            ring: rings,
            callId,
            called: extension,
            device1: `E${extension}`,
            name1: `Extn${extension}`,
            // Field 35 in UTC.
            ...(kind === 'field 35' ? { recordTime: stamp(endsAt, '/') } : {}),
          })
    const name = kind === 'uniqueid' ? uniqueid : `${callId}`
    calls.push({ line: Buffer.from(text), callId: name, startsAt: at, endsAt, wall })
  }
  return calls
}

const stamp = (wall: number, separator: string): string =>
  new Date(wall).toISOString().slice(0, 19).replace('T', ' ').replaceAll('-', separator)

export const isRepeated = ({ wall }: AutumnCall): boolean => berlin.readings(wall).kind === 'ambiguous'

/** R10: what the record itself decides, or the order of Call IDs against the others of its hour. */
export function isDecided(kind: AutumnKind, call: AutumnCall, all: readonly AutumnCall[]): boolean {
  if (!isRepeated(call) || kind === 'uniqueid') return true
  // An hour less than the own end is UTC in the second pass, and as well local time after the change in a call of the first:
  // only a call that cannot have run over the change is decided by its field 35, which is written a moment after its end.
  const runsOver = call.wall + (call.endsAt - call.startsAt) + 5000 >= repeatedHour.endWall
  if (kind === 'field 35' && !runsOver) return true
  return all
    .filter((other) => isRepeated(other) && other !== call)
    .some((other) => (other.callId < call.callId ? other.wall > call.wall : other.wall < call.wall))
}
