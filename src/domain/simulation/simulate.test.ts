import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openZone } from '../clock.ts'
import { avayaVariants } from './avaya-ip-office/segment.ts'
import { dayMs } from './profile.ts'
import { directionShares, handlingShares, hourWeights, outboundShares } from './shares.ts'
import type { SimulatedCall } from './simulated-call.ts'
import { simulate, type SimulatedRecord, type SimulationOptions, siteOf } from './simulate.ts'

const base = { seed: 5, from: '2026-03-02', days: 28, callsADay: 600, timezone: 'Asia/Novosibirsk' } as const

function run(options: SimulationOptions): { records: SimulatedRecord[]; calls: SimulatedCall[] } {
  const calls: SimulatedCall[] = []
  return { records: [...simulate(options, (call) => calls.push(call))], calls }
}

test('the same seed gives the same records, another seed others', () => {
  for (const format of ['avaya-ip-office', 'asterisk-csv'] as const) {
    const text = (seed: number) =>
      run({ ...base, days: 2, format, seed })
        .records.map(({ line }) => line)
        .join('\n')
    assert.equal(text(1), text(1))
    assert.notEqual(text(1), text(2))
  }
})

test('records and truth do not depend on whether anybody asks for the truth, nor on where the stream is cut', () => {
  const options = { ...base, days: 2, format: 'avaya-ip-office' } as const
  const { records } = run(options)
  assert.deepEqual([...simulate(options)], records)
  assert.deepEqual([...simulate({ ...options, days: Infinity, records: 300 })], records.slice(0, 300))
})

/** Fields 1 to 17 as the manual describes them; names hold letters, digits and spaces only. */
const avayaRecord =
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d,\d\d:\d\d:\d\d,\d+,(?:\d+(?:@192\.0\.2\.50)?|anonymous@anonymous\.invalid|),[IO],(?:\d+|\*17|VoiceMail|),(?:\d+|\*17|VoiceMail|),(?:[A-Z0-9-]*),[01],1\d{6},[01],(?:E\d+|T\d{4}|V\d+),[\p{L}\d. ]+,(?:(?:E\d+|T\d{4}|V\d+),[\p{L}\d. ]+|Barred,Barred|,),\d+,\d+,/u

test('every IP Office record has the fields of its variant', () => {
  for (const variant of avayaVariants) {
    const { records } = run({ ...base, days: 7, format: 'avaya-ip-office', variant })
    assert.ok(records.length > 3000)
    for (const { line } of records) {
      assert.match(line, avayaRecord)
      const fields = line.split(',')
      assert.equal(fields.length, variant, line)
      if (variant >= 35) assert.match(fields[34] as string, /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d$/u)
      if (variant === 37) assert.match(`${fields[35]},${fields[36]}`, /^[06],(?:A|B|C|N\/A)$/u)
    }
  }
})

test('Call IDs rise from 1000000 in the order in which calls begin, without a gap', () => {
  const { calls } = run({ ...base, days: 7, format: 'avaya-ip-office' })
  const byId = calls.toSorted((a, b) => Number(a.exchangeCallId) - Number(b.exchangeCallId))
  for (const [place, call] of byId.entries()) {
    assert.equal(call.exchangeCallId, String(1_000_000 + place))
    assert.equal(call.index, place)
    if (place > 0) assert.ok(call.startedAt >= (byId[place - 1] as SimulatedCall).startedAt)
  }
})

test('no trunk channel and no telephone is in two talks at the same time', () => {
  const { records } = run({ ...base, days: 7, callsADay: 900, format: 'avaya-ip-office', variant: 30 })
  const spans = new Map<string, [number, number][]>()
  const begun = new Map<string, number>()
  for (const { line } of records) {
    const fields = line.split(',') as string[]
    const [start, connected, ring] = fields as [string, string, string]
    const wall = Date.parse(`${start.replaceAll('/', '-').replace(' ', 'T')}Z`)
    const [h, m, s] = connected.split(':').map(Number) as [number, number, number]
    const id = fields[9] as string
    const from = Math.max(wall, begun.get(id) ?? 0) + 1000 * Number(ring)
    const to = from + 1000 * (h * 3600 + m * 60 + s + Number(fields[15]) + Number(fields[16]))
    begun.set(id, to)
    // A twin leg and the legs of a conference are the same talk; the one who asks has the caller on hold meanwhile.
    if (to === from || fields[27] === 'U MT' || /CO Channel/u.test(line) || Number(fields[15]) > 0) continue
    for (const place of [11, 13]) {
      const device = fields[place] as string
      const name = device.startsWith('T') ? (fields[place + 1] as string) : device
      if (!/^(?:E2|Line (?!5))/u.test(name)) continue
      const known = spans.get(name) ?? []
      spans.set(name, [...known, [from, to]])
    }
  }
  let talks = 0
  let overlapping = 0
  for (const list of spans.values()) {
    list.sort((a, b) => a[0] - b[0])
    talks += list.length
    for (let i = 1; i < list.length; i++) {
      // Parts are rounded up, so that computed times run ahead by some seconds.
      if ((list[i] as [number, number])[0] + 6000 < (list[i - 1] as [number, number])[1]) overlapping++
    }
  }
  assert.ok(talks > 3000)
  assert.equal(overlapping, 0)
})

