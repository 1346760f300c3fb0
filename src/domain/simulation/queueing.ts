import type { Desk } from './desk.ts'
import type { Random } from './random.ts'
import { chances, durations, memberGapSeconds, memberRingSeconds, queueLimitSeconds } from './shares.ts'
import type { Person, Queue } from './site.ts'
import type { Ring } from './story.ts'

/** What a call met in a queue. */
export interface Served {
  readonly rings: readonly Ring[]
  /** End of the announcement; null: somebody was free at once, or the queue has none. */
  readonly announcedUntil: number | null
  readonly answer: { readonly by: Person; readonly at: number } | null
  /** When the queue or the caller gave up, if nobody answered. */
  readonly endAt: number
}

/** Time between looking at who is free and the first ringing. */
const routingMs = 900

/** `places` keeps for each queue whose turn it is. */
export function serve(random: Random, desk: Desk, queue: Queue, places: Map<Queue, number>, at: number): Served {
  const [median, sigma] = durations.patience
  const givesUp = at + 3000 + random.lognormal(median, sigma) * 1000
  const deadline = Math.floor(Math.min(givesUp, at + queueLimitSeconds * 1000))
  const rings: Ring[] = []
  let announcedUntil: number | null = null
  let now = at

  // Whoever gives up before anybody rang has heard the announcement to the end.
  const gaveUp = (): Served => ({
    rings,
    announcedUntil: announcedUntil !== null && rings.length === 0 ? deadline : announcedUntil,
    answer: null,
    endAt: deadline,
  })

  for (;;) {
    const free = candidates(desk, queue, places, now)
    if (free.length === 0) {
      const next = desk.nextFree(queue.members, now + 1) + random.between(1000, 3000)
      const until = Math.min(next, deadline)
      if (rings.length === 0 && queue.announces) announcedUntil = until
      if (next >= deadline - 3000) return gaveUp()
      now = next
      continue
    }
    const from = now + random.between(200, routingMs)
    if (rings.length === 0 && announcedUntil !== null) announcedUntil = from
    if (from >= deadline - 1000) return gaveUp()
    const answer =
      queue.strategy === 'all'
        ? ringAll(random, free, from, deadline, rings)
        : ringOne(random, free[0] as Person, from, deadline, rings)
    places.set(queue, (free[0] as Person).index + 1)
    if (answer) return { rings, announcedUntil, answer, endAt: answer.at }
    const last = rings.at(-1)?.to ?? from
    if (last >= deadline) return gaveUp()
    now = last + random.between(memberGapSeconds[0] * 1000, memberGapSeconds[1] * 1000)
    if (now >= deadline - 2000) return gaveUp()
  }
}

/** Free members, beginning with whose turn it is. */
function candidates(desk: Desk, queue: Queue, places: Map<Queue, number>, at: number): Person[] {
  const { members } = queue
  const turn = places.get(queue) ?? 0
  let start = members.findIndex((member) => member.index >= turn)
  if (start < 0) start = 0
  const free: Person[] = []
  for (let i = 0; i < members.length; i++) {
    const member = members[(start + i) % members.length] as Person
    if (!desk.isFree(member, at)) continue
    free.push(member)
    if (queue.strategy === 'linear') break
  }
  return free
}

function ringOne(random: Random, person: Person, from: number, deadline: number, rings: Ring[]): Served['answer'] {
  if (random.chance(chances.memberIsBusy)) {
    rings.push({ person, from, to: from + random.between(200, 900), result: 'busy' })
    return null
  }
  const answersAt = from + Math.max(1200, Math.floor(random.lognormal(...durations.answer) * 1000))
  const stopsAt = Math.min(from + random.between(memberRingSeconds[0] * 1000, memberRingSeconds[1] * 1000), deadline)
  const answers = random.chance(chances.memberAnswers) && answersAt < stopsAt
  rings.push({ person, from, to: answers ? answersAt : stopsAt, result: answers ? 'answered' : 'unanswered' })
  return answers ? { by: person, at: answersAt } : null
}

function ringAll(
  random: Random,
  people: readonly Person[],
  from: number,
  deadline: number,
  rings: Ring[],
): Served['answer'] {
  let to = Math.min(from + random.between(memberRingSeconds[0] * 1000, memberRingSeconds[1] * 1000), deadline)
  let first: Person | null = null
  for (const person of people) {
    if (!random.chance(chances.memberAnswersAmongMany)) continue
    const at = from + Math.max(1200, Math.floor(random.lognormal(...durations.answer) * 1000))
    if (at >= to) continue
    to = at
    first = person
  }
  for (const person of people) rings.push({ person, from, to, result: person === first ? 'answered' : 'unanswered' })
  return first && { by: first, at: to }
}
