import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { until } from './smena.ts'
import { temporaryDirectory } from './stores.ts'

const answers = (program: string, ...args: string[]) => spawnSync(program, args).status === 0

/** Why units cannot be checked here; false when they can. For the `skip` option of a test. */
export const systemdMissing: string | false = answers('systemd-analyze', '--version')
  ? false
  : 'no `systemd-analyze` (Debian: apt-get install systemd)'

/** Why there can be no service manager to talk to; false when there can. */
export const notifyMissing: string | false = !answers('systemd-notify', '--version')
  ? 'no `systemd-notify` (Debian: apt-get install systemd)'
  : !answers('python3', '--version')
    ? 'no `python3` to listen on a local datagram socket, which Node has not (Debian: apt-get install python3)'
    : false

/** Prints each datagram as a line of JSON; a descriptor that comes with one (the barrier) is closed, as systemd does. */
const listener = `
import json, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
while True:
    print(json.dumps(server.recv(65536).decode()), flush=True)
`

/** A service manager's end of the conversation: the messages so far, without the barriers. */
export async function manager(
  t: TestContext,
): Promise<{ path: string; messages: () => string[]; hang: (isHanging: boolean) => void }> {
  const path = join(temporaryDirectory(t), 'notify')
  const child = spawn('python3', ['-c', listener, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await gone
  })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
  await until(
    async () => existsSync(path),
    (isThere) => isThere,
  )
  const lines = () => text.split('\n').slice(0, -1)
  return {
    path,
    hang: (isHanging) => void child.kill(isHanging ? 'SIGSTOP' : 'SIGCONT'),
    messages: () =>
      lines()
        .map((line) => JSON.parse(line) as string)
        .filter((it) => it !== 'BARRIER=1'),
  }
}

/** Why no filter of system calls can be made here; false when one can. */
export const filterMissing: string | false = answers('python3', '-c', "import ctypes; ctypes.CDLL('libseccomp.so.2')")
  ? false
  : 'no `python3` with libseccomp (Debian: apt-get install python3 libseccomp2)'
