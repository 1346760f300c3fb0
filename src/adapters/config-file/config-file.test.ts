import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { effectiveYaml, maskDatabaseUrl } from './effective-settings.ts'
import { type LoadedSettings, loadSettings, type SettingsRequest, SettingsRefused } from './load-settings.ts'
import { readSecret } from './read-secret.ts'

async function directory(t: TestContext): Promise<(name: string, text?: string | Uint8Array) => Promise<string>> {
  const path = await mkdtemp(join(tmpdir(), 'smena-config-'))
  t.after(() => rm(path, { recursive: true }))
  return async (name, text) => {
    const file = join(path, name)
    if (text !== undefined) await writeFile(file, text)
    return file
  }
}

function load(request: Partial<SettingsRequest>): Promise<LoadedSettings> {
  const none = { environment: {}, flags: {}, defaultFile: '/nowhere/smena.yaml', systemTimezone: 'Europe/Moscow' }
  return loadSettings({ ...none, ...request })
}

/** Messages of the refusal, with the directory of the file taken away. */
async function refusal(request: Partial<SettingsRequest>): Promise<string[]> {
  const error = await load(request).then(
    () => assert.fail('nothing was refused'),
    (cause: unknown) => cause,
  )
  assert.ok(error instanceof SettingsRefused, String(error))
  for (const one of error.errors) assert.equal(one.remedy, 'refuse')
  return error.errors.map((one) => `${one.code} ${one.message.replaceAll(/\S*\/smena-config-[^/]*\//gu, '')}`)
}

test('without a file, variables or flags the defaults hold', async () => {
  const { settings, file, originOf } = await load({})
  assert.equal(file, null)
  assert.deepEqual(
    settings.sources.map(({ name }) => name),
    ['avaya', 'asterisk'],
  )
  assert.equal(settings.timezone, 'Europe/Moscow')
  assert.equal(originOf(['timezone']), 'default')
  assert.equal(originOf(['sources', 'avaya', 'listen']), 'default')
})

test('the file of the working directory is read when it is there', async (t) => {
  const write = await directory(t)
  const defaultFile = await write('smena.yaml', 'timezone: Asia/Chita\n')
  const { settings, file } = await load({ defaultFile })
  assert.equal(file, defaultFile)
  assert.equal(settings.timezone, 'Asia/Chita')
})

test('a flag stands above a variable, a variable above the file, the file above the default', async (t) => {
  const write = await directory(t)
  const file = await write('smena.yaml', 'dataDir: /file\nhttp: 127.0.0.1:1\ntimezone: Asia/Chita\nlang: ru\n')
  const environment = { SMENA_DATA_DIR: '/environment', SMENA_HTTP: '127.0.0.1:2', SMENA_TIMEZONE: 'Asia/Omsk' }
  const { settings, originOf } = await load({
    file,
    environment,
    flags: { dataDir: '/flag', set: ['http=127.0.0.1:3'] },
  })
  assert.deepEqual(
    [settings.dataDir, settings.http?.port, settings.timezone, settings.lang, settings.limits.connections],
    ['/flag', 3, 'Asia/Omsk', 'ru', 1024],
  )
  assert.deepEqual(
    ['dataDir', 'http', 'timezone', 'lang'].map((key) => originOf([key])),
    ['--data-dir', '--set', 'SMENA_TIMEZONE', `${file}:4:1`],
  )
  assert.equal(originOf(['limits', 'connections']), 'default')
})

