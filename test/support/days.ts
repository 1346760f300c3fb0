import type { FormatName } from '../../src/domain/formats/format-name.ts'
import { formats } from '../../src/domain/formats/formats.ts'
import { openReader, type Reading, readingDefaults } from '../../src/domain/reading.ts'
import { openRandom, type Random } from '../../src/domain/simulation/random.ts'
import { simulate, siteOf } from '../../src/domain/simulation/simulate.ts'
import { rowText } from './asterisk-rows.ts'
import { avayaLine } from './avaya-lines.ts'

/** Records of one source, in the order in which its exchange wrote them; each line once. */
export interface Day {
  readonly reading: Reading
  /** Without line ends. */
  readonly lines: readonly Buffer[]
}

/** Seed of this run's generated tests: SMENA_TEST_SEED repeats one. It stands in the names of the tests that use it. */
export const testSeed = Number(process.env['SMENA_TEST_SEED'] ?? Date.now() % 1_000_000)

/** Day `n` of a run: believable and crowded ones of both formats by turns. */
export function dayOf(seed: number, n: number): Day {
  const format = n % 2 === 0 ? 'avaya-ip-office' : 'asterisk-csv'
  return n % 4 < 2 ? believableDay(format, seed * 1000 + n) : crowdedDay(format, seed * 1000 + n)
}

/** A small day of a simulated exchange. Calls in which two legs tell no order are left out. */
export function believableDay(format: FormatName, seed: number, callsADay = 12): Day {
  const random = openRandom(seed, 11)
  const timezone = random.pick(['Europe/Moscow', 'Asia/Novosibirsk', 'Asia/Kathmandu', 'America/New_York'])
  const variant = random.pick(format === 'avaya-ip-office' ? [30, 34, 35, 37] : [18, 21])
  const options = { format, seed, from: '2026-03-16', days: 1, callsADay, timezone, variant, people: 12 }
  const site = siteOf(options)
  const reading = readingOf(format, {
    timezone,
    groups: site.reading.groups,
    attendants: site.reading.attendants,
    trunks: site.reading.trunks,
  })
  const byCall = new Map<number, Buffer[]>()
  const inOrder: { line: Buffer; call: number }[] = []
  for (const { line, call } of simulate(options)) {
    const bytes = Buffer.from(line)
    inOrder.push({ line: bytes, call })
    byCall.set(call, [...(byCall.get(call) ?? []), bytes])
  }
  const told = new Set([...byCall].filter(([, lines]) => tellsOrder(reading, lines)).map(([call]) => call))
  return { reading, lines: distinct(inOrder.filter(({ call }) => told.has(call)).map(({ line }) => line)) }
}

/**
 * A day made to be hard to join: few Call IDs, ids and channels, so that legs lie about the edges of each other's windows, calls
 * touch, and a late leg joins what stood apart. Legs have a start of their own, so that the records tell their order.
 */
export function crowdedDay(format: FormatName, seed: number): Day {
  const random = openRandom(seed, 12)
  const lines = format === 'avaya-ip-office' ? crowdedAvaya(random) : crowdedAsterisk(random)
  return {
    reading: readingOf(format, { timezone: 'Europe/Moscow' }),
    lines: distinct(lines.map((it) => Buffer.from(it))),
  }
}

const twoDigits = (n: number) => `${n}`.padStart(2, '0')
const clockOf = (second: number) =>
  `${twoDigits(Math.floor(second / 3600))}:${twoDigits(Math.floor(second / 60) % 60)}:${twoDigits(second % 60)}`

function crowdedAvaya(random: Random): string[] {
  const lines: string[] = []
  // A run is a Call ID with a start: several of its segments would tell their order by Continuation and field 35 only.
  const runs = new Set<string>()
  for (let i = random.between(12, 30); i > 0; i--) {
    const callId = 1_000_000 + random.below(4)
    const second = 9 * 3600 + random.below(900)
    const run = `${callId} ${second}`
    if (runs.has(run)) continue
    runs.add(run)
    const connected = random.pick([0, 5, 20, 30, 65, 120])
    const ring = random.below(20)
    const leg = {
      start: `2026/03/16 ${clockOf(second)}`,
      callId,
      ring,
      internal: random.pick([0, 0, 1]),
      direction: random.pick(['I', 'I', 'O']),
    }
    const phone = () => 201 + random.below(6)
    const line = (continuation: number, more: object) => {
      const extension = phone()
      const parts = { called: extension, device1: `E${extension}`, name1: `Extn${extension}`, continuation }
      lines.push(avayaLine({ ...leg, ...parts, connected: `00:${clockOf(connected).slice(3)}`, ...more }))
    }
    line(random.below(2), { hold: random.pick([0, 0, 7]) })
    if (random.chance(0.3)) {
      // The same run told apart by Continuation.
      const last = lines.pop() as string
      const fields = last.split(',')
      lines.push([...fields.slice(0, 10), '1', ...fields.slice(11)].join(','))
      line(0, { park: random.pick([0, 9]) })
    }
  }
  return lines
}