const quoted = '"(?:[^"]|"")*"'
const moment = '"\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d"'
const asteriskRow = (more: string) =>
  new RegExp(
    `^(?:${quoted},){9}${moment},(?:${moment})?,${moment},\\d+,\\d+,"(?:ANSWERED|NO ANSWER|BUSY|FAILED|CONGESTION)","DOCUMENTATION","\\d{10}\\.\\d+",${quoted}${more}$`,
    'u',
  )

test('every Asterisk row has the columns of its variant, fits the row buffer and names its channels in order', () => {
  for (const [variant, more] of [
    [18, ''],
    [21, ',"","\\d{10}\\.\\d+",\\d+'],
  ] as const) {
    const { records } = run({ ...base, days: 7, format: 'asterisk-csv', variant })
    assert.ok(records.length > 3000)
    const row = asteriskRow(more)
    const created = new Map<number, number>()
    for (const { line } of records) {
      assert.match(line, row)
      assert.ok(new TextEncoder().encode(line).length < 1024)
      const unique = /"(\d{10})\.(\d+)"/u.exec(line) as unknown as [string, string, string]
      created.set(Number(unique[2]), Number(unique[1]))
    }
    let last = 0
    for (const [, epoch] of [...created].sort((a, b) => a[0] - b[0])) {
      assert.ok(epoch >= last)
      last = epoch
    }
  }
})

test('the epoch in uniqueid is the start of the first row, by the zone of the exchange, also while clocks change', () => {
  const zone = openZone('Europe/Berlin')
  const { calls, records } = run({
    ...base,
    from: '2026-10-24',
    days: 3,
    callsADay: 20_000,
    timezone: zone.name,
    format: 'asterisk-csv',
  })
  const starts = new Map<string, number>()
  for (const { line } of records) {
    const uniqueid = /"(\d{10}\.\d+)"/u.exec(line)?.[1] as string
    const start = /"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)"/u.exec(line) as unknown as [string, string, string]
    const wall = Date.parse(`${start[1]}T${start[2]}Z`)
    if (!starts.has(uniqueid)) starts.set(uniqueid, wall)
  }
  let repeated = 0
  for (const { exchangeCallId, startedAt, startedWall } of calls) {
    const epoch = Number(exchangeCallId.split('.')[0]) * 1000
    assert.equal(epoch, startedAt)
    assert.equal(zone.wallAt(epoch), startedWall)
    assert.equal(starts.get(exchangeCallId), startedWall)
    if (zone.readings(startedWall).kind === 'ambiguous') repeated++
  }
  assert.ok(repeated > 3, `${repeated} calls in the repeated hour`)
})

test('records come in the order in which they are due', () => {
  for (const format of ['avaya-ip-office', 'asterisk-csv'] as const) {
    let last = 0
    for (const { dueAt } of run({ ...base, days: 7, format }).records) {
      assert.ok(dueAt >= last)
      last = dueAt
    }
  }
})

test('a day has an empty night, a morning peak, a lunch dip and an evening tail, and weekends are light', () => {
  const { calls } = run({ ...base, days: 56, format: 'asterisk-csv' })
  const hours = Array.from({ length: 24 }, () => 0)
  const weekdays = Array.from({ length: 7 }, () => 0)
  for (const { startedWall } of calls) {
    const date = new Date(startedWall)
    weekdays[(date.getUTCDay() + 6) % 7]! += 1
    if (date.getUTCDay() % 6 !== 0) hours[date.getUTCHours()]! += 1
  }
  const total = hours.reduce((sum, n) => sum + n, 0)
  const share = (from: number, to: number) => hours.slice(from, to).reduce((sum, n) => sum + n, 0) / total
  assert.ok(share(0, 6) < 0.015, `night ${share(0, 6)}`)
  assert.ok(share(10, 12) > 0.2 && share(10, 12) < 0.28, `morning ${share(10, 12)}`)
  assert.ok(share(13, 14) < 0.8 * share(11, 12), `lunch ${share(13, 14)}`)
  assert.ok(share(14, 15) > 1.15 * share(13, 14), `afternoon ${share(14, 15)}`)
  assert.ok(share(18, 22) > 0.08 && share(18, 22) < 0.18, `evening ${share(18, 22)}`)
  assert.equal(hourWeights.work.length, 24)
  const [monday, , wednesday, , , saturday, sunday] = weekdays as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  assert.ok(monday > wednesday && saturday < 0.5 * wednesday && sunday < saturday)
  const workingDay = weekdays.slice(0, 5).reduce((sum, n) => sum + n, 0) / 40
  assert.ok(Math.abs(workingDay / 600 - 1) < 0.1, `${workingDay} calls on a working day`)
})