test('every variable and every flag reaches its key', async () => {
  const environment = {
    SMENA_DATA_DIR: '/d',
    SMENA_DATABASE_URL: 'postgres://db/e',
    SMENA_HTTP: '127.0.0.1:4',
    SMENA_KAFKA_BROKERS: 'k1:1, k2:2',
    SMENA_TIMEZONE: 'Asia/Omsk',
    SMENA_LANG: 'ru_RU.UTF-8',
    SMENA_LISTEN_AVAYA: '127.0.0.1:0',
    SMENA_TOKEN: 'not ours',
    SMENA_LISTEN_ASTERISK: '',
  }
  const { settings } = await load({ environment })
  assert.equal(settings.dataDir, '/d')
  assert.equal(settings.databaseUrl, 'postgres://db/e')
  assert.deepEqual(settings.http, { host: '127.0.0.1', port: 4 })
  assert.deepEqual(settings.kafka.brokers, ['k1:1', 'k2:2'])
  assert.equal(settings.timezone, 'Asia/Omsk')
  assert.equal(settings.lang, 'ru')
  assert.deepEqual(
    settings.sources.map(({ listen }) => listen),
    [
      { host: '127.0.0.1', port: 0 },
      { host: null, port: 11_112 },
    ],
  )
  const flags = {
    dataDir: '/f',
    databaseUrl: 'postgres://db/f',
    http: 'localhost:5',
    kafkaBrokers: 'k3:3',
    timezone: 'Asia/Tomsk',
    lang: 'en',
    set: [
      'sources.avaya.listen=:7',
      'sources.asterisk.allow=[10.0.0.0/8]',
      'journal.keepDays=0',
      'sources.third={format: asterisk-csv}',
    ],
  }
  const { settings: flagged } = await load({ environment, flags })
  assert.equal(flagged.dataDir, '/f')
  assert.equal(flagged.databaseUrl, 'postgres://db/f')
  assert.deepEqual(flagged.http, { host: 'localhost', port: 5 })
  assert.deepEqual(flagged.kafka.brokers, ['k3:3'])
  assert.equal(flagged.timezone, 'Asia/Tomsk')
  assert.equal(flagged.lang, 'en')
  assert.equal(flagged.journal.keepDays, 0)
  assert.deepEqual(
    flagged.sources.map(({ name, listen, allow }) => [name, listen?.port, allow]),
    [
      ['avaya', 7, null],
      ['asterisk', 11_112, ['10.0.0.0/8']],
      ['third', undefined, null],
    ],
  )
})

test('the configuration file is named by a flag before a variable', async (t) => {
  const write = await directory(t)
  const one = await write('one.yaml', 'dataDir: /one\n')
  const two = await write('two.yaml', 'dataDir: /two\n')
  assert.equal((await load({ environment: { SMENA_CONFIG: two } })).settings.dataDir, '/two')
  assert.equal((await load({ file: one, environment: { SMENA_CONFIG: two } })).settings.dataDir, '/one')
  assert.equal((await load({ environment: { SMENA_CONFIG: '' } })).file, null)
})

test('a named file that cannot be read is refused with its reason', async (t) => {
  const write = await directory(t)
  const absent = await write('absent.yaml')
  const why = (cause: string) =>
    `config-unreadable Cannot read the configuration file ${cause}. Give a readable YAML file with --config.`
  assert.deepEqual(await refusal({ file: absent }), [why('absent.yaml: there is no such file')])
  assert.deepEqual(await refusal({ environment: { SMENA_CONFIG: absent } }), [
    why('absent.yaml: there is no such file'),
  ])
  assert.match((await refusal({ file: tmpdir() }))[0] ?? '', /it is a directory/u)
  assert.deepEqual(await refusal({ file: await write('1251.yaml', Uint8Array.of(0x61, 0xe0, 0x0a)) }), [
    why('1251.yaml: it is not UTF-8'),
  ])
  assert.deepEqual(await refusal({ file: await write('big.yaml', '#'.repeat(1_048_577)) }), [
    why('big.yaml: it is larger than 1 MiB'),
  ])
})

const files: readonly (readonly [text: string, ...errors: RegExp[]])[] = [
  [
    'a: 1\na: 2\nx: {b: 1, "b": 2}\n',
    /^config-duplicate-key smena\.yaml:2:1: the key a /u,
    /^config-duplicate-key smena\.yaml:3:11: the key "b" /u,
  ],
  ['a: [1\n', /^config-unreadable .* smena\.yaml:\d+:\d+: Flow sequence/u],
  ['timezone: !zone UTC\n', /^config-unreadable .* smena\.yaml:1:11: Unresolved tag: !zone/u],
  ['timezone: *none\n', /^config-unreadable .* Unresolved alias/u],
  ['a: 1\n---\nb: 1\n', /^config-unreadable .* smena\.yaml:2:1: it holds more than one document/u],
  [
    `a: &a [${'x,'.repeat(99)}]\nb: &b [${'*a,'.repeat(99)}]\nc: [${'*b,'.repeat(99)}]\n`,
    /^config-unreadable .*alias/u,
  ],
  ['- 1\n', /^config-invalid smena\.yaml:1:1: \(all of it\) is \[…\]/u],
  ['a: &a {b: *a}\n', /^config-unknown-key smena\.yaml:1:1: unknown key a;/u],
  ['__proto__: {dataDir: /x}\n', /^config-unknown-key smena\.yaml:1:1: unknown key __proto__;/u],
  [
    'http: :80\nsources:\n  one:\n    format: asterisk-csv\n    listen: :5\n    allow:\n      - 10.0.0.0/8\n      - 10.0.0.0/99\n  two: { format: asterisk-csv, listen: :5, file: x }\n  three: {}\n',
    /^config-invalid smena\.yaml:1:1: http is ":80", expected an address on loopback/u,
    /^config-invalid smena\.yaml:8:9: sources\.one\.allow\[1\] is "10\.0\.0\.0\/99", expected an IPv4/u,
    /^config-unavailable smena\.yaml:9:44: sources\.two\.file is not available/u,
    /^config-taken smena\.yaml:9:32: sources\.two\.listen takes :5, which sources\.one\.listen has/u,
    /^config-invalid smena\.yaml:10:3: sources\.three\.format is nothing/u,
  ],
]
for (const [text, ...errors] of files) {
  test(`a file is refused with lines and columns: ${JSON.stringify(text.slice(0, 40))}`, async (t) => {
    const write = await directory(t)
    const found = await refusal({ file: await write('smena.yaml', text) })
    assert.equal(found.length, errors.length, found.join('\n'))
    for (const [i, error] of errors.entries()) assert.match(found[i] ?? '', error)
  })
}

