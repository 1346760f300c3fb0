import { contains, holes, type Interval, runsOf, union } from '../domain/intervals.ts'
import type { Candidate } from './candidates.ts'
import type { PassedInterval, StoreTransaction } from './store.ts'

/**
 * Which records of a batch are new, and to which journal each counts. A record has come again only if its number is passed
 * **and** its delivery and line are known (R5). A number that is passed under an unknown line says that the journal was
 * rolled back: from there on its records count to its next generation, which begins at that number.
 */
export interface Fresh {
  readonly candidate: Candidate
  readonly journalId: number
}

export interface Passage {
  readonly fresh: readonly Fresh[]
  /** Journals that were found to have been rolled back, and the number at which each gave numbers again. */
  readonly rolledBack: readonly { readonly journal: string; readonly number: number }[]
}

/** What was read of a log whose positions are numbers: both ends inclusive, and where reading was to go on; 0: it began. */
export interface ReadOffsets extends Interval {
  readonly after: number
}

interface Generation {
  readonly id: number
  readonly passed: readonly PassedInterval[]
  /** Numbers of this batch, in the order of arrival. */
  readonly added: number[]
  readonly here: Set<number>
}

export async function pass(
  tx: StoreTransaction,
  logId: number,
  candidates: readonly Candidate[],
  deliveryOf: (it: Candidate) => number,
  read: ReadOffsets | null,
  now: number,
): Promise<Passage> {
  const lostBefore = read ? holesOf(await tx.passed(logId)) : []
  const lines = await tx.deliveryLines([...new Set(candidates.map(deliveryOf))])
  const journals = new Map<string, Generation[]>()
  for (const { record } of candidates) {
    const uid = record.journal ?? ''
    if (journals.has(uid)) continue
    const ids = record.journal === undefined ? [logId] : await tx.generations(uid)
    const generations: Generation[] = []
    for (const id of ids) generations.push(openGeneration(id, await tx.passed(id)))
    journals.set(uid, generations)
  }

  const fresh: Fresh[] = []
  const rolledBack: { journal: string; number: number }[] = []
  const told = new Map<number, Set<number>>()
  for (const candidate of candidates) {
    const { number, line, journal } = candidate.record
    const generations = journals.get(journal ?? '') as Generation[]
    const delivery = deliveryOf(candidate)
    let toldOf = told.get(delivery)
    if (!toldOf) told.set(delivery, (toldOf = new Set()))
    const isKnown = toldOf.has(line) || contains(lines.get(delivery) ?? [], line)
    if (isKnown && generations.some((it) => hasPassed(it, number))) continue
    let generation = generationOf(generations, number, lostBefore.length > 0)
    if (!generation && journal === undefined) generation = generations[0] as Generation
    if (!generation) {
      generation = openGeneration(await tx.addGeneration(journal as string), [])
      generations.push(generation)
      rolledBack.push({ journal: journal as string, number })
    }
    generation.added.push(number)
    generation.here.add(number)
    toldOf.add(line)
    fresh.push({ candidate, journalId: generation.id })
  }

  for (const generation of [...journals.values()].flat()) await savePassed(tx, generation, now)
  if (read)
    await saveRead(tx, logId, [...journals.values()], read, { lostBefore, isRolledBack: rolledBack.length > 0 }, now)
  await tx.saveDeliveryLines(
    [...told].flatMap(([deliveryId, set]) => {
      if (set.size === 0) return []
      const { remove, add } = union<Interval>(lines.get(deliveryId) ?? [], runsOf([...set].sort((a, b) => a - b)))
      return [{ deliveryId, remove, add }]
    }),
  )
  return { fresh, rolledBack }
}

/** Numbers between those that were passed before and those that came now. */
function leftOut(journals: readonly (readonly Generation[])[]): number {
  let sum = 0
  for (const generations of journals)
    for (const [i, { passed, added }] of generations.entries()) {
      // Where the first generation begins is known, where a later one did only if it has numbers.
      const end = passed.at(-1)?.to ?? (i === 0 ? 0 : null)
      if (end === null) continue
      const next = added.filter((it) => it > end).sort((a, b) => a - b)[0] ?? end + 1
      sum += next - 1 - end
    }
  return sum
}

const openGeneration = (id: number, passed: readonly PassedInterval[]): Generation => ({
  id,
  passed,
  added: [],
  here: new Set(),
})

