import type { Random } from '../random.ts'
import { Pool } from './pool.ts'
import { conferenceChannel, trunk, voicemail, type Device } from './segment.ts'

/** The exchange's lines and channels. */
export interface Lines {
  readonly incoming: (from: number, until: number) => Device
  readonly outgoing: (from: number, until: number) => Device
  /** Channel 0: an analogue line, which cannot tell when the far party answers. */
  readonly analogue: Device
  readonly voicemail: (from: number, until: number) => Device
  /** A conference number and its channels from 1 on. */
  readonly conference: (
    from: number,
    until: number,
  ) => { readonly number: number; readonly channel: (n: number) => Device }
}

/** Line 1 is ISDN, line 17 SIP, line 5 analogue. */
export function openLines(random: Random, sip: boolean): Lines {
  const isdnChannels = new Pool(1)
  const sipChannels = new Pool(1)
  const machines = new Pool(1)
  const conferences = new Pool(100)
  const overSip = (from: number, until: number) => trunk(17, sipChannels.take(from, until))
  const overIsdn = (from: number, until: number) => trunk(1, isdnChannels.take(from, until))
  return {
    incoming: sip ? overSip : overIsdn,
    outgoing: (from, until) => (sip || random.chance(0.7) ? overSip(from, until) : overIsdn(from, until)),
    analogue: trunk(5, 0),
    voicemail: (from, until) => voicemail(machines.take(from, until)),
    conference: (from, until) => {
      const number = conferences.take(from, until)
      return { number, channel: (n) => conferenceChannel(number, n) }
    },
  }
}
