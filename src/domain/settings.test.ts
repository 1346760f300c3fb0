import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openReader } from './reading.ts'
import {
  defaultSources,
  keptAtMost,
  keyOf,
  listenVariable,
  readSettings,
  readingOf,
  type Settings,
} from './settings.ts'
import { expectations, type Problem } from './setting-fields.ts'

const context = { systemTimezone: 'Europe/Moscow' }

function settingsOf(raw: unknown): Settings {
  const result = readSettings(raw, context)
  assert.ok('settings' in result, JSON.stringify(result))
  return result.settings
}

function problemsOf(raw: unknown): readonly Problem[] {
  const result = readSettings(raw, context)
  assert.ok('problems' in result, JSON.stringify(result))
  return result.problems
}

const brief = (problem: Problem) => `${keyOf(problem.path)} ${problem.kind}: ${problem.found} | ${problem.expected}`
const avaya = (more: object) => ({ sources: { avaya: { format: 'avaya-ip-office', ...more } } })

test('nothing written gives two sources on every address and the defaults', () => {
  const settings = settingsOf({})
  assert.deepEqual(settings, settingsOf({ sources: defaultSources }))
  assert.equal(settings.timezone, 'Europe/Moscow')
  assert.equal(settings.dataDir, './data')
  assert.equal(settings.databaseUrl, null)
  assert.equal(settings.http, null)
  assert.deepEqual(settings.kafka, { brokers: [], tls: null, sasl: null, replicas: 3, compression: 'zstd' })
  assert.deepEqual(settings.journal, { freeSpaceFloorBytes: null, keepDays: 7, keepBytes: 2 ** 31 })
  assert.deepEqual(settings.limits, { connections: 1024 })
  assert.deepEqual(
    settings.sources.map(({ name, format, listen, allow }) => ({ name, format, listen, allow })),
    [
      { name: 'avaya', format: 'avaya-ip-office', listen: { host: null, port: 11_111 }, allow: null },
      { name: 'asterisk', format: 'asterisk-csv', listen: { host: null, port: 11_112 }, allow: null },
    ],
  )
})

test('a written list of sources replaces both default ones, an empty one too', () => {
  assert.deepEqual(
    settingsOf(avaya({})).sources.map(({ name, listen }) => ({ name, listen })),
    [{ name: 'avaya', listen: null }],
  )
  assert.deepEqual(settingsOf({ sources: {} }).sources, [])
})

test('every key of a source is taken as it is written', () => {
  const settings = settingsOf({
    timezone: 'Asia/Krasnoyarsk',
    sources: {
      'krs-avaya': {
        format: 'avaya-ip-office',
        listen: '[::1]:11111',
        allow: ['10.6.0.0/16', '::1'],
        timezone: 'asia/chita',
        internal: String.raw`^\d{4}$`,
        groups: String.raw`^3\d\d$`,
        attendants: '^706$',
        trunks: ['provider'],
        plan: 'company',
        rewrite: [],
        clockOffset: 0,
        site: 'Чита',
        topic: 'avaya',
        encoding: 'CP1251',
      },
    },
  })
  const [source] = settings.sources
  assert.ok(source)
  assert.deepEqual(source, {
    name: 'krs-avaya',
    format: 'avaya-ip-office',
    listen: { host: '::1', port: 11_111 },
    allow: ['10.6.0.0/16', '::1'],
    timezone: 'Asia/Chita',
    internal: String.raw`^\d{4}$`,
    groups: String.raw`^3\d\d$`,
    attendants: '^706$',
    trunks: ['provider'],
    plan: 'company',
    site: 'Чита',
    topic: 'avaya',
    encoding: 'windows-1251',
  })
})

