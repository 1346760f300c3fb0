import type { Reader } from '../../reading.ts'
import type { Segment } from '../format.ts'
import { type End, endOfChannel, endOfLocal, isLocal, localBase, noEnd } from './channel.ts'
import type { AsteriskFields } from './fields.ts'

/** A row with its place in time. UTC milliseconds. */
export interface TimedRow {
  readonly segment: Segment<AsteriskFields>
  readonly start: number
  readonly end: number
}

export interface Span {
  readonly from: number
  readonly to: number
}

/** Whom a row reached. */
export interface Reached {
  readonly far: End
  /**
   * The application that answered where nobody stands at the far end: the row's own, or behind a Local channel the one that ran
   * there.
   */
  readonly app: string
  /**
   * From answer to hang-up; null unless the row is ANSWERED. A row that reached its far end through a Local channel may have been
   * up long before, since the dial plan's own answer: its span is what it has in common with the answered row behind the channel.
   */
  readonly span: Span | null
}

/** Local channels behind Local channels: forwarding to forwarding. Real dial plans stay far below. */
const hopsAtMost = 16

/**
 * Far ends of the rows of one call. The far end of a row is the end of its `dstchannel`. Where that is a Local channel, the row of its
 * `;2` half tells: the row that was answered there, or else the first that called somebody. While no such row is known, the
 * number that the Local channel calls decides.
 */
export function farEnds(rows: readonly TimedRow[], reader: Reader): (row: TimedRow) => Reached {
  const behind = rowsBehindLocals(rows)
  return (row) => {
    const { fields } = row.segment
    let span = spanOf(row)
    let { dstchannel, lastapp: app } = fields
    const seen = new Set<string>()
    while (isLocal(dstchannel)) {
      const base = localBase(dstchannel)
      const next = behind.get(base)
      if (!next || seen.has(base) || seen.size >= hopsAtMost) return { far: endOfLocal(dstchannel, reader), app, span }
      seen.add(base)
      const nextSpan = spanOf(next)
      if (span && nextSpan) span = overlap(span, nextSpan)
      dstchannel = next.segment.fields.dstchannel
      if (nextSpan) app = next.segment.fields.lastapp
    }
    return { far: dstchannel === '' ? noEnd : endOfChannel(dstchannel, reader), app, span }
  }
}

/** For each Local channel the row of its `;2` half that tells where it led. */
function rowsBehindLocals(rows: readonly TimedRow[]): Map<string, TimedRow> {
  const behind = new Map<string, TimedRow>()
  for (const row of rows) {
    const { channel } = row.segment.fields
    if (!isLocal(channel) || !channel.endsWith(';2')) continue
    const base = localBase(channel)
    const other = behind.get(base)
    if (!other || tellsMore(row, other)) behind.set(base, row)
  }
  return behind
}

/** Answered with somebody there, answered without (an application took the call), called somebody, none of these. */
function tellsMore(row: TimedRow, other: TimedRow): boolean {
  const rank = rankOf(row)
  const otherRank = rankOf(other)
  if (rank !== otherRank) return rank > otherRank
  return rank === 3 && answerAt(row) < answerAt(other)
}

function rankOf({ segment: { fields } }: TimedRow): number {
  const called = fields.dstchannel !== ''
  if (fields.disposition === 'ANSWERED') return called ? 3 : 2
  return called ? 1 : 0
}

/** When party A was up. An ANSWERED row whose answer is missing was answered `billsec` before its end. */
export function answerAt({ start, end, segment: { fields } }: TimedRow): number {
  if (fields.answerAfterSeconds !== null) return start + fields.answerAfterSeconds * 1000
  return Math.max(start, end - fields.billSeconds * 1000)
}

function spanOf(row: TimedRow): Span | null {
  if (row.segment.fields.disposition !== 'ANSWERED') return null
  const from = answerAt(row)
  return { from, to: from + row.segment.fields.billSeconds * 1000 }
}

function overlap(a: Span, b: Span): Span {
  const from = Math.max(a.from, b.from)
  return { from, to: Math.max(from, Math.min(a.to, b.to)) }
}
