import type { Direction, Outcome } from '../../call.ts'
import type { Site } from '../site.ts'
import type { Answer, Consultation, Ring, TalkStory } from '../story.ts'
import type { Lines } from './lines.ts'
import { CallDraft, seconds, truthOf, type AvayaCall } from './call-draft.ts'
import { noDevice, telephone, tone, type Device } from './segment.ts'

export interface Office {
  readonly site: Site
  readonly lines: Lines
  /** SIP lines: callers come with an address, and a call sent on to outside gets a record of its own (Call Splitting for Diverts). */
  readonly sip: boolean
}

interface Teller {
  readonly office: Office
  readonly story: TalkStory
  readonly draft: CallDraft
  readonly line: Device | null
  readonly pair: (device: Device) => readonly [Device, Device]
  /** Calls with a Call ID of their own that the story brings with it. */
  readonly more: AvayaCall[]
  conference: number | null
}

/** A call from outside or from a telephone to a person or a group, with its consultations, twin and conference legs. */
export function talkCalls(office: Office, story: TalkStory, account: string): AvayaCall[] {
  const { caller } = story
  const outside = caller.kind === 'outside'
  const line = outside ? office.lines.incoming(story.at, story.endAt) : null
  const from = outside
    ? { number: caller.customer.number, name: '' }
    : { number: caller.person.extension, name: caller.person.name }
  const draft = new CallDraft(story.at, {
    caller: outside ? callerText(office, from.number) : caller.person.extension,
    called: story.menuUntil !== null ? office.site.attendant : (story.queue?.number ?? story.person?.extension ?? ''),
    dialled: story.dialled,
    direction: outside ? 'I' : 'O',
    internal: outside ? 0 : 1,
    account,
    consent: story.menuUntil === null ? 0 : 6,
  })
  const teller: Teller = {
    office,
    story,
    draft,
    line,
    pair: (device) => (caller.kind === 'outside' ? [device, line as Device] : [telephone(caller.person), device]),
    more: [],
    conference: null,
  }
  const now = tellBefore(teller)
  const outcome = story.answer === null ? tellUnanswered(teller, now) : tellAnswered(teller, story.answer, now)
  tellTwin(teller)
  const direction: Direction = outside ? 'inbound' : 'internal'
  const handling = story.answer === null ? null : story.handling.kind
  const truth = truthOf(story.scenario, handling, 'call', direction, outcome, from, teller.conference)
  return [draft.done(truth), ...teller.more]
}

function callerText({ sip }: Office, number: string | null): string {
  if (!sip) return number ?? ''
  return number === null ? 'anonymous@anonymous.invalid' : `${number}@192.0.2.50`
}

const targetOf = ({ office, story }: Teller): string =>
  story.queue?.number ?? story.person?.extension ?? office.site.attendant

/** Menu and announcement. Returns the instant from which the rest is told. */
function tellBefore(teller: Teller): number {
  const { office, story, draft, line } = teller
  let now = story.at
  if (story.menuUntil !== null) {
    const machine = office.lines.voicemail(now, story.menuUntil)
    draft.add([machine, line as Device], story.menuUntil, {
      connected: seconds(story.menuUntil - now),
      with: 'machine',
    })
    now = story.menuUntil
    // Whoever hangs up in the menu leaves, now and then, a second record in which nothing happened.
    if (story.scenario === 'menu' && Math.floor(story.at / 1000) % 2 === 0) {
      draft.add([line as Device, machine], now, { called: office.site.support.number })
    }
    draft.restart()
  }
  if (story.announcedUntil !== null) {
    const machine = office.lines.voicemail(now, story.announcedUntil)
    draft.add([machine, line as Device], story.announcedUntil, {
      connected: seconds(story.announcedUntil - now),
      with: 'machine',
      called: targetOf(teller),
    })
    now = story.announcedUntil
  }
  return now
}

function tellUnanswered(teller: Teller, now: number): Outcome {
  const { office, story, draft, line, pair } = teller
  const { ending, endAt } = story
  const called = targetOf(teller)
  const rung = story.rings.at(-1)
  const menu = story.menuUntil !== null
  if (ending.kind === 'busy') {
    draft.add(line ? [line, tone] : pair(tone), endAt, { called })
    return menu ? 'automated' : 'busy'
  }
  if (ending.kind === 'mailbox') {
    const machine = office.lines.voicemail(ending.from, endAt)
    const busy = rung?.result === 'busy' && story.queue === null
    const parts = {
      ring: busy ? 0 : seconds(ending.from - now),
      connected: seconds(endAt - ending.from),
      with: 'machine',
      called,
    } as const
    draft.add(line ? [line, machine] : pair(machine), endAt, parts)
    // The mailbox of a queue cannot be told from its announcement.
    return story.queue === null ? 'voicemail' : 'missed'
  }
  if (ending.kind === 'forwarded') return tellForwarded(teller, ending, now)
  if (story.scenario === 'menu' || story.scenario === 'closed-message') return 'automated'
  if (rung !== undefined) draft.add(pair(telephone(rung.person)), endAt, { ring: seconds(endAt - now), called })
  else if (story.announcedUntil === null)
    draft.add([line ?? noDevice, noDevice], endAt, { ring: seconds(endAt - now), called })
  return menu && story.announcedUntil === null ? 'automated' : 'missed'
}

