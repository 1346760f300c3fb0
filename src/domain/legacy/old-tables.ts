import { withoutHost } from './old-number.ts'
import { Columns, type OldRow, type Unreadable } from './old-row.ts'

/** The tables that are read, in the order in which they are wanted: people and their time first, what refers to them after. */
export const peopleTables = [
  'auth_user',
  'auth_group',
  'auth_user_groups',
  'monitor_profile',
  'working_marks',
  'working_working_time',
  'working_working_relax',
  'localdicts_tzlist',
  'localdicts_cal',
] as const
export const eventTables = ['working_working_log', 'working_working_reports', 'monitor_avaya_log'] as const
/** Rows of the statistics kept in Cassandra, given as a CSV file. */
export const phoneLog = 'phone_log'

export type OldTable = (typeof peopleTables)[number] | (typeof eventTables)[number] | typeof phoneLog
export const oldTables: readonly OldTable[] = [...peopleTables, ...eventTables, phoneLog]

export interface OldUser {
  readonly id: number
  readonly username: string
  readonly family: string
  readonly given: string
  readonly email: string
  readonly active: boolean
  readonly staff: boolean
  readonly superuser: boolean
  readonly joinedAt: number | null
}

export interface OldProfile {
  readonly id: number
  readonly userId: number
  readonly phone: string
  readonly job: string
  /** The column is called `surname`. */
  readonly patronymic: string
  /** Id in the HR system; whoever was given none has the server's default. */
  readonly code: string
}

export interface OldMarkType {
  readonly id: number
  readonly name: string
  readonly order: number
  readonly visible: boolean
}

/** A shift, or a break. `current`: it is open, and then `end` is only when the row was saved last. */
export interface OldSpan {
  readonly id: number
  readonly userId: number
  readonly begin: number
  readonly end: number | null
  readonly current: boolean
}

export interface OldBreak extends OldSpan {
  readonly shiftId: number | null
}

export interface OldLog {
  readonly id: number
  readonly markId: number
  readonly shiftId: number | null
  readonly userId: number
  readonly at: number
  readonly seconds: number | null
  readonly comment: string | null
  readonly visible: boolean
}

export interface OldReport {
  readonly id: number
  readonly name: string
  readonly authorId: number | null
  readonly madeAt: number
  readonly from: number | null
  readonly to: number | null
  readonly people: number
  readonly events: number
  readonly hours: number
  readonly breakMinutes: number
  /** Name of the type → how many. */
  readonly counts: unknown
}

/** A record as the older statistics counted it. `source`: `0` Avaya, `1` Asterisk, or the exchange's name. */
export interface OldDigest {
  readonly id: string
  readonly source: string
  /** Of storing, which is about the end of the call. */
  readonly at: number
  readonly seconds: number
  readonly direction: 'inbound' | 'outbound'
  readonly a: string
  readonly b: string
  readonly c: string
  readonly internal: boolean
}

type Read<T> = T | Unreadable

export const isUnreadable = (read: object): read is Unreadable => 'unreadable' in read

export function readUser(row: OldRow): Read<OldUser> {
  const it = new Columns(row)
  const user: OldUser = {
    id: it.whole('id'),
    username: it.text('username').trim(),
    family: it.text('last_name').trim(),
    given: it.text('first_name').trim(),
    email: it.text('email').trim(),
    active: it.flag('is_active', true),
    staff: it.flag('is_staff', false),
    superuser: it.flag('is_superuser', false),
    joinedAt: it.instantOrNull('date_joined'),
  }
  return it.problem ?? user
}

export function readProfile(row: OldRow): Read<OldProfile> {
  const it = new Columns(row)
  const profile: OldProfile = {
    id: it.whole('id'),
    userId: it.whole('user_id'),
    phone: it.text('phone').trim(),
    job: it.text('job').trim(),
    patronymic: it.text('surname').trim(),
    code: it.text('userkiscode').trim(),
  }
  return it.problem ?? profile
}