test('shares over a month are those of the table', () => {
  for (const format of ['avaya-ip-office', 'asterisk-csv'] as const) {
    const { calls } = run({ ...base, callsADay: 1000, format })
    const count = (of: (call: SimulatedCall) => boolean) => calls.filter(of).length
    const inbound = count(({ direction }) => direction === 'inbound')
    const outbound = count(({ scenario }) => scenario.startsWith('outbound'))
    const ratio = outbound / inbound
    const wanted = directionShares.share('outbound') / directionShares.share('inbound')
    // Callers who call again add to one side, who are called back to the other.
    assert.ok(Math.abs(ratio / wanted - 1) < 0.15, `outbound ${ratio}, wanted ${wanted}`)

    const answered = count(({ direction, outcome }) => direction === 'inbound' && outcome === 'answered') / inbound
    assert.ok(answered > 0.6 && answered < 0.85, `answered ${answered}`)
    const held = count(({ handling, scenario }) => handling === 'held' && scenario === 'queue-answered')
    const queued = count(({ scenario }) => scenario === 'queue-answered')
    assert.ok(Math.abs(held / queued - handlingShares.support.share('held')) < 0.015, `held ${held / queued}`)
    const unanswered = count(({ scenario }) => scenario === 'outbound-unanswered')
    const out = count(({ scenario, kind }) => scenario.startsWith('outbound') && kind === 'call')
    assert.ok(Math.abs(unanswered / out - outboundShares.share('unanswered')) < 0.02, `unanswered ${unanswered / out}`)
  }
})

test('a month shows every case that there is', () => {
  for (const format of ['avaya-ip-office', 'asterisk-csv'] as const) {
    const { calls, records } = run({ ...base, callsADay: 1200, format })
    const cases = new Set(
      calls.flatMap(({ scenario, handling, kind, outcome }) => [
        scenario,
        `h ${handling}`,
        `k ${kind}`,
        `o ${outcome}`,
      ]),
    )
    const kinds =
      format === 'avaya-ip-office'
        ? ['k twin-leg', 'k conference-leg', 'outbound-handed-over', 'outbound-conference']
        : ['meeting']
    const handlings = ['plain', 'held', 'parked', 'consulted', 'supervised', 'blind', 'blonde', 'conference'].map(
      (kind) => `h ${kind}`,
    )
    const outcomes = ['answered', 'missed', 'busy', 'failed', 'voicemail', 'automated'].map((outcome) => `o ${outcome}`)
    const scenarios = `menu closed-message closed-mailbox closed-forwarded queue-answered queue-abandoned queue-mailbox
      direct-answered direct-missed direct-busy direct-mailbox direct-picked-up direct-forwarded reception
      outbound-answered outbound-unanswered outbound-busy outbound-failed outbound-second-trunk outbound-roundabout
      outbound-barred internal-answered internal-missed internal-busy internal-mailbox internal-picked-up messages`.split(
      /\s+/u,
    )
    for (const wanted of ['k call', 'k service', ...kinds, ...handlings, ...outcomes, ...scenarios]) {
      assert.ok(cases.has(wanted), `${format}: no ${wanted}`)
    }
    assert.ok(
      calls.some(({ from, direction }) => direction === 'inbound' && from === null),
      'no withheld number',
    )
    assert.ok(
      calls.some(({ talkSeconds }) => talkSeconds > 3600),
      'no long call',
    )
    const days = (at: number) => Math.floor((at + 7 * 3_600_000) / dayMs)
    assert.ok(
      calls.some(({ startedAt, endedAt }) => days(startedAt) !== days(endedAt)),
      'no call over midnight',
    )
    const again = new Map<string, number>()
    for (const { from, direction } of calls)
      if (direction === 'inbound' && from) again.set(from, (again.get(from) ?? 0) + 1)
    assert.ok(
      [...again.values()].some((times) => times > 5),
      'nobody calls often',
    )
    if (format === 'avaya-ip-office') continue
    const text = records.map(({ line }) => line).join('\n')
    for (const wanted of [
      '""=cmd|',
      '<script>',
      'Smith, John',
      '\\""',
      'Local/',
      ';2"',
      'IAX2/',
      'ё',
      '"сро',
      '\nдо ',
    ]) {
      assert.ok(text.includes(wanted), `no ${wanted}`)
    }
  }
})

test('the people of a site are twelve to forty at desks, of different names, and the same for every period', () => {
  for (const format of ['avaya-ip-office', 'asterisk-csv'] as const) {
    for (const people of [12, 25, 40]) {
      const site = siteOf({ format, seed: 3, callsADay: 100, people })
      const named = site.people.filter(({ fullName }) => fullName !== '')
      assert.equal(named.length, people)
      assert.equal(new Set(named.map(({ fullName }) => fullName)).size, people)
      assert.equal(new Set(site.people.map(({ extension }) => extension)).size, site.people.length)
      assert.deepEqual(siteOf({ format, seed: 3, callsADay: 999, people }), site)
      const internal = new RegExp(site.reading.internal, 'u')
      assert.ok(site.people.every(({ extension }) => internal.test(extension)))
    }
    assert.throws(() => siteOf({ format, seed: 3, callsADay: 100, people: 41 }), RangeError)
    assert.throws(() => siteOf({ format, seed: 3, callsADay: 100, variant: 29 }), RangeError)
  }
})
