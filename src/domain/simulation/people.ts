import type { ExtensionPart } from '../call.ts'
import type { Zone } from '../clock.ts'
import type { Presence } from '../worktime/shift.ts'
import { lunchHourOf, shiftHours, startHourOf } from './desk.ts'
import { dayMs } from './profile.ts'
import type { Random } from './random.ts'
import { peopleChances as chances } from './shares.ts'
import type { SimulatedCall, SimulatedPart } from './simulated-call.ts'
import type { Person, Site } from './site.ts'
import { type Employee, openStaff } from './staff.ts'
import type { Story } from './story.ts'
import { type WorkedShift, type WorkFact, workDay } from './work-day.ts'

/** What somebody tells about who sits at a telephone: from `at` on, until `to` where that was planned too. */
interface DeskFact {
  readonly fact: 'assign' | 'release'
  readonly extension: string
  readonly at: number
  readonly to: number | null
  readonly toldAt: number
}

interface HeldExtension {
  readonly employee: string
  readonly extension: string
  readonly from: number
  /** Null: beyond the end of the simulation. */
  readonly to: number | null
}

/** A stretch of a call and whose it was: of whoever held the telephone at its instant, in the state of that instant. */
export interface PersonPart extends SimulatedPart {
  readonly employee: string | null
  readonly state: Presence | 'no-holder'
}

/**
 * What is told, in the order of telling, and what was true, as soon as it is over. Shifts and held telephones are true whatever
 * was told of them and when: told late, told by nobody, or never told at all.
 */
export type PeopleEvent =
  | ({ readonly kind: 'employee' } & Omit<Employee, 'desk'>)
  | ({ readonly kind: 'fact'; readonly employee: string } & (WorkFact | DeskFact))
  | ({ readonly kind: 'shift'; readonly employee: string } & WorkedShift)
  | ({ readonly kind: 'assignment' } & HeldExtension)
  | { readonly kind: 'call'; readonly call: SimulatedCall; readonly parts: readonly PersonPart[] }

/** The people of a simulation. They listen to its calls and change none: with and without them the records are the same. */
export interface People {
  /** What they do on a day, planned at its first instant. */
  readonly startDay: (wallDay: number) => void
  readonly heard: (story: Story) => void
  readonly closed: (call: SimulatedCall, parts: readonly SimulatedPart[]) => void
  readonly end: () => void
}

interface Held {
  readonly employee: Employee
  readonly from: number
  to: number | null
}

interface Options {
  readonly random: Random
  readonly site: Site
  readonly zone: Zone
  /** Lets something happen at an instant. */
  readonly plan: (at: number, run: () => void) => void
  readonly emit: (event: PeopleEvent) => void
}

const minute = 60_000
const hour = 60 * minute
const toSecond = (at: number): number => Math.floor(at / 1000) * 1000

const roles: readonly ExtensionPart[] = ['caller', 'answered', 'transferred', 'offered']

/** One role of each person at each telephone of a call: the first of these that is true of any stretch. */
function mostDone(parts: readonly PersonPart[]): (part: PersonPart) => ExtensionPart {
  const keyOf = ({ extension, employee }: PersonPart) => `${extension} ${employee ?? ''}`
  const most = new Map<string, number>()
  for (const part of parts) {
    const place = roles.indexOf(part.role)
    most.set(keyOf(part), Math.min(place, most.get(keyOf(part)) ?? place))
  }
  return (part) => roles[most.get(keyOf(part)) ?? 0] ?? part.role
}

