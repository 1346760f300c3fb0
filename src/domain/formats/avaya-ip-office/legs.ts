import type { Reader } from '../../reading.ts'
import type { HourEvidence, Leg, LegEnd, Segment } from '../format.ts'
import { conferenceOf, type Device, userName } from './device.ts'
import { callStart } from './hour.ts'
import type { AvayaFields } from './record.ts'
import { callerNumber, machineSecondsOf, type Stretch, stretchesOf, talkSecondsOf } from './stretch.ts'

/**
 * A call leg by leg. Every record describes a stretch of its own, so that all legs are `main`; what repeats a conversation (the
 * leg to a twinned mobile, the organiser's leg of a conference) is a call of its own with a kind that is not counted.
 */
export function legs(
  group: readonly Segment<AvayaFields>[],
  reader: Reader,
  evidence: HourEvidence | null,
): readonly Leg[] {
  const stretches = stretchesOf(group)
  const toInstant = callStart(stretches, reader.zone, evidence).instant - (stretches[0] as Stretch).segment.startWall
  return stretches.map((stretch) => {
    const { fields } = stretch
    const [from, to] = endsOf(stretch)
    return {
      recordId: stretch.segment.id,
      startedAt: stretch.beginWall + toInstant,
      answeredAt: stretch.answered ? stretch.rangWall + toInstant : null,
      endedAt: stretch.endWall + toInstant,
      from: legEnd(from),
      to: legEnd(to),
      main: true,
      ringSeconds: fields.ringSeconds,
      talkSeconds: talkSecondsOf(stretch),
      holdSeconds: fields.holdSeconds ?? 0,
      parkSeconds: fields.parkSeconds ?? 0,
      machineSeconds: machineSecondsOf(stretch),
    }
  })
}

/**
 * Party 1 is normally the one who began. But details of users go before details of trunks, so that in a call from outside Party 1
 * is the extension; and whoever Caller names began.
 */
function endsOf({ fields, device1, device2 }: Stretch): readonly [Device, Device] {
  const turned = fields.inbound
    ? device2.kind === 'trunk' && device1.kind !== 'trunk'
    : device2.kind === 'extension' &&
      device2.number !== device1.number &&
      device2.number === callerNumber(fields.caller)
  return turned ? [device2, device1] : [device1, device2]
}

const endKinds = {
  extension: 'extension',
  trunk: 'outside',
  machine: 'machine',
  conference: 'conference',
  tone: 'tone',
  barred: 'barred',
  'wake-up': 'machine',
  none: 'none',
} as const

function legEnd(device: Device): LegEnd {
  const kind = endKinds[device.kind]
  if (device.kind === 'extension') return { kind, number: device.number, name: userName(device) }
  const printed = device.name || device.code || null
  if (device.kind === 'conference') return { kind, number: conferenceOf(device), name: printed }
  return { kind, number: printed, name: null }
}
