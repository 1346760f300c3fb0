/**
 * Sends the lines of a file over so many connections, from a process of its own. Every connection first sends one line, so that
 * what a connection costs at its start is over when the clock starts; then, told to go, all the rest as fast as it is taken.
 * Says itself when all is sent: sockets of the run before that linger in TIME_WAIT look just like a sender that has finished.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

export interface Sender extends Disposable {
  /** Resolves when every connection has sent its first line. */
  readonly ready: Promise<void>
  readonly go: () => void
  /** How many connections broke before all of theirs was with the kernel: a run where it is not zero says nothing. */
  readonly unsent: Promise<number>
}

export function startSender(file: string, port: number, connections: number): Sender {
  const child = fork(fileURLToPath(import.meta.url), [file, String(port), String(connections)])
  const ready = Promise.withResolvers<void>()
  const unsent = Promise.withResolvers<number>()
  child.on('message', (said: 'ready' | number) => {
    if (said === 'ready') ready.resolve()
    else unsent.resolve(said)
  })
  // Whoever waited for the first lines has failed; without them nothing was sent at all.
  child.once('exit', () => {
    ready.reject(new Error(`the sender ended: is port ${port} open for ${connections} connections?`))
    unsent.resolve(connections)
  })
  ready.promise.catch(() => undefined)
  return {
    ready: ready.promise,
    go: () => child.send('go'),
    unsent: unsent.promise,
    [Symbol.dispose]: () => child.kill('SIGKILL'),
  }
}

if (import.meta.main) await send()

async function send(): Promise<void> {
  const [file = '', port, connections] = process.argv.slice(2)
  const shares = sharesOf(readFileSync(file), Number(connections))
  const sockets = await Promise.all(
    shares.map(async (share) => {
      const socket = createConnection({ host: '127.0.0.1', port: Number(port), noDelay: true })
      await once(socket, 'connect')
      socket.resume().write(share.subarray(0, share.indexOf(10) + 1))
      return socket
    }),
  )
  // Whoever started it has gone.
  process.once('disconnect', () => process.exit())
  process.send?.('ready')
  await once(process, 'message')
  const sent = await Promise.all(
    sockets.map((socket, i) => isSent(socket, shares[i]?.subarray(shares[i].indexOf(10) + 1) ?? Buffer.of())),
  )
  process.send?.(sent.filter((it) => !it).length)
}

/** Whole lines, about as many bytes for each. */
function sharesOf(bytes: Buffer, count: number): Buffer[] {
  const shares: Buffer[] = []
  for (let i = 0, from = 0; i < count; i++) {
    const to = i === count - 1 ? bytes.length : bytes.indexOf(10, Math.floor(((i + 1) * bytes.length) / count)) + 1
    shares.push(bytes.subarray(from, to))
    from = to
  }
  return shares
}

function isSent(socket: Socket, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    socket.on('error', () => resolve(false))
    socket.once('close', () => resolve(false))
    socket.once('finish', () => resolve(true))
    socket.end(bytes)
  })
}
