/**
 * Every test on this machine. `npm test` runs all; `npm test -- PATTERN…` only files whose path holds a pattern.
 * What needs PostgreSQL or Kafka gets a real one, started here and ended with the run. SMENA_TEST_DATABASE_URL and
 * SMENA_KAFKA_BROKERS name others instead; on those only databases and topics of the tests' own are touched, and in Kafka
 * `smena-collectors`, which is made where it is missing: there the tests' collectors publish their numbers, each under a journal
 * and for topics of its own, which no other installation counts. Tests that end a server start one of their own. What cannot run
 * here is named with its reason at the end; under SMENA_TEST_REQUIRE=all that is a failure.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { buildProgram } from '../test/support/built.ts'
import { fetchKafka, startKafka } from '../test/support/kafka.ts'
import { openTemplate, postgresBinaries, startPostgres } from '../test/support/postgres.ts'

const patterns = process.argv.slice(2)
const requireAll = process.env['SMENA_TEST_REQUIRE'] === 'all'

/** Files that share one cluster of Kafka, which is up while they run. */
const overKafka = ['test/kafka/', 'test/cluster/']
/** Files that measure time, or load the machine so much that they run alone, after the others of their kind. */
const alone = ['test/load/flood.', 'test/cluster/kill.', 'test/kafka/faults.']

interface Skipped {
  readonly name: string
  readonly file: string
  readonly why: string
}

const skipped: Skipped[] = []
let failed = 0
let passed = 0
const took: { readonly file: string; readonly seconds: number }[] = []

function runFiles(files: readonly string[], concurrency: number): Promise<void> {
  if (files.length === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const stream = run({ files: [...files], concurrency, isolation: 'process', timeout: 1_200_000 })
    stream.on('test:pass', ({ name, file, skip, details }) => {
      if (details.type === 'suite') return
      if (skip === undefined) passed++
      else skipped.push({ name, file: file ?? '', why: typeof skip === 'string' ? skip : 'no reason given' })
    })
    stream.on('test:fail', () => failed++)
    stream.on('test:summary', ({ file, duration_ms }) => {
      if (file !== undefined) took.push({ file: relative('.', file), seconds: duration_ms / 1000 })
    })
    stream.on('error', reject)
    stream.compose(new spec()).on('end', resolve).pipe(process.stdout, { end: false })
  })
}

if (patterns.length === 0) {
  const check = spawnSync('npm', ['run', '--silent', 'check'], { stdio: 'inherit' })
  if (check.status !== 0) process.exit(1)
}

const wanted = (file: string) => patterns.length === 0 || patterns.some((it) => file.includes(it))
// Without a pattern the check has run them.
const unit = patterns.length === 0 ? [] : globSync('src/**/*.test.ts').filter(wanted)
const others = globSync('test/**/*.test.ts').filter(wanted).toSorted()
const isOf = (directories: readonly string[]) => (file: string) => directories.some((it) => file.startsWith(it))
const isAlone = isOf(alone)
const isOverKafka = isOf(overKafka)

// Processes of the program are started hundreds of times: what one has compiled the next need not.
const compiled = mkdtempSync(join(tmpdir(), 'smena-compiled-'))
process.once('exit', () => rmSync(compiled, { recursive: true, force: true }))
process.env['NODE_COMPILE_CACHE'] ??= compiled

// Several of all files measure the program as it is installed.
if (patterns.length === 0) process.env['SMENA_TEST_PROGRAM'] = buildProgram(join(compiled, 'package'))

const started = performance.now()
if (process.env['SMENA_TEST_DATABASE_URL'] === undefined && others.length > 0 && postgresBinaries() !== null) {
  await using postgres = await startPostgres({ fsync: 'off', max_connections: '200' })
  process.env['SMENA_TEST_DATABASE_URL'] = postgres.url
  await runAll()
} else await runAll()

async function runAll(): Promise<void> {
  // None but these tests is to find it.
  const brokers = process.env['SMENA_KAFKA_BROKERS']
  delete process.env['SMENA_KAFKA_BROKERS']
  await using _ = process.env['SMENA_TEST_DATABASE_URL'] && others.length > 1 ? await openTemplate() : null
  await runFiles(unit, 2)
  await runByTwo(others.filter((it) => !isOverKafka(it)))
  if (brokers) process.env['SMENA_TEST_KAFKA_BROKERS'] ??= brokers
  await runOverKafka(others.filter(isOverKafka))
}

async function runByTwo(files: readonly string[]): Promise<void> {
  await runFiles(
    files.filter((it) => !isAlone(it)),
    2,
  )
  await runFiles(files.filter(isAlone), 1)
}

async function runOverKafka(files: readonly string[]): Promise<void> {
  if (files.length === 0) return
  const why = fetchKafka()
  if (why !== null) process.env['SMENA_TEST_KAFKA_ABSENT'] = why
  if (why !== null || process.env['SMENA_TEST_KAFKA_BROKERS']) return runByTwo(files)
  await using kafka = await startKafka()
  process.env['SMENA_TEST_KAFKA_BROKERS'] = kafka.brokers
  await runByTwo(files)
}

for (const { file, seconds } of took.toSorted((a, b) => b.seconds - a.seconds).slice(0, 12))
  console.log(`${seconds.toFixed(0).padStart(5)} s  ${file}`)
for (const { name, file, why } of skipped) console.log(`skipped: ${name} (${file}): ${why}`)
const seconds = Math.round((performance.now() - started) / 1000)
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped in ${seconds} s`)
process.exit(failed > 0 || (requireAll && skipped.length > 0) ? 1 : 0)
