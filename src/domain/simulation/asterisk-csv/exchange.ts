import type { Exchange, Paper } from '../exchange.ts'
import type { Random } from '../random.ts'
import type { Story } from '../story.ts'
import { completeTruth, partsOf, type AsteriskCall } from './call-draft.ts'
import { meetingCall, messagesCall, outboundCall } from './other-calls.ts'
import type { Extras, Office } from './office.ts'
import { openRowWriter, type AsteriskVariant, type Channel, type Counters, type Row } from './row.ts'
import { talkCalls } from './talk-calls.ts'

/**
 * An Asterisk (12 or later, `unanswered=no`): all rows of a channel are written together when it hangs up, in the order in
 * which they were made. Older than 21 columns it names its telephones `SIP/…` and knows no CONGESTION.
 */
export function openAsterisk(random: Random, variant: AsteriskVariant, paper: Paper): Exchange {
  const modern = variant === 21
  const office: Office = { tech: modern ? 'PJSIP' : 'SIP', nameIsNumber: !modern, congestion: modern }
  const lineOf = openRowWriter(variant, paper.wallAt)
  const counters: Counters = { unique: 100, channel: 0x1a0, local: 0x30, sequence: 0 }

  const begin = (call: AsteriskCall) => {
    const index = paper.nextCall()
    let left = call.rows.length
    const write = (row: Row) => {
      paper.write(lineOf(row), row.writtenAt, index)
      if (--left > 0) return
      paper.close(
        () => ({ index, exchangeCallId: call.main.uniqueid, ...completeTruth(call, paper.wallAt) }),
        () => partsOf(call),
      )
    }
    for (const channel of call.channels) paper.plan(channel.at, () => channel.create(counters))
    const known = new Set<Channel>()
    for (const row of call.rows) {
      if (known.has(row.a)) paper.plan(row.start, () => (row.sequence = counters.sequence++))
      known.add(row.a)
    }
    for (const row of call.rows) paper.plan(row.writtenAt, () => write(row))
  }

  const extras = (): Extras => ({
    account: random.chance(0.01) ? 'sales' : '',
    userfield: random.chance(0.02) ? userfieldOf(random) : '',
  })
  const callsOf = (story: Story): readonly AsteriskCall[] => {
    switch (story.kind) {
      case 'talk':
        return talkCalls(office, story, extras())
      case 'outbound':
        return [outboundCall(office, story, extras())]
      case 'messages':
        return [messagesCall(office, story)]
      case 'meeting':
        return [meetingCall(office, story)]
    }
  }
  return {
    tell: (story) => {
      for (const call of callsOf(story)) paper.plan(call.main.at, () => begin(call))
    },
  }
}

/** What a dial plan notes in the userfield; now and then a remark of two lines. */
function userfieldOf(random: Random): string {
  if (random.chance(0.1)) return `перезвонить\nдо ${random.between(10, 18)}:00, "срочно"`
  return `crm=${random.between(100, 9999)};rec=1`
}
