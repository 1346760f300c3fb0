import type { Call, Direction, ExtensionPart } from './call.ts'
import type { Leg } from './formats/format.ts'
import type { Presence } from './worktime/shift.ts'

/**
 * Whose call it was (R11). A **part** is what an own extension did in one main leg of a call. Whoever held the extension when the
 * leg was answered (unanswered: when it began) has all of the part's seconds and is judged by that instant; a change of holder
 * or of shift takes effect with the next leg. A hunt group is no person: its number has no part.
 *
 * Main legs of a call may lie over each other (three-way calls, ring-all), so an extension's seconds are the length of the
 * union of its legs': a later leg has what the earlier ones leave. A leg is assumed to ring, talk, hold and park in this order.
 */
export interface AttributedPart {
  readonly callId: number
  /** Place among the parts of the call, from 0. */
  readonly position: number
  readonly sourceId: number
  /** The call's own. */
  readonly startedAt: number
  readonly direction: Direction
  /** The call is of kind `call`: others are named and counted nowhere. */
  readonly counted: boolean
  readonly employeeId: number | null
  readonly plan: string
  readonly extension: string
  readonly role: ExtensionPart
  readonly state: AttributionState
  /** The instant that decided. */
  readonly at: number
  /** Of the leg; null: the extension stands in none (a consultation is known by its number only). */
  readonly recordId: number | null
  readonly ringSeconds: number
  readonly talkSeconds: number
  readonly holdSeconds: number
  /** Talk and hold as instants, of what is this part's; null: the leg was not answered. */
  readonly busy: { readonly from: number; readonly to: number } | null
  /** Said by one part of each extension that was rung. */
  readonly offer: Offer | null
}

/** `no-holder`: nobody held the extension at that instant. */
export type AttributionState = Presence | 'no-holder'

/** What became of the ringing of a telephone in a call: it talked, another one talked, nobody talked. */
export type Offer = 'talked' | 'elsewhere' | 'missed'

/** What is known of people, over the time of the calls in hand. */
export interface PeopleFacts {
  readonly holderAt: (plan: string, extension: string, at: number) => number | null
  readonly presenceAt: (employeeId: number, at: number) => Presence
}

export interface CallToAttribute {
  readonly id: number
  readonly sourceId: number
  readonly plan: string
  readonly call: Call
  readonly legs: readonly Leg[]
  /** By the source's reading or the directory. */
  readonly isGroup: (number: string) => boolean
}

/** An own extension in a leg, with the seconds that are left to it. */
interface Standing {
  readonly extension: string
  readonly leg: Leg | null
  ringSeconds: number
  talkSeconds: number
  holdSeconds: number
  busy: { from: number; to: number } | null
  offer: Offer | null
}

export function attribute(it: CallToAttribute, facts: PeopleFacts): AttributedPart[] {
  const { id: callId, sourceId, plan, call } = it
  const roles = new Map(call.extensions.map(({ number, part }) => [number, part]))
  const standings = standingsOf(it)
  shareSeconds(standings)
  noteOffers(standings, call)
  const judged = standings.map((standing) => {
    const { extension, leg } = standing
    const at = leg === null ? call.startedAt : (leg.answeredAt ?? leg.startedAt)
    return { ...standing, at, employeeId: facts.holderAt(plan, extension, at) }
  })
  const roleOf = ownRoles(judged, roles)
  return judged.map((standing, position) => {
    const { extension, leg, at, employeeId, ...its } = standing
    return {
      callId,
      position,
      sourceId,
      startedAt: call.startedAt,
      direction: call.direction,
      counted: call.kind === 'call',
      employeeId,
      plan,
      extension,
      role: roleOf(standing),
      state: employeeId === null ? 'no-holder' : facts.presenceAt(employeeId, at),
      at,
      recordId: leg?.recordId ?? null,
      ...its,
    }
  })
}

interface Judged extends Standing {
  readonly employeeId: number | null
}

/**
 * What the telephone did is its holder's. Where it changed hands within the call, whoever had it only while it rang was offered the
 * call, and whoever had it after the one who answered was handed it.
 */
