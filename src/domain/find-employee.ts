import { SmenaError } from './errors.ts'
import { foldedKey, nameKey } from './people.ts'

export interface EmployeeName {
  readonly id: number
  readonly personnelNumber: string | null
  /** In full. */
  readonly name: string
}

/**
 * Whom a text means: an id or a personnel number, else a full name when only one person has it; a name first as it is written, then
 * with `е` for `ё`. Throws `employee-unknown` or, naming those who share it, `employee-ambiguous`; `employee-unclear` when it is one
 * person's id and another's number: what is told of the one must not be written of the other.
 */
export function findEmployee<E extends EmployeeName>(text: string, people: readonly E[]): E {
  const [found, ...others] = meantBy(text, people)
  if (!found) throw new SmenaError('employee-unknown', { employee: text })
  const [other] = others
  if (other && String(found.id) === text.trim())
    throw new SmenaError('employee-unclear', {
      employee: text.trim(),
      byId: found.name,
      byNumber: other.name,
      id: other.id,
    })
  if (other)
    throw new SmenaError('employee-ambiguous', {
      employee: text,
      ids: [found, ...others].map(({ id }) => id).join(', '),
    })
  return found
}

/** All whom a text means: those by an id, which comes first, and by a personnel number, else those of a name. */
export function meantBy<E extends EmployeeName>(text: string, people: readonly E[]): E[] {
  const wanted = text.trim()
  const byId = people.filter((it) => String(it.id) === wanted)
  const byNumber = people.filter((it) => it.personnelNumber === wanted && !byId.includes(it))
  const numbered = [...byId, ...byNumber]
  return numbered.length > 0 ? numbered : namedSo(wanted, people)
}

/** Those whom a name means: Артём is not Артем where there are both. */
export function namedSo<E extends Pick<EmployeeName, 'name'>>(name: string, people: readonly E[]): E[] {
  const written = people.filter((it) => nameKey(it.name) === nameKey(name))
  return written.length > 0 ? written : people.filter((it) => foldedKey(it.name) === foldedKey(name))
}
