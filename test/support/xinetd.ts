import { spawn, spawnSync } from 'node:child_process'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { freePort } from './ports.ts'
import { type Installation, until } from './smena.ts'

/** A real xinetd with the entries of the deployment, and an exchange that talks to it. Why it cannot run here; false: it can. */
export const xinetdMissing: string | false =
  spawnSync('xinetd', ['-version']).error || spawnSync('perl', ['-v']).error
    ? 'no `xinetd`, or no `perl` (Debian: apt-get install xinetd perl-base)'
    : false

const root = fileURLToPath(new URL('../..', import.meta.url))
const entries = join(root, 'deploy/xinetd')
export const shim = join(entries, 'smena-stdin')

export type Source = 'avaya' | 'asterisk'
/** The entry as it stands, or with the program in place of the shim, as its last lines offer. */
export type Server = 'the shim' | 'the program'

export const exchange = '127.0.0.7'

/** An entry of the deployment with the ports, paths and user of the test. */
function entryFor(it: Installation, text: string, server: Server, port: number): string {
  const offered = text.matchAll(/^ {4}#(?=(\w+) +=)(.*)$/gmu)
  let entry = text
  if (server === 'the program')
    for (const [line, key = '', value = ''] of offered)
      entry = entry.replace(line, '').replace(new RegExp(`^ {4}${key} .*$|(?<=\\n)(?=\\}\\n$)`, 'mu'), `    ${value}\n`)
  const group = spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim()
  const replacements: readonly (readonly [RegExp, string])[] = [
    [/^( {4}port +=) \d+$/mu, `$1 ${port}\n    bind = 127.0.0.1`],
    [/^( {4}user +=) smena$/mu, `$1 ${userInfo().username}`],
    [/^( {4}group +=) smena$/mu, `$1 ${group}`],
    [/^( {4}only_from +=) 127\.0\.0\.1 /mu, `$1 ${exchange} `],
    [/^( {4}log_type +=) SYSLOG daemon info$/mu, `$1 FILE ${join(it.directory, 'xinetd.log')}`],
    [/ \/var\/lib\/smena( |$)/mu, ` ${it.environment['SMENA_DATA_DIR']}$1`],
    ...(server === 'the shim'
      ? ([[/ \/usr\/local\/libexec\/smena-stdin$/mu, ` ${shim}`]] as const)
      : ([
          [/ \/usr\/local\/bin\/smena$/mu, ` ${program(it)}`],
          [/ PATH=\S+ SMENA_CONFIG=\S+$/mu, ` PATH=/usr/bin:/bin SMENA_CONFIG=${it.environment['SMENA_CONFIG']}`],
        ] as const)),
  ]
  for (const [pattern, replacement] of replacements) {
    assert.match(entry, pattern)
    entry = entry.replace(pattern, replacement)
  }
  return entry
}

function program(it: Installation): string {
  const path = join(it.directory, 'smena')
  writeFileSync(path, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'src/cli.ts')}' "$@"\n`)
  chmodSync(path, 0o700)
  return path
}

/** xinetd with the entries of the deployment; the ports of its sources. */
export async function xinetd(
  t: TestContext,
  it: Installation,
  server: Server,
): Promise<Readonly<Record<Source, number>>> {
  const ports = { avaya: await freePort(), asterisk: await freePort() }
  const text = (source: Source) => readFileSync(join(entries, `smena-${source}`), 'utf8')
  const sources = ['avaya', 'asterisk'] as const
  const file = join(it.directory, 'xinetd.conf')
  writeFileSync(file, sources.map((source) => entryFor(it, text(source), server, ports[source])).join('\n'))
  const log = join(it.directory, 'xinetd-itself.log')
  const pid = join(it.directory, 'xinetd.pid')
  const child = spawn('xinetd', ['-dontfork', '-f', file, '-pidfile', pid, '-filelog', log], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: 'ignore',
  })
  const gone = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGTERM')
    await gone
  })
  await until(
    async () => (globSync(log).length === 0 ? '' : readFileSync(log, 'utf8')),
    (told) => told.includes('2 available services'),
  )
  return ports
}

export async function connected(port: number, localAddress = exchange): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, localAddress })
  await once(socket, 'connect')
  return socket.on('error', () => undefined).resume()
}

/** However it is closed. */
export const closed = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()))

/** Sends all and says goodbye; resolves with what came back when the other side has closed. */
export async function sendAll(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = await connected(port)
  let told = ''
  socket.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')))
  socket.end(bytes)
  await closed(socket)
  return told
}
