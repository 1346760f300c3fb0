import { SmenaError } from './errors.ts'
import { foldedKey } from './people.ts'

export interface EmployeeName {
  readonly id: number
  readonly personnelNumber: string | null
  /** In full. */
  readonly name: string
}

/**
 * Whom a text means: an id, a personnel number, or a full name when only one person has it – the first of these that fits
 * somebody. Throws `employee-unknown` or, naming those who share it, `employee-ambiguous`.
 */
export function findEmployee<E extends EmployeeName>(text: string, people: readonly E[]): E {
  const wanted = text.trim()
  const key = foldedKey(wanted)
  const found =
    people.find((it) => String(it.id) === wanted) ??
    people.find((it) => it.personnelNumber === wanted) ??
    people.filter((it) => foldedKey(it.name) === key)
  if (!Array.isArray(found)) return found as E
  if (found.length === 0) throw new SmenaError('employee-unknown', { employee: text })
  if (found.length > 1)
    throw new SmenaError('employee-ambiguous', { employee: text, ids: found.map((it: E) => it.id).join(', ') })
  return found[0] as E
}
