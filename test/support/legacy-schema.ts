import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import { postgresBinaries } from './postgres.ts'

/**
 * A database as the older system kept it, with invented people: some two months of their shifts, breaks, marks and bound calls, and
 * every fault of it that leaves traces in rows. Ordinary rows have ids below 100,000; what is odd is named in `odd`.
 */

const hourMs = 3_600_000
/** An instant by the clock of Krasnoyarsk. */
export const at = (local: string): number => Date.parse(`${local.replace(' ', 'T')}+07:00`)
/** When the import looks at it: a Saturday, at noon. */
export const legacyNow = at('2018-09-15 12:00:00')

type Value = string | number | boolean | null
const stamp = (instant: number): string => new Date(instant).toISOString()

interface Table {
  readonly create: string
  readonly rows: Record<string, Value>[]
}

/** Ids of the rows that are not as they should be. */
export const odd = {
  /** Two quick starts, the second of which was ended (F19), by person 3. */
  doubleShift: [100_001, 100_002],
  /** Open now, with an open break, of person 5. */
  openShift: 100_003,
  openBreak: 200_001,
  /** Two that are open at once, of person 6. */
  bothOpen: [100_004, 100_005],
  /** Open since March, with other shifts after it, of person 7. */
  forgotten: 100_006,
  /** Ended by the job after 13 hours (F17), of person 8. */
  endedByJob: 100_007,
  ofNobody: 100_008,
  backwards: 100_009,
  empty: 100_010,
  /** Open break in a shift that is over (F18), of person 9. */
  neverEnded: 200_002,
  /** Ended by the next day's end of a break, and moved into the next shift (F18), of person 9. */
  movedOn: 200_003,
  /** Without a shift, within one and within none, of person 10. */
  strayInside: 200_004,
  strayOutside: 200_005,
  /** Two of one press, of person 11. */
  doubleBreak: [200_006, 200_007],
  /** Longer than its shift, of person 11. */
  tooLong: 200_008,
  withoutShift: 300_001,
  ofAnother: 300_002,
  outside: 300_003,
  manual: 300_004,
  desk: 300_005,
  hidden: 300_006,
  reversed: 300_007,
  host: 300_008,
  ringing: 300_009,
  unreadableComment: 300_010,
  ofNoType: 300_011,
  logOfNobody: 300_012,
  /** Of people 12 and 13 on one extension. */
  sameExtension: [300_013, 300_014],
} as const

const families = 'Абрамова Белов Волкова Гусев Данилова Егоров Жукова Зайцев Ильина Козлов Лебедева Морозов'.split(' ')
const more = 'Новикова Орлов Павлова Романов Смирнова Титов Федорова Чернов'.split(' ')
const people = [...families, ...more]

/** Weekdays of which there are rows. */
function* days(): Generator<string> {
  for (const [from, to] of [
    ['2018-01-29', '2018-03-16'],
    ['2018-08-27', '2018-09-14'],
  ] as const)
    for (let day = Date.parse(from); day <= Date.parse(to); day += 24 * hourMs)
      if (![0, 6].includes(new Date(day).getUTCDay())) yield new Date(day).toISOString().slice(0, 10)
}

/** Days on which a person has no ordinary shift, because an odd one stands there. */
const leftOut: Readonly<Record<number, readonly string[]>> = {
  3: ['2018-02-20'],
  7: ['2018-03-01'],
  8: ['2018-02-21'],
}

export const extensionOf = (person: number): string => String(4100 + person)
/** Id of an ordinary shift. */
export function shiftOn(person: number, day: string): number {
  return [...days()].indexOf(day) * 100 + person
}