test('an empty file, and one of comments alone, set nothing', async (t) => {
  const write = await directory(t)
  for (const text of ['', '# nothing\n', '\uFEFF# nothing']) {
    const { settings } = await load({ file: await write('smena.yaml', text) })
    assert.equal(settings.sources.length, 2)
  }
})

test('a wrong value names the variable or the flag that holds it, not the file', async (t) => {
  const write = await directory(t)
  const file = await write('smena.yaml', 'http: 127.0.0.1:1\nsources:\n  a: { format: asterisk-csv, listen: :1 }\n')
  assert.match(
    (await refusal({ file, environment: { SMENA_HTTP: 'x' } }))[0] ?? '',
    /^config-invalid SMENA_HTTP: http is "x"/u,
  )
  assert.match((await refusal({ file, flags: { http: 'x' } }))[0] ?? '', /^config-invalid --http: http is "x"/u)
  assert.match(
    (await refusal({ file, environment: { SMENA_LISTEN_A: 'x' } }))[0] ?? '',
    /^config-invalid SMENA_LISTEN_A: sources\.a\.listen/u,
  )
  assert.match(
    (await refusal({ flags: { set: ['timezone.x=1'] } }))[0] ?? '',
    /^config-invalid --set: timezone is \{…\}/u,
  )
})

test('a listen variable that names no source is refused with the names there are', async () => {
  assert.deepEqual(await refusal({ environment: { SMENA_LISTEN_AVIA: ':1' } }), [
    'config-unknown-key SMENA_LISTEN_*: unknown key SMENA_LISTEN_AVIA; known keys here: SMENA_LISTEN_AVAYA, SMENA_LISTEN_ASTERISK. Correct or remove it.',
  ])
})

test('a malformed --set is refused, and a value in it is never repeated', async () => {
  assert.match(
    (await refusal({ flags: { set: ['timezone'] } }))[0] ?? '',
    /^config-invalid --set: KEY is "timezone", expected KEY=VALUE/u,
  )
  const [message = ''] = await refusal({ flags: { set: ['databaseUrl=[hunter2'] } })
  assert.match(message, /^config-invalid --set: databaseUrl is \*\*\*/u)
  assert.doesNotMatch(message, /hunter2/u)
})

test('a secret comes from the variable or from the file that it names', async (t) => {
  const write = await directory(t)
  const file = await write('secret', 'postgres://smena:hunter2@db/smena\r\n')
  const { settings, originOf } = await load({ environment: { SMENA_DATABASE_URL_FILE: file } })
  assert.equal(settings.databaseUrl, 'postgres://smena:hunter2@db/smena')
  assert.equal(originOf(['databaseUrl']), 'SMENA_DATABASE_URL_FILE')
  assert.equal(await readSecret({ SMENA_TOKEN_FILE: file }, 'SMENA_TOKEN'), settings.databaseUrl)
  assert.equal(await readSecret({ SMENA_TOKEN: 'x', SMENA_TOKEN_FILE: '' }, 'SMENA_TOKEN'), 'x')
  assert.equal(await readSecret({}, 'SMENA_TOKEN'), undefined)
})