function crowdedAsterisk(random: Random): string[] {
  const lines: string[] = []
  const starts = new Set<number>()
  const sequences = random.chance(0.5)
  let sequence = random.below(1000)
  const channel = () =>
    random.chance(0.2)
      ? `Local/20${random.below(3)}@queue-0000000${random.below(3)};${random.between(1, 2)}`
      : `SIP/20${random.below(6)}-0000000${random.below(4)}`
  for (let i = random.between(12, 30); i > 0; i--) {
    const second = 9 * 3600 + random.below(1200)
    if (starts.has(second)) continue
    starts.add(second)
    const lasts = random.pick([0, 3, 10, 40, 200])
    const rings = Math.min(lasts, random.below(10))
    // Moscow is three hours ahead of UTC the whole year; an id is as old as its channel.
    const epoch = Date.UTC(2026, 2, 16) / 1000 + second - 3 * 3600 - random.below(3)
    const uniqueid = `${epoch}.${random.below(500)}`
    const answered = random.chance(0.6)
    lines.push(
      rowText(
        {
          src: random.chance(0.5) ? `7495555700${random.below(5)}` : `20${random.below(6)}`,
          dst: random.pick(['5550101', '201', '202', '300']),
          channel: channel(),
          dstchannel: random.chance(0.2) ? '' : channel(),
          start: `2026-03-16 ${clockOf(second)}`,
          ...(answered ? { answer: `2026-03-16 ${clockOf(second + rings)}` } : {}),
          end: `2026-03-16 ${clockOf(second + lasts)}`,
          uniqueid,
          linkedid: sequences && random.chance(0.4) && lines.length > 0 ? lastId(random.pick(lines)) : uniqueid,
          sequence: sequence++,
        },
        sequences ? 21 : 18,
      ),
    )
  }
  return lines
}

const lastId = (line: string): string => /"(\d{10}\.\d+)"/u.exec(line)?.[1] ?? ''

/** False when only the receipt could tell which of two of the legs came first, or when two are equal. */
function tellsOrder(reading: Reading, lines: readonly Buffer[]): boolean {
  const reader = openReader(reading)
  const format = formats[reading.format]
  const orders = lines.map((line) => {
    const parsed = format.parse(line, reader)
    if (parsed.kind !== 'segment') return { key: '', own: null as unknown }
    const { startWall } = parsed
    const fields = parsed.fields as Record<string, unknown>
    if (reading.format === 'avaya-ip-office')
      return { key: `${startWall} ${String(fields['continued'])}`, own: fields['recordWall'] }
    return { key: `${startWall}`, own: fields['sequence'] ?? fields['uniqueid'] }
  })
  const all = orders.every(({ own }) => own !== null && own !== '')
  const keys = orders.map(({ key, own }) => (all ? `${key} ${String(own)}` : key))
  return new Set(keys).size === keys.length
}

function distinct(lines: readonly Buffer[]): Buffer[] {
  const seen = new Set<string>()
  return lines.filter((line) => {
    const text = line.toString('latin1')
    if (seen.has(text)) return false
    seen.add(text)
    return true
  })
}

export const readingOf = (format: FormatName, changes: Partial<Reading> = {}): Reading => ({
  format,
  timezone: 'Europe/Moscow',
  encoding: readingDefaults.encoding,
  internal: readingDefaults.internal,
  groups: format === 'avaya-ip-office' ? '^300$' : null,
  attendants: format === 'avaya-ip-office' ? '^706$' : null,
  trunks: [],
  plan: 'site',
  rewrite: [],
  clockOffset: 0,
  ...changes,
})

export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const result = [...list]
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[result[i], result[j]] = [result[j] as T, result[i] as T]
  }
  return result
}

/** The list cut into at most `parts` pieces, at random. None is empty. */
export function cutAtRandom<T>(list: readonly T[], parts: number, random: Random): T[][] {
  const cuts = new Set(Array.from({ length: parts - 1 }, () => random.below(list.length)))
  const edges = [...cuts, 0, list.length].sort((a, b) => a - b)
  return edges
    .slice(1)
    .map((to, i) => list.slice(edges[i], to))
    .filter((it) => it.length > 0)
}

/** Lines as a stream: each with its line end. */
export const streamOf = (lines: readonly Buffer[], lineEnd = '\r\n'): Buffer =>
  Buffer.concat(lines.flatMap((line) => [line, Buffer.from(lineEnd)]))
