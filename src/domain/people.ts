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

/** The same for one name however its case, composed letters and spaces were typed. */
export const nameKey = (text: string): string => text.normalize('NFC').trim().replace(/\s+/gu, ' ').toLowerCase()

/** Whether two names share neither the family name nor the given one, however typed: hardly one person's, before and after a marriage. */
export function isWhollyOther(one: PersonName, other: PersonName): boolean {
  const isShared = (part: 'family' | 'given') => one[part] !== '' && foldedKey(one[part]) === foldedKey(other[part])
  return !isShared('family') && !isShared('given')
}

/** A key under which a name is found and sorted however it was typed: as above, and `ё` is `е`. */
export const foldedKey = (text: string): string => nameKey(text).replaceAll('ё', 'е')

const latin = 'abcehkmoptxy'
const cyrillic = 'авсенкмортху'

/** The same for names that look the same, whichever of the two alphabets a letter was typed in: a Latin C is С. */
export const lookAlikeKey = (text: string): string =>
  foldedKey(text).replace(/[abcehkmoptxy]/gu, (letter) => cyrillic[latin.indexOf(letter)] ?? letter)
