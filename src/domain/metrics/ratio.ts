/** A figure with what it was made of: sums are added up first and divided last, and nobody averages averages. */
export interface Ratio {
  /** Null when there is nothing to divide by: shown as a dash, never as 0 or 100 %. */
  readonly value: number | null
  readonly numerator: number
  readonly denominator: number
}

export const ratio = (numerator: number, denominator: number): Ratio => ({
  value: denominator === 0 ? null : numerator / denominator,
  numerator,
  denominator,
})