test('a secret that cannot be read, is empty or stands twice is refused', async (t) => {
  const write = await directory(t)
  const environment = (SMENA_DATABASE_URL_FILE: string) => ({ environment: { SMENA_DATABASE_URL_FILE } })
  assert.match(
    (await refusal(environment(await write('absent'))))[0] ?? '',
    /^config-secret-unreadable Cannot read absent, named by SMENA_DATABASE_URL_FILE: there is no such file/u,
  )
  assert.match(
    (await refusal(environment(await write('empty', '\n'))))[0] ?? '',
    /^config-secret-unreadable .*: it is empty/u,
  )
  const file = await write('secret', 'x')
  const twice = await refusal({ environment: { SMENA_DATABASE_URL: 'x', SMENA_DATABASE_URL_FILE: file } })
  assert.deepEqual(twice, [
    'config-set-twice SMENA_DATABASE_URL and SMENA_DATABASE_URL_FILE are both set. Unset one of the two.',
  ])
})

const kafkaAccount = 'kafka: { sasl: { mechanism: PLAIN, username: of-file, password: hunter1 } }\n'

test('the account on the brokers comes from variables before the file, key by key', async (t) => {
  const write = await directory(t)
  const file = await write('smena.yaml', kafkaAccount)
  const { settings, originOf } = await load({ file, environment: { SMENA_KAFKA_PASSWORD: 'hunter2' } })
  assert.deepEqual(settings.kafka.sasl, { mechanism: 'PLAIN', username: 'of-file', password: 'hunter2' })
  assert.deepEqual(
    ['mechanism', 'username', 'password'].map((key) => originOf(['kafka', 'sasl', key])),
    [`${file}:1:18`, `${file}:1:36`, 'SMENA_KAFKA_PASSWORD'],
  )
  const environment = { SMENA_KAFKA_USERNAME: 'smena', SMENA_KAFKA_PASSWORD: 'hunter2' }
  const { settings: bare } = await load({ environment })
  assert.deepEqual(bare.kafka.sasl, { mechanism: 'SCRAM-SHA-512', username: 'smena', password: 'hunter2' })
  const { settings: flagged } = await load({
    environment,
    flags: { set: ['kafka.sasl.username=flag', 'kafka.tls=true'] },
  })
  assert.equal(flagged.kafka.sasl?.username, 'flag')
  assert.deepEqual(flagged.kafka.tls, { ca: null, cert: null, key: null, serverName: null })
})

test('the password for the brokers comes from a file too, and half an account is refused', async (t) => {
  const write = await directory(t)
  const secret = await write('secret', 'hunter2\n')
  const environment = { SMENA_KAFKA_USERNAME: 'smena', SMENA_KAFKA_PASSWORD_FILE: secret }
  const { settings, originOf } = await load({ environment })
  assert.equal(settings.kafka.sasl?.password, 'hunter2')
  assert.equal(originOf(['kafka', 'sasl', 'password']), 'SMENA_KAFKA_PASSWORD_FILE')
  assert.deepEqual(await refusal({ environment: { ...environment, SMENA_KAFKA_PASSWORD: 'hunter2' } }), [
    'config-set-twice SMENA_KAFKA_PASSWORD and SMENA_KAFKA_PASSWORD_FILE are both set. Unset one of the two.',
  ])
  assert.match(
    (await refusal({ environment: { SMENA_KAFKA_USERNAME: 'smena' } })).join(),
    /^config-invalid \S+: kafka\.sasl\.password is nothing/u,
  )
  const nameless = (await refusal({ environment: { SMENA_KAFKA_PASSWORD: 'hunter2' } })).join()
  assert.match(nameless, /^config-invalid \S+: kafka\.sasl\.username is nothing/u)
  assert.doesNotMatch(nameless, /hunter2/u)
})

test('no refusal shows the password of a database or of the brokers', async (t) => {
  const write = await directory(t)
  for (const text of [
    'databaseUrl: "postgres:/smena:hunter2@db"\n',
    'databaseUrl: ["hunter2"]\n',
    '- databaseUrl: hunter2\n',
    'sources: [hunter2]\n',
    'kafka: { sasl: { username: a, password: [hunter2] } }\n',
    'kafka: { sasl: { mechanism: none, username: a, password: hunter2 } }\n',
  ]) {
    assert.doesNotMatch((await refusal({ file: await write('smena.yaml', text) })).join('\n'), /hunter2/u)
  }
})

