import { type AttributedPart, attribute, type CallToAttribute, type PeopleFacts } from '../domain/attribution.ts'
import { peopleFacts } from '../domain/people-facts.ts'
import { personQuarterDeltas } from '../domain/person-quarter.ts'
import { shiftAtMostMs } from '../domain/worktime/shift.ts'
import { readingById, type SourceReadings } from './readings.ts'
import { legsOf } from './recompute.ts'
import type { SegmentRow, StoreTransaction, Telephone } from './store.ts'

/**
 * Gives the calls to people, from what is committed now: their parts replaced, the rollup minus old plus new. What it takes away
 * it works out from the rows as they stand, so that a call that is no more, or that was joined with another, takes exactly what
 * it had added. Under the source's lock.
 */
export async function attributeCalls(
  tx: StoreTransaction,
  source: SourceReadings,
  callIds: readonly number[],
  atMostMs = shiftAtMostMs,
): Promise<void> {
  const calls = await loadCalls(tx, source, callIds)
  const after: AttributedPart[] = []
  for (const part of neighbourhoods(calls)) {
    const facts = await loadFacts(tx, part, atMostMs)
    for (const call of part) after.push(...attribute(call, facts))
  }
  const before = byCall(await tx.attributions(callIds))
  const now = byCall(after)
  const gone: AttributedPart[] = []
  const made: AttributedPart[] = []
  for (const id of callIds) {
    const [old, next] = [before.get(id) ?? [], now.get(id) ?? []]
    if (sameParts(old, next)) continue
    gone.push(...old)
    made.push(...next)
  }
  if (gone.length > 0 || made.length > 0) {
    await tx.replaceAttributions([...new Set(gone.map((it) => it.callId))], made)
    await tx.addPersonQuarters(personQuarterDeltas(gone, made))
  }
}

async function loadCalls(
  tx: StoreTransaction,
  source: SourceReadings,
  callIds: readonly number[],
): Promise<CallToAttribute[]> {
  const rows = await tx.calls(callIds)
  const segments = new Map<number, SegmentRow[]>()
  for (const segment of await tx.segmentsOfCalls(rows.map((it) => it.id))) {
    const list = segments.get(segment.callId)
    if (list) list.push(segment)
    else segments.set(segment.callId, [segment])
  }
  const groups = new Set((await tx.groupsAmong(distinctTelephones(rows))).map(telephoneKey))
  return rows.map(({ id, sourceId, plan, readingId, call }) => {
    const { reader } = readingById(source, readingId)
    const isGroup = (extension: string) => reader.isGroup(extension) || groups.has(telephoneKey({ plan, extension }))
    return { id, sourceId, plan, call, legs: legsOf(source, segments.get(id) ?? [], call.startedAt), isGroup }
  })
}

const farApartMs = 7 * 86_400_000

/** Calls of years may be due together: what is known of people is asked for the times in which there are some. */
function neighbourhoods(calls: readonly CallToAttribute[]): CallToAttribute[][] {
  const parts: CallToAttribute[][] = []
  let last = Number.NEGATIVE_INFINITY
  for (const it of calls.toSorted((a, b) => a.call.startedAt - b.call.startedAt)) {
    if (it.call.startedAt - last > farApartMs) parts.push([it])
    else parts.at(-1)?.push(it)
    last = it.call.startedAt
  }
  return parts
}

async function loadFacts(
  tx: StoreTransaction,
  calls: readonly CallToAttribute[],
  atMostMs: number,
): Promise<PeopleFacts> {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const { call } of calls) {
    from = Math.min(from, call.startedAt)
    to = Math.max(to, call.endedAt)
  }
  const held = await tx.assignmentsOf(distinctTelephones(calls), from, to)
  const people = [...new Set(held.map((it) => it.employeeId))]
  const shifts = people.length > 0 ? await tx.presenceOf(people, from, to) : []
  return peopleFacts(held, shifts, atMostMs)
}

const telephoneKey = ({ plan, extension }: Telephone): string => `${extension} ${plan}`

function distinctTelephones(calls: readonly Pick<CallToAttribute, 'plan' | 'call'>[]): Telephone[] {
  const telephones = new Map<string, Telephone>()
  for (const { plan, call } of calls)
    for (const { number: extension } of call.extensions)
      telephones.set(telephoneKey({ plan, extension }), { plan, extension })
  return [...telephones.values()]
}

function byCall(parts: readonly AttributedPart[]): Map<number, AttributedPart[]> {
  const calls = new Map<number, AttributedPart[]>()
  for (const part of parts) {
    const list = calls.get(part.callId)
    if (list) list.push(part)
    else calls.set(part.callId, [part])
  }
  return calls
}

/** Both are in order of their places. */
function sameParts(a: readonly AttributedPart[], b: readonly AttributedPart[]): boolean {
  return a.length === b.length && a.every((part, i) => samePart(part, b[i] as AttributedPart))
}

const samePart = ({ busy: aBusy, ...a }: AttributedPart, { busy: bBusy, ...b }: AttributedPart): boolean =>
  (Object.keys(a) as (keyof typeof a)[]).every((key) => a[key] === b[key]) &&
  aBusy?.from === bBusy?.from &&
  aBusy?.to === bBusy?.to
