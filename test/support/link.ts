import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A connection between two machines, as a port of its own in front of another: it can be cut, or be away for a while. */
export class Link implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client))
  readonly #open = new Set<Socket>()
  #target: { readonly host: string; readonly port: number } | null = null
  #isAway = false

  static async open(): Promise<Link> {
    const link = new Link()
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve))
    return link
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get address(): string {
    return `127.0.0.1:${this.port}`
  }

  /** `host:port` of what stands behind it. */
  lead(target: string): void {
    const [host = '', port = ''] = target.split(':')
    this.#target = { host, port: Number(port) }
  }

  /** Breaks what is open; who connects again gets through. */
  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }

  /** Breaks what is open and lets nobody through until it is back. */
  away(isAway: boolean): void {
    this.#isAway = isAway
    if (isAway) this.cut()
  }

  #join(client: Socket): void {
    if (this.#isAway || !this.#target) return void client.destroy()
    const upstream = connect(this.#target)
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      this.#open.add(socket)
      socket.setNoDelay(true)
      socket.on('error', end)
      socket.on('close', () => {
        this.#open.delete(socket)
        end()
      })
    }
    client.pipe(upstream)
    upstream.pipe(client)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
