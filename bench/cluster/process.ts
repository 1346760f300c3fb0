import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'

/** A program under measurement. Disposing of it ends it, in good order when it does so within `graceMs`. */
export interface Program extends AsyncDisposable {
  /** The end of what it has written to either output. */
  readonly said: () => string
  /** Resolves when somebody accepts at the port of loopback; throws when it has not for a minute; the program has ended then. */
  readonly accepts: (port: number) => Promise<void>
  readonly hasEnded: () => boolean
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>
  /** Zero: SIGKILL at once. */
  readonly graceMs?: number
}

const acceptsWithinMs = 60_000
const saidAtMost = 4000

/** Has a program killed when this process ends, however it does: one left over would take the next run's processor. */
const mortal = ['setpriv', '--pdeathsig', 'KILL'] as const

export function startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const { environment = {}, graceMs = 0 } = options
  const [guard, ...guardArgs] = mortal
  const child = spawn(guard, [...guardArgs, command, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  let said = ''
  for (const output of [child.stdout, child.stderr])
    output.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-saidAtMost)
    })
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  return {
    said: () => said,
    hasEnded,
    accepts: async (port) => {
      for (const end = Date.now() + acceptsWithinMs; !(await isAccepted(port)); await pause(50)) {
        if (hasEnded()) throw new Error(`${command} ended: ${said}`)
        if (Date.now() < end) continue
        child.kill('SIGKILL')
        throw new Error(`${command} does not listen on ${port}: ${said}`)
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (hasEnded()) return
      const impatient = setTimeout(() => child.kill('SIGKILL'), graceMs)
      if (graceMs > 0) child.kill('SIGTERM')
      await exited
      clearTimeout(impatient)
    },
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function isAccepted(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
