/** People and the telephones that they held. Instants are UTC milliseconds, intervals [from, to). */

export interface PersonName {
  readonly family: string
  readonly given: string
  /** Empty: none. */
  readonly patronymic: string
}

/**
 * Who held an extension, and when: (plan, number) is the extension (R7). No two people hold one at one instant; a person may hold
 * several. `to` null: until further notice. An unconfirmed one, found in an older system, attributes nothing.
 */
export interface Assignment {
  readonly id: number
  readonly employeeId: number
  readonly plan: string
  readonly extension: string
  readonly from: number
  readonly to: number | null
  readonly confirmed: boolean
}

/** As people write it: family name first. */
export const fullName = ({ family, given, patronymic }: PersonName): string =>
  [family, given, patronymic].filter((it) => it !== '').join(' ')

/** The first word is the family name, the second the given name, what follows the patronymic. */
export function parseName(text: string): PersonName {
  const [family = '', given = '', ...rest] = text.trim().split(/\s+/u)
  return { family, given, patronymic: rest.join(' ') }
}

/** A key under which a name is found and sorted however it was typed: case, `ё`, composed letters and spaces do not matter. */
export const foldedKey = (text: string): string =>
  text.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase().replaceAll('ё', 'е')
