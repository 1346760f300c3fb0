import type { Span } from '../../domain/worktime/spans.ts'
import { instantText } from '../status.ts'

/** A time in which the older system's program that bound calls stood still (M7): a gap, not idleness. */
export interface GapRow {
  readonly from: string
  readonly to: string
}

export const gapRow = ({ from, to }: Span): GapRow => ({ from: instantText(from), to: instantText(to) })