test('a reading has the zone of its source, else that of the site, and can be opened', () => {
  const settings = settingsOf({
    timezone: 'Asia/Krasnoyarsk',
    sources: { a: { format: 'asterisk-csv' }, b: { format: 'asterisk-csv', timezone: 'Asia/Chita' } },
  })
  const readings = settings.sources.map((source) => readingOf(source, settings))
  assert.deepEqual(
    readings.map(({ timezone, plan }) => ({ timezone, plan })),
    [
      { timezone: 'Asia/Krasnoyarsk', plan: 'a' },
      { timezone: 'Asia/Chita', plan: 'b' },
    ],
  )
  const reader = openReader(readings[0] ?? assert.fail())
  assert.ok(reader.isInternal('1001'))
  assert.ok(!reader.isInternal('84955550101'))
})

test('an unknown key is named with the known ones, at every level', () => {
  const raw = {
    timezon: 'x',
    journal: { keep: 1 },
    limits: { records: 1 },
    kafka: { broker: [] },
    ...avaya({ port: 1 }),
  }
  assert.deepEqual(
    new Set(problemsOf(raw).map(brief)),
    new Set([
      'timezon unknown-key: timezon | dataDir, databaseUrl, http, lang, timezone, sources, kafka, journal, limits, worktime',
      'sources.avaya.port unknown-key: port | format, listen, file, allow, timezone, internal, groups, attendants, trunks, plan, rewrite, clockOffset, site, topic, encoding',
      'kafka.broker unknown-key: broker | brokers, tls, sasl, replicas, compression',
      'journal.keep unknown-key: keep | freeSpaceFloor, keepDays, keepBytes',
      'limits.records unknown-key: records | connections',
    ]),
  )
})

test('names that objects inherit are unknown keys like any other', () => {
  for (const key of ['toString', 'constructor', 'hasOwnProperty'])
    assert.equal(problemsOf({ [key]: 1 })[0]?.kind, 'unknown-key')
  const hidden = JSON.parse('{"__proto__": {"dataDir": "/x"}}') as unknown
  assert.equal(problemsOf(hidden)[0]?.kind, 'unknown-key')
})

