import type { Outcome } from '../../call.ts'
import type { Person } from '../site.ts'
import type { MessagesStory, OutboundStory } from '../story.ts'
import { CallDraft, seconds, truthOf, type AvayaCall } from './call-draft.ts'
import { barred, noDevice, telephone, tone } from './segment.ts'
import type { Office } from './talk-calls.ts'

export interface Extras {
  readonly account: string
  /** Fields 18 to 27. */
  readonly charges: string
}

const nameOf = (person: Person) => ({ number: person.extension, name: person.name })

/** A call to outside. */
export function outboundCalls(office: Office, story: OutboundStory, { account, charges }: Extras): AvayaCall[] {
  const { person, dialled, endAt } = story
  const here = telephone(person)
  const draft = new CallDraft(story.at, {
    caller: person.extension,
    called: dialled,
    dialled,
    direction: 'O',
    internal: 0,
    account,
    consent: 0,
  })
  const done = (outcome: Outcome, analogue = false) =>
    draft.done(
      truthOf(
        story.scenario,
        null,
        'call',
        'outbound',
        outcome,
        nameOf(person),
        null,
        analogue ? ['analogue-answer'] : [],
      ),
    )

  if (story.result === 'barred') {
    draft.add([here, barred], endAt, {})
    return [done('failed')]
  }
  if (story.result === 'failed' && Math.floor(story.at / 1000) % 2 === 0) {
    // No trunk was seized: such a record names no caller and calls itself internal.
    draft.add([here, noDevice], endAt, { caller: '', internal: 1 })
    return [done('failed')]
  }
  if (story.result === 'failed' || story.result === 'busy') {
    draft.add([here, tone], endAt, {})
    return [done('failed')]
  }
  const cause = ['U', here.name, ''] as const
  if (story.result === 'unanswered') {
    draft.add([here, office.lines.outgoing(story.at, endAt)], endAt, { ring: seconds(endAt - story.at), cause })
    return [done('missed')]
  }
  if (story.roundabout) {
    draft.add([here, office.lines.analogue], endAt, { connected: seconds(endAt - story.at), with: 'people', cause })
    return [done('answered', true)]
  }
  const answeredAt = story.answeredAt ?? endAt
  if (story.handedOver) return handedOver(office, story, story.handedOver, answeredAt, draft)
  if (story.conference) return conference(office, story, story.conference, answeredAt, draft)
  const hold = story.held ? story.held.to - story.held.from : 0
  draft.add([here, office.lines.outgoing(story.at, endAt)], endAt, {
    ring: seconds(answeredAt - story.at),
    connected: seconds(endAt - answeredAt - hold),
    hold: seconds(hold),
    with: 'people',
    cause,
    charges,
  })
  return [done('answered')]
}

/** The call inside that asks for the call to outside: talked, then on hold until `until`. */
function askingCall(
  asker: Person,
  story: OutboundStory,
  calledAt: number,
  answeredAt: number,
  until: number,
): CallDraft {
  const { person } = story
  const draft = new CallDraft(calledAt, {
    caller: asker.extension,
    called: person.extension,
    dialled: person.extension,
    direction: 'O',
    internal: 1,
    account: '',
    consent: 0,
  })
  draft.add([telephone(asker), telephone(person)], until, {
    ring: seconds(answeredAt - calledAt),
    connected: seconds(story.at - answeredAt),
    hold: seconds(until - story.at),
    with: 'people',
  })
  return draft
}

function handedOver(
  office: Office,
  story: OutboundStory,
  over: NonNullable<OutboundStory['handedOver']>,
  answeredAt: number,
  draft: CallDraft,
): AvayaCall[] {
  const { person, endAt } = story
  const line = office.lines.outgoing(story.at, endAt)
  draft.add([telephone(person), line], over.at, {
    ring: seconds(answeredAt - story.at),
    connected: seconds(over.at - answeredAt),
    with: 'people',
    cause: ['U XfP', over.to.name, ''],
  })
  draft.add([telephone(over.to), line], endAt, {
    caller: over.to.extension,
    connected: seconds(endAt - over.at),
    with: 'people',
    cause: ['U Xfd', person.name, ''],
    charges: `,,${over.to.name},,,,,,,`,
  })
  const asking = askingCall(over.to, story, over.calledAt, over.answeredAt, over.at)
  return [
    asking.done(truthOf('internal-answered', 'held', 'call', 'internal', 'answered', nameOf(over.to))),
    draft.done(truthOf(story.scenario, 'supervised', 'call', 'outbound', 'answered', nameOf(person))),
  ]
}

function conference(
  office: Office,
  story: OutboundStory,
  joined: NonNullable<OutboundStory['conference']>,
  answeredAt: number,
  draft: CallDraft,
): AvayaCall[] {
  const { person, dialled, endAt } = story
  const line = office.lines.outgoing(story.at, endAt)
  const { number, channel } = office.lines.conference(joined.joinedAt, endAt)
  const inConference = { connected: seconds(endAt - joined.joinedAt), with: 'people', caller: '' } as const

  const asking = askingCall(joined.with, story, joined.calledAt, joined.answeredAt, joined.joinedAt)
  asking.add([telephone(joined.with), channel(3)], endAt, { ...inConference, called: '', dialled: '' })
  draft.add([telephone(person), line], joined.joinedAt, {
    ring: seconds(answeredAt - story.at),
    connected: seconds(joined.joinedAt - answeredAt),
    with: 'people',
    cause: ['U CfP', joined.with.name, ''],
  })
  draft.add([channel(1), line], endAt, { ...inConference, cause: ['U Cfd', person.name, ''] })
  const leg = new CallDraft(joined.joinedAt, {
    caller: person.extension,
    called: dialled,
    dialled,
    direction: 'O',
    internal: 1,
    account: '',
    consent: 0,
  })
  leg.add([telephone(person), channel(2)], endAt, { connected: inConference.connected, with: 'people' })
  return [
    asking.done(
      truthOf('internal-answered', 'conference', 'call', 'internal', 'answered', nameOf(joined.with), number),
    ),
    draft.done(truthOf(story.scenario, 'conference', 'call', 'outbound', 'answered', nameOf(person), number)),
    leg.done(truthOf(story.scenario, 'conference', 'conference-leg', 'internal', 'answered', nameOf(person), number)),
  ]
}

/** Somebody listens to messages, by short code or by the message key. */
export function messagesCall(office: Office, story: MessagesStory): AvayaCall {
  const { person, at, endAt } = story
  const called = Math.floor(at / 1000) % 3 === 0 ? 'VoiceMail' : '*17'
  const draft = new CallDraft(at, {
    caller: person.extension,
    called,
    dialled: called,
    direction: 'O',
    internal: 1,
    account: '',
    consent: 0,
  })
  draft.add([telephone(person), office.lines.voicemail(at, endAt)], endAt, {
    connected: seconds(endAt - at),
    with: 'machine',
  })
  return draft.done(truthOf('messages', null, 'service', 'internal', 'voicemail', nameOf(person)))
}
