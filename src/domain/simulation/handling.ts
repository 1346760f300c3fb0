import type { Desk } from './desk.ts'
import type { Random } from './random.ts'
import { chances, durations, handlingShares, mailboxAfterSeconds } from './shares.ts'
import type { Person, Site } from './site.ts'
import type { Consultation, Handling, HandlingKind } from './story.ts'

/** What the stories are made of. */
export interface World {
  readonly random: Random
  readonly site: Site
  readonly desk: Desk
}

export const millis = (random: Random, [median, sigma]: readonly [number, number], atLeast: number): number =>
  Math.max(atLeast, Math.floor(random.lognormal(median, sigma) * 1000))

/** Length of a conversation; a few last for hours. */
export const talkMillis = (random: Random, duration: readonly [number, number]): number =>
  millis(random, random.chance(chances.longTalk) ? durations.longTalk : duration, 2000)

/** A call that `by` answered at `at`: what became of it, and when it ended. Books everybody who took part. */
export function handle(
  { random, desk }: World,
  by: Person,
  at: number,
  shares: keyof typeof handlingShares,
  talk: readonly [number, number],
  /** Taken on a mobile or by pickup: such calls are simply talked to their end. */
  simply: boolean,
  others: readonly Person[],
): { handling: Handling; endAt: number } {
  const talkMs = talkMillis(random, talk)
  const kind: HandlingKind | 'parked-away' = simply ? 'plain' : handlingShares[shares].pick(random)
  const first = at + Math.max(3000, Math.floor(talkMs * (0.2 + 0.5 * random.next())))
  const rest = Math.max(2000, at + talkMs - first)
  const needsColleague = kind !== 'plain' && kind !== 'held' && kind !== 'parked'
  const colleague = needsColleague ? desk.colleague(first, [by, ...others]) : null

  const done = (handling: Handling, endAt: number, busy: readonly [Person, number][]) => {
    for (const [person, until] of busy) desk.book(person, until)
    return { handling, endAt }
  }
  if (kind === 'held') {
    const to = first + millis(random, durations.hold, 1500)
    return done({ kind, from: first, to }, to + rest, [[by, to + rest]])
  }
  if (kind === 'parked') {
    const to = first + millis(random, durations.park, 2000)
    return done({ kind, from: first, to, by }, to + rest, [[by, to + rest]])
  }
  if (kind === 'plain' || colleague === null) return done({ kind: 'plain' }, at + talkMs, [[by, at + talkMs]])

  if (kind === 'parked-away') {
    const to = first + millis(random, durations.park, 2000)
    const endAt = to + millis(random, durations.talkOffice, 2000)
    return done({ kind: 'parked', from: first, to, by: colleague }, endAt, [
      [by, first],
      [colleague, endAt],
    ])
  }
  if (kind === 'blind') {
    const missed = random.chance(chances.transferMissed)
    const rung = missed ? mailboxAfterSeconds * 1000 : millis(random, durations.answer, 1200)
    const ring = {
      person: colleague,
      from: first,
      to: first + rung,
      result: missed ? ('unanswered' as const) : ('answered' as const),
    }
    const mailbox = missed && random.chance(chances.transferToMailbox)
    const after = mailbox ? millis(random, durations.mailbox, 2000) : missed ? 0 : millis(random, talk, 2000)
    const endAt = ring.to + after
    return done({ kind, ring, mailboxFrom: mailbox ? ring.to : null }, endAt, [
      [by, first],
      [colleague, missed ? first : endAt],
    ])
  }

  const rung = first + millis(random, durations.answer, 1200)
  const code = random.chance(0.5) ? 'code' : 'refer'
  const talked = rung + millis(random, durations.consultation, 2000)
  if (kind === 'blonde') {
    const consultation = { person: colleague, from: first, answeredAt: null, to: rung, by: 'code' as const }
    const missed = random.chance(chances.blondeMissed)
    const answeredAt = missed ? null : rung + millis(random, durations.answer, 1200)
    const endAt = answeredAt === null ? rung + 14_000 : answeredAt + millis(random, talk, 2000)
    return done({ kind, consultation, answeredAt }, endAt, [
      [by, rung],
      [colleague, missed ? first : endAt],
    ])
  }
  const missed = kind === 'consulted' && random.chance(chances.consultationMissed)
  const consultation: Consultation = {
    person: colleague,
    from: first,
    answeredAt: missed ? null : rung,
    to: talked,
    by: code,
  }
  const endAt = talked + rest
  if (kind === 'supervised')
    return done({ kind, consultation }, endAt, [
      [by, talked],
      [colleague, endAt],
    ])
  if (kind === 'consulted')
    return done({ kind, consultation }, endAt, [
      [by, endAt],
      [colleague, talked],
    ])
  return done({ kind: 'conference', consultation: { ...consultation, by: 'code' } }, endAt, [
    [by, endAt],
    [colleague, endAt],
  ])
}
