import { connect, createServer, type Socket } from 'node:net'
import type { TestContext } from 'node:test'

/** What becomes of a COMMIT on its way: it goes through, or the connection breaks before it arrived, or before its answer did. */
export type CommitFate = 'through' | 'lost' | 'answer lost'

/** A simple query as PostgreSQL's protocol writes it: 'Q', length, text, zero (manual, chapter 55.7). */
const commit = Buffer.from('Q\0\0\0\u000bCOMMIT\0', 'latin1')

export interface Proxy {
  /** The given URL, by way of the proxy. */
  readonly url: string
  /** Commits seen, by their fate. */
  readonly seen: Readonly<Record<CommitFate, number>>
}

/** Stands between a program and PostgreSQL; `fate` is asked for each COMMIT. */
export async function proxyTo(t: TestContext, url: string, fate: () => CommitFate): Promise<Proxy> {
  const target = new URL(url)
  const seen: Record<CommitFate, number> = { through: 0, lost: 0, 'answer lost': 0 }
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let dropping = false
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', () => {
        open.delete(socket)
        end()
      })
    }
    client.on('data', (chunk: Buffer) => {
      if (chunk.includes(commit)) {
        const next = fate()
        seen[next]++
        if (next === 'lost') return end()
        dropping = next === 'answer lost'
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      // The answer is there, so the commit is done: nobody is told.
      if (dropping) end()
      else client.write(chunk)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  const { port } = server.address() as { port: number }
  const through = new URL(url)
  through.port = String(port)
  return { url: through.href, seen }
}