export function readGroup(row: OldRow): Read<{ readonly id: number; readonly name: string }> {
  const it = new Columns(row)
  const group = { id: it.whole('id'), name: it.text('name').trim() }
  return it.problem ?? group
}

export function readMembership(row: OldRow): Read<{ readonly userId: number; readonly groupId: number }> {
  const it = new Columns(row)
  const membership = { userId: it.whole('user_id'), groupId: it.whole('group_id') }
  return it.problem ?? membership
}

export function readMarkType(row: OldRow): Read<OldMarkType> {
  const it = new Columns(row)
  const type: OldMarkType = {
    id: it.whole('id'),
    name: it.text('name').trim(),
    order: it.number('order'),
    visible: it.flag('visible', true),
  }
  return it.problem ?? type
}

const readSpan = (it: Columns): OldSpan => {
  const end = it.instantOrNull('datetime_end')
  return {
    id: it.whole('id'),
    userId: it.whole('user_id'),
    begin: it.instant('datetime_begin'),
    end,
    current: it.flag('current', end === null),
  }
}

export function readShift(row: OldRow): Read<OldSpan> {
  const it = new Columns(row)
  const shift = readSpan(it)
  return it.problem ?? shift
}

export function readBreak(row: OldRow): Read<OldBreak> {
  const it = new Columns(row)
  const found: OldBreak = { ...readSpan(it), shiftId: it.wholeOrNull('working_id') }
  return it.problem ?? found
}

export function readLog(row: OldRow): Read<OldLog> {
  const it = new Columns(row)
  const log: OldLog = {
    id: it.whole('id'),
    markId: it.whole('mark_id'),
    shiftId: it.wholeOrNull('working_id'),
    userId: it.whole('user_id'),
    at: it.instant('datetime_create'),
    seconds: it.wholeOrNull('duration'),
    comment: it.textOrNull('comment'),
    visible: it.flag('visible', true),
  }
  return it.problem ?? log
}

export function readReport(row: OldRow): Read<OldReport> {
  const it = new Columns(row)
  const report: OldReport = {
    id: it.whole('id'),
    name: it.text('name').trim(),
    authorId: it.wholeOrNull('author_id'),
    madeAt: it.instant('datetime_create'),
    from: it.instantOrNull('datetime_begin'),
    to: it.instantOrNull('datetime_end'),
    people: it.number('workers_count'),
    events: it.number('events_count'),
    hours: it.number('work_time'),
    breakMinutes: it.number('relax_time'),
    counts: it.json('data'),
  }
  return it.problem ?? report
}

export function readDigest(row: OldRow): Read<OldDigest> {
  const it = new Columns(row)
  const digest: OldDigest = {
    ...parties(it),
    id: String(it.whole('id')),
    source: String(it.whole('source')),
    at: it.instant('datetime_call'),
    direction: it.text('in_out').trim().toUpperCase() === 'I' ? 'inbound' : 'outbound',
  }
  return it.problem ?? digest
}

/** `zoneOffsetMs`: what the exchange's clock was ahead of UTC; the times were stored as if it showed UTC. */
export function readPhoneLog(row: OldRow, instantOf: (wall: number) => number): Read<OldDigest> {
  const it = new Columns(row)
  const digest: OldDigest = {
    ...parties(it),
    id: it.text('id'),
    source: it.text('source'),
    at: instantOf(it.instant('datetime_call')),
    direction: it.flag('in_out', false) ? 'inbound' : 'outbound',
  }
  return it.problem ?? (digest.id === '' ? { unreadable: 'id' } : digest)
}

const parties = (it: Columns) => ({
  seconds: it.number('duration'),
  a: withoutHost(it.text('call_a')),
  b: withoutHost(it.text('call_b')),
  c: withoutHost(it.text('call_c')),
  internal: it.flag('call_inner', false),
})
