/** When somebody belongs to the house. Dates are `2026-11-24`, both days included. */
export interface Employment {
  readonly hiredOn: string | null
  readonly leftOn: string | null
  /** No longer there; when that began only `leftOn` says. */
  readonly active: boolean
}

/** Why nothing of the person begins on the day; null: it may. */
export function notEmployedOn(
  { hiredOn, leftOn, active }: Employment,
  day: string,
): 'not-hired' | 'left' | 'inactive' | null {
  if (hiredOn !== null && day < hiredOn) return 'not-hired'
  if (leftOn !== null) return day > leftOn ? 'left' : null
  return active ? null : 'inactive'
}
