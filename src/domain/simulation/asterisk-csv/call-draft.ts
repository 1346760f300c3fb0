import type { CallKind, Direction, Doubt, Extension, ExtensionPart, Outcome } from '../../call.ts'
import type { SimulatedPart, Truth } from '../simulated-call.ts'
import type { Person } from '../site.ts'
import type { HandlingKind, Scenario } from '../story.ts'
import { billsecOf, Channel, type Row } from './row.ts'

export interface AsteriskCall {
  readonly main: Channel
  /** In order of creation. */
  readonly channels: readonly Channel[]
  readonly rows: readonly Row[]
  readonly truth: {
    readonly scenario: Scenario
    readonly handling: HandlingKind | null
    readonly kind: CallKind
    readonly direction: Direction
    readonly outcome: Outcome
    readonly from: string | null
    readonly fromName: string | null
    readonly conference: string | null
  }
}

type RowParts = Pick<Row, 'b' | 'far' | 'start' | 'answer' | 'end' | 'disposition'> & Partial<Row>
type Base = Pick<Row, 'src' | 'clid' | 'dst' | 'context' | 'app' | 'data' | 'account' | 'userfield'>

/** Collects channels and rows of one call; what is not said of a row is as in the call. */
export class CallDraft {
  readonly main: Channel
  readonly #tech: string
  readonly #channels: Channel[] = []
  readonly #rows: Row[] = []
  readonly #base: Base
  readonly #hangUp: number

  /** `tech` is the technology of telephones and trunks; `hangUp` the instant at which the main channel goes. */
  constructor(tech: string, at: number, caller: Person | string, hangUp: number, base: Base) {
    this.#tech = tech
    this.#base = base
    this.#hangUp = hangUp
    this.main = typeof caller === 'string' ? this.trunk(at, caller) : this.phone(at, caller)
  }

  get rows(): readonly Row[] {
    return this.#rows
  }

  phone(at: number, person: Person): Channel {
    return this.#keep(new Channel(at, `${this.#tech}/${person.extension}`, person))
  }

  softphone(at: number, person: Person): Channel {
    return this.#keep(new Channel(at, `IAX2/${person.extension}`, person))
  }

  trunk(at: number, name: string): Channel {
    return this.#keep(new Channel(at, `${this.#tech}/${name}`, null))
  }

  local(at: number, target: string): [Channel, Channel] {
    const first = this.#keep(new Channel(at, `Local/${target}`, null))
    return [first, this.#keep(new Channel(at, `Local/${target}`, null, first))]
  }

  #keep(channel: Channel): Channel {
    this.#channels.push(channel)
    return channel
  }

  /** A row of the main channel unless `parts` names another. The first row of the call begins with its channel. */
  add(parts: RowParts): Row {
    const a = parts.a ?? this.main
    const first = !this.#rows.some((row) => row.a === a)
    const row: Row = {
      ...this.#base,
      a,
      linked: this.main,
      writtenAt: this.#hangUp,
      role: a === this.main ? 'main' : 'side',
      through: null,
      sequence: null,
      ...parts,
      start: first && a === this.main ? a.at : parts.start,
    }
    this.#rows.push(row)
    return row
  }