function tellForwarded(
  { office, story, draft, line, pair }: Teller,
  ending: Extract<TalkStory['ending'], { kind: 'forwarded' }>,
  now: number,
): Outcome {
  const { endAt } = story
  const second = office.lines.outgoing(ending.from, endAt)
  const answered = ending.answeredAt !== null
  const upAt = ending.answeredAt ?? endAt
  const connected = answered ? seconds(endAt - upAt) : 0
  const trunks = [line as Device, second] as const
  const party = answered ? 'people' : 'nobody'
  if (ending.by === null) {
    draft.add(trunks, endAt, {
      ring: seconds(upAt - now),
      connected,
      with: party,
      called: ending.to,
      cause: ['ICR', 'Дежурный', ending.to],
    })
    return answered ? 'answered' : 'missed'
  }
  const called = ending.by.extension
  const cause = ['U fnr', ending.by.name, ending.to] as const
  if (office.sip) {
    draft.add(pair(telephone(ending.by)), ending.from, { ring: seconds(ending.from - now), called })
    draft.restart()
    draft.add(trunks, endAt, { ring: seconds(upAt - ending.from), connected, with: party, called, cause })
  } else draft.add(trunks, endAt, { ring: seconds(upAt - now), connected, with: party, called, cause })
  return answered ? 'answered' : story.menuUntil === null ? 'missed' : 'automated'
}

function tellAnswered(teller: Teller, answer: Answer, start: number): Outcome {
  const { office, story, draft, pair } = teller
  const { handling, endAt } = story
  const called = targetOf(teller)
  const here = pair(telephone(answer.by))
  const rung = story.rings.at(-1)
  let now = start
  if (answer.on === 'another-desk' && rung) {
    draft.add(pair(telephone(rung.person)), rung.to, { ring: seconds(rung.to - now), called })
    now = rung.to
  }
  const ring = seconds(answer.at - now)
  const up = { ring, with: 'people', called } as const
  const then = { with: 'people', called } as const

  if (answer.on === 'pulled-back') {
    draft.add(here, answer.pulledAt, { ...up, connected: seconds(answer.pulledAt - answer.at) })
    draft.add(here, endAt, { ...then, connected: seconds(endAt - answer.pulledAt) })
    return 'answered'
  }
  switch (handling.kind) {
    case 'plain':
      draft.add(here, endAt, { ...up, connected: seconds(endAt - answer.at) })
      break
    case 'held': {
      const hold = handling.to - handling.from
      draft.add(here, endAt, { ...up, connected: seconds(endAt - answer.at - hold), hold: seconds(hold) })
      break
    }
    case 'parked': {
      const { from, to, by } = handling
      const park = seconds(to - from)
      if (by === answer.by) draft.add(here, endAt, { ...up, connected: seconds(endAt - answer.at - (to - from)), park })
      else {
        draft.add(here, to, { ...up, connected: seconds(from - answer.at), park })
        draft.add(pair(telephone(by)), endAt, { ...then, connected: seconds(endAt - to) })
      }
      break
    }
    case 'consulted': {
      const { from, to } = handling.consultation
      draft.add(here, endAt, { ...up, connected: seconds(endAt - answer.at - (to - from)), hold: seconds(to - from) })
      teller.more.push(consultationCall(answer, handling.consultation))
      break
    }
    case 'supervised':
    case 'blonde': {
      const { from, to, person } = handling.consultation
      draft.add(here, to, { ...up, connected: seconds(from - answer.at), hold: seconds(to - from) })
      teller.more.push(consultationCall(answer, handling.consultation))
      const next = pair(telephone(person))
      if (handling.kind === 'supervised') draft.add(next, endAt, { ...then, connected: seconds(endAt - to) })
      else if (handling.answeredAt === null) draft.add(next, endAt, { ring: seconds(endAt - to), called })
      else
        draft.add(next, endAt, {
          ...then,
          ring: seconds(handling.answeredAt - to),
          connected: seconds(endAt - handling.answeredAt),
        })
      break
    }
    case 'blind': {
      const { ring: next, mailboxFrom } = handling
      // The caller is on hold for two seconds while the target is dialled.
      draft.add(here, next.from, { ...up, connected: seconds(next.from - answer.at) - 2, hold: 2 })
      const rang = seconds(next.to - next.from)
      if (mailboxFrom !== null) {
        const machine = office.lines.voicemail(mailboxFrom, endAt)
        const pairs = teller.line ? ([machine, teller.line] as const) : pair(machine)
        draft.add(pairs, endAt, { ring: rang, connected: seconds(endAt - mailboxFrom), with: 'machine', called })
      } else if (next.result === 'answered') {
        draft.add(pair(telephone(next.person)), endAt, { ...then, ring: rang, connected: seconds(endAt - next.to) })
      } else draft.add(pair(telephone(next.person)), endAt, { ring: rang, called })
      break
    }
    case 'conference':
      tellConference(teller, answer, handling.consultation, up)
      break
  }
  return 'answered'
}

