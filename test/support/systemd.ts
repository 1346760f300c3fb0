import { spawnSync } from 'node:child_process'

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
