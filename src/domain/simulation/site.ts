import type { FormatName } from '../formats/format-name.ts'
import type { Reading } from '../reading.ts'
import { firstNames, patronymics, surnames } from './names.ts'
import { openRandom, type Random } from './random.ts'

/** Where a person works. `support` and `orders` are the members of the two queues; `branch` sits on a networked exchange. */
type Team = 'support' | 'orders' | 'office' | 'reception' | 'room' | 'branch'

export interface Person {
  /** Place in `Site.people`. */
  readonly index: number
  readonly extension: string
  /** As the exchange prints it; empty: a telephone without a name. */
  readonly name: string
  /** Surname, first name, patronymic; empty where `name` names no person. */
  readonly fullName: string
  readonly team: Team
  /** Number under which the outside reaches the telephone directly. */
  readonly did: string
  /** A mobile that rings along (Avaya) or to which the telephone forwards (both), as dialled from the exchange. */
  readonly mobile: string | null
  /** Asterisk: `softphone` has two telephones that ring together, `local` is reached through a Local channel. */
  readonly phone: 'desk' | 'softphone' | 'local'
}

export interface Queue {
  /** Hunt group (Avaya) or queue extension (Asterisk). */
  readonly number: string
  /** Argument of the application `Queue`. */
  readonly name: string
  readonly did: string
  readonly members: readonly Person[]
  /** `linear`: one after another, beginning after the one who rang last. `all`: every free member at once. */
  readonly strategy: 'linear' | 'all'
  /** A caller who finds nobody free hears an announcement, which the records show. */
  readonly announces: boolean
}

export interface Site {
  readonly format: FormatName
  readonly people: readonly Person[]
  readonly reception: Person
  readonly support: Queue
  readonly orders: Queue
  /** Number of the auto-attendant (Avaya). */
  readonly attendant: string
  readonly mainDid: string
  /** Mobile of whoever is on duty when the site is closed, as dialled. */
  readonly dutyMobile: string
  /** Reading under which a source of this exchange gives its calls as they were. */
  readonly reading: Pick<Reading, 'internal' | 'groups' | 'attendants' | 'trunks'>
}

export const fewestPeople = 12
export const mostPeople = 40

/**
 * The site of a seed: the same people, numbers and queues for every period simulated with it. `agents` counts the people
 * at desks; reception, a meeting room, a nameless telephone and (Avaya) a branch come on top.
 */
export function openSite(format: FormatName, seed: number, agents: number, longDids: boolean): Site {
  if (!(Number.isInteger(agents) && agents >= fewestPeople && agents <= mostPeople)) {
    throw new RangeError(`${agents} people, expected a whole number from ${fewestPeople} to ${mostPeople}`)
  }
  const random = openRandom(seed, 1)
  const avaya = format === 'avaya-ip-office'
  const prefix = longDids ? '7495' : ''
  const extensionOf = (place: number) => String((avaya ? 200 : 1000) + place)
  const didOf = (extension: string) => `${prefix}555${extension.padStart(4, '0')}`
  const named = invent(random, agents + 4, avaya)
  const orders = Math.min(8, Math.max(3, Math.round(agents * 0.2)))
  const support = Math.round(agents * 0.6)

  const people: Person[] = []
  const add = (extension: string, team: Team, name: string, fullName: string) => {
    const at = people.length
    const office = team === 'office'
    people.push({
      index: at,
      extension,
      name,
      fullName,
      team,
      did: didOf(extension),
      mobile: office || (avaya && team === 'support' && at % 9 === 4) ? `97495555${8000 + at}` : null,
      phone: avaya
        ? 'desk'
        : office && at % 2 === 0
          ? 'softphone'
          : team === 'support' && at % 6 === 3
            ? 'local'
            : 'desk',
    })
  }
  add(extensionOf(0), 'reception', 'Секретарь', '')
  for (let i = 0; i < agents; i++) {
    const team = i < support ? 'support' : i < support + orders ? 'orders' : 'office'
    const { short, full } = named[i] as Invented
    // One name with all that a name can hold where nothing forbids it: the user form of an IP Office does.
    const name = !avaya && i === agents - 1 ? `${short.split(' ')[0]}, "Бух"` : short
    add(extensionOf(i + 1), team, name, full)
  }
  add(extensionOf(50), 'room', 'Переговорная 1', '')
  add(extensionOf(51), 'room', '', '')
  if (avaya) {
    for (let i = 0; i < 4; i++) add(String(401 + i), 'branch', (named[agents + i] as Invented).short, '')
  }

  const queue = (at: number, team: Team, strategy: Queue['strategy']): Queue => {
    const number = avaya ? String(300 + at) : String(6000 + at)
    return {
      number,
      name: team,
      did: didOf(avaya ? number : `${600 + at}`),
      members: people.filter((person) => person.team === team),
      strategy,
      // Without an announcement an Asterisk queue in which nobody rang leaves no row at all.
      announces: !avaya || strategy === 'linear',
    }
  }
  return {
    format,
    people,
    reception: people[0] as Person,
    support: queue(0, 'support', 'linear'),
    orders: queue(1, 'orders', 'all'),
    attendant: '706',
    mainDid: didOf('100'),
    dutyMobile: '974955558999',
    reading: {
      internal: avaya ? '^\\d{3}$' : '^\\d{4}$',
      groups: avaya ? '^30\\d$' : null,
      attendants: avaya ? '^706$' : null,
      trunks: avaya ? [] : ['trunk-msk', 'trunk-bk'],
    },
  }
}

interface Invented {
  readonly short: string
  readonly full: string
}

/** `n` people of different surnames, hence of different names. An IP Office takes letters, digits and spaces only. */
function invent(random: Random, n: number, plain: boolean): Invented[] {
  const deck = [...surnames]
  const people: Invented[] = []
  for (let i = 0; i < n; i++) {
    const at = i + random.below(deck.length - i)
    const drawn = deck[at] as readonly [string, string]
    deck[at] = deck[i] as readonly [string, string]
    deck[i] = drawn
    const sex = random.chance(0.6) ? 'woman' : 'man'
    const surname = drawn[sex === 'man' ? 0 : 1]
    const first = random.pick(firstNames[sex])
    const short = plain ? `${surname.replace('-', ' ')} ${first.slice(0, 1)}` : `${surname} ${first}`
    people.push({ short, full: `${surname} ${first} ${random.pick(patronymics[sex])}` })
  }
  return people
}
