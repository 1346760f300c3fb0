/**
 * Every test on this machine. `npm test` runs all; `npm test -- PATTERN…` only files whose path holds a pattern.
 * What needs PostgreSQL gets a real one, started here and ended with the run. What cannot run here is named with its reason
 * at the end; under SMENA_TEST_REQUIRE=all that is a failure.
 */
import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { postgresBinaries, startPostgres } from '../test/support/postgres.ts'

const patterns = process.argv.slice(2)
const requireAll = process.env['SMENA_TEST_REQUIRE'] === 'all'

/** Files that load the machine so much that they run alone, after the others. */
const alone = ['test/e2e/', 'test/load/']

interface Skipped {
  readonly name: string
  readonly file: string
  readonly why: string
}

const skipped: Skipped[] = []
let failed = 0
let passed = 0

function runFiles(files: readonly string[], concurrency: number): Promise<void> {
  if (files.length === 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const stream = run({ files: [...files], concurrency, isolation: 'process', timeout: 900_000 })
    stream.on('test:pass', ({ name, file, skip, details }) => {
      if (details.type === 'suite') return
      if (skip === undefined) passed++
      else skipped.push({ name, file: file ?? '', why: typeof skip === 'string' ? skip : 'no reason given' })
    })
    stream.on('test:fail', () => failed++)
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
const isAlone = (file: string) => alone.some((it) => file.startsWith(it))

const started = performance.now()
if (process.env['SMENA_TEST_DATABASE_URL'] === undefined && others.length > 0 && postgresBinaries() !== null) {
  await using postgres = await startPostgres({ fsync: 'off', max_connections: '200' })
  process.env['SMENA_TEST_DATABASE_URL'] = postgres.url
  await runAll()
} else await runAll()

async function runAll(): Promise<void> {
  await runFiles(unit, 2)
  await runFiles(
    others.filter((it) => !isAlone(it)),
    2,
  )
  await runFiles(others.filter(isAlone), 1)
}

for (const { name, file, why } of skipped) console.log(`skipped: ${name} (${file}): ${why}`)
const seconds = Math.round((performance.now() - started) / 1000)
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped in ${seconds} s`)
process.exit(failed > 0 || (requireAll && skipped.length > 0) ? 1 : 0)