function tellConference(
  teller: Teller,
  { by, at }: Answer,
  { person, from, answeredAt, to }: Consultation,
  up: { readonly ring: number; readonly with: 'people'; readonly called: string },
): void {
  const { office, story, draft, line, pair, more } = teller
  const { endAt } = story
  const { number, channel } = office.lines.conference(to, endAt)
  teller.conference = number
  draft.add(pair(telephone(by)), to, { ...up, connected: seconds(from - at), hold: seconds(to - from) })
  const inConference = { connected: seconds(endAt - to), with: 'people', caller: '' } as const
  if (line) draft.add([channel(3), line], endAt, { ...inConference, called: up.called })
  else draft.add([pair(noDevice)[0], channel(3)], endAt, { ...inConference, called: '', dialled: '' })

  const ends = [telephone(by), telephone(person)] as const
  const base = {
    caller: by.extension,
    called: person.extension,
    dialled: person.extension,
    direction: 'O',
    internal: 1,
    account: '',
    consent: 0,
  } as const
  const consultation = new CallDraft(from, base)
  const upAt = answeredAt ?? to
  consultation.add(ends, to, { ring: seconds(upAt - from), connected: seconds(to - upAt), with: 'people' })
  consultation.add([ends[1], channel(1)], endAt, {
    connected: seconds(endAt - to),
    with: 'people',
    caller: '',
    called: '',
    dialled: '',
  })
  more.push(
    consultation.done(
      truthOf(
        'internal-answered',
        'conference',
        'call',
        'internal',
        'answered',
        { number: by.extension, name: by.name },
        number,
      ),
    ),
  )

  const leg = new CallDraft(to, base)
  leg.add([ends[0], channel(2)], endAt, { connected: seconds(endAt - to), with: 'people' })
  more.push(
    leg.done(
      truthOf(
        'internal-answered',
        'conference',
        'conference-leg',
        'internal',
        'answered',
        { number: by.extension, name: by.name },
        number,
      ),
    ),
  )
}

/** The call that somebody makes while the caller is on hold. */
function consultationCall({ by }: Answer, { person, from, answeredAt, to }: Consultation): AvayaCall {
  const draft = new CallDraft(from, {
    caller: by.extension,
    called: person.extension,
    dialled: person.extension,
    direction: 'O',
    internal: 1,
    account: '',
    consent: 0,
  })
  const ends = [telephone(by), telephone(person)] as const
  if (answeredAt === null) draft.add(ends, to, { ring: seconds(to - from) })
  else draft.add(ends, to, { ring: seconds(answeredAt - from), connected: seconds(to - answeredAt), with: 'people' })
  const asking = { number: by.extension, name: by.name }
  if (answeredAt === null) return draft.done(truthOf('internal-missed', null, 'call', 'internal', 'missed', asking))
  return draft.done(truthOf('internal-answered', 'plain', 'call', 'internal', 'answered', asking))
}

/** The leg to the mobile that rings along two seconds after the telephone. */
function tellTwin({ office, story, more }: Teller): void {
  const rung: Ring | undefined = story.rings[0]
  if (rung === undefined || story.queue !== null || rung.result === 'busy') return
  const { person } = rung
  if (person.mobile === null || person.team === 'office') return
  const from = rung.from + 2000
  if (rung.to <= from) return
  const { answer } = story
  const taken = answer?.on === 'mobile' || answer?.on === 'pulled-back'
  const until = answer?.on === 'mobile' ? story.endAt : answer?.on === 'pulled-back' ? answer.pulledAt : rung.to
  const draft = new CallDraft(from, {
    caller: '',
    called: person.mobile,
    dialled: person.mobile,
    direction: 'O',
    internal: 0,
    account: '',
    consent: 0,
  })
  draft.add([telephone(person), office.lines.outgoing(from, until)], until, {
    ring: seconds(rung.to - from),
    connected: taken ? seconds(until - rung.to) : 0,
    with: taken ? 'people' : 'nobody',
    cause: ['U MT', person.name, person.mobile],
  })
  const outcome = taken ? 'answered' : 'missed'
  more.push(
    draft.done(
      truthOf(story.scenario, null, 'twin-leg', 'outbound', outcome, { number: person.extension, name: person.name }),
    ),
  )
}
