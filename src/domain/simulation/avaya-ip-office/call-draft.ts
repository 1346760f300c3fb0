import type { CallKind, Direction, Doubt, Extension, ExtensionPart, Outcome } from '../../call.ts'
import type { SimulatedPart, Truth } from '../simulated-call.ts'
import type { HandlingKind, Scenario } from '../story.ts'
import { noCharges, type AvayaSegment, type Device } from './segment.ts'

/** Whole seconds, rounded up, as the exchange does with every part of a segment. */
export const seconds = (ms: number): number => Math.ceil(ms / 1000)

/** A call with a Call ID of its own, before it begins. */
export interface AvayaCall {
  /** Instant. */
  readonly at: number
  readonly segments: readonly AvayaSegment[]
  readonly truth: Pick<
    Truth,
    'scenario' | 'handling' | 'kind' | 'direction' | 'outcome' | 'doubtful' | 'conference'
  > & {
    readonly from: string | null
    readonly fromName: string | null
  }
}

type Parts = Partial<
  Pick<
    AvayaSegment,
    | 'connected'
    | 'ring'
    | 'hold'
    | 'park'
    | 'with'
    | 'cause'
    | 'called'
    | 'caller'
    | 'dialled'
    | 'internal'
    | 'charges'
    | 'direction'
  >
>

/** Collects the segments of one call; what is not said of a segment is as in the call. */
export class CallDraft {
  readonly at: number
  readonly #base: Pick<AvayaSegment, 'caller' | 'called' | 'dialled' | 'direction' | 'internal' | 'account' | 'consent'>
  readonly #segments: AvayaSegment[] = []
  #startsAfter = 0

  constructor(
    at: number,
    base: Pick<AvayaSegment, 'caller' | 'called' | 'dialled' | 'direction' | 'internal' | 'account' | 'consent'>,
  ) {
    this.at = at
    this.#base = base
  }

  add(pair: readonly [Device, Device], writtenAt: number, parts: Parts): void {
    this.#segments.push({
      ...this.#base,
      startsAfter: this.#startsAfter,
      connected: 0,
      ring: 0,
      hold: 0,
      park: 0,
      with: 'nobody',
      cause: null,
      charges: noCharges,
      one: pair[0],
      two: pair[1],
      writtenAt,
      ...parts,
    })
  }

  /** Segments from now on print a Call Start of their own: the end of the one before them. */
  restart(): void {
    const last = this.#segments.at(-1)
    if (last) this.#startsAfter += last.connected + last.ring
  }

  done(truth: AvayaCall['truth']): AvayaCall {
    return { at: this.at, segments: this.#segments, truth }
  }
}

export function truthOf(
  scenario: Scenario,
  handling: HandlingKind | null,
  kind: CallKind,
  direction: Direction,
  outcome: Outcome,
  from: { readonly number: string | null; readonly name: string },
  conference: number | null = null,
  doubtful: readonly Doubt[] = [],
): AvayaCall['truth'] {
  const name = from.name === '' ? null : from.name
  return {
    scenario,
    handling,
    kind,
    direction,
    outcome,
    from: from.number,
    fromName: name,
    conference: conference === null ? null : String(conference),
    doubtful,
  }
}

/** The rest of the truth: sums over what happened. A segment begins where the one before it ended, or at its own Call Start. */
export function completeTruth({ segments, truth }: AvayaCall, startedAt: number, startedWall: number): Truth {
  let end = startedAt
  let ring = 0
  let answeredAfter: number | null = null
  const sums = { talkSeconds: 0, holdSeconds: 0, parkSeconds: 0, machineSeconds: 0 }
  const parts = new Map<string, ExtensionPart>()
  const targets = new Set<string>()
  for (const segment of segments) {
    const begin = Math.max(startedAt + segment.startsAfter * 1000, end)
    const answered = segment.with === 'people' && segment.connected + segment.hold + segment.park > 0
    if (answeredAfter === null) ring += segment.ring
    takePart(parts, segment, answered, answeredAfter === null, truth)
    if (answered) answeredAfter ??= (begin - startedAt) / 1000 + segment.ring
    end = begin + (segment.connected + segment.ring + segment.hold + segment.park) * 1000
    if (segment.with === 'people') sums.talkSeconds += segment.connected
    if (segment.with === 'machine') sums.machineSeconds += segment.connected
    sums.holdSeconds += segment.hold
    sums.parkSeconds += segment.park
    if (segment.called !== '') targets.add(segment.called)
  }
  const first = segments[0] as AvayaSegment
  const extensions: Extension[] = [...parts].map(([number, part]) => ({ number, part }))
  const answeredInside =
    truth.outcome === 'answered' && truth.direction !== 'outbound' && truth.kind !== 'conference-leg'
  const answeredBy = (answeredInside && extensions.find(({ part }) => part === 'answered')?.number) || null
  const waitSeconds = answeredAfter ?? (end - startedAt) / 1000
  return {
    ...truth,
    ...sums,
    to: first.direction === 'I' && first.dialled !== '' ? first.dialled : first.called,
    targets: [...targets],
    answeredBy,
    answeredOutside: truth.outcome === 'answered' && truth.kind !== 'conference-leg' && answeredBy === null,
    extensions,
    startedAt,
    startedWall,
    answeredAt: answeredAfter === null ? null : startedAt + answeredAfter * 1000,
    endedAt: end,
    ringSeconds: ring,
    waitSeconds,
    segments: segments.length,
  }
}

const rank: Record<ExtensionPart, number> = { caller: 0, answered: 1, transferred: 2, offered: 3 }

function takePart(
  parts: Map<string, ExtensionPart>,
  { one, two }: AvayaSegment,
  answered: boolean,
  first: boolean,
  truth: AvayaCall['truth'],
): void {
  for (const { person } of [one, two]) {
    if (person === null) continue
    const number = person.extension
    const calls = truth.direction !== 'inbound' && number === truth.from
    const part = calls ? 'caller' : answered ? (first ? 'answered' : 'transferred') : 'offered'
    const known = parts.get(number)
    if (known === undefined || rank[part] < rank[known]) parts.set(number, part)
  }
}

/** What each telephone did, segment by segment. Both ends of a segment have its seconds. */
export function partsOf({ segments, truth }: AvayaCall, startedAt: number): SimulatedPart[] {
  const parts: SimulatedPart[] = []
  let end = startedAt
  let first = true
  for (const segment of segments) {
    const begin = Math.max(startedAt + segment.startsAfter * 1000, end)
    const answered = segment.with === 'people' && segment.connected + segment.hold + segment.park > 0
    end = begin + (segment.connected + segment.ring + segment.hold + segment.park) * 1000
    for (const { person } of [segment.one, segment.two]) {
      if (person === null) continue
      const extension = person.extension
      const calls = truth.direction !== 'inbound' && extension === truth.from
      parts.push({
        extension,
        role: calls ? 'caller' : !answered ? 'offered' : first ? 'answered' : 'transferred',
        at: answered ? begin + segment.ring * 1000 : begin,
        talkSeconds: answered ? segment.connected : 0,
        holdSeconds: answered ? segment.hold : 0,
        ringSeconds: segment.ring,
      })
    }
    if (answered) first = false
  }
  return parts
}
