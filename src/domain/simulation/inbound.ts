import { handle, millis, type World } from './handling.ts'
import { serve } from './queueing.ts'
import { awkwardNames, outsideNames } from './names.ts'
import type { Random } from './random.ts'
import {
  chances,
  closedShares,
  directShares,
  durations,
  entryShares,
  mailboxAfterSeconds,
  menuShares,
} from './shares.ts'
import type { Person, Queue } from './site.ts'
import type { Answer, Customer, Ring, Scenario, TalkStory } from './story.ts'

/** A few customers call often, most of them rarely: the smaller the number drawn, the more often it is. */
const customers = 14_000

/** Numbers of the invented ranges +7 495 555 … and +7 383 555 …; the same number always brings the same name. */
export function customerOf(random: Random): Customer {
  const u = random.next()
  const which = Math.floor(u * u * customers)
  const digits = String((which * 7919) % 10_000).padStart(4, '0')
  const number = `${which % 10_000 === which ? '7495555' : '7383555'}${digits}`
  const named = (which * 2654435761) % 1000
  let name = ''
  if (named < chances.callerName * 1000) {
    const names = named < chances.callerName * chances.awkwardName * 1000 ? awkwardNames : outsideNames
    name = names[which % names.length] as string
  }
  return random.chance(chances.withheld) ? { number: null, name: '' } : { number, name }
}

interface Draft {
  readonly customer: Customer
  readonly at: number
  dialled: string
  menuUntil: number | null
  queue: Queue | null
  person: Person | null
  announcedUntil: number | null
  rings: readonly Ring[]
}

/** A call from outside. */
export function inbound(world: World, places: Map<Queue, number>, at: number, customer: Customer): TalkStory {
  const { random, desk, site } = world
  const draft: Draft = {
    customer,
    at,
    dialled: site.mainDid,
    menuUntil: null,
    queue: null,
    person: null,
    announcedUntil: null,
    rings: [],
  }
  if (!desk.isOpen(at)) return closed(world, draft)
  const entry = entryShares.pick(random)
  if (entry === 'menu') {
    const menuUntil = at + millis(random, durations.menu, 4000)
    draft.menuUntil = menuUntil
    const next = menuShares.pick(random)
    if (next === 'hang-up') return end(draft, 'menu', { kind: 'hung-up' }, menuUntil)
    return next === 'direct'
      ? direct(world, draft, anybody(world), menuUntil)
      : queued(world, draft, site[next], places, menuUntil)
  }
  if (entry === 'reception') return direct(world, draft, site.reception, at)
  if (entry === 'direct') {
    const person = anybody(world)
    draft.dialled = person.did
    return direct(world, draft, person, at)
  }
  draft.dialled = site[entry].did
  return queued(world, draft, site[entry], places, at)
}

const anybody = ({ random, site }: World): Person => {
  for (;;) {
    const person = random.pick(site.people)
    if (person.team === 'support' || person.team === 'orders' || person.team === 'office') return person
  }
}

function end(draft: Draft, scenario: Scenario, ending: TalkStory['ending'], endAt: number): TalkStory {
  return story(draft, scenario, null, { kind: 'plain' }, ending, endAt)
}

function story(
  { customer, ...rest }: Draft,
  scenario: Scenario,
  answer: Answer | null,
  handling: TalkStory['handling'],
  ending: TalkStory['ending'],
  endAt: number,
): TalkStory {
  return { kind: 'talk', scenario, caller: { kind: 'outside', customer }, ...rest, answer, handling, ending, endAt }
}

function queued(world: World, draft: Draft, queue: Queue, places: Map<Queue, number>, at: number): TalkStory {
  const { random, desk } = world
  const served = serve(random, desk, queue, places, at)
  draft.queue = queue
  draft.announcedUntil = served.announcedUntil
  draft.rings = served.rings
  if (served.answer) {
    const { by } = served.answer
    const talk = queue.strategy === 'all' ? durations.talkOrders : durations.talkSupport
    const { handling, endAt } = handle(world, by, served.answer.at, 'support', talk, false, [])
    const answer: Answer = { by, at: served.answer.at, on: 'desk', pulledAt: 0 }
    return story(draft, 'queue-answered', answer, handling, { kind: 'hung-up' }, endAt)
  }
  // A caller who was not let wait to the end of the last ringing has hung up: only who waited it out is offered the mailbox.
  const last = draft.rings.at(-1)
  const waited = last !== undefined && last.to < served.endAt
  if (waited && random.chance(chances.queueMailbox)) {
    return end(
      draft,
      'queue-mailbox',
      { kind: 'mailbox', from: last.to },
      last.to + millis(random, durations.mailbox, 3000),
    )
  }
  return end(draft, 'queue-abandoned', { kind: 'hung-up' }, served.endAt)
}

