import { millis, talkMillis, type World } from './handling.ts'
import { durations, outboundShares } from './shares.ts'
import type { Person } from './site.ts'
import type { OutboundStory } from './story.ts'

/** A call to outside. `number` as it stands in the directory; an exit code 9 is dialled before it. */
export function outbound(world: World, person: Person, at: number, number: string): OutboundStory {
  const { random, desk } = world
  const dialled = `9${number}`
  const fate = outboundShares.pick(random)
  const base: OutboundStory = {
    kind: 'outbound',
    scenario: 'outbound-answered',
    at,
    person,
    dialled,
    result: 'answered',
    answeredAt: null,
    held: null,
    firstTrunkUntil: null,
    roundabout: false,
    handedOver: null,
    conference: null,
    endAt: at,
  }
  const book = (story: OutboundStory) => {
    desk.book(person, story.endAt)
    return story
  }
  if (fate === 'failed' || fate === 'barred') {
    return book({ ...base, scenario: `outbound-${fate}`, result: fate, endAt: at + random.between(300, 1500) })
  }
  if (fate === 'busy')
    return book({ ...base, scenario: 'outbound-busy', result: 'busy', endAt: at + random.between(1500, 5000) })
  if (fate === 'unanswered') {
    const endAt = at + millis(random, durations.patienceDirect, 5000)
    return book({ ...base, scenario: 'outbound-unanswered', result: 'unanswered', endAt })
  }

  const talk = talkMillis(random, durations.talkOutbound)
  const inside = fate === 'conference' || fate === 'handed-over' ? insideFirst(world, person, at) : null
  if (inside) {
    const { colleague, answeredAt: insideAt, dialsAt } = inside
    const answeredAt = dialsAt + millis(random, durations.answerOutside, 3000)
    const joinedAt = answeredAt + random.between(2000, 8000)
    const endAt = joinedAt + talk
    desk.book(colleague, endAt)
    const answered = { ...base, at: dialsAt, answeredAt, endAt }
    if (fate === 'conference') {
      const conference = { with: colleague, calledAt: at, answeredAt: insideAt, joinedAt }
      return book({ ...answered, scenario: 'outbound-conference', conference })
    }
    desk.book(person, joinedAt)
    const handedOver = { to: colleague, calledAt: at, answeredAt: insideAt, at: joinedAt }
    return { ...answered, scenario: 'outbound-handed-over', handedOver }
  }

  const firstTrunkUntil = fate === 'second-trunk' ? at + random.between(1200, 2500) : null
  const answeredAt = (firstTrunkUntil ?? at) + millis(random, durations.answerOutside, 3000)
  const answered = { ...base, answeredAt, firstTrunkUntil, endAt: answeredAt + talk }
  if (fate === 'second-trunk') return book({ ...answered, scenario: 'outbound-second-trunk' })
  if (fate === 'roundabout') return book({ ...answered, scenario: 'outbound-roundabout', roundabout: true })
  if (random.chance(0.06) && talk > 20_000) {
    const from = answeredAt + Math.floor(talk / 2)
    const held = { from, to: from + millis(random, durations.hold, 1500) }
    return book({ ...answered, held, endAt: held.to + Math.floor(talk / 2) })
  }
  return book(answered)
}

/** A colleague calls `person` at `at` and asks for a call to outside; an IP Office shows the two as calls of their own. */
function insideFirst({ random, desk, site }: World, person: Person, at: number) {
  if (site.format !== 'avaya-ip-office') return null
  const colleague = desk.colleague(at, [person])
  if (colleague === null) return null
  const answeredAt = at + millis(random, durations.answer, 1200)
  return { colleague, answeredAt, dialsAt: answeredAt + random.between(2000, 15_000) }
}