export function legacyTables(): Record<string, Table> {
  const t = tables()
  const add = (table: string, ...rows: Record<string, Value>[]) => t[table]?.rows.push(...rows)
  for (const [i, family] of people.entries()) {
    const id = i + 1
    add('auth_user', {
      id,
      username: `user${id}`,
      // Two people with one name.
      last_name: id === 20 ? 'Титов' : family,
      first_name: id === 20 || id === 18 ? 'Иван' : id % 2 === 0 ? 'Пётр' : 'Анна',
      email: `user${id}@example.org`,
      is_active: id !== 19,
      is_staff: id === 2,
      is_superuser: false,
      date_joined: '2017-11-20 02:00:00+00',
      password: 'pbkdf2_sha256$24000$never',
      nickname: 'an extra column',
    })
    add('monitor_profile', {
      id: 500 + id,
      user_id: id,
      // 14 and 15 have one number, 16 has none that could be one.
      phone: id === 5 ? '4105' : id === 14 || id === 15 ? '4114' : id === 16 ? 'нет' : '',
      job: id === 17 ? '' : 'Специалист',
      surname: id % 2 === 0 ? 'Олегович' : 'Олеговна',
      userkiscode: id <= 10 ? `T-${id}` : 'default-1517',
      work_status: false,
      relax_status: false,
    })
  }
  add('auth_user', {
    id: 90,
    username: 'admin',
    last_name: '',
    first_name: '',
    email: '',
    is_active: true,
    is_staff: true,
    is_superuser: true,
    date_joined: '2017-01-01 00:00:00+00',
    password: '!',
    nickname: null,
  })
  add('auth_group', { id: 1, name: 'working' }, { id: 2, name: 'printers' })
  add('auth_user_groups', { id: 1, user_id: 1, group_id: 1 }, { id: 2, user_id: 4, group_id: 2 })
  for (const [id, name, order] of [
    [1, 'ЕТТ', 10],
    [3, 'Входящие звонки', 1],
    [4, 'Исходящие звонки', 2],
    [5, 'Почта', 20],
    [6, 'Почта', 30],
  ] as const)
    add('working_marks', { id, name, order, visible: id !== 6 })
  ordinary(add)
  oddShifts(add)
  oddBreaks(add)
  oddLog(add)
  statistics(add)
  return t
}

type Add = (table: string, ...rows: Record<string, Value>[]) => void

function ordinary(add: Add): void {
  for (const day of days())
    for (let person = 1; person <= 18; person++) {
      if (leftOut[person]?.includes(day)) continue
      const id = shiftOn(person, day)
      const begin = at(`${day} 09:00:00`) + person * 1357
      const end = at(`${day} 18:00:00`) + person * 2468
      add('working_working_time', shift(id, person, begin, end))
      const pause = at(`${day} 13:00:00`) + person * 61_000
      add('working_working_relax', pauseRow(id, person, id, pause, pause + 1_800_000 + person * 7000))
      const ext = extensionOf(person)
      const isReversed = day >= '2018-02-01' && day <= '2018-02-05'
      const isStill = day >= '2018-09-06' && day <= '2018-09-10'
      const log = (n: number, mark: number, time: string, duration: number | null, comment: string | null) =>
        add('working_working_log', logRow(id * 10 + n, mark, id, person, at(`${day} ${time}`), duration, comment))
      log(1, 1, '10:15:00', null, null)
      log(2, 5, '11:40:00', null, 'ответ; клиенту')
      if (isStill) continue
      const caller = `8913${String(1_000_000 + id)}`
      log(3, 3, '10:30:00', 95, isReversed ? `${ext} -> ${caller}` : `${caller} -> ${ext}`)
      log(4, 4, '15:05:00', 40 + person, `${ext} -> 2${String(100_000 + person)}`)
    }
}

const shift = (id: number, user: number, begin: number, end: number, current = false) => ({
  id,
  user_id: user,
  datetime_begin: stamp(begin),
  datetime_end: stamp(end),
  current,
})

const pauseRow = (
  id: number,
  user: number,
  working: number | null,
  begin: number,
  end: number | null,
  current = false,
) => ({
  id,
  user_id: user,
  working_id: working,
  datetime_begin: stamp(begin),
  datetime_end: end === null ? null : stamp(end),
  current,
})

const logRow = (
  id: number,
  mark: number,
  working: number | null,
  user: number,
  when: number,
  duration: number | null,
  comment: string | null,
  visible = true,
) => ({
  id,
  mark_id: mark,
  working_id: working,
  user_id: user,
  datetime_create: stamp(when),
  duration,
  comment,
  visible,
})

function oddShifts(add: Add): void {
  const table = 'working_working_time'
  const [first, second] = odd.doubleShift
  add(table, shift(first, 3, at('2018-02-20 09:00:00'), at('2018-02-20 22:30:00')))
  add(table, shift(second, 3, at('2018-02-20 09:00:01'), at('2018-02-20 18:00:00')))
  add(table, shift(odd.openShift, 5, at('2018-09-15 09:00:00'), at('2018-09-15 09:00:00') + 100, true))
  const [one, two] = odd.bothOpen
  add(table, shift(one, 6, at('2018-09-15 08:00:00'), at('2018-09-15 08:00:00'), true))
  add(table, shift(two, 6, at('2018-09-15 08:00:01'), at('2018-09-15 08:00:01'), true))
  add(table, shift(odd.forgotten, 7, at('2018-03-01 09:00:00'), at('2018-03-01 09:00:00'), true))
  add(table, shift(odd.endedByJob, 8, at('2018-02-21 09:00:00'), at('2018-02-21 22:00:00')))
  add(table, shift(odd.ofNobody, 999, at('2018-02-21 09:00:00'), at('2018-02-21 18:00:00')))
  add(table, shift(odd.backwards, 19, at('2018-02-21 09:00:00'), at('2018-02-21 08:00:00')))
  add(table, shift(odd.empty, 19, at('2018-02-22 09:00:00'), at('2018-02-22 09:00:00')))
}

