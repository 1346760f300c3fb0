import { spawn } from 'node:child_process'

/**
 * Tells the service manager how this process is (sd_notify(3)). Node has no datagram sockets of the local family, so each message
 * is one run of `systemd-notify`, some 30 ms of another process; the unit says `NotifyAccess=all`, because without root the
 * manager sees the helper's own pid.
 *
 * Not started by systemd (no NOTIFY_SOCKET): every method does nothing. No method rejects: a service runs without a manager
 * that listens.
 */
export interface NotifyOptions {
  /** Of the process: NOTIFY_SOCKET, WATCHDOG_USEC, PATH. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Told once, when `systemd-notify` cannot be run or fails. */
  readonly warn: (message: string) => void
}

export interface Notify extends AsyncDisposable {
  /**
   * The service is up. From now on, when the unit has `WatchdogSec=`, the manager is pinged at half of that time, as long as
   * `isHealthy` answers true when it is asked just before. An answer that is false, that throws or that never comes is no
   * ping, and the manager ends the process when the time is over: it must stand for what only a new start heals. A full
   * disk, a store or a broker that is away are not such.
   */
  ready(isHealthy: () => boolean | Promise<boolean>): Promise<void>
  /**
   * The service is ending. Pings go on until disposed, without asking: what is closed already need not be healthy, and the
   * end has a limit of its own (`TimeoutStopSec=`).
   */
  stopping(): Promise<void>
}

export function openNotify({ environment, warn }: NotifyOptions): Notify {
  const isManaged = Boolean(environment['NOTIFY_SOCKET'])
  // WATCHDOG_PID is not looked at: a wrapper may have been started in our place, and then it names that.
  const watchdogMs = Number(environment['WATCHDOG_USEC'] ?? 0) / 1000
  let isWarned = false
  let isStopping = false
  let timer: NodeJS.Timeout | null = null
  // One message after another: each is a process of its own, and one may overtake another.
  let last: Promise<void> = Promise.resolve()
  let waiting = 0

  const say = (...args: string[]): Promise<void> => {
    waiting++
    last = last
      .then(() => send(args, environment))
      .catch((error: unknown) => {
        if (!isWarned) warn(`cannot tell systemd ${args.join(' ')}: ${String(error)}`)
        isWarned = true
      })
      .finally(() => waiting--)
    return last
  }

  return {
    ready: async (isHealthy) => {
      if (!isManaged) return
      await say(`--pid=${process.pid}`, 'READY=1')
      if (!(watchdogMs > 0) || timer) return
      let isAsking = false
      const ping = async () => {
        // A manager or a machine that is slow is not given more to do.
        if (waiting > 0) return
        if (isStopping) return say('WATCHDOG=1')
        if (isAsking) return
        isAsking = true
        const isWell = await saysYes(isHealthy)
        isAsking = false
        if (isWell && timer) await say('WATCHDOG=1')
      }
      timer = setInterval(() => void ping(), watchdogMs / 2).unref()
    },
    stopping: async () => {
      if (!isManaged) return
      isStopping = true
      await say('STOPPING=1')
    },
    [Symbol.asyncDispose]: async () => {
      if (timer) clearInterval(timer)
      timer = null
      await last
    },
  }
}

/** Who cannot say that he is well, is not. */
async function saysYes(isHealthy: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await isHealthy()
  } catch {
    return false
  }
}

/** Resolves when the manager has taken it: `systemd-notify` waits for that, up to five seconds. */
function send(args: readonly string[], environment: NotifyOptions['environment']): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('systemd-notify', args, { env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
    let told = ''
    child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')))
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(told.trim() || `systemd-notify ended with ${code ?? signal}`))
    })
  })
}
