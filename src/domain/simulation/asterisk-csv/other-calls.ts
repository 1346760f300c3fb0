import type { Outcome } from '../../call.ts'
import type { MeetingStory, MessagesStory, OutboundStory } from '../story.ts'
import { CallDraft, type AsteriskCall } from './call-draft.ts'
import { clidOf, type Channel } from './row.ts'
import { personCaller, type Extras, type Office } from './office.ts'

/** A call to outside. */
export function outboundCall(office: Office, story: OutboundStory, extras: Extras): AsteriskCall {
  const { person, at, dialled, answeredAt, firstTrunkUntil, endAt } = story
  const who = personCaller(person)
  const over = (trunk: string) => ({ app: 'Dial', data: `${office.tech}/${dialled.slice(1)}@${trunk},60` })
  const draft = new CallDraft(office.tech, at, person, endAt, {
    src: who.src,
    clid: who.clid,
    dst: dialled,
    context: 'from-internal',
    ...over('trunk-msk'),
    ...extras,
  })
  const done = (outcome: Outcome) =>
    draft.done({
      scenario: story.scenario,
      handling: null,
      kind: 'call',
      direction: 'outbound',
      outcome,
      from: who.number,
      fromName: who.name,
      conference: null,
    })
  const far = 'outside'

  if (story.roundabout && answeredAt !== null) {
    roundabout(draft, story, answeredAt)
    return done('answered')
  }
  const b = draft.trunk(at + 100, 'trunk-msk')
  switch (story.result) {
    case 'busy':
      draft.add({ b, far, start: at, answer: null, end: endAt, disposition: 'BUSY' })
      return done('busy')
    case 'failed':
    case 'barred': {
      const disposition = office.congestion && story.result === 'failed' ? 'CONGESTION' : 'FAILED'
      draft.add({ b, far, start: at, answer: null, end: endAt, disposition })
      return done('failed')
    }
    case 'unanswered':
      draft.add({ b, far, start: at, answer: null, end: endAt, disposition: 'NO ANSWER' })
      return done('missed')
    case 'answered':
      if (firstTrunkUntil === null)
        draft.add({ b, far, start: at, answer: answeredAt, end: endAt, disposition: 'ANSWERED' })
      else {
        draft.add({ b, far, start: at, answer: null, end: firstTrunkUntil, disposition: 'FAILED' })
        const second = draft.trunk(firstTrunkUntil, 'trunk-bk')
        draft.add({
          ...over('trunk-bk'),
          b: second,
          far,
          start: firstTrunkUntil,
          answer: answeredAt,
          end: endAt,
          disposition: 'ANSWERED',
        })
      }
      return done('answered')
  }
}

/** Through a Local channel that Asterisk takes out of the way once the far party has answered: three rows remain. */
function roundabout(draft: CallDraft, { at, dialled, endAt }: OutboundStory, answeredAt: number): void {
  const [one] = draft.local(at + 100, `${dialled}@outbound`)
  const trunk = draft.trunk(at + 700, 'trunk-msk')
  const way = { context: 'pre-rec', data: `Local/${dialled}@outbound,30,t` }
  const instant = { start: answeredAt, answer: answeredAt, disposition: 'ANSWERED' } as const
  draft.add({
    ...instant,
    a: trunk,
    b: one,
    far: null,
    end: answeredAt,
    src: dialled,
    clid: clidOf('', dialled),
    dst: '',
    context: 'outbound',
    app: 'AppDial',
    data: '(Outgoing Line)',
    account: 'trunk',
    userfield: '',
  })
  draft.add({
    ...way,
    b: one,
    far: null,
    start: at,
    answer: answeredAt,
    end: answeredAt,
    disposition: 'ANSWERED',
    role: 'side',
  })
  draft.add({ ...instant, ...way, b: trunk, far: 'outside', end: endAt })
}

/** Somebody listens to messages. */
export function messagesCall(office: Office, story: MessagesStory): AsteriskCall {
  const { person, at, answeredAt, endAt } = story
  const who = personCaller(person)
  const draft = new CallDraft(office.tech, at, person, endAt, {
    src: who.src,
    clid: who.clid,
    dst: '*98',
    context: 'from-internal',
    app: 'VoiceMailMain',
    data: `${person.extension}@default`,
    account: '',
    userfield: '',
  })
  draft.add({ b: null, far: null, start: at, answer: answeredAt, end: endAt, disposition: 'ANSWERED' })
  return draft.done({
    scenario: 'messages',
    handling: null,
    kind: 'service',
    direction: 'internal',
    outcome: 'voicemail',
    from: who.number,
    fromName: who.name,
    conference: null,
  })
}

const room = '8000'

/** A conference room: one row for each pair of people, written when the earlier of the two leaves. */
export function meetingCall(office: Office, { at, people }: MeetingStory): AsteriskCall {
  const [first, ...rest] = people as readonly [MeetingStory['people'][number], ...MeetingStory['people']]
  const who = personCaller(first.person)
  const base = { dst: room, context: 'from-internal', app: 'ConfBridge', data: room, account: '', userfield: '' }
  const draft = new CallDraft(office.tech, at, first.person, first.to, { src: who.src, clid: who.clid, ...base })
  const present: { readonly one: typeof first; readonly channel: Channel; rows: number }[] = [
    { one: first, channel: draft.main, rows: 0 },
  ]
  for (const one of rest) {
    const channel = draft.phone(one.from, one.person)
    for (const earlier of present) {
      const end = Math.min(earlier.one.to, one.to)
      if (end <= one.answeredAt) continue
      const { src, clid } = personCaller(earlier.one.person)
      // The first row of a channel begins with it, the others when the second party comes in.
      const begins = earlier.rows++ === 0
      draft.add({
        a: earlier.channel,
        b: channel,
        far: one.person,
        src,
        clid,
        start: begins ? earlier.one.from : one.answeredAt,
        answer: begins ? earlier.one.answeredAt : one.answeredAt,
        end,
        disposition: 'ANSWERED',
        writtenAt: earlier.one.to,
      })
    }
    present.push({ one, channel, rows: 0 })
  }
  return draft.done({
    scenario: 'meeting',
    handling: null,
    kind: 'call',
    direction: 'internal',
    outcome: 'answered',
    from: who.number,
    fromName: who.name,
    conference: room,
  })
}
