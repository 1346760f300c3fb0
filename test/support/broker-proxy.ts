import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands in front of a broker of Kafka: loses answers, falls silent, or lets nobody through. */
export class BrokerProxy implements AsyncDisposable {
  readonly #server = createServer((client) => this.#join(client))
  readonly #open = new Set<Socket>()
  #target: { readonly host: string; readonly port: number } | null = null
  #answersToLose = 0
  #isSilent = false
  #isAway = false
  #breakAfter: number | null = null
  /** Connections that were made through it. */
  connections = 0

  static async open(): Promise<BrokerProxy> {
    const proxy = new BrokerProxy()
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** `host:port` of the broker behind it. */
  lead(target: string): void {
    const [host = '', port = ''] = target.split(':')
    this.#target = { host, port: Number(port) }
  }

  /** Breaks the connection in place of the next answers to Produce: the broker has the records, and nobody is told. */
  loseProduceAnswers(answers: number): void {
    this.#answersToLose = answers
  }

  /** Takes everything and answers nothing, on connections that are open; those that are made after its end are well. */
  silent(isSilent: boolean): void {
    this.#isSilent = isSilent
  }

  /** Breaks each connection that is made from now on when so many bytes have been answered; null: it does not. */
  breakAfter(bytes: number | null): void {
    this.#breakAfter = bytes
  }

  away(isAway: boolean): void {
    this.#isAway = isAway
    if (isAway) for (const it of this.#open) it.destroy()
  }

  #join(client: Socket): void {
    if (this.#isAway || !this.#target) return void client.destroy()
    this.connections++
    const upstream = connect(this.#target)
    const requests = new Requests()
    let isMute = false
    let left = this.#breakAfter ?? Number.POSITIVE_INFINITY
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const it of [client, upstream]) {
      this.#open.add(it)
      it.setNoDelay(true)
      it.on('error', end)
      it.on('close', () => {
        this.#open.delete(it)
        end()
      })
    }
    client.on('data', (chunk: Buffer) => {
      requests.push(chunk)
      if (this.#isSilent) isMute = true
      if (!isMute) upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      if (isMute) return
      if (requests.isProduce && this.#answersToLose > 0) {
        this.#answersToLose--
        return end()
      }
      client.write(chunk.subarray(0, left))
      left -= chunk.length
      // Not in good order: as a host does that lost its power and was started again.
      if (left < 0) client.resetAndDestroy()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const it of this.#open) it.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Which request is under way: each begins with its length and the key of what it asks, 0 for Produce. */
class Requests {
  isProduce = false
  #missing = 0

  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#missing === 0) {
        this.#missing = 4 + chunk.readInt32BE(at)
        this.isProduce = chunk.readInt16BE(at + 4) === 0
      }
      const taken = Math.min(this.#missing, chunk.length - at)
      this.#missing -= taken
      at += taken
    }
  }
}
