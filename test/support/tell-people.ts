import { closeOverdueShifts, doPeople, type PeopleOptions } from '../../src/pipeline/people.ts'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import type { Store } from '../../src/pipeline/store.ts'
import { numberOf, type SimulatedFact, type SimulatedOffice } from './simulated-people.ts'

/** Tells a store what simulated people tell, when they tell it; the site's clock is in a zone that nobody else has. */

const settings = { zone: 'Asia/Kathmandu', shiftAtMostSeconds: 12 * 3600 }

type PeopleStore = PeopleOptions['store']

export async function tell(
  store: PeopleStore,
  request: PeopleRequest,
  at: number,
  who = 'simulation',
): Promise<unknown> {
  return doPeople(optionsAt(store, at), { request, who, how: 'shell', key: null })
}

/** What is told one after the other within one transaction, for tests that would else spend their time in waiting for the disk. */
export const tellTogether = (store: Store, work: (store: PeopleStore) => Promise<void>): Promise<void> =>
  store.people((tx) => work({ people: (inner) => inner(tx) }))

const optionsAt = (store: PeopleStore, at: number): PeopleOptions => ({ store, now: () => at, settings })

/** The system's own: shifts that have been open too long by now are closed. */
export const closeOverdueAt = (store: PeopleStore, at: number): Promise<number> =>
  closeOverdueShifts(optionsAt(store, at))

export async function addEmployees(store: PeopleStore, offices: readonly SimulatedOffice[]): Promise<void> {
  for (const office of offices)
    for (const { employee, name, unit, position } of office.employees)
      await tell(
        store,
        { do: 'employee-add', name, personnelNumber: numberOf(office, employee), unit, position },
        office.facts[0]?.toldAt ?? 0,
      )
}

/** Facts of several offices in the order in which they are told. */
export const inOrderOfTelling = (offices: readonly SimulatedOffice[]) =>
  offices
    .flatMap((office) => office.facts.map((fact) => ({ office, fact })))
    .toSorted((a, b) => a.fact.toldAt - b.fact.toldAt)

export function requestOf(office: SimulatedOffice, fact: SimulatedFact): PeopleRequest {
  const employee = numberOf(office, fact.employee)
  const { at } = fact
  switch (fact.fact) {
    case 'assign':
      return { do: 'assign', employee, extension: fact.extension, plan: office.source, from: at, to: fact.to }
    case 'release':
      return { do: 'release', employee, extension: fact.extension, plan: office.source, at }
    case 'break-start':
      return { do: 'break-start', employee, at, type: fact.type }
    case 'shift-start':
    case 'shift-end':
    case 'break-end':
      return { do: fact.fact, employee, at }
    case 'mark':
      return { do: 'mark-add', employee, at, type: fact.type, comment: fact.comment, count: 1, seconds: null }
  }
}
