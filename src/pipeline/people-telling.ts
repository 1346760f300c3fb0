import { openZone } from '../domain/clock.ts'
import { type ErrorCode, SmenaError } from '../domain/errors.ts'
import { findEmployee, meantBy } from '../domain/find-employee.ts'
import { fullName } from '../domain/people.ts'
import type { How } from '../domain/worktime/shift.ts'
import type { WorkRules } from '../domain/worktime/rules.ts'
import type { Deed, Employee, EmployeeReference, NewAuditRow, PeopleTransaction } from './people-store.ts'

/** Who tells something of people, when and how, and by which rules it is judged. */
export interface Telling {
  readonly who: string
  readonly how: How
  /** When it is told. */
  readonly now: number
  /** IANA zone of the site: of shifts of people who have none of their own, and of what is said. */
  readonly zone: string
  readonly rules: WorkRules
  /** The site of each source that has one; absent: none has. */
  readonly sites?: Readonly<Record<string, string>>
}

/** What something is judged by, whoever tells it. */
export type Judging = Pick<Telling, 'now' | 'zone' | 'rules'>

/** All that a text can mean: an id, a personnel number or a full name. */
const referenceOf = (text: string): EmployeeReference => {
  const wanted = text.trim()
  return { id: /^\d{1,15}$/u.test(wanted) ? Number(wanted) : null, personnelNumber: wanted, name: wanted }
}

/** The person, locked: nobody else writes that person's time until the end of the transaction. */
export async function lockedEmployee(tx: PeopleTransaction, text: string): Promise<Employee> {
  const { id } = findEmployee(text, await fitting(tx, text))
  const locked = await tx.lockEmployee(id)
  if (!locked) throw new SmenaError('employee-unknown', { employee: text })
  return locked
}

/** Those whom a text can mean, with their names in full. */
const fitting = async (tx: Pick<PeopleTransaction, 'employeesNamed'>, text: string) =>
  (await tx.employeesNamed(referenceOf(text))).map((it) => ({ ...it, name: fullName(it) }))

/** Ids of those whom a text names; none: it names no person. */
export const namedBy = async (
  tx: Pick<PeopleTransaction, 'employeesNamed'>,
  text: string,
): Promise<readonly number[]> => meantBy(text, await fitting(tx, text)).map(({ id }) => id)

const shown = (text: string): string => `"${text.slice(0, 80)}"`

/** A text that both engines hold and people can read: trimmed, 1 to 200 characters, nothing invisible. */
export function cleanText(what: string, text: string, atMost = 200): string {
  const clean = text.normalize('NFC').trim().replace(/\s+/gu, ' ')
  const expected = `a text of 1 to ${atMost} readable characters`
  if (clean === '' || clean.length > atMost || /[\p{Cc}\p{Cs}\p{Co}]/u.test(clean))
    throw new SmenaError('value-unreadable', { what, found: shown(text), expected })
  return clean
}

export const cleanOrNull = (what: string, text: string | null): string | null =>
  text === null || text.trim() === '' ? null : cleanText(what, text)

export function knownZone(zone: string): string {
  try {
    if (!/^[A-Za-z]/u.test(zone)) throw new RangeError(zone)
    openZone(zone)
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone).timeZoneId
  } catch (error) {
    const expected = 'an IANA time zone such as Asia/Krasnoyarsk'
    throw new SmenaError('value-unreadable', { what: 'zone', found: shown(zone), expected }, { cause: error })
  }
}

export function knownDate(what: string, text: string): string {
  try {
    if (!/^\d{4}-\d{2}-\d{2}$/u.test(text)) throw new RangeError(text)
    return Temporal.PlainDate.from(text).toString()
  } catch (error) {
    const expected = 'a date such as 2026-11-24'
    throw new SmenaError('value-unreadable', { what, found: shown(text), expected }, { cause: error })
  }
}

/** An instant as the site's clock shows it, for what is said to people. */
export const clockText = (instant: number, zone: string): string =>
  new Date(openZone(zone).wallAt(instant))
    .toISOString()
    .replace('T', ' ')
    .replace(/:00\.000Z$|\.\d+Z$/u, '')

/** The end of a time that may have none. */
export const endText = (instant: number | null, zone: string): string =>
  instant === null ? 'further notice' : clockText(instant, zone)

/** A line of a list that cannot be used; what is wrong is told as the error is that it would be alone. */
export interface LineProblem {
  readonly line: number
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, string | number>>
}

/** Throws again what is no refusal. */
export function problemOf(line: number, error: unknown): LineProblem {
  if (!(error instanceof SmenaError) || error.remedy !== 'refuse') throw error
  // A list names the plan in a column.
  const how = error.code === 'plan-unclear' ? { how: 'in the column plan' } : {}
  const told = new SmenaError(error.code as ErrorCode, { ...error.details, ...how } as never)
  return { line, code: told.code, message: told.message, details: told.details }
}

/** All or nothing: a list with a line that cannot be used changes nothing. */
export function refuseProblems(problems: readonly LineProblem[], dryRun: boolean): void {
  const [first] = problems
  if (first && !dryRun)
    throw new SmenaError('list-unusable', { lines: problems.length, line: first.line, why: first.message })
}

type Teller = Pick<Telling, 'now' | 'who'>

/** A line of the trail. */
export function audited(
  { now, who }: Teller,
  what: Deed,
  employeeId: number | null,
  before: unknown,
  after: unknown,
): NewAuditRow {
  const text = (it: unknown) => (it === null ? null : JSON.stringify(it))
  return { at: now, who, what, employeeId, before: text(before), after: text(after) }
}

/** Thrown at the end of a dry run, so that the engine takes back what was tried. */
export class DryRun extends Error {
  override readonly name = 'DryRun'
  readonly report: unknown

  constructor(report: unknown) {
    super('nothing is kept of a dry run')
    this.report = report
  }
}