const hasPassed = (it: Generation, number: number): boolean => it.here.has(number) || contains(it.passed, number)

/** The first number of a generation after the first; the first one begins with the journal. */
const beginOf = (it: Generation): number =>
  Math.min(it.passed[0]?.from ?? Number.POSITIVE_INFINITY, it.added[0] ?? Number.POSITIVE_INFINITY)

/**
 * The newest generation that reaches down to the number and has not passed it; null: all that do have passed it. While it is
 * not known whose offsets were lost, such a number is of the generation above it, whose first ones were among them.
 */
function generationOf(generations: readonly Generation[], number: number, mayBeginBelow: boolean): Generation | null {
  for (let i = generations.length - 1; i >= 0; i--) {
    const generation = generations[i] as Generation
    const begin = i === 0 ? 0 : beginOf(generation)
    // One that has nothing of this source yet begins wherever an older one has no hole to fill.
    if (begin === Number.POSITIVE_INFINITY) {
      const older = generations.slice(0, i).findLast((it) => lastOf(it) > number && !hasPassed(it, number))
      return older ?? generation
    }
    if (number < begin) continue
    if (!hasPassed(generation, number)) return generation
    return (mayBeginBelow && generations[i + 1]) || null
  }
  return null
}

const lastOf = (it: Generation): number => Math.max(it.passed.at(-1)?.to ?? 0, it.added.at(-1) ?? 0)

async function savePassed(tx: StoreTransaction, { id, passed, added }: Generation, now: number): Promise<void> {
  if (added.length === 0) return
  // Numbers that come late fill a hole that was seen when the numbers above it came: what is left of it is as old.
  const runs = runsOf(added.toSorted((a, b) => a - b))
  const grown = union(
    passed,
    runs.map((it) => ({ ...it, since: passed.find(({ from }) => from > it.to)?.since ?? now })),
  )
  await tx.savePassed(id, grown.remove, grown.add)
}

/**
 * A log whose positions are numbers keeps them as passed once it has brought a record without a journal, or has lost what
 * nobody's numbers leave out: between such records lie those of journals, which are counted where they belong. So are those
 * that the log lost: as many of its positions as the numbers of journals leave out were theirs. Which of them is not known:
 * the rest, which shows as a hole of the log, stands at the end. It is less when a generation turns out to begin below the
 * number by which it was found.
 */
async function saveRead(
  tx: StoreTransaction,
  logId: number,
  journals: readonly (readonly Generation[])[],
  { after, from, to }: ReadOffsets,
  { lostBefore, isRolledBack }: { readonly lostBefore: readonly Interval[]; readonly isRolledBack: boolean },
  now: number,
): Promise<void> {
  const passed = await tx.passed(logId)
  const numbered = journals.filter((it) => it.every(({ id }) => id !== logId))
  const lost = after > 0 ? Math.max(0, from - after) : 0
  const ofJournals = Math.min(lost, leftOut(numbered))
  if (passed.length === 0 && !(isRolledBack && lost > ofJournals)) return
  const isKeptFromThere = (passed[0]?.from ?? from) < after
  const added = [
    { from, to },
    ...(ofJournals > 0 ? [{ from: after, to: after + ofJournals - 1 }] : []),
    // Without a position below it a hole is none.
    ...(lost > ofJournals && !isKeptFromThere ? [{ from: after - 1, to: after - 1 }] : []),
    ...firstOf(lostBefore, sumOf(numbered.flatMap((it) => it.slice(1)).map(begunLower))),
  ]
  const grown = union(
    passed,
    added.map((it) => ({ ...it, since: now })),
  )
  await tx.savePassed(logId, grown.remove, grown.add)
}

/** By how many numbers a generation begins lower than was known. */
function begunLower({ passed, added }: Generation): number {
  const begin = passed[0]?.from
  return begin === undefined ? 0 : begin - added.reduce((least, it) => Math.min(least, it), begin)
}

/** The first numbers of the intervals, so many of them. */
function firstOf(intervals: readonly Interval[], count: number): Interval[] {
  let left = count
  return intervals.flatMap(({ from, to }) => {
    const length = Math.min(left, to - from + 1)
    left -= length
    return length > 0 ? [{ from, to: from + length - 1 }] : []
  })
}

const holesOf = (passed: readonly Interval[]): Interval[] => holes(passed, passed[0]?.from)
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, it) => sum + it, 0)
