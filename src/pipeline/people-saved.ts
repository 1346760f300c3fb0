import { SmenaError } from '../domain/errors.ts'
import { foldedKey } from '../domain/people.ts'
import type { PeopleRequest } from './people-request.ts'
import type { PeopleTransaction } from './people-store.ts'
import { audited, cleanText, type Telling } from './people-telling.ts'

/** Reports that are kept: what they were asked for, and of frozen ones the rows as they stood and the shifts that they cover. */

type Request<D extends PeopleRequest['do']> = Extract<PeopleRequest, { readonly do: D }>

export interface SavedJson {
  readonly id: string
  readonly name: string
}

export async function saveReport(
  tx: PeopleTransaction,
  request: Request<'report-save'>,
  it: Telling,
): Promise<SavedJson> {
  const name = cleanText('name of a report', request.name)
  const taken = (await tx.savedReports()).find((one) => foldedKey(one.name) === foldedKey(name))
  if (taken) throw new SmenaError('name-taken', { what: 'name of a report', found: name, holder: `id ${taken.id}` })
  const { report, filter, rows, shifts } = request
  const row = { name, report, filter, author: it.who, madeAt: it.now, frozen: rows !== null, rows, shifts }
  const id = await tx.addSavedReport(row)
  await tx.addAudit([audited(it, 'report-save', null, null, { id, name, report, filter, frozen: row.frozen })])
  return { id: String(id), name }
}

export async function deleteReport(
  tx: PeopleTransaction,
  { saved }: Request<'report-delete'>,
  it: Telling,
): Promise<SavedJson> {
  const found = (await tx.savedReports()).find(({ id }) => id === saved)
  if (!found) throw new SmenaError('thing-unknown', { what: 'saved report', id: saved })
  await tx.removeSavedReport(saved)
  await tx.addAudit([audited(it, 'report-delete', null, found, null)])
  return { id: String(saved), name: found.name }
}
