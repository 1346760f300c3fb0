import type { Doubt } from '../../call.ts'
import type { Reader } from '../../reading.ts'
import type { HourEvidence, Segment } from '../format.ts'
import { type End, endOfChannel, endOfLocal, isLocal } from './channel.ts'
import { farEnds, type Reached, type TimedRow } from './far-end.ts'
import type { AsteriskFields } from './fields.ts'
import { startsOf } from './hours.ts'

/**
 * The rows of a call, told apart. **Shadows** repeat what another row says: rows of a Local channel, the row that a dialled channel
 * leaves (`AppDial` without a dialled extension), the row that ends when a Local channel is taken out of the way. The channel of the
 * first other row is the **originator**; rows of that channel are **main rows** and make the call. The rest are consultations of
 * telephones that took part, and duplicates. (CDR specification of Asterisk 12; the Local channel's rows as seen in the field.)
 */
export interface CallRow extends TimedRow, Reached {
  readonly main: boolean
  /** A Local channel was taken out of the way in this row: another row of its channel goes on where it ends. */
  readonly handsOver: boolean
}

export interface CallRows {
  /** In the order of the group. */
  readonly all: readonly CallRow[]
  readonly main: readonly CallRow[]
  readonly first: CallRow
  readonly originator: End
  /** UTC milliseconds of the first start and of the last end. */
  readonly start: number
  readonly end: number
  /** What was doubtful about the time of day. */
  readonly doubts: readonly Doubt[]
}

export function readRows(
  group: readonly Segment<AsteriskFields>[],
  reader: Reader,
  evidence: HourEvidence | null,
): CallRows {
  const { instants, doubts } = startsOf(group, reader.zone, evidence)
  const timed = group.map((segment, place): TimedRow => {
    const start = instants[place] as number
    return { segment, start, end: start + segment.fields.lastsSeconds * 1000 }
  })
  const handOvers = handOversOf(timed)
  const isShadow = (row: TimedRow) => isShadowByItself(row.segment.fields) || handOvers.has(row)
  const anyCounts = timed.some((row) => !isShadow(row))
  const counts = (row: TimedRow) => !anyCounts || !isShadow(row)
  const { fields } = (earliest(timed.filter(counts)) as TimedRow).segment
  const { channel } = fields

  const reach = farEnds(timed, reader)
  const all = timed.map(
    (row): CallRow => ({
      ...row,
      ...reach(row),
      main: counts(row) && row.segment.fields.channel === channel,
      handsOver: handOvers.has(row),
    }),
  )
  let start = Infinity
  let end = -Infinity
  for (const row of all) {
    start = Math.min(start, row.start)
    end = Math.max(end, row.end)
  }
  return {
    all,
    // On the instant, not on the clock: over the end of summer time the two differ.
    main: all.filter((row) => row.main).sort((a, b) => a.start - b.start),
    first: earliest(all) as CallRow,
    originator: originatorOf(fields, reader),
    start,
    end,
    doubts,
  }
}

const isShadowByItself = ({ channel, lastapp, dst }: AsteriskFields): boolean =>
  isLocal(channel) || (lastapp === 'AppDial' && dst === '')

/** The `;2` half of a Local channel runs the dial plan for whoever holds the other one: only the calling number tells who that is. */
function originatorOf({ channel, src }: AsteriskFields, reader: Reader): End {
  if (!isLocal(channel)) return endOfChannel(channel, reader)
  if (!channel.endsWith(';2')) return endOfLocal(channel, reader)
  return { kind: reader.isInternal(src) ? 'extension' : 'outside', number: src }
}

function earliest<R extends TimedRow>(rows: readonly R[]): R | undefined {
  let found = rows[0]
  for (const row of rows) if (found && row.start < found.start) found = row
  return found
}

/** Fractions of a second are cut off each time by itself. */
const sameMomentSeconds = [0, 1, -1]

/** ANSWERED rows without talk to a Local channel, where another row of the same channel starts as they end. */
function handOversOf(rows: readonly TimedRow[]): ReadonlySet<TimedRow> {
  const found = new Set<TimedRow>()
  const candidates = rows.filter(({ segment: { fields } }) => isHandOver(fields))
  if (candidates.length === 0) return found
  const starts = new Map<string, number>()
  const nameOf = (row: TimedRow, instant: number) => `${instant} ${row.segment.fields.channel}`
  for (const row of rows) {
    const name = nameOf(row, row.start)
    starts.set(name, (starts.get(name) ?? 0) + 1)
  }
  for (const row of candidates)
    for (const seconds of sameMomentSeconds) {
      const instant = row.end + seconds * 1000
      const itself = instant === row.start ? 1 : 0
      if ((starts.get(nameOf(row, instant)) ?? 0) > itself) found.add(row)
    }
  return found
}

const isHandOver = ({ disposition, billSeconds, dstchannel }: AsteriskFields): boolean =>
  disposition === 'ANSWERED' && billSeconds === 0 && isLocal(dstchannel)
