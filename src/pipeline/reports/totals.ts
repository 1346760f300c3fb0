import { type Ratio, ratio } from '../../domain/metrics/ratio.ts'

/** Rows of figures added up: sums first, ratios anew from them. */
export const sumOf = <Row>(rows: readonly Row[], of: (row: Row) => number): number =>
  rows.reduce((sum, row) => sum + of(row), 0)

export const ratioOf = <Row>(rows: readonly Row[], of: (row: Row) => Ratio): Ratio =>
  ratio(
    sumOf(rows, (row) => of(row).numerator),
    sumOf(rows, (row) => of(row).denominator),
  )