function oddBreaks(add: Add): void {
  const table = 'working_working_relax'
  const on = shiftOn
  add(table, pauseRow(odd.openBreak, 5, odd.openShift, at('2018-09-15 11:30:00'), at('2018-09-15 11:30:00'), true))
  add(table, pauseRow(odd.neverEnded, 9, on(9, '2018-02-12'), at('2018-02-12 17:30:00'), null, true))
  const until = at('2018-02-15 09:10:00')
  add(table, pauseRow(odd.movedOn, 9, on(9, '2018-02-15'), at('2018-02-14 17:50:00'), until))
  add(table, pauseRow(odd.strayInside, 10, null, at('2018-02-13 10:00:00'), at('2018-02-13 10:10:30')))
  add(table, pauseRow(odd.strayOutside, 10, null, at('2018-02-13 22:00:00'), at('2018-02-13 22:10:00')))
  const [first, second] = odd.doubleBreak
  add(table, pauseRow(first, 11, on(11, '2018-02-13'), at('2018-02-13 16:00:00'), null, true))
  add(table, pauseRow(second, 11, on(11, '2018-02-13'), at('2018-02-13 16:00:01'), at('2018-02-13 16:12:00')))
  add(table, pauseRow(odd.tooLong, 11, on(11, '2018-02-14'), at('2018-02-14 17:55:00'), at('2018-02-14 19:00:00')))
}

function oddLog(add: Add): void {
  const table = 'working_working_log'
  const day = '2018-03-05'
  const row = (id: number, mark: number, person: number, time: string, duration: number | null, text: string | null) =>
    add(table, logRow(id, mark, shiftOn(person, day), person, at(`${day} ${time}`), duration, text))
  add(table, logRow(odd.withoutShift, 1, null, 2, at(`${day} 10:00:00`), null, null))
  add(table, logRow(odd.ofAnother, 1, shiftOn(4, day), 2, at(`${day} 10:05:00`), null, null))
  add(table, logRow(odd.outside, 1, shiftOn(2, day), 2, at(`${day} 19:30:00`), null, null))
  row(odd.manual, 3, 2, '10:20:00', null, null)
  row(odd.desk, 1, 2, '10:25:00', null, 'desktop')
  add(table, logRow(odd.hidden, 1, shiftOn(2, day), 2, at(`${day} 10:26:00`), null, 'не считать', false))
  const reversedDay = shiftOn(2, '2018-02-05')
  add(table, logRow(odd.reversed, 3, reversedDay, 2, at('2018-02-05 17:00:00'), 30, '4777 -> 89130000000'))
  row(odd.host, 3, 2, '10:30:30', 61, '79131234567@10.6.0.1 -> 4102')
  const early = at('2018-02-16 16:06:59')
  add(table, logRow(odd.ringing, 3, shiftOn(2, '2018-02-16'), 2, early, 12, '89131112233 -> 4102'))
  row(odd.unreadableComment, 3, 2, '10:40:00', 20, 'кто-то')
  row(odd.ofNoType, 77, 2, '10:41:00', null, null)
  add(table, logRow(odd.logOfNobody, 1, null, 998, at(`${day} 10:42:00`), null, null))
  const [one, two] = odd.sameExtension
  row(one, 3, 12, '12:00:00', 30, '89139999999 -> 4300')
  row(two, 4, 13, '12:30:00', 30, '4300 -> 89138888888')
}

function statistics(add: Add): void {
  for (let id = 1; id <= 60; id++)
    add('monitor_avaya_log', {
      id,
      source: id % 3 === 0 ? 1 : 0,
      datetime_call: stamp(at('2018-02-16 15:00:00') + id * hourMs),
      duration: id % 4 === 0 ? 0 : id * 3,
      in_out: id % 2 === 0 ? 'I' : 'O',
      call_a: id % 2 === 0 ? `8913${1_000_000 + id}` : '4102',
      call_b: '',
      call_c: id % 2 === 0 ? '4102' : `8913${1_000_000 + id}`,
      call_inner: 0,
    })
  add('working_working_reports', {
    id: 1,
    name: 'Февраль',
    author_id: 1,
    datetime_create: '2018-03-01 03:00:00+00',
    datetime_begin: '2018-02-01 02:00:00+00',
    datetime_end: '2018-02-28 11:00:00+00',
    workers_count: 18,
    events_count: 360,
    work_time: 720,
    relax_time: 5400,
    data: JSON.stringify({ ЕТТ: 180, Почта: 180 }),
  })
  add('localdicts_tzlist', { id: 1, tz_id: 'Asia/Krasnoyarsk', tz_label: 'Красноярск' })
}

