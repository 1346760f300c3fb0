import { type Issue, issue } from '../../domain/legacy/issue.ts'
import type { Imported } from '../../domain/legacy/ledger.ts'
import type { OldPerson } from '../../domain/legacy/people.ts'
import { foldedKey, fullName, lookAlikeKey } from '../../domain/people.ts'
import type { ImportTransaction } from './dry-run.ts'
import type { Employee, EmployeeFacts, NewAuditRow } from '../people-store.ts'
import { importer, type Made } from './legacy-store.ts'
import { countStanding, fingerprint, judge, type LegacyRun, type MadeRow } from './run.ts'

const table = 'auth_user'

/** Makes employees of the people, or brings those that it made up to what they are there now. */
export async function writePeople(run: LegacyRun, people: readonly OldPerson[]): Promise<void> {
  const { now } = run.options
  const done = await run.write(async (tx) => {
    const known = await tx.legacy.made(table, 'employee', ids(people))
    const here = new Map((await tx.employees()).map((it) => [it.id, it]))
    const ours = new Set([...known.values()].map((it) => it.id))
    const outcomes: Outcome[] = []
    const made: MadeRow[] = []
    const audit: NewAuditRow[] = []
    const issues: Issue[] = []
    for (const person of people) {
      const outcome = decide(person, known.get(String(person.userId)), here, ours, run)
      outcomes.push(outcome)
      issues.push(...outcome.issues)
      if (outcome.is === 'changed' && outcome.before.personnelNumber !== outcome.facts.personnelNumber)
        // Two may have changed numbers: none is taken while it is given.
        await tx.setEmployee(outcome.id, { ...outcome.facts, personnelNumber: null })
    }
    for (const [at, outcome] of outcomes.entries()) {
      const { userId } = people[at] as OldPerson
      let { id } = outcome
      if (outcome.is === 'fresh') id = await tx.addEmployee(outcome.facts, now)
      else if (outcome.is === 'changed') await tx.setEmployee(id, outcome.facts)
      run.employeeOf.set(userId, id)
      if (outcome.is === 'same' || outcome.is === 'kept' || !outcome.isNew) continue
      made.push({ oldId: String(userId), id, fingerprint: outcome.fingerprint, employeeId: id })
      const before = outcome.is === 'changed' ? JSON.stringify(outcome.before) : null
      audit.push({ at: now, who: importer, what: 'legacy-employee', employeeId: id, before, after: toText(outcome) })
    }
    await tx.legacy.putMade(table, 'employee', made)
    await writeAccounts(tx, run, people)
    await tx.addAudit(audit)
    return { outcomes, issues, made: made.filter((it) => it.fingerprint !== linkedHere) }
  })
  await run.readBack(table, (tx, since) =>
    countStanding(tx, since, [table, 'employee'], done.made, async () => {
      return new Map((await tx.employees()).map((it) => [it.id, factsFingerprint(it)]))
    }),
  )
  for (const { is } of done.outcomes)
    if (is === 'linked') run.ledger.merged(table, 'person-here')
    else run.ledger.imported(table, is)
  run.issues.push(...done.issues)
}

const ids = (people: readonly OldPerson[]): string[] => people.map((it) => String(it.userId))
const toText = ({ facts }: Outcome): string => JSON.stringify(facts)

/** Stands for a fingerprint where nothing was written. */
const linkedHere = 'linked'

interface Outcome {
  readonly is: Imported | 'linked'
  readonly id: number
  readonly facts: EmployeeFacts
  readonly before: EmployeeFacts
  readonly fingerprint: string
  /** There is something to be kept of it. */
  readonly isNew: boolean
  readonly issues: readonly Issue[]
}

function decide(
  person: OldPerson,
  known: Made | undefined,
  here: ReadonlyMap<number, Employee>,
  ours: ReadonlySet<number>,
  { options }: LegacyRun,
): Outcome {
  const issues: Issue[] = []
  const about = { people: [person.name] }
  const isOther = (it: Employee) => it.id !== known?.id
  const holder = [...here.values()].find((it) => isOther(it) && it.personnelNumber === person.personnelNumber)
  const isTaken = person.personnelNumber !== null && holder !== undefined && !ours.has(holder.id)
  const isSamePerson = isTaken && foldedKey(fullName(holder)) === foldedKey(person.name)
  if (isTaken && !isSamePerson)
    issues.push(
      issue('number-of-another', table, [person.userId], {
        people: [person.name, fullName(holder)],
        detail: person.personnelNumber ?? '',
      }),
    )
  const current = known ? here.get(known.id) : undefined
  const facts: EmployeeFacts = {
    family: person.family,
    given: person.given,
    patronymic: person.patronymic,
    personnelNumber: isTaken ? null : person.personnelNumber,
    position: person.position,
    unitId: current?.unitId ?? null,
    zone: current?.zone ?? null,
    hiredOn: person.joinedAt === null ? null : dayIn(options.timezone, person.joinedAt),
    leftOn: current?.leftOn ?? null,
    active: person.active,
  }
  const planned = factsFingerprint(facts)
  // Who was found here and taken for the same person stays as people here wrote it.
  const linked = known ? (known.fingerprint === linkedHere ? current : undefined) : isSamePerson ? holder : undefined
  if (linked)
    return {
      is: 'linked',
      id: linked.id,
      facts: linked,
      before: linked,
      fingerprint: linkedHere,
      issues,
      isNew: !known,
    }
  const verdict = judge(known, planned, () => (current ? factsFingerprint(current) : null))
  if (verdict.is === 'kept') issues.push(issue(verdict.why, table, [person.userId], about))
  if (verdict.is === 'fresh') {
    const namesake = [...here.values()].find(
      (it) => !ours.has(it.id) && lookAlikeKey(fullName(it)) === lookAlikeKey(person.name),
    )
    if (namesake)
      issues.push(issue('same-name-here', table, [person.userId], { ...about, detail: String(namesake.id) }))
  }
  return {
    is: verdict.is,
    id: known?.id ?? 0,
    facts,
    before: current ?? facts,
    fingerprint: planned,
    isNew: true,
    issues,
  }
}

const factsFingerprint = (it: EmployeeFacts): string =>
  fingerprint(it.family, it.given, it.patronymic, it.personnelNumber, it.position, it.hiredOn, it.active)

/** What the account was, for the day on which there are accounts here: its password stays behind. */
async function writeAccounts(tx: ImportTransaction, run: LegacyRun, people: readonly OldPerson[]): Promise<void> {
  await tx.legacy.putAccounts(
    people.map(({ userId, username, email, role, active }) => {
      return { userId, employeeId: run.employeeOf.get(userId) ?? 0, username, email, role, active }
    }),
  )
}

export const dayIn = (zone: string, at: number): string =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone).toPlainDate().toString()
