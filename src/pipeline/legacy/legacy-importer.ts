import { SeenExtensions } from '../../domain/legacy/assignments.ts'
import { type PlacedBreaks, placeBreaks } from '../../domain/legacy/breaks.ts'
import { placeEvent, type EventSurroundings } from '../../domain/legacy/events.ts'
import {
  checkFigures,
  type DifferenceCause,
  EventCounts,
  type FigureDifference,
} from '../../domain/legacy/figures-check.ts'
import { GapWatch } from '../../domain/legacy/gap.ts'
import { type Issue, notFoundAgain } from '../../domain/legacy/issue.ts'
import type { TableLedger } from '../../domain/legacy/ledger.ts'
import type { OldRow } from '../../domain/legacy/old-row.ts'
import {
  isUnreadable,
  type OldBreak,
  type OldMarkType,
  type OldProfile,
  type OldSpan,
  type OldTable,
  type OldUser,
  oldTables,
  readBreak,
  readDigest,
  readGroup,
  readLog,
  readMarkType,
  readMembership,
  readPhoneLog,
  readProfile,
  readReport,
  readShift,
  readUser,
} from '../../domain/legacy/old-tables.ts'
import { countNamesakes, planPeople, supervisorsGroup } from '../../domain/legacy/people.ts'
import { openCover, type PlacedShifts, placeShifts } from '../../domain/legacy/shifts.ts'
import { openZone } from '../../domain/clock.ts'
import type { Store } from '../store.ts'
import { importer } from './legacy-store.ts'
import { fingerprint, type LegacyOptions, LegacyRun } from './run.ts'
import { writeAssignments } from './write-assignments.ts'
import { type PlacedEvent, writeEvents } from './write-events.ts'
import { writeMarkTypes } from './write-mark-types.ts'
import { dayIn, writePeople } from './write-people.ts'
import { writeDigests, writeReports } from './write-reports.ts'
import { writeShifts } from './write-shifts.ts'
import { audited } from '../people-telling.ts'

export interface LegacyReport {
  readonly dryRun: boolean
  readonly tables: readonly TableLedger[]
  readonly issues: readonly Issue[]
  readonly differences: readonly FigureDifference[]
  readonly notes: {
    readonly hiredFromAccount: number
    readonly namesakes: number
    readonly unknownTables: readonly string[]
    /** Issues that were open and have lost their cause. */
    readonly issuesGone: number
  }
}

interface PlacedTime {
  readonly shifts: PlacedShifts
  readonly breaks: PlacedBreaks
  readonly around: EventSurroundings
}

/**
 * Takes the rows of the older system and makes of them what stands here (M1–M11). People and their time come first and are held
 * until `time`, because every rule needs all of them; what refers to them comes after, a page at a time, and is not held.
 */
export class LegacyImporter {
  readonly #run: LegacyRun
  readonly #users: OldUser[] = []
  readonly #profiles = new Map<number, OldProfile>()
  readonly #groups = new Map<number, string>()
  readonly #memberships: { readonly userId: number; readonly groupId: number }[] = []
  readonly #types = new Map<number, OldMarkType>()
  readonly #shifts: OldSpan[] = []
  readonly #breaks: OldBreak[] = []
  readonly #unknownTables = new Set<string>()
  readonly #events = new EventCounts()
  readonly #seen = new SeenExtensions()
  readonly #gap = new GapWatch()
  #placed: PlacedTime | null = null
  #hiredFromAccount = 0

  constructor(store: Store, options: LegacyOptions) {
    this.#run = new LegacyRun(store, options)
  }

