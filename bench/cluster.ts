/**
 * `npm run bench:cluster`: the roles of a cluster over three real brokers and a real PostgreSQL, against what else brings lines
 * to Kafka and rows to tables. Arguments name parts (forward, record, sight, scale) or, of forward, ways (ours, rsyslog-disk,
 * syslog-ng, rsyslog-memory, seed, seed-leader), and with `--records N` and `--rounds N` it is smaller. Exit code 1: a limit is missed, or a
 * figure says nothing. Needs the packages openjdk-17-jre-headless, maven, postgresql, rsyslog-kafka, xinetd, python3-kafka, and
 * apt-get for syslog-ng. SMENA_TEST_KAFKA_BROKERS: brokers that run, instead of three of its own.
 */
import { startKafka } from '../test/support/kafka.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { forward, wayNames } from './cluster/forward.ts'
import { record } from './cluster/record.ts'
import { isWanting, type Row, rowText } from './cluster/row.ts'
import { scale } from './cluster/scale.ts'
import { sight } from './cluster/sight.ts'
import { machine, option } from './measure.ts'

const parts = ['forward', 'record', 'sight', 'scale'] as const
const words = process.argv.slice(2).filter((it) => !it.startsWith('--') && !/^\d+$/u.test(it))
const unknown = words.find((it) => !wayNames.includes(it) && !(parts as readonly string[]).includes(it))
if (unknown !== undefined) throw new Error(`${unknown} is neither of ${parts.join(', ')} nor of ${wayNames.join(', ')}`)
const only = words.filter((it) => wayNames.includes(it))
const wanted = parts.filter((it) => words.length === 0 || words.includes(it) || (it === 'forward' && only.length > 0))

const records = option('records', 400_000)
const rounds = option('rounds', 3)
const seconds = option('seconds', 30)
const rate = option('rate', 1000)

console.log(`${machine()}; ${records} records, ${rounds} rounds`)
const given = process.env['SMENA_TEST_KAFKA_BROKERS']
await using kafka = given ? null : await startKafka({ measured: true })
const brokers = given ?? kafka?.brokers ?? ''
await using postgres = await startPostgres({ shared_buffers: '512MB', max_wal_size: '4GB' })
const where = { brokers, databaseUrl: postgres.url, rounds }

const show = (rows: readonly Row[]) => {
  for (const row of rows) {
    console.log(rowText(row))
    for (const it of row.problems) console.error(`  ${it}`)
    if (isWanting(row)) process.exitCode = 1
  }
}
for (const part of wanted) {
  console.log(`\n## ${part}`)
  try {
    switch (part) {
      case 'forward':
        show(await forward({ ...where, records, only }))
        break
      case 'record':
        show(await record({ ...where, records }))
        break
      case 'sight': {
        const { p50, p99 } = await sight({ ...where, rate, seconds })
        console.log(`| socket → visible, ${rate} records/s | p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms |`)
        break
      }
      case 'scale':
        show(await scale({ ...where, forwarded: records, recorded: records / 2 }))
        break
    }
  } catch (error) {
    // The other parts still say what they have to say.
    console.error(error)
    process.exitCode = 1
  }
}