test('passwords are masked in the effective configuration', async () => {
  assert.equal(maskDatabaseUrl('postgres://smena:hun%20ter2@db:5432/smena'), 'postgres://smena:***@db:5432/smena')
  assert.equal(
    maskDatabaseUrl('postgres:///smena?host=/run/pg&password=hunter2&sslpassword=a&x=1'),
    'postgres:///smena?host=%2Frun%2Fpg&password=***&sslpassword=***&x=1',
  )
  assert.equal(maskDatabaseUrl('postgres://smena@db/smena'), 'postgres://smena@db/smena')
  const { settings, originOf } = await load({
    environment: {
      SMENA_DATABASE_URL: 'postgres://smena:hunter2@db/smena',
      SMENA_KAFKA_USERNAME: 'smena',
      SMENA_KAFKA_PASSWORD: 'hunter2',
    },
  })
  const yaml = effectiveYaml(settings, originOf)
  assert.doesNotMatch(yaml, /hunter2/u)
  assert.match(yaml, /^databaseUrl: postgres:\/\/smena:\*\*\*@db\/smena # SMENA_DATABASE_URL$/mu)
  assert.match(yaml, /^ {4}username: smena # SMENA_KAFKA_USERNAME\n {4}password: "\*\*\*" # SMENA_KAFKA_PASSWORD$/mu)
})

test('the effective configuration read back gives the same settings', async (t) => {
  const write = await directory(t)
  const text = [
    'timezone: Asia/Krasnoyarsk',
    'lang: ru',
    'http: "[::1]:8080"',
    'kafka: { brokers: [k1:1, k2:2], tls: { ca: "ca.pem", cert: "007", key: k, serverName: "no" }, replicas: 1, compression: none }',
    'journal: { freeSpaceFloor: 1000, keepDays: 0, keepBytes: 3GiB }',
    'sources:',
    '  a: { format: asterisk-csv, listen: :5, trunks: [" a: b # c", "#x"], plan: "007", site: "no", groups: "^[:#]$" }',
    '  b-c: { format: avaya-ip-office, listen: "[::]:0", allow: [10.0.0.0/8, "::1"], timezone: Asia/Chita, encoding: koi8-r, attendants: "^70{6}$" }',
    '',
  ].join('\n')
  for (const file of [
    await write('smena.yaml', text),
    await write('empty.yaml', ''),
    join(import.meta.dirname, '../../../deploy/smena.example.yaml'),
  ]) {
    const { settings, originOf } = await load({ file })
    const again = await load({ file: await write('again.yaml', effectiveYaml(settings, originOf)) })
    assert.deepEqual(again.settings, settings)
  }
})

test('the example of the deployment is accepted, commented keys and all', async (t) => {
  const write = await directory(t)
  const file = join(import.meta.dirname, '../../../deploy/smena.example.yaml')
  const { settings } = await load({ file })
  assert.deepEqual(
    settings.sources.map(({ name }) => name),
    ['avaya', 'asterisk', 'chita'],
  )
  const uncommented = (await readFile(file, 'utf8')).replaceAll(/^# (?=(?: {2})?[a-zA-Z]+:(?: |$))/gmu, '')
  const environment = { SMENA_KAFKA_PASSWORD: 'hunter2' }
  const { settings: all } = await load({ file: await write('all.yaml', uncommented), environment })
  assert.equal(all.databaseUrl, 'postgres://smena@db.example/smena')
  assert.equal(all.kafka.brokers.length, 3)
  assert.equal(all.kafka.tls?.ca, '/etc/smena/kafka-ca.pem')
  assert.deepEqual(all.kafka.sasl, { mechanism: 'SCRAM-SHA-512', username: 'smena', password: 'hunter2' })
})

test('the document of the configuration names every key, and takes none that does not exist', async (t) => {
  const write = await directory(t)
  const text = await readFile(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8')
  const told = [...text.matchAll(/^\| `([a-zA-Z.]+)`/gmu)].map(([, key]) => key ?? '').filter((key) => key !== 'SMENA')
  const file = await write(
    'smena.yaml',
    'x: 1\njournal: {x: 1}\nkafka: {x: 1, tls: {x: 1}, sasl: {x: 1}}\nlimits: {x: 1}\nworktime: {x: 1}\nsources: {a: {format: asterisk-csv, x: 1}}\n',
  )
  const known = (await refusal({ file })).flatMap((message) => {
    const [isTold, above = '', keys = ''] = /unknown key (.*\.)?x; known keys here: ([^.]*)\./u.exec(message) ?? []
    // What else is wrong in the file: an account without a name.
    if (isTold === undefined) return []
    return keys.split(', ').map((key) => (above.startsWith('sources') ? key : above + key))
  })
  const leaves = known.filter((key) => !['kafka', 'kafka.sasl', 'journal', 'limits', 'worktime'].includes(key))
  assert.deepEqual(new Set(told), new Set(leaves))
})