const e = expectations
const refusals: readonly (readonly [object, string])[] = [
  [{ dataDir: '' }, `dataDir invalid: "" | ${e.text}`],
  [{ dataDir: 7 }, `dataDir invalid: 7 | ${e.text}`],
  [{ databaseUrl: 'mysql://root:hunter2@db/x' }, `databaseUrl invalid: *** | ${e.database}`],
  [{ databaseUrl: 'postgres://[' }, `databaseUrl invalid: *** | ${e.database}`],
  [{ http: '127.0.0.1' }, `http invalid: "127.0.0.1" | ${e.address}`],
  [{ http: ':8080' }, `http invalid: ":8080" | ${e.loopback}`],
  [{ http: '0.0.0.0:8080' }, `http invalid: "0.0.0.0:8080" | ${e.loopback}`],
  [{ http: '10.6.0.1:8080' }, `http invalid: "10.6.0.1:8080" | ${e.loopback}`],
  [{ http: 'smena.example:8080' }, `http invalid: "smena.example:8080" | ${e.loopback}`],
  [{ lang: 'de' }, `lang invalid: "de" | ${e.language}`],
  [{ lang: 'run' }, `lang invalid: "run" | ${e.language}`],
  [{ timezone: 'Mars/Base' }, `timezone invalid: "Mars/Base" | ${e.zone}`],
  [{ timezone: '+07:00' }, `timezone invalid: "+07:00" | ${e.zone}`],
  [{ timezone: null }, `timezone invalid: nothing | ${e.zone}`],
  [{ sources: null }, `sources invalid: nothing | ${e.mapping}`],
  [{ sources: [{ databaseUrl: 'secret' }] }, `sources invalid: […] | ${e.mapping}`],
  [{ sources: { avaya: 'avaya-ip-office' } }, `sources.avaya invalid: "avaya-ip-office" | ${e.mapping}`],
  [{ sources: { avaya: {} } }, `sources.avaya.format invalid: nothing | ${e.format}`],
  [{ sources: { Avaya: { format: 'asterisk-csv' } } }, `sources.Avaya invalid: "Avaya" | ${e.name}`],
  [{ sources: { '-a': { format: 'asterisk-csv' } } }, `sources.-a invalid: "-a" | ${e.name}`],
  [
    { sources: { ['a'.repeat(65)]: { format: 'asterisk-csv' } } },
    `sources.${'a'.repeat(65)} invalid: "${'a'.repeat(58)}… | ${e.name}`,
  ],
  [{ kafka: null }, `kafka invalid: nothing | ${e.mapping}`],
  [{ kafka: { brokers: [] } }, `kafka.brokers invalid: [] | ${e.brokers}`],
  [{ kafka: { brokers: 'kafka1:9092' } }, `kafka.brokers invalid: "kafka1:9092" | ${e.brokers}`],
  [{ kafka: { brokers: ['kafka1:9092', ':9092'] } }, `kafka.brokers[1] invalid: ":9092" | ${e.broker}`],
  [{ kafka: { brokers: ['kafka1:0'] } }, `kafka.brokers[0] invalid: "kafka1:0" | ${e.broker}`],
  [{ kafka: { replicas: 4 } }, `kafka.replicas invalid: 4 | ${e.replicas}`],
  [{ kafka: { compression: 'gzip' } }, `kafka.compression invalid: "gzip" | ${e.compression}`],
  [{ kafka: { tls: 'yes' } }, `kafka.tls invalid: "yes" | ${e.tls}`],
  [{ kafka: { tls: { ca: 7 } } }, `kafka.tls.ca invalid: 7 | ${e.text}`],
  [{ kafka: { tls: { serverName: '10.6.0.1' } } }, `kafka.tls.serverName invalid: "10.6.0.1" | ${e.serverName}`],
  [{ kafka: { tls: { pem: 'x' } } }, 'kafka.tls.pem unknown-key: pem | ca, cert, key, serverName'],
  [{ kafka: { sasl: 'hunter2' } }, `kafka.sasl invalid: "hunter2" | ${e.mapping}`],
  [{ kafka: { sasl: { username: 'a', password: 7 } } }, `kafka.sasl.password invalid: *** | ${e.text}`],
  [{ kafka: { sasl: { password: 'hunter2' } } }, `kafka.sasl.username invalid: nothing | ${e.text}`],
  [
    { kafka: { sasl: { mechanism: 'GSSAPI', username: 'a', password: 'b' } } },
    `kafka.sasl.mechanism invalid: "GSSAPI" | ${e.mechanism}`,
  ],
  [{ journal: { freeSpaceFloor: '512MB' } }, `journal.freeSpaceFloor invalid: "512MB" | ${e.size}`],
  [{ journal: { freeSpaceFloor: -1 } }, `journal.freeSpaceFloor invalid: -1 | ${e.size}`],
  [{ journal: { keepBytes: '99999999TiB' } }, `journal.keepBytes invalid: "99999999TiB" | ${e.size}`],
  [{ journal: { keepBytes: ['1'] } }, `journal.keepBytes invalid: […] | ${e.size}`],
  [{ journal: { keepDays: 1.5 } }, `journal.keepDays invalid: 1.5 | ${e.days}`],
  [{ journal: { keepDays: '7' } }, `journal.keepDays invalid: "7" | ${e.days}`],
  [{ limits: { connections: 0 } }, `limits.connections invalid: 0 | ${e.connections}`],
  [avaya({ format: 'avaya-cm' }), `sources.avaya.format invalid: "avaya-cm" | ${e.format}`],
  [avaya({ listen: 11_111 }), `sources.avaya.listen invalid: 11111 | ${e.address}`],
  [avaya({ listen: '0.0.0.0:70000' }), `sources.avaya.listen invalid: "0.0.0.0:70000" | ${e.address}`],
  [avaya({ allow: '10.0.0.0/8' }), `sources.avaya.allow invalid: "10.0.0.0/8" | ${e.networks}`],
  [avaya({ allow: [] }), `sources.avaya.allow invalid: [] | ${e.networks}`],
  [avaya({ allow: ['10.0.0.0/8', '10.0.0.0/33'] }), `sources.avaya.allow[1] invalid: "10.0.0.0/33" | ${e.network}`],
  [avaya({ timezone: 'Krasnoyarsk' }), `sources.avaya.timezone invalid: "Krasnoyarsk" | ${e.zone}`],
  [avaya({ internal: '(' }), `sources.avaya.internal invalid: "(" | ${e.pattern}`],
  [avaya({ groups: String.raw`\i` }), `sources.avaya.groups invalid: "\\\\i" | ${e.pattern}`],
  [avaya({ attendants: 706 }), `sources.avaya.attendants invalid: 706 | ${e.pattern}`],
  [avaya({ trunks: 'provider' }), `sources.avaya.trunks invalid: "provider" | ${e.texts}`],
  [avaya({ trunks: ['provider', 5] }), `sources.avaya.trunks[1] invalid: 5 | ${e.text}`],
  [avaya({ plan: 1 }), `sources.avaya.plan invalid: 1 | ${e.text}`],
  [avaya({ site: '  ' }), `sources.avaya.site invalid: "  " | ${e.text}`],
  [avaya({ topic: 'a b' }), `sources.avaya.topic invalid: "a b" | ${e.topic}`],
  [avaya({ topic: '..' }), `sources.avaya.topic invalid: ".." | ${e.topic}`],
  [avaya({ encoding: 'windows-9999' }), `sources.avaya.encoding invalid: "windows-9999" | ${e.encoding}`],
  [avaya({ rewrite: '16' }), `sources.avaya.rewrite invalid: "16" | ${e.rewrite}`],
  [avaya({ clockOffset: 1.5 }), `sources.avaya.clockOffset invalid: 1.5 | ${e.offset}`],
  [avaya({ file: '/var/log/cdr' }), 'sources.avaya.file unavailable: "/var/log/cdr" | '],
  [avaya({ rewrite: [{ match: '^16', to: '' }] }), 'sources.avaya.rewrite unavailable: […] | '],
  [avaya({ clockOffset: -3 }), 'sources.avaya.clockOffset unavailable: -3 | '],
]

