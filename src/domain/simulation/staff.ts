import { firstNames, patronymics, positions, surnames, units } from './names.ts'
import type { Random } from './random.ts'
import type { Person, Site } from './site.ts'

/** Somebody who works at the site. A telephone belongs to whoever sits at it. */
export interface Employee {
  /** Personnel number: names the employee in everything that is told. */
  readonly employee: string
  /** Surname, first name, patronymic. No two people have the same. */
  readonly name: string
  readonly unit: string
  readonly position: string
  /** The telephone of the own desk; null: works nights, at the desk of whoever is on duty. */
  readonly desk: Person | null
}

const nightWorkers = 2

/** One for each desk, and those who come for the nights by turns. */
export function openStaff(random: Random, site: Site): Employee[] {
  const known = new Set(site.people.flatMap(({ fullName, name }) => [fullName, name].map((it) => it.split(' ')[0])))
  const left = surnames.filter(([man, woman]) => !known.has(man) && !known.has(woman))
  const invent = (): string => {
    const [surname] = left.splice(random.below(left.length), 1) as [readonly [string, string]]
    const sex = random.chance(0.6) ? 'woman' : 'man'
    return `${surname[sex === 'man' ? 0 : 1]} ${random.pick(firstNames[sex])} ${random.pick(patronymics[sex])}`
  }
  const staff: Employee[] = []
  const add = (name: string, team: keyof typeof units, desk: Person | null) => {
    const employee = String(staff.length + 1).padStart(4, '0')
    staff.push({ employee, name, unit: units[team], position: positions[team], desk })
  }
  for (const person of site.people) {
    const { team, fullName } = person
    if (team !== 'room' && team !== 'branch') add(fullName === '' ? invent() : fullName, team, person)
  }
  for (let i = 0; i < nightWorkers; i++) add(invent(), 'support', null)
  return staff
}