function ownRoles(
  judged: readonly Judged[],
  roles: ReadonlyMap<string, ExtensionPart>,
): (standing: Judged) => ExtensionPart {
  const firstAnswers = new Map<string, Map<number | null, number>>()
  for (const { extension, employeeId, leg } of judged) {
    if (!leg?.main || leg.answeredAt === null) continue
    const answers = firstAnswers.get(extension) ?? new Map<number | null, number>()
    firstAnswers.set(extension, answers.set(employeeId, Math.min(answers.get(employeeId) ?? Infinity, leg.answeredAt)))
  }
  return ({ extension, employeeId }) => {
    const role = roles.get(extension) ?? 'offered'
    const answers = firstAnswers.get(extension)
    if (role === 'caller' || !answers) return role
    const own = answers.get(employeeId)
    if (own === undefined) return 'offered'
    return own > Math.min(...answers.values()) ? 'transferred' : role
  }
}

/** In the order of the legs; then those that stand in no main leg. */
function standingsOf({ call, legs, isGroup }: CallToAttribute): Standing[] {
  const standings: Standing[] = []
  const found = new Set<string>()
  const stand = (extension: string, leg: Leg | null) => {
    found.add(extension)
    standings.push({ extension, leg, ringSeconds: 0, talkSeconds: 0, holdSeconds: 0, busy: null, offer: null })
  }
  for (const leg of legs) {
    if (!leg.main) continue
    for (const extension of extensionsOf(leg)) if (!isGroup(extension)) stand(extension, leg)
  }
  for (const { number } of call.extensions)
    if (!found.has(number) && !isGroup(number)) stand(number, legs.find((leg) => extensionsOf(leg).has(number)) ?? null)
  return standings
}

function extensionsOf({ from, to }: Leg): ReadonlySet<string> {
  const numbers = new Set<string>()
  for (const { kind, number } of [from, to]) if (kind === 'extension' && number !== null) numbers.add(number)
  return numbers
}

/** Gives each second of an extension to the leg that had it first. */
function shareSeconds(standings: readonly Standing[]): void {
  const byExtension = new Map<string, { standing: Standing; leg: Leg }[]>()
  for (const standing of standings) {
    const { extension, leg } = standing
    if (!leg?.main) continue
    const list = byExtension.get(extension)
    if (list) list.push({ standing, leg })
    else byExtension.set(extension, [{ standing, leg }])
  }
  for (const list of byExtension.values()) {
    let rungUntil = Number.NEGATIVE_INFINITY
    for (const { standing, leg } of list.toSorted((a, b) => a.leg.startedAt - b.leg.startedAt)) {
      const to = leg.startedAt + leg.ringSeconds * 1000
      standing.ringSeconds = secondsBetween(Math.max(leg.startedAt, rungUntil), to)
      rungUntil = Math.max(rungUntil, to)
    }
    let busyUntil = Number.NEGATIVE_INFINITY
    for (const { standing, leg } of list.toSorted((a, b) => busyFrom(a.leg) - busyFrom(b.leg))) {
      const talkFrom = busyFrom(leg)
      const holdFrom = talkFrom + leg.talkSeconds * 1000
      const to = holdFrom + leg.holdSeconds * 1000
      const from = Math.min(Math.max(talkFrom, busyUntil), to)
      standing.talkSeconds = secondsBetween(from, holdFrom)
      standing.holdSeconds = secondsBetween(Math.max(from, holdFrom), to)
      if (leg.answeredAt !== null) standing.busy = { from, to }
      busyUntil = Math.max(busyUntil, to)
    }
  }
}

/** Where nobody answered there may be hold all the same: of a caller that a machine had. */
const busyFrom = ({ answeredAt, startedAt, ringSeconds, machineSeconds }: Leg): number =>
  answeredAt ?? startedAt + (ringSeconds + machineSeconds) * 1000

const secondsBetween = (from: number, to: number): number => Math.max(0, Math.round((to - from) / 1000))

/** The caller's own telephone is not rung. Elsewhere may be outside: a forward that was answered there. */
function noteOffers(standings: readonly Standing[], { extensions, outcome }: Call): void {
  const caller = extensions.find(({ part }) => part === 'caller')?.number
  const talked = ({ leg }: Standing) => leg !== null && leg.main && leg.answeredAt !== null
  const said = new Map<string, Standing>()
  for (const standing of standings) {
    const { extension, leg } = standing
    if (!leg?.main || extension === caller) continue
    const before = said.get(extension)
    if (!before || (talked(standing) && !talked(before))) said.set(extension, standing)
  }
  const otherwise = outcome === 'answered' ? 'elsewhere' : 'missed'
  for (const standing of said.values()) standing.offer = talked(standing) ? 'talked' : otherwise
}
