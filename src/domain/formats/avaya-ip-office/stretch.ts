import type { Segment } from '../format.ts'
import { type Device, type DeviceKind, deviceOf } from './device.ts'
import { type AvayaFields, endOfTime, lengthSeconds } from './record.ts'

/**
 * A segment at its place in the call. Records name the start of the call and the length of each part, so that the time of a later
 * segment is computed: it begins at its Call Start or at the end of the one before it, whichever is later, and lasts as long
 * as its parts add up to. A segment is **answered** when it was connected, held or parked (a call parked at once has no
 * connected time) and both of its ends are people, outside parties or conferences.
 */
export interface Stretch {
  readonly segment: Segment<AvayaFields>
  readonly fields: AvayaFields
  readonly device1: Device
  readonly device2: Device
  readonly answered: boolean
  readonly beginWall: number
  /** When the ringing ended. */
  readonly rangWall: number
  readonly endWall: number
}

/** `group` is in order. */
export function stretchesOf(group: readonly Segment<AvayaFields>[]): Stretch[] {
  let previousEnd = 0
  return group.map((segment) => {
    const { fields } = segment
    const device1 = deviceOf(fields.device1, fields.name1)
    const device2 = deviceOf(fields.device2, fields.name2)
    const beginWall = Math.max(segment.startWall, previousEnd)
    const endWall = Math.min(beginWall + 1000 * lengthSeconds(fields), endOfTime)
    const rangWall = Math.min(beginWall + 1000 * fields.ringSeconds, endWall)
    previousEnd = endWall
    const lasted = lengthSeconds(fields) > fields.ringSeconds
    const answered = lasted && canTalk(device1.kind) && canTalk(device2.kind)
    return { segment, fields, device1, device2, answered, beginWall, rangWall, endWall }
  })
}

/** What rings at a wake-up call is a person's phone, so that its other end counts as a party. */
const canTalk = (kind: DeviceKind): boolean =>
  kind === 'extension' || kind === 'trunk' || kind === 'conference' || kind === 'wake-up'

export const hasDevice = ({ device1, device2 }: Stretch, kind: DeviceKind): boolean =>
  device1.kind === kind || device2.kind === kind

export const talkSecondsOf = ({ answered, fields }: Stretch): number => (answered ? fields.connectedSeconds : 0)

export const machineSecondsOf = (stretch: Stretch): number =>
  hasDevice(stretch, 'machine') ? stretch.fields.connectedSeconds : 0

/** A number or SIP address without its host. */
export function withoutHost(text: string): string {
  const at = text.indexOf('@')
  return at < 0 ? text : text.slice(0, at)
}

/** The number of a caller; null when there is none to be seen (`anonymous@anonymous.invalid` on SIP, seen in the field). */
export function callerNumber(caller: string): string | null {
  const number = withoutHost(caller).replace(/^(?:sips?|tel):/iu, '')
  return /\d/u.test(number) ? number : null
}
