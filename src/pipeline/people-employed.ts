import { notEmployedOn } from '../domain/employed.ts'
import { SmenaError } from '../domain/errors.ts'
import { fullName } from '../domain/people.ts'
import type { Employee } from './people-store.ts'
import { clockText, type Judging } from './people-telling.ts'

/**
 * Throws where a shift, or the holding of a telephone, would begin on a day on which the person is not there, by the person's own clock.
 * What happened before that day can be told after it.
 */
export function requireEmployed(employee: Employee, at: number, it: Pick<Judging, 'zone'>): void {
  const zone = employee.zone ?? it.zone
  const [day = ''] = clockText(at, zone).split(' ')
  const why = notEmployedOn(employee, day)
  if (why === null) return
  const who = { employee: fullName(employee), at: clockText(at, zone) }
  if (why === 'inactive') throw new SmenaError('employee-inactive', who)
  const { hiredOn, leftOn } = employee
  throw new SmenaError('employee-away', { ...who, from: hiredOn ?? 'the beginning', to: leftOn ?? 'further notice' })
}
