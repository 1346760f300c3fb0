import type { Reader } from '../../reading.ts'

/**
 * Names of channels: `Tech/peer-hex`, such as `PJSIP/201-000001a2`. The peer is the name of an endpoint; whether that is a telephone
 * or a trunk stands in the configuration of the exchange only, hence `trunks` and `internal` of the source.
 * A Local channel joins two pieces of dial plan: `Local/203@agents-00000031;1` and the same with `;2` are its two halves.
 */

/** Who stands at the other end of a channel. `none`: the records do not tell. */
export interface End {
  readonly kind: 'extension' | 'outside' | 'none'
  readonly number: string
}

export const noEnd: End = { kind: 'none', number: '' }

export const isLocal = (channel: string): boolean => channel.startsWith('Local/')

/** The name that both halves of a Local channel have in common. */
export const localBase = (channel: string): string =>
  channel.endsWith(';1') || channel.endsWith(';2') ? channel.slice(0, -2) : channel

/** The end of a channel that is not Local. Trunk names win; what is neither a trunk nor an extension by name is a trunk. */
export function endOfChannel(channel: string, reader: Reader): End {
  const number = betweenTechAndHyphen(channel)
  if (reader.isTrunk(number)) return { kind: 'outside', number }
  return { kind: reader.isInternal(number) ? 'extension' : 'outside', number }
}

/** The end of a Local channel by what it calls: all there is to go by while no row tells where it led. */
export function endOfLocal(channel: string, reader: Reader): End {
  const number = calledBy(channel)
  if (reader.isInternal(number)) return { kind: 'extension', number }
  return hasSevenDigits(number) ? { kind: 'outside', number } : noEnd
}

function betweenTechAndHyphen(channel: string): string {
  const slash = channel.indexOf('/')
  const hyphen = channel.lastIndexOf('-')
  return channel.slice(slash + 1, hyphen > slash ? hyphen : channel.length)
}

function calledBy(channel: string): string {
  const at = channel.indexOf('@')
  return at < 0 ? betweenTechAndHyphen(localBase(channel)) : channel.slice('Local/'.length, at)
}

/** A number of this many digits is no extension but somebody outside. */
export function hasSevenDigits(number: string): boolean {
  let digits = 0
  for (let at = 0; at < number.length && digits < 7; at++) {
    const code = number.charCodeAt(at)
    if (code >= 48 && code <= 57) digits++
  }
  return digits >= 7
}
