import { openPostgresStore } from '../../src/adapters/store-sql/postgres/store.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import { siteOf } from '../../src/domain/simulation/simulate.ts'
import type { PeopleRequest } from '../../src/pipeline/people-request.ts'
import type { ShiftJson } from '../../src/pipeline/people-view.ts'
import { startSmena } from '../support/smena.ts'
import { tell, tellTogether } from '../support/tell-people.ts'
import { type Chain, pause } from './chain.ts'
import { simulationOf, type SourceName } from './rig.ts'

/**
 * People at telephones of both exchanges. Most of their time is known before the first call. The rest is told by commands while
 * everything fails: a day's when its calls have been sent, so that calls that have their people get others. Some of the commands
 * are killed, too; what was killed or found no store is told again under its key.
 *
 * Each day of a person has one of five courses:
 *
 *     corrected   a day with a meal; later asked for by one and approved by another: it ended earlier
 *     forgotten   a shift that nobody ended; later ended by the person
 *     unbroken    a day without a break; later a break in it
 *     untold      nothing; later a whole shift
 *     moved       a day with a meal; later somebody else had the telephone from noon to evening
 */
const courses = ['corrected', 'forgotten', 'unbroken', 'untold', 'moved'] as const
type Course = (typeof courses)[number]

interface Holder {
  readonly source: SourceName
  readonly number: string
  readonly extension: string
  /** Who has the telephone meanwhile. */
  readonly spare: string
  readonly courseOn: (day: number) => Course
}

const holdersOfSource = 6
/** Days of March 2026, from that of the first call on. */
const days = Array.from({ length: 27 }, (_, i) => i + 2)
/** The telephone of the last holder of each is nobody's from its first to its second day, and then the spare's. */
const vacant = { from: 9, to: 11 }
const coursesADay = 2
const restMs = 500
const commandAtMostMs = 60_000

const instantText = (day: number, time: string): string => `2026-03-${String(day).padStart(2, '0')}T${time}:00+03:00`
const instant = (day: number, time: string): number => Date.parse(instantText(day, time))
/** As the simulation tells how far it is: by the exchange's clock. */
const wall = (day: number): number => Date.UTC(2026, 2, day)
/** By that clock: after it nobody is at work. */
export const lastDayEndsAt = wall((days.at(-1) as number) + 1)

export interface StaffReport {
  /** By course: how many days were told of while everything failed. */
  readonly told: Readonly<Record<Course, number>>
  readonly commands: number
  /** Commands that were told again: those that were killed, and those that found no store. */
  readonly killed: number
  readonly away: number
}

export class Staff {
  readonly #chain: Chain
  readonly #random: Random
  readonly #holders: readonly Holder[]
  readonly #shifts = new Map<string, string>()
  readonly #told: Record<Course, number> = { corrected: 0, forgotten: 0, unbroken: 0, untold: 0, moved: 0 }
  #commands = 0
  #killed = 0
  #away = 0
  #isOver = false
  #isAbandoned = false
  #working: Promise<void> = Promise.resolve()

  /** On a chain that has no load yet. */
  static async employ(chain: Chain, seed: number): Promise<Staff> {
    const staff = new Staff(chain, seed)
    await using store = await openPostgresStore(chain.databaseUrl)
    await tellTogether(store, async (inner) => {
      const told = (request: PeopleRequest) => tell(inner, request, 'at' in request ? (request.at ?? 0) : 0)
      await staff.#tellWhatIsKnown(told)
    })
    return staff
  }