  done(truth: AsteriskCall['truth']): AsteriskCall {
    return { main: this.main, channels: this.#channels, rows: this.#rows, truth }
  }
}

const secondOf = (instant: number): number => Math.floor(instant / 1000)

/** When the far end of an answered row was really there, and until when, in whole seconds as the file shows them. */
function talkOf(row: Row): readonly [number, number] {
  const from = secondOf(row.answer ?? row.end)
  const own = [from, from + billsecOf(row)] as const
  if (row.through === null || row.through.disposition !== 'ANSWERED') return own
  const other = talkOf(row.through)
  const begin = Math.max(own[0], other[0])
  return [begin, Math.max(begin, Math.min(own[1], other[1]))]
}

/** The rest of the truth: sums over what happened, in the whole seconds that the file shows. */
export function completeTruth({ rows, truth }: AsteriskCall, wallAt: (instant: number) => number): Truth {
  const start = Math.min(...rows.map((row) => secondOf(row.start)))
  const end = Math.max(...rows.map((row) => secondOf(row.end)))
  const main = rows.filter(({ role }) => role === 'main').sort((x, y) => secondOf(x.start) - secondOf(y.start))
  const mainEnd = Math.max(...main.map((row) => secondOf(row.end)))
  const talked = main.filter(({ far, disposition }) => far !== null && disposition === 'ANSWERED')
  const machines = main.filter(({ far, disposition }) => far === null && disposition === 'ANSWERED')
  const spans = talked.map(talkOf)
  const answerer = firstOf(talked, (row) => talkOf(row)[0])
  const answered = truth.outcome === 'answered' && answerer !== null
  const machine = machines.find(({ app }) => app !== 'Queue' && app !== 'Park')
  const answeredAt = answered ? talkOf(answerer)[0] : null
  const upAt =
    answeredAt ?? (truth.outcome === 'missed' || !machine ? mainEnd : secondOf(machine.answer ?? machine.end))
  const answeredBy =
    answered && truth.direction !== 'outbound' && answerer.far !== 'outside' ? (answerer.far as Person).extension : null
  const sum = (of: readonly Row[]) => of.reduce((total, row) => total + billsecOf(row), 0)
  return {
    ...truth,
    to: main[0]?.dst === 's' ? null : (main[0]?.dst ?? null),
    targets: [...new Set(main.map(({ dst }) => dst).filter((dst) => dst.length > 1))],
    answeredBy,
    answeredOutside: answered && answerer.far === 'outside',
    extensions: extensionsOf(rows, main, answerer),
    startedAt: start * 1000,
    startedWall: wallAt(start * 1000),
    answeredAt: answeredAt === null ? null : answeredAt * 1000,
    endedAt: end * 1000,
    ringSeconds: upAt - start,
    waitSeconds: (answeredAt ?? mainEnd) - start,
    talkSeconds: lengthOfUnion(spans),
    holdSeconds: 0,
    parkSeconds: sum(machines.filter(({ app }) => app === 'Park')),
    machineSeconds: answered ? 0 : sum(machines.filter(({ app }) => app !== 'Queue' && app !== 'Park')),
    segments: rows.length,
    doubtful: doubtsOf(rows, main, talked),
  }
}

/**
 * Talk may include ringing where the caller was up before somebody was dialled: then the answer of the row is its start, or a
 * row before it shows an answer without anybody at its far end. A hand-over after a consultation looks the same. What follows an
 * optimised Local channel begins with its answer too, but its ringing stands in the row before.
 */
function doubtsOf(rows: readonly Row[], main: readonly Row[], talked: readonly Row[]): Doubt[] {
  const dialled = talked.filter(({ app }) => app === 'Dial' || app === 'Queue')
  const optimised = (row: Row) => rows.some(({ role, a, end }) => role === 'side' && a === row.a && end === row.start)
  const first = main[0]
  const upBefore = first && first.answer !== null && !talked.includes(first) ? secondOf(first.answer) : Infinity
  const doubted = dialled.some(
    (row) => (talkOf(row)[0] === secondOf(row.start) && !optimised(row)) || secondOf(row.start) >= upBefore,
  )
  return doubted ? ['answer-includes-ringing'] : []
}

function firstOf(rows: readonly Row[], by: (row: Row) => number): Row | null {
  let first: Row | null = null
  for (const row of rows) if (first === null || by(row) < by(first)) first = row
  return first
}

function lengthOfUnion(spans: readonly (readonly [number, number])[]): number {
  let length = 0
  let until = -Infinity
  for (const [from, to] of spans.toSorted((x, y) => x[0] - y[0])) {
    if (to <= until) continue
    length += to - Math.max(from, until)
    until = to
  }
  return length
}

function extensionsOf(rows: readonly Row[], main: readonly Row[], answerer: Row | null): Extension[] {
  const parts = new Map<string, ExtensionPart>()
  const caller = main[0]?.a.person
  if (caller) parts.set(caller.extension, 'caller')
  const people = [
    ...main.map(({ far }) => far),
    ...rows.filter(({ role }) => role === 'side').flatMap(({ a, b }) => [a.person, b?.person ?? null]),
  ]
  for (const far of people)
    if (far !== null && far !== 'outside' && !parts.has(far.extension)) parts.set(far.extension, 'offered')
  for (const { far, disposition } of main) {
    if (far === null || far === 'outside' || disposition !== 'ANSWERED' || parts.get(far.extension) !== 'offered')
      continue
    parts.set(far.extension, far === answerer?.far ? 'answered' : 'transferred')
  }
  return [...parts].map(([number, part]) => ({ number, part }))
}

/**
 * What each telephone did, row by row. The caller's rows of one call lie over each other where several telephones rang or talked at
 * once: a telephone's seconds count in the first of them. A telephone that only a consultation or a Local channel names has a part
 * without seconds: what it talked there repeats no part of this call.
 */
export function partsOf({ rows, main: { person: caller } }: AsteriskCall): SimulatedPart[] {
  const talked = new Map<string, Covered>()
  const rung = new Map<string, Covered>()
  const parts: SimulatedPart[] = []
  const ordered = rows
    .map((row, place) => ({ row, place, start: secondOf(row.start), talk: talkedIn(row) }))
    .sort((x, y) => x.start - y.start || x.place - y.place)
  const main = ordered.filter(({ row }) => row.role === 'main')
  const firstAnswer = Math.min(...main.map(({ talk }) => talk?.[0] ?? Infinity))
  for (const { row, start, talk } of main) {
    const rangUntil = talk?.[0] ?? secondOf(row.disposition === 'ANSWERED' ? (row.answer ?? row.end) : row.end)
    for (const person of [row.a.person, row.far]) {
      if (person === null || person === 'outside') continue
      const { extension } = person
      const taken = talk === null ? 'offered' : talk[0] > firstAnswer ? 'transferred' : 'answered'
      parts.push({
        extension,
        role: person === caller ? 'caller' : taken,
        at: (talk?.[0] ?? start) * 1000,
        talkSeconds: talk ? newIn(talked, extension, talk[0], talk[1]) : 0,
        holdSeconds: 0,
        ringSeconds: newIn(rung, extension, start, rangUntil),
      })
    }
  }
  const named = new Set(parts.map(({ extension }) => extension))
  for (const { row, start, talk } of ordered) {
    for (const person of [row.a.person, row.b?.person ?? null]) {
      if (person === null || named.has(person.extension)) continue
      const { extension } = person
      named.add(extension)
      const at = (talk?.[0] ?? start) * 1000
      parts.push({ extension, role: 'offered', at, talkSeconds: 0, holdSeconds: 0, ringSeconds: 0 })
    }
  }
  return parts
}

/** From and until when a row had somebody at its far end. */
const talkedIn = (row: Row): readonly [number, number] | null =>
  row.far !== null && row.disposition === 'ANSWERED' ? talkOf(row) : null

type Covered = (readonly [number, number])[]

/** Seconds of [from, to) that no span before had; it has them from now on. */
function newIn(known: Map<string, Covered>, name: string, from: number, to: number): number {
  if (to <= from) return 0
  const spans = known.get(name) ?? []
  const before = lengthOfUnion(spans)
  spans.push([from, to])
  known.set(name, spans)
  return lengthOfUnion(spans) - before
}
