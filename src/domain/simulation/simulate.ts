import { openZone } from '../clock.ts'
import type { FormatName } from '../formats/format-name.ts'
import { openAsterisk } from './asterisk-csv/exchange.ts'
import { asteriskVariants, type AsteriskVariant } from './asterisk-csv/row.ts'
import { openAvayaIpOffice } from './avaya-ip-office/exchange.ts'
import { avayaVariants, type AvayaVariant } from './avaya-ip-office/segment.ts'
import { openDesk } from './desk.ts'
import type { Exchange, Paper } from './exchange.ts'
import type { World } from './handling.ts'
import { customerOf, inbound } from './inbound.ts'
import { internal } from './internal.ts'
import { outbound } from './outbound.ts'
import { openPeople, type PeopleEvent } from './people.ts'
import { arrivalsOf, dayMs } from './profile.ts'
import { openRandom, type Random } from './random.ts'
import { againAfterSeconds, backAfterSeconds, chances, directionShares } from './shares.ts'
import type { SimulatedCall } from './simulated-call.ts'
import { fewestPeople, mostPeople, openSite, type Person, type Queue, type Site } from './site.ts'
import type { Customer, Story } from './story.ts'
import { Timeline } from './timeline.ts'

export interface SimulationOptions {
  readonly format: FormatName
  readonly seed: number
  /** First day, by the clock of the exchange: `YYYY-MM-DD`. */
  readonly from: string
  /** Whole days; Infinity with `records`. */
  readonly days: number
  /** Calls of an ordinary working day, those that follow from a missed one included, consultations and twin legs not. */
  readonly callsADay: number
  /** IANA zone of the exchange's clock. */
  readonly timezone: string
  /** Fields of a record: 30, 34, 35, 37 (default) for `avaya-ip-office`, 18, 21 (default) for `asterisk-csv`. */
  readonly variant?: number | undefined
  /** People at desks, 12 to 40; default: one to 30 calls a day. */
  readonly people?: number | undefined
  /** Ends after so many records, in the middle of calls if need be. */
  readonly records?: number | undefined
}

export interface SimulatedRecord {
  /** Without line end; an Asterisk row may hold a line break inside quotes. */
  readonly line: string
  /** Wall milliseconds at which the exchange writes it. */
  readonly dueAt: number
  /** `index` of its call. */
  readonly call: number
}

/**
 * The records of an exchange in the order in which it writes them, and by `onCall` the truth about each call as soon as
 * its last record is written. The same options give the same records on every machine, whether or not `onPeople` asks for the
 * people at the telephones as well. Memory is that of one day's calls, with people that of their shifts. Throws a
 * RangeError for an option out of range.
 */
export function* simulate(
  options: SimulationOptions,
  onCall?: (call: SimulatedCall) => void,
  onPeople?: (event: PeopleEvent) => void,
): Generator<SimulatedRecord> {
  const { format, seed, days, callsADay } = options
  if (!(days >= 0) || !(callsADay >= 0))
    throw new RangeError(`${days} days of ${callsADay} calls, expected no negative number`)
  const zone = openZone(options.timezone)
  const firstDay = Temporal.PlainDate.from(options.from).since('1970-01-01', { largestUnit: 'days' }).days
  const variant = variantOf(format, options.variant)
  const site = siteOf(options)
  const random = openRandom(seed, 2)
  const world: World = { random, site, desk: openDesk(random, site, zone) }

  const timeline = new Timeline()
  let written: SimulatedRecord[] = []
  let calls = 0
  const plan = (at: number, run: () => void) => timeline.plan(at, run)
  const people = onPeople ? openPeople({ random: openRandom(seed, 5), site, zone, plan, emit: onPeople }) : null
  const paper: Paper = {
    plan,
    wallAt: zone.wallAt,
    write: (line, at, call) => written.push({ line, dueAt: zone.wallAt(at), call }),
    nextCall: () => calls++,
    close: (truth, parts) => {
      if (!onCall && !people) return
      const call = truth()
      onCall?.(call)
      people?.closed(call, parts())
    },
  }
  const writer = openExchange(variant, openRandom(seed, 3), site, paper)
  const exchange: Exchange = {
    tell: (story) => {
      writer.tell(story)
      people?.heard(story)
    },
  }
  const lastDay = firstDay + days
  const end = lastDay === Infinity ? Infinity : zone.readings(lastDay * dayMs).first
  const operator = openOperator(world, exchange, timeline, end)

  let left = options.records ?? Infinity
  for (let day = firstDay; day < lastDay && left > 0; day++) {
    people?.startDay(day)
    for (const at of arrivalsOf(random, zone, day, callsADay)) timeline.plan(at, () => operator.arrive(at))
    let over = false
    // The next day's calls are drawn when its first instant has come.
    timeline.plan(zone.readings((day + 1) * dayMs).first, () => (over = true))
    while (!over && left > 0 && timeline.step()) {
      for (const record of written) if (left-- > 0) yield record
      if (written.length > 0) written = []
    }
  }
  while (left > 0 && timeline.step()) {
    for (const record of written) if (left-- > 0) yield record
    if (written.length > 0) written = []
  }
  people?.end()
}