  /** A page of rows of one table. */
  async take(table: string, rows: readonly OldRow[]): Promise<void> {
    const known = oldTables.find((it) => it === table)
    if (!known) {
      this.#unknownTables.add(table)
      return
    }
    const { ledger } = this.#run
    ledger.of(known).read += rows.length
    switch (known) {
      case 'auth_user':
        return this.#keep(known, rows, readUser, (it) => void this.#users.push(it))
      case 'auth_group':
        return this.#keep(known, rows, readGroup, (it) => {
          this.#groups.set(it.id, it.name)
          if (it.name === supervisorsGroup) ledger.merged(known, 'into-accounts')
          else ledger.skipped(known, 'meant-nothing')
        })
      case 'auth_user_groups':
        return this.#keep(known, rows, readMembership, (it) => void this.#memberships.push(it))
      case 'monitor_profile':
        return this.#keep(known, rows, readProfile, (it) => void this.#profiles.set(it.userId, it))
      case 'working_marks':
        return this.#keep(known, rows, readMarkType, (it) => void this.#types.set(it.id, it))
      case 'working_working_time':
        return this.#keep(known, rows, readShift, (it) => void this.#shifts.push(it))
      case 'working_working_relax':
        return this.#keep(known, rows, readBreak, (it) => void this.#breaks.push(it))
      case 'localdicts_tzlist':
      case 'localdicts_cal':
        for (const _ of rows) ledger.skipped(known, 'not-needed')
        return
      case 'working_working_log':
        return this.#takeLog(rows)
      case 'working_working_reports':
        return writeReports(this.#run, this.#run.once(known, this.#readable(known, rows, readReport)))
      case 'monitor_avaya_log':
        return writeDigests(this.#run, 'avaya_log', this.#readable(known, rows, readDigest))
      case 'phone_log': {
        const zone = openZone(this.#run.options.timezone)
        const read = (row: OldRow) => readPhoneLog(row, (wall) => zone.readings(wall).first)
        return writeDigests(this.#run, 'phone_log', this.#readable(known, rows, read))
      }
    }
  }

  #readable<T extends object>(
    table: OldTable,
    rows: readonly OldRow[],
    read: (row: OldRow) => T | { readonly unreadable: string },
  ): T[] {
    return rows.flatMap((row) => {
      const it = read(row)
      if (!isUnreadable(it)) return [it]
      this.#run.quarantine(table, row['id'] ?? '?', `unreadable-${it.unreadable}`, row)
      return []
    })
  }

  #keep<T extends object>(
    table: OldTable,
    rows: readonly OldRow[],
    read: (row: OldRow) => T | { readonly unreadable: string },
    keep: (it: T) => void,
  ): void {
    for (const it of this.#readable(table, rows, read)) keep(it)
  }

  /** All people and their time have come: they are written, and what refers to them may come now. */
  async time(): Promise<void> {
    const run = this.#run
    const { ledger } = run
    const supervisors = new Set(
      this.#memberships.filter((it) => this.#groups.get(it.groupId) === supervisorsGroup).map((it) => it.userId),
    )
    for (const it of this.#memberships)
      if (this.#groups.get(it.groupId) === supervisorsGroup) ledger.merged('auth_user_groups', 'into-accounts')
      else ledger.skipped('auth_user_groups', 'meant-nothing')
    const { people, issues } = planPeople(this.#users, this.#profiles, supervisors)
    run.people = new Map(people.map((it) => [it.userId, it]))
    run.issues.push(...issues)
    this.#hiredFromAccount = people.filter((it) => it.joinedAt !== null).length
    for (const it of this.#profiles.values())
      if (run.people.has(it.userId)) ledger.merged('monitor_profile', 'into-people')
      else run.quarantine('monitor_profile', it.id, 'no-person', it)
    await writePeople(run, people)
    await writeMarkTypes(run, [...this.#types.values()])
    await this.#placeTime()
  }

  async #placeTime(): Promise<void> {
    const run = this.#run
    const { ledger } = run
    const shifts = placeShifts(this.#shifts, run.people, run.options.now)
    const cover = openCover(shifts.shifts)
    const breaks = placeBreaks(this.#breaks, shifts, cover, run.people)
    run.issues.push(...shifts.issues, ...breaks.issues)
    const rowOf = new Map(this.#shifts.map((it) => [it.id, it]))
    for (const { id, reason } of shifts.skipped) run.quarantine('working_working_time', id, reason, rowOf.get(id))
    for (const _ of shifts.merged) ledger.merged('working_working_time', 'shifts-merged')
    const breakOf = new Map(this.#breaks.map((it) => [it.id, it]))
    for (const { id, reason } of breaks.skipped)
      if (reason === 'empty') ledger.skipped('working_working_relax', reason)
      else run.quarantine('working_working_relax', id, reason, breakOf.get(id))
    for (const { change } of breaks.changes)
      if (change !== 'merged' && change !== 'quarantined') ledger.flag('working_working_relax', change)
    for (const [userId, own] of Map.groupBy(shifts.shifts, (it) => it.userId))
      for (const { placed, is } of await writeShifts(run, userId, own)) {
        const isThere = is !== 'overlaps-shift-here' && is !== 'period-locked'
        if (isThere) ledger.imported('working_working_time', is)
        else ledger.skipped('working_working_time', is)
        for (const flag of placed.flags) ledger.flag('working_working_time', flag)
        for (const it of placed.breaks) {
          for (const _ of it.ids.slice(1)) ledger.merged('working_working_relax', 'breaks-merged')
          if (isThere) ledger.imported('working_working_relax', is)
          else ledger.skipped('working_working_relax', is)
        }
      }
    const { timezone } = run.options
    const dayOf = (at: number) => dayIn(timezone, at)
    const { byOldId } = shifts
    this.#placed = { shifts, breaks, around: { people: run.people, types: this.#types, byOldId, cover, dayOf } }
  }

  get #time(): PlacedTime {
    if (!this.#placed) throw new Error('events came before people and their time')
    return this.#placed
  }

  async #takeLog(rows: readonly OldRow[]): Promise<void> {
    const table = 'working_working_log'
    const { around } = this.#time
    const events: PlacedEvent[] = []
    for (const row of this.#run.once(table, this.#readable(table, rows, readLog))) {
      const placed = placeEvent(row, around)
      if (placed.kind === 'skip') {
        this.#run.quarantine(table, row.id, placed.reason, row)
        this.#events.add(row.shiftId, null, 'event-not-imported')
        continue
      }
      const isMoved = placed.flags.includes('of-another-person')
      const cause: DifferenceCause | null = isMoved ? 'event-of-another-person' : null
      this.#events.add(row.shiftId, placed.shift, cause)
      if (placed.kind === 'call') {
        this.#gap.add(around.dayOf(placed.toldAt))
        if (placed.extension === null) this.#run.ledger.flag(table, 'no-extension')
        else if (placed.shift && !placed.flags.includes('outside-shift')) this.#seen.add(placed.shift, placed.extension)
        if (placed.ringOnly) this.#run.ledger.flag(table, 'ring-only')
      }
      events.push(placed)
    }
    if (events.length > 0) await writeEvents(this.#run, events, this.#types)
  }

  /** Everything has come: what only the whole can tell is written. */
  async end(): Promise<LegacyReport> {
    const run = this.#run
    const { shifts, breaks } = this.#time
    await writeAssignments(run, this.#seen.holdings())
    const zone = openZone(run.options.timezone)
    run.issues.push(...this.#gap.issues((day) => zone.readings(Date.parse(`${day}T00:00:00Z`)).first))
    const issuesGone = await this.#writeIssues()
    run.requireStanding()
    const differences = checkFigures({
      rows: this.#shifts,
      breaks: this.#breaks,
      placed: shifts,
      placedBreaks: breaks,
      events: this.#events,
      people: run.people,
      now: run.options.now,
    })
    return {
      dryRun: run.options.dryRun,
      tables: run.ledger.tables(),
      issues: run.issues,
      differences,
      notes: {
        hiredFromAccount: this.#hiredFromAccount,
        namesakes: countNamesakes([...run.people.values()]),
        unknownTables: [...this.#unknownTables].sort(),
        issuesGone,
      },
    }
  }

  /** Returns how many are no more. */
  async #writeIssues(): Promise<number> {
    const { issues, options } = this.#run
    const rows = issues.map((it) => {
      const { kind, table, ids, detail } = it
      const key = fingerprint(kind, table, kind === 'code-not-unique' ? detail : ids)
      return { ...it, key, foundAt: options.now }
    })
    const unique = [...new Map(rows.map((it) => [it.key, it])).values()]
    for (let at = 0; at < unique.length; at += 2000)
      await this.#run.write((tx) => tx.legacy.addIssues(unique.slice(at, at + 2000)))
    return this.#closeGone(new Set(unique.map((it) => it.key)))
  }

  /** What was open and is not found again in a table that was read has lost its cause: it is closed in the import's name. */
  async #closeGone(found: ReadonlySet<string>): Promise<number> {
    const { ledger, options } = this.#run
    const read = new Set<string>(ledger.tables().flatMap((it) => (it.read > 0 ? it.table : [])))
    return this.#run.write(async (tx) => {
      const open = await tx.legacy.openIssues()
      const keys = open
        .filter((it) => !found.has(it.key) && read.has(it.table) && !notFoundAgain.has(it.kind))
        .map((it) => it.key)
      for (let at = 0; at < keys.length; at += 500) {
        const some = keys.slice(at, at + 500)
        await tx.legacy.decideIssues(some, importer, options.now)
        await tx.addAudit([
          audited({ now: options.now, who: importer }, 'legacy-issues-gone', null, null, { keys: some }),
        ])
      }
      return keys.length
    })
  }
}
