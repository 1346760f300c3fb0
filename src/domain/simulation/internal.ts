import { handle, millis, talkMillis, type World } from './handling.ts'
import { answerOf } from './inbound.ts'
import { durations, internalShares, mailboxAfterSeconds } from './shares.ts'
import type { Person } from './site.ts'
import type { Answer, MeetingStory, MessagesStory, Ring, Scenario, TalkStory } from './story.ts'

/** A call that stays inside: between two telephones, to the own mailbox, or into a conference room. */
export function internal(world: World, caller: Person, at: number): TalkStory | MessagesStory | MeetingStory {
  const { random, desk, site } = world
  const fate = internalShares.pick(random)
  const mailboxHere = caller.team !== 'branch' && caller.team !== 'room'
  if (fate === 'messages' && mailboxHere) {
    const endAt = at + 800 + millis(random, durations.messages, 4000)
    desk.book(caller, endAt)
    return {
      kind: 'messages',
      scenario: 'messages',
      at,
      person: caller,
      answeredAt: at + random.between(300, 1400),
      endAt,
    }
  }
  if (fate === 'meeting' && site.format === 'asterisk-csv') {
    const meeting = meet(world, caller, at)
    if (meeting) return meeting
  }

  let other: Person
  do other = random.pick(site.people)
  while (other === caller)
  const from = at + random.between(50, 300)
  const draft = {
    kind: 'talk',
    at,
    caller: { kind: 'person', person: caller },
    dialled: other.extension,
    menuUntil: null,
    queue: null,
    person: other,
    announcedUntil: null,
  } as const
  const unanswered = (scenario: Scenario, ring: Ring, ending: TalkStory['ending'], endAt: number): TalkStory => {
    desk.book(caller, endAt)
    return { ...draft, scenario, rings: [ring], answer: null, handling: { kind: 'plain' }, ending, endAt }
  }
  const answered = (scenario: Scenario, ring: Ring, answer: Answer): TalkStory => {
    const simply = answer.on !== 'desk' || other.team === 'branch'
    const { handling, endAt } = handle(world, answer.by, answer.at, 'internal', durations.talkInternal, simply, [
      caller,
      other,
    ])
    const until = Math.max(endAt, answer.pulledAt + 3000)
    desk.book(caller, until)
    return { ...draft, scenario, rings: [ring], answer, handling, ending: { kind: 'hung-up' }, endAt: until }
  }

  const away = other.team !== 'branch' && !desk.atWork(other, at)
  if (fate === 'busy' || desk.inCall(other, at)) {
    const to = from + random.between(200, 900)
    return unanswered('internal-busy', { person: other, from, to, result: 'busy' }, { kind: 'busy' }, to + 200)
  }
  if (fate === 'mailbox' || (away && fate === 'answered' && random.chance(0.4))) {
    const to = from + mailboxAfterSeconds * 1000
    const endAt = to + millis(random, durations.mailbox, 2000)
    return unanswered(
      'internal-mailbox',
      { person: other, from, to, result: 'unanswered' },
      { kind: 'mailbox', from: to },
      endAt,
    )
  }
  const answersAt = from + millis(random, durations.answer, 1200)
  if (fate === 'picked-up') {
    const colleague = desk.colleague(answersAt, [caller, other])
    if (colleague) {
      const answer: Answer = { by: colleague, at: answersAt + 600, on: 'another-desk', pulledAt: 0 }
      return answered('internal-picked-up', { person: other, from, to: answersAt, result: 'unanswered' }, answer)
    }
  }
  if (fate === 'missed' || away) {
    const to = from + millis(random, durations.patienceDirect, 2000)
    return unanswered('internal-missed', { person: other, from, to, result: 'unanswered' }, { kind: 'hung-up' }, to)
  }
  return answered(
    'internal-answered',
    { person: other, from, to: answersAt, result: 'answered' },
    answerOf(random, other, answersAt),
  )
}

function meet({ random, desk }: World, caller: Person, at: number): MeetingStory | null {
  const endAt = at + talkMillis(random, durations.talkMeeting) + 120_000
  const people = [{ person: caller, from: at, answeredAt: at + random.between(300, 1400), to: endAt }]
  const guests = random.between(1, 4)
  let from = at
  for (let i = 0; i < guests; i++) {
    from += random.between(3000, 25_000)
    const person = desk.colleague(
      from,
      people.map((one) => one.person),
    )
    if (person === null) continue
    // The room is left from the last to the first, some early.
    const to = endAt - random.between(1000, random.chance(0.2) ? Math.floor((endAt - from) / 2) : 5000)
    people.push({ person, from, answeredAt: from + random.between(300, 1400), to })
    desk.book(person, to)
  }
  if (people.length < 2) return null
  desk.book(caller, endAt)
  return { kind: 'meeting', scenario: 'meeting', at, people }
}