  private constructor(chain: Chain, seed: number) {
    this.#chain = chain
    this.#random = openRandom(seed, 11)
    this.#holders = (['avaya', 'asterisk'] as const).flatMap((source) => {
      const desks = siteOf(simulationOf(source, seed)).people.filter(({ team }) => team === 'support')
      return desks.slice(0, holdersOfSource).map(({ extension }, i): Holder => {
        const isLast = i === holdersOfSource - 1
        return {
          source,
          number: `${source}-${i}`,
          extension,
          spare: `${source}-spare-${isLast ? 0 : i % 2}`,
          courseOn: (day) => {
            const course = courses[(i + day) % courses.length] as Course
            return isLast && course === 'moved' ? 'corrected' : course
          },
        }
      })
    })
  }

  async #tellWhatIsKnown(tell: (request: PeopleRequest) => Promise<unknown>): Promise<void> {
    const spares = [...new Set(this.#holders.map(({ spare }) => spare))]
    for (const number of [...this.#holders.map((it) => it.number), ...spares])
      await tell({ do: 'employee-add', name: `Работник ${number}`, personnelNumber: number })
    const hold = (employee: string, { source: plan, extension }: Holder, from: number, to: number | null) =>
      tell({ do: 'assign', employee, extension, plan, from, to })
    for (const [i, holder] of this.#holders.entries()) {
      const isLast = (i + 1) % holdersOfSource === 0
      await hold(
        holder.number,
        holder,
        instant(days[0] as number, '00:00'),
        isLast ? instant(vacant.from, '00:00') : null,
      )
      if (isLast) await hold(holder.spare, holder, instant(vacant.to, '00:00'), null)
    }
    for (const day of days) {
      for (const { number, courseOn } of this.#holders) await this.#tellDay(tell, number, day, courseOn(day))
      for (const number of spares) await this.#tellDay(tell, number, day, 'moved')
    }
  }

  async #tellDay(
    tell: (request: PeopleRequest) => Promise<unknown>,
    employee: string,
    day: number,
    course: Course,
  ): Promise<void> {
    if (course === 'untold') return
    const shift = await tell({ do: 'shift-start', employee, at: instant(day, '09:00') })
    this.#shifts.set(`${employee} ${day}`, (shift as ShiftJson).id)
    if (course === 'forgotten') return
    if (course !== 'unbroken') {
      await tell({ do: 'break-start', employee, at: instant(day, '12:00'), type: 'meal' })
      await tell({ do: 'break-end', employee, at: instant(day, '13:00') })
    }
    await tell({ do: 'shift-end', employee, at: instant(day, '17:00') })
  }

  /** Begins to tell the rest. */
  work(): void {
    this.#working = this.#tellTheRest()
    this.#working.catch(() => undefined)
  }

  /** Ends it after what is being told; throws what was refused. */
  async finish(): Promise<StaffReport> {
    this.#isOver = true
    await this.#working
    return { told: this.#told, commands: this.#commands, killed: this.#killed, away: this.#away }
  }

  /** Ends it after the command that runs, whether or not it was done. */
  async abandon(): Promise<void> {
    this.#isOver = true
    this.#isAbandoned = true
    await this.#working.catch(() => undefined)
  }

  async #tellTheRest(): Promise<void> {
    for (const [n, day] of days.entries()) {
      while (!this.#isOver && this.#chain.reachedAt < wall(day + 1)) await pause(restMs)
      const due = Array.from(
        { length: coursesADay },
        (_, i) => courses[(coursesADay * n + i) % courses.length] as Course,
      )
      for (const course of due) {
        const holder = this.#random.pick(this.#holders.filter((it) => it.courseOn(day) === course))
        if (this.#isOver) return
        await this.#tellRestOf(holder, day, course)
        this.#told[course]++
      }
    }
  }

  async #tellRestOf({ source, number, extension, spare }: Holder, day: number, course: Course): Promise<void> {
    const at = (time: string) => ['--at', instantText(day, time)]
    const phone = ['--extension', extension, '--plan', source]
    switch (course) {
      case 'corrected': {
        const shift = this.#shifts.get(`${number} ${day}`) as string
        const edit = ['--shift', shift, '--end', instantText(day, '15:00'), '--reason', 'left earlier']
        const { id } = JSON.parse(await this.#tell('correction', 'request', number, ...edit)) as { id: string }
        await this.#tell('correction', 'approve', id, '--by', 'head', '--as-now')
        return
      }
      case 'forgotten':
        await this.#tell('shift', 'end', number, ...at('16:30'))
        return
      case 'unbroken':
        await this.#tell('break', 'start', number, '--type', 'rest', ...at('12:10'))
        await this.#tell('break', 'end', number, ...at('12:40'))
        return
      case 'untold':
        await this.#tell('shift', 'start', number, ...at('08:30'))
        await this.#tell('shift', 'end', number, ...at('18:00'))
        return
      case 'moved': {
        const [from, to] = [instantText(day, '13:00'), instantText(day, '18:00')]
        await this.#tell('employee', 'release', number, ...phone, '--at', from)
        await this.#tell('employee', 'assign', spare, ...phone, '--from', from, '--to', to)
        await this.#tell('employee', 'assign', number, ...phone, '--from', to)
      }
    }
  }

  /** One command until it has been done; what it printed. */
  async #tell(...args: readonly string[]): Promise<string> {
    const key = ['--key', `told-${++this.#commands}`, '--json', '--lang', 'en']
    for (;;) {
      const { child, finished } = startSmena(this.#chain.cluster.commands, [...args, ...key])
      child.stdin.end()
      const isFated = this.#random.chance(0.2)
      const timer = setTimeout(() => child.kill('SIGKILL'), isFated ? this.#random.below(1500) : commandAtMostMs)
      const { code, stdout, stderr } = await finished
      clearTimeout(timer)
      if (code === 0) {
        await pause(restMs)
        return stdout
      }
      if (this.#isAbandoned) throw new Error('nobody waits for it any more')
      if (code === null) this.#killed++
      else if (/does not answer/u.test(stderr)) this.#away++
      else throw new Error(`smena ${args.join(' ')} ended with ${code}: ${stderr}`)
      await pause(restMs)
    }
  }
}
