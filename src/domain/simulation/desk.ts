import type { Zone } from '../clock.ts'
import { dayMs, isOpen, weekdayOf } from './profile.ts'
import type { Random } from './random.ts'
import { chances, wrapUpSeconds } from './shares.ts'
import type { Person, Site } from './site.ts'

const hourMs = 3_600_000
const slotMs = 1_200_000

/** Who can take a call, instant by instant. Instants are UTC milliseconds. */
export interface Desk {
  readonly isOpen: (instant: number) => boolean
  /** At work and not in a call; `alone` leaves out whether the person happens to be away from the telephone. */
  readonly isFree: (person: Person, instant: number) => boolean
  readonly inCall: (person: Person, instant: number) => boolean
  readonly atWork: (person: Person, instant: number) => boolean
  /** The next instant at which somebody of `members` could be free; Infinity when nobody is at work. */
  readonly nextFree: (members: readonly Person[], instant: number) => number
  /** Keeps a person busy until `until` and some time after it. */
  readonly book: (person: Person, until: number) => void
  /** Somebody free whom nobody of `not` is; null when there is none. */
  readonly colleague: (instant: number, not: readonly Person[]) => Person | null
  /** Who answers while the site is closed. */
  readonly onDuty: (instant: number) => Person
}

/** Working days from 8, 9, 10 or 12 o'clock, for nine hours. */
const shiftStarts = [8, 9, 9, 10, 12] as const
export const shiftHours = 9

/** The hour at which the working day of a telephone's owner begins; null: a day off. */
export function startHourOf({ team, index }: Person, wallDay: number): number | null {
  if (team === 'room') return null
  const weekday = weekdayOf(wallDay)
  if (weekday > 4 && (team === 'office' || (index + Math.floor((wallDay + 3) / 7)) % 3 !== 0)) return null
  return team === 'support' || team === 'orders' ? (shiftStarts[index % 5] as number) : 9
}

export const lunchHourOf = ({ index }: Person): number => 12 + (index % 6) * 0.5

export function openDesk(random: Random, site: Site, zone: Zone): Desk {
  const busyUntil = new Float64Array(site.people.length)

  const atWork = (person: Person, instant: number): boolean => {
    const wall = zone.wallAt(instant)
    const day = Math.floor(wall / dayMs)
    const hour = (wall - day * dayMs) / hourMs
    const start = startHourOf(person, day)
    if (start === null || hour < start || hour >= start + shiftHours) return false
    const lunch = lunchHourOf(person)
    return hour < lunch || hour >= lunch + 0.75
  }

  const away = (person: Person, instant: number): boolean =>
    scatter(person.index, Math.floor(instant / slotMs)) < chances.awayFromPhone * 4_294_967_296

  const inCall = (person: Person, instant: number) => (busyUntil[person.index] as number) > instant
  const isFree = (person: Person, instant: number) =>
    !inCall(person, instant) && atWork(person, instant) && !away(person, instant)

  return {
    isOpen: (instant) => isOpen(zone.wallAt(instant)),
    isFree,
    inCall,
    atWork,
    nextFree: (members, instant) => {
      let next = Infinity
      for (const member of members) {
        const at = Math.max(instant, busyUntil[member.index] as number)
        if (at < next && atWork(member, at))
          next = away(member, at) ? Math.min(next, (Math.floor(at / slotMs) + 1) * slotMs) : at
      }
      return next
    },
    book: (person, until) => {
      const [least, most] = wrapUpSeconds
      const free = until + random.between(least, most) * 1000
      if (free > (busyUntil[person.index] as number)) busyUntil[person.index] = free
    },
    colleague: (instant, not) => {
      for (let i = 0; i < 8; i++) {
        const person = random.pick(site.people)
        if (!not.includes(person) && person.team !== 'reception' && isFree(person, instant)) return person
      }
      return null
    },
    onDuty: (instant) => {
      const members = site.support.members
      return members[Math.floor(zone.wallAt(instant - dayMs / 2) / dayMs) % members.length] as Person
    },
  }
}

/** A number below 2^32 that only its arguments decide (the finaliser of MurmurHash3). */
function scatter(a: number, b: number): number {
  let h = Math.imul(a + 1, 0x9e37_79b1) ^ Math.imul(b, 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return (h ^ (h >>> 16)) >>> 0
}