for (const [raw, expected] of refusals) {
  test(`refused: ${expected.slice(0, 100)}`, () => {
    assert.deepEqual(problemsOf(raw).map(brief), [expected])
  })
}

test('two sources keep out of each other’s way', () => {
  const two = (one: object, other: object, top: object = {}) =>
    problemsOf({
      ...top,
      sources: { a: { format: 'asterisk-csv', ...one }, b: { format: 'asterisk-csv', ...other } },
    }).map(brief)
  assert.deepEqual(two({ listen: ':5' }, { listen: '127.0.0.1:5' }), [
    'sources.b.listen taken: 127.0.0.1:5 | sources.a.listen',
  ])
  assert.deepEqual(two({ topic: 'x' }, { topic: 'x' }), ['sources.b.topic taken: x | sources.a.topic'])
  assert.deepEqual(two({ topic: 'b' }, {}), ['sources.b.topic taken: b | sources.a.topic'])
  assert.deepEqual(two({ listen: '127.0.0.1:5' }, { listen: '127.0.0.2:5' }, { http: '127.0.0.2:5' }), [
    'sources.b.listen taken: 127.0.0.2:5 | http',
  ])
  const names = problemsOf({ sources: { 'a-b': { format: 'asterisk-csv' }, a_b: { format: 'asterisk-csv' } } }).map(
    brief,
  )
  assert.deepEqual(names, ['sources.a_b taken: SMENA_LISTEN_A_B | sources.a-b'])
})

test('free ports, and one port on two addresses, are no collision', () => {
  const listens = (one: string, other: string) =>
    settingsOf({
      sources: { a: { format: 'asterisk-csv', listen: one }, b: { format: 'asterisk-csv', listen: other } },
    })
  listens('127.0.0.1:0', '127.0.0.1:0')
  listens('127.0.0.1:5', '10.6.0.1:5')
})

