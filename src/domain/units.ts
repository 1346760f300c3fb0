import { SmenaError } from './errors.ts'
import { foldedKey } from './people.ts'

/** A part of the organisation; `parentId` null: it is a part of none. */
export interface Unit {
  readonly id: number
  readonly name: string
  readonly parentId: number | null
}

/** The unit that a text means: a name however it is typed, or an id. Throws `name-unknown`. */
export function findUnit<U extends Unit>(text: string, units: readonly U[]): U {
  const found =
    units.find(({ name }) => foldedKey(name) === foldedKey(text)) ?? units.find(({ id }) => String(id) === text.trim())
  if (found) return found
  const known = units.map(({ name }) => name).slice(0, 20)
  throw new SmenaError('name-unknown', { what: 'unit', found: text, known: known.join(', ') || '–' })
}

/** The unit and those above it. */
export function unitsAbove(unitId: number | null, units: readonly Unit[]): number[] {
  const above: number[] = []
  for (let id = unitId; id !== null && !above.includes(id); ) {
    above.push(id)
    id = units.find((unit) => unit.id === id)?.parentId ?? null
  }
  return above
}

/** The unit and those below it. */
export const unitsWithin = (unitId: number, units: readonly Unit[]): number[] =>
  units.map(({ id }) => id).filter((id) => unitsAbove(id, units).includes(unitId))
