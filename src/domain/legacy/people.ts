import { foldedKey, fullName, lookAlikeKey, type PersonName } from '../people.ts'
import { type Issue, issue } from './issue.ts'
import { oldExtension } from './old-number.ts'
import type { OldProfile, OldUser } from './old-tables.ts'

type OldRole = 'admin' | 'supervisor' | 'employee'

/** A person as made of an account and its profile. */
export interface OldPerson extends PersonName {
  readonly userId: number
  readonly name: string
  /** The id of the HR system, where only one person has it. */
  readonly personnelNumber: string | null
  readonly position: string | null
  /** When the account was made: the only date there is. */
  readonly joinedAt: number | null
  readonly active: boolean
  readonly username: string
  readonly email: string
  readonly role: OldRole
  /** The extension that the profile holds now; null: none, or nothing that could be one. */
  readonly phone: string | null
  readonly profileId: number | null
}

export interface OldPeople {
  readonly people: readonly OldPerson[]
  readonly issues: readonly Issue[]
}

/** Only this group meant something: its members saw and reported everybody's time. */
export const supervisorsGroup = 'working'

/** Accounts with their profiles are people. `supervisors`: users in the group that counted. */
export function planPeople(
  users: readonly OldUser[],
  profiles: ReadonlyMap<number, OldProfile>,
  supervisors: ReadonlySet<number>,
): OldPeople {
  const issues: Issue[] = []
  const byCode = Map.groupBy(
    users.filter((it) => (profiles.get(it.id)?.code ?? '') !== ''),
    (it) => profiles.get(it.id)?.code ?? '',
  )
  const people = users.map((user): OldPerson => {
    const profile = profiles.get(user.id)
    const given = { family: user.family, given: user.given, patronymic: profile?.patronymic ?? '' }
    const isNameless = fullName(given) === ''
    const name = isNameless ? { family: user.username, given: '', patronymic: '' } : given
    if (isNameless) issues.push(issue('no-name', 'auth_user', [user.id], { people: [user.username] }))
    const code = profile?.code ?? ''
    return {
      ...name,
      userId: user.id,
      name: fullName(name),
      personnelNumber: code !== '' && byCode.get(code)?.length === 1 ? code : null,
      position: profile?.job || null,
      joinedAt: user.joinedAt,
      active: user.active,
      username: user.username,
      email: user.email,
      role: user.superuser || user.staff ? 'admin' : supervisors.has(user.id) ? 'supervisor' : 'employee',
      phone: oldExtension(profile?.phone ?? ''),
      profileId: profile?.id ?? null,
    }
  })
  for (const alike of Map.groupBy(people, (it) => lookAlikeKey(it.name)).values())
    if (new Set(alike.map((it) => foldedKey(it.name))).size > 1)
      issues.push(
        issue(
          'look-alike-names',
          'auth_user',
          alike.map((it) => it.userId),
          { people: alike.map((it) => it.name) },
        ),
      )
  const names = new Map(people.map((it) => [it.userId, it.name]))
  for (const [code, holders] of byCode)
    if (holders.length > 1)
      issues.push(
        issue(
          'code-not-unique',
          'monitor_profile',
          holders.map((it) => profiles.get(it.id)?.id ?? it.id),
          { people: holders.map((it) => names.get(it.id) ?? ''), detail: code },
        ),
      )
  return { people, issues }
}

/** People who share a name are people of their own all the same; how many share theirs. */
export function countNamesakes(people: readonly OldPerson[]): number {
  const byName = Map.groupBy(people, (it) => foldedKey(it.name))
  return [...byName.values()].reduce((sum, { length }) => sum + (length > 1 ? length : 0), 0)
}
