/**
 * What else brings lines from TCP to Kafka, from Debian's packages, each set up as fast as it went on two processors. All ask for
 * the acknowledgement of all replicas in sync, but for the replaced service as it stood.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Program, startProgram } from './process.ts'
import type { Target } from './throughput.ts'

const librdkafka = {
  acks: 'all',
  'linger.ms': '5',
  'batch.num.messages': '10000',
  'queue.buffering.max.messages': '1000000',
}

/**
 * rsyslog with its disk between sockets and brokers. No fsync, but what it has taken is there after a kill: that needs the
 * queue's index written with each record, which costs next to nothing. Without it, as by default, 20,000 of 20,000 were gone.
 */
export const rsyslogDisk = (target: Target): Promise<Program> =>
  rsyslog(target, 'queue.type="Disk" queue.filename="cdr" queue.maxFileSize="64m" queue.checkpointInterval="1"')

/** A kill loses what it has taken and not passed on yet. A second worker made it slower. */
export const rsyslogMemory = (target: Target): Promise<Program> =>
  rsyslog(target, 'queue.type="LinkedList" queue.workerThreads="1"')

async function rsyslog({ directory, brokers, topic, port }: Target, queue: string): Promise<Program> {
  const file = join(directory, 'rsyslog.conf')
  const list = (values: readonly string[]) => `[${values.map((it) => `"${it}"`).join(', ')}]`
  const settings = list(Object.entries(librdkafka).map(([key, value]) => `${key}=${value}`))
  // A line that begins with a digit would be taken for a count of octets. Its queue discards nothing: a sender waits.
  writeFileSync(
    file,
    `global(workDirectory="${directory}" parser.escapeControlCharactersOnReceive="off")
module(load="imptcp" threads="2")
module(load="omkafka")
template(name="line" type="string" string="%rawmsg%")
ruleset(name="cdr" ${queue} queue.size="10000000" queue.dequeueBatchSize="4096"
  queue.lightDelayMark="0" queue.fullDelayMark="0" queue.timeoutEnqueue="600000") {
  action(type="omkafka" broker=${list(brokers.split(','))} topic="${topic}" template="line" confParam=${settings}
    partitions.auto="on" resubmitOnFailure="on" action.resumeInterval="1" action.resumeRetryCount="-1")
}
input(type="imptcp" address="127.0.0.1" port="${port}" ruleset="cdr" supportOctetCountedFraming="off")
`,
  )
  const program = startProgram('rsyslogd', ['-n', '-f', file, '-i', join(directory, 'rsyslog.pid')])
  await program.accepts(port)
  return program
}

/** The package and rsyslog's exclude each other, so it is unpacked only, with the libraries that nothing else needs. */
const syslogNgPackages = ['syslog-ng-core', 'syslog-ng-mod-rdkafka', 'libivykis0', 'libpcre3', 'libnet1']

function unpackSyslogNg(): string {
  const directory = join(tmpdir(), 'smena-bench', 'syslog-ng')
  if (existsSync(join(directory, 'done'))) return directory
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  const run = (command: string, ...args: readonly string[]) =>
    execFileSync(command, args, { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] })
  run('apt-get', 'download', ...syslogNgPackages)
  for (const it of globSync('*.deb', { cwd: directory })) run('dpkg', '-x', it, '.')
  writeFileSync(join(directory, 'done'), '')
  return directory
}

/**
 * syslog-ng with its reliable disk buffer, without waiting for a batch to be acknowledged: with `sync-send` it went at 40
 * records a second here. Whether a record leaves its buffer before Kafka has it was not looked into.
 */
export async function syslogNg({ directory, brokers, topic, port }: Target): Promise<Program> {
  const unpacked = unpackSyslogNg()
  const at = (pattern: string) => globSync(pattern, { cwd: unpacked }).map((it) => join(unpacked, it))
  const [modules = ''] = at('usr/lib/syslog-ng/[0-9]*')
  const libraries = [...at('usr/lib/syslog-ng'), ...at('{usr/lib,lib}/*-linux-gnu')]
  const settings = Object.entries(librdkafka).map(([key, value]) => `"${key}" => "${value}"`)
  const file = join(directory, 'syslog-ng.conf')
  writeFileSync(
    file,
    `@version: ${modules.split('/').at(-1)}
options { stats-freq(0); };
source cdr {
  network(ip("127.0.0.1") port(${port}) transport("tcp") flags(no-parse)
    max-connections(300) log-fetch-limit(1000) log-iw-size(300000));
};
destination kafka {
  kafka-c(bootstrap-servers("${brokers}") topic("${topic}") message("$MSG") config(${settings.join(' ')})
    disk-buffer(reliable(yes) disk-buf-size(2147483648) mem-buf-size(67108864) dir("${directory}")));
};
log { source(cdr); destination(kafka); flags(flow-control); };
`,
  )
  const inDirectory = { '-f': 'syslog-ng.conf', '-R': 'persist', '-c': 'ctl', '-p': 'pid' }
  const files = Object.entries(inDirectory).flatMap(([flag, name]) => [flag, join(directory, name)])
  const program = startProgram(
    join(unpacked, 'usr/sbin/syslog-ng'),
    ['-F', '--no-caps', `--module-path=${modules}`, ...files],
    { environment: { LD_LIBRARY_PATH: libraries.join(':') } },
  )
  await program.accepts(port)
  return program
}

/**
 * The service that is replaced: xinetd starts a process for each connection, and that waits for the brokers after each line. There it
 * was content with the leader's answer (acks 1); `all` is what the others wait for.
 */
export const seed = (target: Target): Promise<Program> => lineByLine(target, `'all'`)
export const seedAsItStood = (target: Target): Promise<Program> => lineByLine(target, '1')

async function lineByLine({ directory, brokers, topic, port }: Target, acks: string): Promise<Program> {
  const script = join(directory, 'phone.py')
  writeFileSync(
    script,
    `#!/usr/bin/python3
import sys
from kafka import KafkaProducer

producer = KafkaProducer(bootstrap_servers=${JSON.stringify(brokers.split(','))}, acks=${acks})

while True:
    line = sys.stdin.readline().strip()
    if line == "":
        break
    producer.send('${topic}', line.encode())
    producer.flush()
`,
    { mode: 0o755 },
  )
  const file = join(directory, 'xinetd.conf')
  // Its own limits are for another use: more than fifty connections a second make it pause.
  writeFileSync(
    file,
    `service phone
{
    disable = no
    type = UNLISTED
    socket_type = stream
    protocol = tcp
    bind = 127.0.0.1
    port = ${port}
    wait = no
    user = root
    server = ${script}
    instances = UNLIMITED
    per_source = UNLIMITED
    cps = 10000 1
}
`,
  )
  const program = startProgram('xinetd', ['-dontfork', '-f', file, '-pidfile', join(directory, 'xinetd.pid')])
  await program.accepts(port)
  return program
}