function direct(world: World, draft: Draft, person: Person, at: number): TalkStory {
  const { random, desk } = world
  draft.person = person
  const reception = person.team === 'reception'
  const from = at + random.between(100, 600)
  const mailbox = (since: number) =>
    end(draft, 'direct-mailbox', { kind: 'mailbox', from: since }, since + millis(random, durations.mailbox, 3000))

  let fate = directShares.pick(random)
  if (desk.inCall(person, at)) fate = random.chance(0.6) ? 'mailbox' : 'busy'
  else if (reception && desk.atWork(person, at)) fate = random.chance(0.93) ? 'answered' : 'missed'
  else if (fate === 'answered' && !desk.atWork(person, at)) fate = random.chance(0.5) ? 'mailbox' : 'missed'
  else if (fate === 'forwarded' && person.mobile === null) fate = 'missed'

  if (fate === 'busy' || (fate === 'mailbox' && desk.inCall(person, at))) {
    const refused: Ring = { person, from, to: from + random.between(200, 900), result: 'busy' }
    draft.rings = [refused]
    return fate === 'busy' ? end(draft, 'direct-busy', { kind: 'busy' }, refused.to + 3000) : mailbox(refused.to)
  }
  if (fate === 'forwarded') {
    const to = from + random.between(15_000, 20_000)
    draft.rings = [{ person, from, to, result: 'unanswered' }]
    const answeredAt = random.chance(chances.forwardedAnswered)
      ? to + millis(random, durations.answerOutside, 3000)
      : null
    const endAt = answeredAt === null ? to + 18_000 : answeredAt + millis(random, durations.talkOffice, 2000)
    return end(
      draft,
      'direct-forwarded',
      { kind: 'forwarded', from: to, by: person, to: person.mobile ?? '', answeredAt },
      endAt,
    )
  }
  if (fate === 'mailbox') {
    const to = from + mailboxAfterSeconds * 1000
    draft.rings = [{ person, from, to, result: 'unanswered' }]
    return mailbox(to)
  }
  if (fate === 'missed') {
    const to = from + millis(random, durations.patienceDirect, 2500)
    draft.rings = [{ person, from, to, result: 'unanswered' }]
    return end(draft, reception ? 'reception' : 'direct-missed', { kind: 'hung-up' }, to)
  }
  const answersAt = from + millis(random, durations.answer, 2500)
  const colleague = fate === 'picked-up' ? desk.colleague(answersAt, [person]) : null
  if (colleague) {
    draft.rings = [{ person, from, to: answersAt, result: 'unanswered' }]
    return talked(world, draft, 'direct-picked-up', {
      by: colleague,
      at: answersAt + 600,
      on: 'another-desk',
      pulledAt: 0,
    })
  }
  draft.rings = [{ person, from, to: answersAt, result: 'answered' }]
  return talked(world, draft, reception ? 'reception' : 'direct-answered', answerOf(random, person, answersAt))
}

/** Where a person takes a call: at the desk, or at the second telephone. */
export function answerOf(random: Random, person: Person, at: number): Answer {
  const desk: Answer = { by: person, at, on: 'desk', pulledAt: 0 }
  if (person.phone === 'softphone') return { ...desk, on: random.chance(0.5) ? 'softphone' : 'desk' }
  if (person.mobile === null || person.team === 'office') return desk
  if (random.chance(0.3)) return { ...desk, on: 'mobile' }
  return random.chance(0.15) ? { ...desk, on: 'pulled-back', pulledAt: at + random.between(4000, 9000) } : desk
}

function talked(world: World, draft: Draft, scenario: Scenario, answer: Answer): TalkStory {
  const { by } = answer
  const reception = by.team === 'reception'
  const talk = reception ? durations.talkReception : by.team === 'office' ? durations.talkOffice : durations.talkSupport
  const simply = answer.on !== 'desk'
  const { handling, endAt } = handle(world, by, answer.at, reception ? 'reception' : 'support', talk, simply, [])
  return story(draft, scenario, answer, handling, { kind: 'hung-up' }, Math.max(endAt, answer.pulledAt + 4000))
}

function closed(world: World, draft: Draft): TalkStory {
  const { random, desk, site } = world
  const { at } = draft
  const fate = closedShares.pick(random)
  const told = at + millis(random, durations.message, 4000)
  if (fate === 'message') {
    draft.menuUntil = told
    return end(draft, 'closed-message', { kind: 'hung-up' }, told)
  }
  if (fate === 'mailbox') {
    draft.person = site.reception
    const from = at + random.between(200, 900)
    draft.rings = []
    return end(draft, 'closed-mailbox', { kind: 'mailbox', from }, from + millis(random, durations.mailbox, 4000))
  }
  const duty = desk.onDuty(at)
  if (fate === 'duty' && !desk.inCall(duty, at)) {
    draft.person = duty
    draft.dialled = duty.did
    const answersAt = at + millis(random, durations.answer, 2500)
    draft.rings = [{ person: duty, from: at + 100, to: answersAt, result: 'answered' }]
    return talked(world, draft, 'direct-answered', { by: duty, at: answersAt, on: 'desk', pulledAt: 0 })
  }
  const answeredAt = random.chance(chances.forwardedAnswered)
    ? at + millis(random, durations.answerOutside, 3000)
    : null
  const endAt = answeredAt === null ? at + 30_000 : answeredAt + millis(random, durations.talkSupport, 2000)
  return end(
    draft,
    'closed-forwarded',
    { kind: 'forwarded', from: at, by: null, to: site.dutyMobile, answeredAt },
    endAt,
  )
}