function tables(): Record<string, Table> {
  const user = 'user_id integer NOT NULL'
  const time = 'timestamp with time zone'
  const columns: Record<string, string> = {
    auth_user: `id serial PRIMARY KEY, password varchar(128), last_login ${time}, is_superuser boolean NOT NULL, username varchar(30) UNIQUE,
      first_name varchar(30), last_name varchar(30), email varchar(254), is_staff boolean NOT NULL, is_active boolean NOT NULL,
      date_joined ${time} NOT NULL, nickname text`,
    auth_group: 'id serial PRIMARY KEY, name varchar(80) UNIQUE',
    auth_user_groups: `id serial PRIMARY KEY, ${user}, group_id integer NOT NULL`,
    // Without `settings` and `ip`, which some have.
    monitor_profile: `id serial PRIMARY KEY, ${user} UNIQUE, phone varchar(10), job varchar(100), surname varchar(100),
      userkiscode varchar(50), work_status boolean, relax_status boolean`,
    working_marks: 'id serial PRIMARY KEY, name varchar(30), "order" integer, visible boolean',
    working_working_time: `id serial PRIMARY KEY, ${user}, datetime_begin ${time} NOT NULL, datetime_end ${time}, current boolean NOT NULL`,
    working_working_relax: `id serial PRIMARY KEY, ${user}, working_id integer, datetime_begin ${time} NOT NULL, datetime_end ${time},
      current boolean NOT NULL`,
    working_working_log: `id serial PRIMARY KEY, mark_id integer NOT NULL, working_id integer, ${user}, datetime_create ${time} NOT NULL,
      duration integer, comment text, visible boolean NOT NULL`,
    working_working_reports: `id serial PRIMARY KEY, name varchar(100), author_id integer, datetime_create ${time} NOT NULL,
      datetime_begin ${time}, datetime_end ${time}, workers_count integer, events_count integer, work_time integer, relax_time integer,
      data jsonb`,
    monitor_avaya_log: `id serial PRIMARY KEY, source integer, datetime_call ${time}, duration integer, in_out varchar(1),
      call_a varchar(100), call_b varchar(100), call_c varchar(100), call_inner integer`,
    localdicts_tzlist: 'id serial PRIMARY KEY, tz_id varchar(30), tz_label varchar(30)',
    django_session: 'session_key varchar(40) PRIMARY KEY, session_data text',
  }
  return Object.fromEntries(
    Object.entries(columns).map(([name, of]) => [name, { create: `CREATE TABLE ${name} (${of})`, rows: [] }]),
  )
}

function literal(value: Value): string {
  if (value === null) return 'NULL'
  return typeof value === 'string' ? pg.escapeLiteral(value) : String(value)
}

/** Makes the database at this URL an older system's. */
export async function buildLegacyDatabase(url: string): Promise<void> {
  const statements: string[] = []
  for (const [name, { create, rows }] of Object.entries(legacyTables())) {
    statements.push(create)
    for (let from = 0; from < rows.length; from += 1000) statements.push(insert(name, rows.slice(from, from + 1000)))
  }
  await inLegacy(url, statements.join(';\n'))
}

export function insert(table: string, rows: readonly Record<string, Value>[]): string {
  const columns = Object.keys(rows[0] ?? {})
  const values = rows.map((row) => `(${columns.map((it) => literal(row[it] ?? null)).join(', ')})`)
  return `INSERT INTO ${table} (${columns.map((it) => `"${it}"`).join(', ')}) VALUES ${values.join(',\n')}`
}

/** Something that the older system goes on to write, or a question to it. */
export async function inLegacy(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const result = await client.query<Record<string, unknown>>(sql)
    return Array.isArray(result) ? [] : result.rows
  } finally {
    await client.end()
  }
}

/** Writes a dump of it into a file, by the real pg_dump. */
export function dumpLegacy(url: string, file: string, ...options: readonly string[]): void {
  const bin = postgresBinaries()
  if (bin === null) throw new Error('no PostgreSQL')
  execFileSync(join(bin, 'pg_dump'), ['--no-owner', ...options, '-f', file, url], { stdio: 'pipe' })
}
