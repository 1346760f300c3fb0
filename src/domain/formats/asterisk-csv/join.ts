import type { Segment } from '../format.ts'
import { isLocal, localBase } from './channel.ts'
import type { AsteriskFields } from './fields.ts'
import { readUniqueId } from './unique-id.ts'

/**
 * Which rows make one call. Two rows belong together when they share
 * - an id: uniqueid or linkedid of the one equals uniqueid or linkedid of the other;
 * - a channel, by its full name in `channel` or `dstchannel`, or a Local channel, by the name without its half, **and** the times of
 *   the rows overlap or lie at most 5 s apart: the counter in those names restarts with Asterisk, ids carry an epoch.
 *
 * A call is the closure of that. It looks at pairs of rows alone, so that a further row may join calls and never part them.
 * A row that lasts longer than two days is taken to end after two days where names are compared, so that it has few join keys.
 */

type Row = Segment<AsteriskFields>

const nearMs = 5_000
const hourMs = 3_600_000
const longestMs = 48 * hourMs

/** Wall milliseconds at which a row ends as far as names go. */
const nameEnd = ({ startWall, fields }: Row): number => startWall + Math.min(fields.lastsSeconds * 1000, longestMs)

/** Ids of a row, each once. */
function idsOf({ fields: { uniqueid, linkedid } }: Row): string[] {
  const ids: string[] = []
  if (uniqueid !== '') ids.push(uniqueid)
  if (linkedid !== '' && linkedid !== uniqueid) ids.push(linkedid)
  return ids
}

/** Names under which a row meets others near in time. Whoever shares a Local channel's full name shares its base. */
function namesOf({ fields: { channel, dstchannel } }: Row): string[] {
  const names: string[] = []
  if (channel !== '') names.push(nameOf(channel))
  const other = dstchannel === '' ? '' : nameOf(dstchannel)
  if (other !== '' && other !== names[0]) names.push(other)
  return names
}

const nameOf = (channel: string): string => (isLocal(channel) ? `l:${localBase(channel)}` : `c:${channel}`)

/**
 * Keys are hours and hashes: hour × 2^32 + hash. An id has the hour of its epoch, 0 when there is none. A name has one key for each
 * hour, by the clock as written, that the row touches from 5 s before its start to 5 s after its end: rows that overlap or lie at
 * most 5 s apart have an hour in common.
 */
export function joinKeys(row: Row): readonly number[] {
  const keys: number[] = []
  for (const id of idsOf(row)) {
    const epoch = readUniqueId(id)?.epochSeconds ?? 0
    addKey(keys, Math.floor(epoch / 3600), hashOf(id))
  }
  const names = namesOf(row)
  if (names.length === 0) return keys
  const first = Math.max(0, Math.floor((row.startWall - nearMs) / hourMs))
  const last = Math.floor((nameEnd(row) + nearMs) / hourMs)
  for (const name of names) {
    const hash = hashOf(name)
    for (let hour = first; hour <= last; hour++) addKey(keys, hour, hash)
  }
  return keys
}

function addKey(keys: number[], hour: number, hash: number): void {
  const key = hour * 0x1_0000_0000 + hash
  if (!keys.includes(key)) keys.push(key)
}

/** FNV-1a over UTF-16 units, 32 bits. Collisions cost a look at rows that do not join. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

export function join(rows: readonly Row[]): readonly (readonly Row[])[] {
  const sets = new Sets(rows.length)
  joinById(rows, sets)
  joinByName(rows, sets)
  const groups = new Map<number, Row[]>()
  for (const [place, row] of rows.entries()) {
    const root = sets.rootOf(place)
    const group = groups.get(root)
    if (group) group.push(row)
    else groups.set(root, [row])
  }
  return [...groups.values()].map(inOrder)
}

function joinById(rows: readonly Row[], sets: Sets): void {
  const places = new Map<string, number>()
  for (const [place, row] of rows.entries())
    for (const id of idsOf(row)) {
      const other = places.get(id)
      if (other === undefined) places.set(id, place)
      else sets.unite(place, other)
    }
}

/**
 * Rows of one name in order of their start: each meets the one of those before it that ends last, or none of them. That chain of
 * neighbours has the same closure as all pairs.
 */
function joinByName(rows: readonly Row[], sets: Sets): void {
  const places = new Map<string, number[]>()
  for (const [place, row] of rows.entries())
    for (const name of namesOf(row)) {
      const list = places.get(name)
      if (list) list.push(place)
      else places.set(name, [place])
    }
  const rowAt = (place: number) => rows[place] as Row
  for (const list of places.values()) {
    if (list.length === 1) continue
    list.sort((a, b) => rowAt(a).startWall - rowAt(b).startWall)
    let longest = list[0] as number
    let end = nameEnd(rowAt(longest))
    for (const place of list) {
      if (rowAt(place).startWall <= end + nearMs) sets.unite(place, longest)
      const ownEnd = nameEnd(rowAt(place))
      if (ownEnd >= end) {
        end = ownEnd
        longest = place
      }
    }
  }
}

/** Disjoint sets of places, by the union-find method. */
class Sets {
  readonly #parent: Int32Array

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, place) => place)
  }

  rootOf(place: number): number {
    const parent = this.#parent
    let at = place
    while (parent[at] !== at) {
      // Halving the path on every walk keeps walks short.
      const above = parent[parent[at] as number] as number
      parent[at] = above
      at = above
    }
    return at
  }

  unite(a: number, b: number): void {
    const rootA = this.rootOf(a)
    const rootB = this.rootOf(b)
    // The lower place becomes the root: groups come out in the order of their first row.
    if (rootA < rootB) this.#parent[rootB] = rootA
    else this.#parent[rootA] = rootB
  }
}

/**
 * The order in which the rows of a call took place: by start, then by `sequence` where every row has one (a comparison that only
 * some pairs can make would be no order), then by the counter in uniqueid, then by when and where they were received.
 */
function inOrder(group: readonly Row[]): readonly Row[] {
  if (group.length === 1) return group
  const numbered = group.every((row) => row.fields.sequence !== null)
  const ranked = group.map((row) => ({
    row,
    sequence: numbered ? (row.fields.sequence as number) : 0,
    counter: readUniqueId(row.fields.uniqueid)?.counter ?? -1,
  }))
  ranked.sort(
    (a, b) =>
      a.row.startWall - b.row.startWall ||
      a.sequence - b.sequence ||
      a.counter - b.counter ||
      a.row.receivedAt - b.row.receivedAt ||
      a.row.delivery - b.row.delivery ||
      a.row.line - b.row.line ||
      a.row.id - b.row.id,
  )
  return ranked.map((it) => it.row)
}
