import type { Person } from '../site.ts'
import { clockText, openStamp } from '../wall-stamp.ts'

/** Field counts that releases are known to write. */
export const avayaVariants = [30, 34, 35, 37] as const
export type AvayaVariant = (typeof avayaVariants)[number]

export interface Device {
  readonly code: string
  readonly name: string
  /** Set for telephones of people. */
  readonly person: Person | null
}

export const noDevice: Device = { code: '', name: '', person: null }
export const barred: Device = { code: 'Barred', name: 'Barred', person: null }
export const tone: Device = { code: 'V8000', name: 'U1 0.0', person: null }
export const telephone = (person: Person): Device => ({
  code: `E${person.extension}`,
  name: person.name === '' ? `Extn${person.extension}` : person.name,
  person,
})
export const trunk = (line: number, channel: number): Device => ({
  code: `T${9000 + line}`,
  name: `Line ${line}.${channel}`,
  person: null,
})
export const voicemail = (channel: number): Device => ({
  code: `V${9500 + channel}`,
  name: `VM Channel ${channel}`,
  person: null,
})
export const conferenceChannel = (conference: number, channel: number): Device => ({
  code: `V1${conference}${channel}`,
  name: `CO Channel ${conference}.${channel}`,
  person: null,
})

/** One stretch of a call between two devices: one record. Parts are whole seconds, rounded up. */
export interface AvayaSegment {
  /** Seconds after the call's start of the Call Start that this segment prints: more than 0 after an attendant or a split divert. */
  readonly startsAfter: number
  readonly connected: number
  readonly ring: number
  readonly hold: number
  readonly park: number
  /** Whom the connected time was with. */
  readonly with: 'people' | 'machine' | 'nobody'
  readonly one: Device
  readonly two: Device
  readonly caller: string
  readonly called: string
  readonly dialled: string
  readonly direction: 'I' | 'O'
  readonly internal: 0 | 1
  /** External Targeting Cause, Targeter Id and Targeted Number. */
  readonly cause: readonly [string, string, string] | null
  readonly account: string
  /** Fields 18 to 27, from AuthValid to Mark Up, as they stand in the line. */
  readonly charges: string
  readonly consent: number
  readonly writtenAt: number
}

export const noCharges = ',,,,,,,,,'

export interface SegmentWriter {
  /** `startWall` is the Call Start of this segment; `last`: no further record of the call follows. */
  readonly lineOf: (segment: AvayaSegment, callId: number, startWall: number, last: boolean) => string
}

/** Fields as in the appendix "SMDR Call Records" of the Manager manual; 31 and up as seen in the field. */
export function openSegmentWriter(variant: AvayaVariant): SegmentWriter {
  const stamp = openStamp('/')
  const recordStamp = openStamp('/')
  const server = '192.0.2.10'
  let serverCall = 38_414
  return {
    lineOf: (segment, callId, startWall, last) => {
      const { one, two, cause } = segment
      let line = `${stamp(startWall)},${clockText(segment.connected)},${segment.ring},${segment.caller},${segment.direction},${segment.called},${segment.dialled},${segment.account},${segment.internal},${callId},${last ? 0 : 1},${one.code},${one.name},${two.code},${two.name},${segment.hold},${segment.park},${segment.charges},`
      line += cause === null ? ',,' : `${cause[0]},${cause[1]},${cause[2]}`
      if (variant >= 34) {
        line += two.code === '' ? `,${server},${serverCall},,` : `,${server},${serverCall},${server},${serverCall + 1}`
        serverCall += 3
      }
      // Field 35 is UTC in the only configuration that names it.
      if (variant >= 35) line += `,${recordStamp(segment.writtenAt)}`
      if (variant >= 37) line += `,${segment.consent},${segment.direction === 'I' ? 'ABC'[callId % 3] : 'N/A'}`
      return line
    },
  }
}
