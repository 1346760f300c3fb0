/**
 * What stands at one end of a segment (manual 10.0, pp. 850–858). The name field decides first, the letter of the code second;
 * the number range never: trunk and voicemail channels with numbers outside the documented ranges are seen in the field.
 */

export type DeviceKind = 'extension' | 'trunk' | 'machine' | 'conference' | 'tone' | 'barred' | 'wake-up' | 'none'

export interface Device {
  readonly kind: DeviceKind
  /** Digits of an extension, else empty. */
  readonly number: string
  /** The name as sent. */
  readonly name: string
  readonly code: string
}

const voicemailName = /^VM Channel(?: |$)/iu
const conferenceName = /^CO Channel(?: |$)/iu
const lineName = /^Line \d+\.\d+$/iu
const toneName = /^U\d+ \d+\.\d+$/u

export const isWakeUp = (name: string): boolean => name === 'Wakeup Call'

export function deviceOf(code: string, name: string): Device {
  const kind = kindOf(code, name)
  return { kind, number: kind === 'extension' ? code.slice(1) : '', name, code }
}

function kindOf(code: string, name: string): DeviceKind {
  if (isWakeUp(name)) return 'wake-up'
  if (voicemailName.test(name)) return 'machine'
  if (conferenceName.test(name)) return 'conference'
  if (lineName.test(name)) return 'trunk'
  if (toneName.test(name)) return 'tone'
  if (code === 'Barred' || name === 'Barred') return 'barred'
  if (code === 'V8000') return 'tone'
  if (code.startsWith('E')) return 'extension'
  if (code.startsWith('T')) return 'trunk'
  return code.startsWith('V') ? 'machine' : 'none'
}

/** A user without a name is printed as `Extn` and the number. */
export function userName(device: Device): string | null {
  return device.name === '' || device.name === `Extn${device.number}` ? null : device.name
}

/** The conference of `CO Channel c.n`; null when the name has none. The code is ambiguous from ten channels on. */
export const conferenceOf = (device: Device): string | null =>
  device.kind === 'conference' ? (/^CO Channel (\d+)/iu.exec(device.name)?.[1] ?? null) : null

/** Channel 0 in the name of a line: an analogue trunk, which cannot tell when the far end answers. */
export const isAnalogue = (device: Device): boolean => device.kind === 'trunk' && /^Line \d+\.0$/iu.test(device.name)