/** The people, numbers and queues of a simulation; `reading` is what its source should be configured with. */
export function siteOf(options: Pick<SimulationOptions, 'format' | 'seed' | 'callsADay' | 'people' | 'variant'>): Site {
  const people = options.people ?? Math.min(mostPeople, Math.max(fewestPeople, Math.round(options.callsADay / 30)))
  const variant = variantOf(options.format, options.variant)
  return openSite(options.format, options.seed, people, variant.format === 'avaya-ip-office' && variant.fields >= 34)
}

type Variant =
  | { readonly format: 'avaya-ip-office'; readonly fields: AvayaVariant }
  | { readonly format: 'asterisk-csv'; readonly fields: AsteriskVariant }

function variantOf(format: FormatName, wanted: number | undefined): Variant {
  const known: readonly number[] = format === 'avaya-ip-office' ? avayaVariants : asteriskVariants
  const fields = wanted ?? known.at(-1)
  if (fields === undefined || !known.includes(fields))
    throw new RangeError(`${format} with ${wanted} fields, expected ${known.join(', ')}`)
  return { format, fields } as Variant
}

function openExchange(variant: Variant, random: Random, site: Site, paper: Paper): Exchange {
  return variant.format === 'avaya-ip-office'
    ? openAvayaIpOffice(random, site, variant.fields, paper)
    : openAsterisk(random, variant.fields, paper)
}

/** Draws calls when their time has come, and what follows from missed ones. Nothing begins at `end` or later. */
function openOperator(world: World, exchange: Exchange, timeline: Timeline, end: number) {
  const { random, desk, site } = world
  const places = new Map<Queue, number>()

  const somebody = (at: number, withBranch: boolean): Person | null => {
    if (withBranch && random.chance(0.05)) {
      const others = site.people.filter(({ team }) => team === 'branch' || team === 'room')
      const other = random.pick(others)
      if (!desk.inCall(other, at)) return other
    }
    for (let i = 0; i < 12; i++) {
      const person = random.pick(site.people)
      if (desk.atWork(person, at) && !desk.inCall(person, at)) return person
    }
    const duty = desk.onDuty(at)
    return desk.isOpen(at) || desk.inCall(duty, at) ? null : duty
  }
  const later = (at: number, run: (at: number) => void) => {
    if (at < end) timeline.plan(at, () => run(at))
  }

  const fromOutside = (at: number, customer: Customer) => {
    const story = inbound(world, places, at, customer)
    exchange.tell(story)
    if (story.answer !== null || story.ending.kind === 'forwarded' || customer.number === null) return
    const { number } = customer
    if (random.chance(chances.callsAgain)) {
      later(story.endAt + 5000 + Math.floor(random.exponential(againAfterSeconds) * 1000), (again) =>
        fromOutside(again, customer),
      )
    } else if (random.chance(chances.calledBack)) {
      later(story.endAt + 30_000 + Math.floor(random.exponential(backAfterSeconds) * 1000), (back) =>
        callOut(back, number),
      )
    }
  }
  const callOut = (at: number, number: string) => {
    const person = somebody(at, false)
    if (person) exchange.tell(outbound(world, person, at, number))
  }
  const callIn = (at: number): Story | null => {
    const person = somebody(at, true)
    return person && internal(world, person, at)
  }

  return {
    arrive: (at: number): void => {
      const direction = directionShares.pick(random)
      if (direction === 'inbound') return fromOutside(at, customerOf(random))
      if (direction === 'outbound') return callOut(at, customerOf(random).number ?? '74955550000')
      const story = callIn(at)
      if (story) exchange.tell(story)
    },
  }
}