export function openPeople({ random, site, zone, plan, emit }: Options): People {
  const staff = openStaff(random, site)
  const rooms = site.people.filter(({ team }) => team === 'room')
  const held = new Map<string, Held[]>()
  const shifts = new Map<Employee, WorkedShift[]>(staff.map((it) => [it, []]))
  /** Telephones about which something is under way: nobody else comes for them. */
  const spoken = new Set<string>()
  let begun = false

  const minutes = (from: number, to: number) => random.between(from * 60, to * 60) * 1000
  const wallClock = (day: number, hours: number) => zone.readings(day * dayMs + Math.round(hours * hour)).first
  const tell = (employee: Employee, fact: WorkFact | DeskFact) =>
    plan(fact.toldAt, () => emit({ kind: 'fact', employee: employee.employee, ...fact }))

  const heldAt = (extension: string, at: number): Held | null =>
    held.get(extension)?.findLast(({ from, to }) => from <= at && (to === null || at < to)) ?? null
  const shiftAt = (employee: Employee, at: number): WorkedShift | null =>
    shifts.get(employee)?.findLast(({ startedAt, endedAt }) => startedAt <= at && at < endedAt) ?? null
  const presence = (employee: Employee, at: number): Presence => {
    const shift = shiftAt(employee, at)
    if (shift === null) return 'off-shift'
    return shift.breaks.some((it) => it.startedAt <= at && at < it.endedAt) ? 'on-break' : 'on-shift'
  }

  const release = (extension: string, at: number, toldAt: number): Employee | null => {
    const current = heldAt(extension, at)
    if (current === null) return null
    current.to = at
    tell(current.employee, { fact: 'release', extension, at, to: null, toldAt })
    emitHeld(extension, current)
    return current.employee
  }
  const assign = (extension: string, employee: Employee, at: number, toldAt: number, to: number | null = null) => {
    const list = held.get(extension) ?? []
    held.set(extension, list)
    const it: Held = { employee, from: at, to }
    list.push(it)
    tell(employee, { fact: 'assign', extension, at, to, toldAt })
    if (to !== null) emitHeld(extension, it)
  }
  const emitHeld = (extension: string, { employee, from, to }: Held) =>
    emit({ kind: 'assignment', employee: employee.employee, extension, from, to })

  /** Somebody else has a telephone for a while. What is told of it is told `lateMs` after. */
  const lend = (extension: string, to: Employee, from: number, until: number, lateMs = 0) => {
    if (spoken.has(extension)) return
    spoken.add(extension)
    let owner: Employee | null = null
    plan(from, () => {
      owner = release(extension, from, from + lateMs)
      assign(extension, to, from, from + lateMs)
    })
    plan(until, () => {
      release(extension, until, Math.max(until, from + lateMs))
      if (owner) assign(extension, owner, until, Math.max(until, from + lateMs))
      spoken.delete(extension)
    })
  }

  /** Two people change desks, and back again before the evening. */
  const swap = (one: string, other: string, at: number) => {
    const day = Math.floor(zone.wallAt(at) / dayMs)
    const back = Math.min(at + minutes(15, 150), wallClock(day, 20.75))
    if (one === other || back < at + 10 * minute || spoken.has(one) || spoken.has(other)) return
    const exchange = (when: number) => {
      const first = release(one, when, when)
      const second = release(other, when, when)
      if (second) assign(one, second, when, when)
      if (first) assign(other, first, when, when)
    }
    spoken.add(one).add(other)
    exchange(at)
    plan(back, () => {
      exchange(back)
      spoken.delete(one)
      spoken.delete(other)
    })
  }
  /** The telephone of somebody at work other than `not`; null when nobody is found. */
  const anotherDesk = (not: string, at: number): string | null => {
    const desk = random.pick(staff).desk
    if (desk === null || desk.extension === not) return null
    const holder = heldAt(desk.extension, at)
    return holder && presence(holder.employee, at) !== 'off-shift' ? desk.extension : null
  }

  const work = (employee: Employee, day: number, startHour: number, hours: number, lunchHour: number) => {
    const evening = random.chance(0.5)
    const { shift, facts } = workDay(random, {
      startsAt: wallClock(day, startHour),
      endsAt: wallClock(day, startHour + hours),
      lunchAt: wallClock(day, lunchHour),
      afterwardsAt:
        employee.desk === null
          ? wallClock(day + 1, 13) + minutes(0, 60)
          : (evening ? wallClock(day, 22.5) : wallClock(day + 1, 6.5)) + minutes(0, 60),
    })
    shifts.get(employee)?.push(shift)
    for (const fact of facts) tell(employee, fact)
    plan(shift.endedAt, () => emit({ kind: 'shift', employee: employee.employee, ...shift }))
    return shift
  }

  const begin = (at: number) => {
    for (const { desk: _, ...employee } of staff) emit({ kind: 'employee', ...employee })
    for (const employee of staff) {
      if (employee.desk === null) continue
      const { extension } = employee.desk
      const lateMs = random.chance(chances.holderToldLate) ? minutes(60, 3 * 24 * 60) : 0
      assign(extension, employee, at, at + lateMs)
      if (lateMs === 0) continue
      spoken.add(extension)
      plan(at + lateMs + 1000, () => spoken.delete(extension))
    }
  }

  const dayShifts = (day: number) => {
    const here: { employee: Employee; desk: Person; shift: WorkedShift }[] = []
    const away: Person[] = []
    for (const employee of staff) {
      const { desk } = employee
      const startHour = desk && startHourOf(desk, day)
      if (desk === null || startHour === null) continue
      if (random.chance(chances.absent)) away.push(desk)
      else here.push({ employee, desk, shift: work(employee, day, startHour, shiftHours, lunchHourOf(desk)) })
    }
    for (const desk of away) {
      const colleagues = here.filter((it) => it.desk.team === desk.team)
      if (colleagues.length === 0 || !random.chance(chances.takenOver)) continue
      const { employee, shift } = random.pick(colleagues)
      const until = Math.min(shift.endedAt, wallClock(day, 20.75))
      const lateMs = random.chance(0.3) ? minutes(5, 40) : 0
      lend(desk.extension, employee, shift.startedAt + minutes(2, 15), until, lateMs)
    }
    const free = [...rooms]
    for (const { employee, desk, shift } of here) {
      if (random.chance(chances.takesRoom)) {
        const room = free.pop()
        const from = shift.startedAt + minutes(60, 300)
        if (room)
          plan(shift.startedAt + minutes(1, 30), () => takeRoom(room.extension, employee, from, minutes(40, 80)))
      }
      if (random.chance(chances.swapInDay)) {
        const at = shift.startedAt + minutes(30, 400)
        plan(at, () => {
          const other = anotherDesk(desk.extension, at)
          if (other !== null) swap(desk.extension, other, at)
        })
      }
    }
  }
  const takeRoom = (extension: string, employee: Employee, from: number, length: number) =>
    assign(extension, employee, from, from - 20 * minute, from + length)

  /** The telephone of whoever is on duty rings where the one who came for the night sits. */
  const nightShift = (day: number) => {
    const nights = staff.filter(({ desk }) => desk === null)
    const employee = nights[day % nights.length] as Employee
    work(employee, day, 19.8, 11.95, 26)
    const { members } = site.support
    const desk = members[day % members.length] as Person
    lend(desk.extension, employee, wallClock(day, 21) + minutes(1, 20), wallClock(day + 1, 7.4) + minutes(0, 15))
  }

  return {
    startDay: (day) => {
      if (!begun) begin(toSecond(wallClock(day, 0)))
      begun = true
      dayShifts(day)
      nightShift(day)
    },
    heard: (story) => {
      if (story.kind !== 'talk' || story.answer === null || !random.chance(chances.swapInCall)) return
      const { answer, handling, endAt } = story
      const next =
        handling.kind === 'blind' ? handling.ring : handling.kind === 'supervised' ? handling.consultation : null
      const at = toSecond(random.between(answer.at, next?.from ?? endAt)) + 1000
      const desk = answer.by.extension
      plan(at, () => {
        const other = next ? next.person.extension : anotherDesk(desk, at)
        if (other !== null && shiftsMeet(desk, other, at)) swap(desk, other, at)
      })
    },
    closed: (call, parts) => {
      const persons = parts.map((part): PersonPart => {
        const holder = heldAt(part.extension, part.at)?.employee ?? null
        return {
          ...part,
          employee: holder?.employee ?? null,
          state: holder === null ? 'no-holder' : presence(holder, part.at),
        }
      })
      const role = mostDone(persons)
      emit({ kind: 'call', call, parts: persons.map((it) => ({ ...it, role: role(it) })) })
    },
    end: () => {
      for (const [extension, list] of held) for (const it of list) if (it.to === null) emitHeld(extension, it)
    },
  }

  function shiftsMeet(one: string, other: string, at: number): boolean {
    const holders = [heldAt(one, at), heldAt(other, at)]
    return holders.every((it) => it !== null && presence(it.employee, at) !== 'off-shift')
  }
}
