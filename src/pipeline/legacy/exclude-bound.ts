import { SmenaError } from '../../domain/errors.ts'
import { requireOpenTime } from '../people-locks.ts'
import type { PeopleRequest } from '../people-request.ts'
import type { PeopleTransaction } from '../people-store.ts'
import { audited, type Telling } from '../people-telling.ts'
import { boundCallJson, type BoundCallJson, employeeBrief, type EmployeeBrief } from '../people-view.ts'

export interface BoundExcludedJson extends BoundCallJson {
  readonly employee: EmployeeBrief
}

/** The older system's tick of a call that it bound: out of the events of its person, or among them again. */
export async function excludeBound(
  tx: PeopleTransaction,
  { call: id, excluded }: Extract<PeopleRequest, { readonly do: 'legacy-exclude' }>,
  it: Telling,
): Promise<{ readonly employeeId: number; readonly answer: BoundExcludedJson }> {
  const find = async () => (await tx.legacy.calls([id])).get(id)
  const found = await find()
  const employee = found && (await tx.lockEmployee(found.employeeId))
  const before = await find()
  if (!employee || !before) throw new SmenaError('thing-unknown', { what: 'bound call', id })
  await requireOpenTime(tx, employee, [{ from: before.at, to: before.toldAt + 1 }], it)
  const after = { ...before, excluded }
  if (before.excluded !== excluded) {
    await tx.legacy.setCall(id, after)
    const trail = (is: boolean) => ({ boundCall: id, excluded: is })
    await tx.addAudit([audited(it, 'legacy-exclude', employee.id, trail(before.excluded), trail(excluded))])
  }
  return { employeeId: employee.id, answer: { ...boundCallJson({ ...after, id }), employee: employeeBrief(employee) } }
}
