import type { Exchange, Paper } from '../exchange.ts'
import type { Random } from '../random.ts'
import type { Site } from '../site.ts'
import type { Story } from '../story.ts'
import { completeTruth, partsOf, type AvayaCall } from './call-draft.ts'
import { openLines } from './lines.ts'
import { messagesCall, outboundCalls } from './outbound-calls.ts'
import { noCharges, openSegmentWriter, type AvayaSegment, type AvayaVariant } from './segment.ts'
import { talkCalls, type Office } from './talk-calls.ts'

const firstCallId = 1_000_000

/** An IP Office: a record whenever a segment ends, Call IDs in the order in which calls begin. */
export function openAvayaIpOffice(random: Random, site: Site, variant: AvayaVariant, paper: Paper): Exchange {
  const sip = variant >= 34
  const office: Office = { site, lines: openLines(random, sip), sip }
  const writer = openSegmentWriter(variant)
  let nextCallId = firstCallId

  const begin = (call: AvayaCall) => {
    const index = paper.nextCall()
    const callId = nextCallId++
    const startedAt = Math.floor(call.at / 1000) * 1000
    const startedWall = paper.wallAt(startedAt)
    const last = call.segments.length - 1
    const write = (segment: AvayaSegment, place: number) => {
      const line = writer.lineOf(segment, callId, startedWall + segment.startsAfter * 1000, place === last)
      paper.write(line, segment.writtenAt, index)
      if (place !== last) return
      paper.close(
        () => ({ index, exchangeCallId: String(callId), ...completeTruth(call, startedAt, startedWall) }),
        () => partsOf(call, startedAt),
      )
    }
    call.segments.forEach((segment, place) => paper.plan(segment.writtenAt, () => write(segment, place)))
  }

  const callsOf = (story: Story): readonly AvayaCall[] => {
    switch (story.kind) {
      case 'talk':
        return talkCalls(office, story, random.chance(0.02) ? accountOf(random) : '')
      case 'outbound':
        return outboundCalls(office, story, {
          account: random.chance(0.05) ? accountOf(random) : '',
          charges: chargesOf(random, story.person.name),
        })
      case 'messages':
        return [messagesCall(office, story)]
      case 'meeting':
        // An IP Office has its conferences among the handlings of a call.
        return []
    }
  }
  return {
    tell: (story) => {
      for (const call of callsOf(story)) paper.plan(call.at, () => begin(call))
    },
  }
}

const accountOf = (random: Random): string =>
  random.chance(0.5) ? `PRJ-${random.between(10, 99)}` : String(random.between(1000, 9999))

/** Fields 18 to 27: mostly empty; an authorisation code that was right; advice of charge. */
function chargesOf(random: Random, name: string): string {
  const u = random.next()
  if (u < 0.02) return '1,n/a,,,,,,,,'
  if (u > 0.05) return noCharges
  const charge = (random.between(5, 90_000) / 10_000).toFixed(4)
  return `,,${name},   ${charge},RUB,0000.00,${random.between(1, 20)},0,8333,1.00`
}