test('every problem is told, each with its place', () => {
  const placeOf = (path: readonly (string | number)[]) => ({ line: path.length, column: 1 })
  const result = readSettings(
    { http: ':1', dataDir: 1, sources: { 'A B': { listen: 'x', allow: ['y'] } } },
    { ...context, placeOf },
  )
  assert.ok('problems' in result)
  assert.deepEqual(
    result.problems.map(({ path, line, column }) => [keyOf(path), line, column]),
    [
      ['dataDir', 1, 1],
      ['http', 1, 1],
      ['sources.A B', 2, 1],
      ['sources.A B.format', 3, 1],
      ['sources.A B.listen', 3, 1],
      ['sources.A B.allow[0]', 4, 1],
    ],
  )
})

test('brokers are carried, not refused: the role decides', () => {
  const none = { ca: null, cert: null, key: null, serverName: null }
  assert.deepEqual(settingsOf({ kafka: { tls: true } }).kafka.tls, none)
  assert.deepEqual(settingsOf({ kafka: { tls: { ca: 'ca.pem' } } }).kafka.tls, { ...none, ca: 'ca.pem' })
  assert.deepEqual(settingsOf({ kafka: { sasl: { username: 'a', password: 'b' } } }).kafka.sasl, {
    mechanism: 'SCRAM-SHA-512',
    username: 'a',
    password: 'b',
  })
  assert.deepEqual(settingsOf({ kafka: { brokers: ['kafka1:9092', '[::1]:9092'] } }).kafka.brokers, [
    'kafka1:9092',
    '[::1]:9092',
  ])
})

test('sizes are bytes or binary units', () => {
  const floor = (freeSpaceFloor: unknown) => settingsOf({ journal: { freeSpaceFloor } }).journal.freeSpaceFloorBytes
  assert.equal(floor(0), 0)
  assert.equal(floor(1000), 1000)
  assert.equal(floor('1000'), 1000)
  assert.equal(floor('5B'), 5)
  assert.equal(floor('3 KiB'), 3072)
  assert.equal(floor('512MiB'), 2 ** 29)
  assert.equal(floor('1TiB'), 2 ** 40)
})

test('a language may come as a locale', () => {
  for (const lang of ['ru', 'ru_RU.UTF-8', 'RU-ru']) assert.equal(settingsOf({ lang }).lang, 'ru')
  for (const lang of ['en', 'en_GB', 'EN']) assert.equal(settingsOf({ lang }).lang, 'en')
})

test('the listen variable of a source is its name in capitals', () => {
  assert.equal(listenVariable('avaya'), 'SMENA_LISTEN_AVAYA')
  assert.equal(listenVariable('krs-avaya_2'), 'SMENA_LISTEN_KRS_AVAYA_2')
})

test('the wording of what is expected is unique, so that it can be translated', () => {
  assert.equal(new Set(Object.values(expectations)).size, Object.keys(expectations).length)
})

test('no object makes it throw', () => {
  const circular: Record<string, unknown> = {}
  circular['sources'] = circular
  circular['kafka'] = { brokers: [circular] }
  problemsOf(circular)
  problemsOf({ dataDir: 10n, journal: { keepDays: 10n, keepBytes: Symbol('x') } })
  const keys = fc.constantFrom(
    'sources',
    'kafka',
    'brokers',
    'journal',
    'keepDays',
    'avaya',
    'listen',
    'format',
    'allow',
    'trunks',
    'http',
    'lang',
  )
  const nested = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.anything(),
      fc.dictionary(keys, tie('node'), { maxKeys: 4 }),
      fc.array(tie('node'), { maxLength: 3 }),
    ),
  })).node
  fc.assert(
    fc.property(nested, (raw) => {
      const result = readSettings(raw, context)
      if ('problems' in result)
        assert.ok(result.problems.length > 0 && result.problems.every((it) => it.found.length <= 64))
    }),
    { numRuns: 2000 },
  )
})

test('what is settled takes no more than a quarter of the disk', () => {
  assert.equal(keptAtMost(2 ** 31, 2 ** 40), 2 ** 31)
  assert.equal(keptAtMost(2 ** 31, 2 ** 30), 2 ** 28)
})
