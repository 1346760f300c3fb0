/** Addresses of listeners and networks of peers, as people write them. Pure checks of the writing: nothing is looked up. */

/** Port 0: any free one. Host null: every address of the machine, IPv4 and IPv6. */
export interface Address {
  readonly host: string | null
  readonly port: number
}

/** `host:port`, `[IPv6]:port` or `:port`; null when it is none of them. */
export function parseAddress(text: string): Address | null {
  const [, six, name, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/u.exec(text) ?? []
  if (digits === undefined) return null
  const port = Number(digits)
  if (port > 65_535) return null
  if (six !== undefined) return parseIpv6(six) ? { host: six, port } : null
  if (name === undefined || name === '') return { host: null, port }
  return isHostName(name) ? { host: name, port } : null
}

export function formatAddress({ host, port }: Address): string {
  if (host === null) return `:${port}`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** True when the host is this machine only. A name is trusted only when it is `localhost`. */
export function isLoopback(host: string | null): boolean {
  if (host === null) return false
  if (host.toLowerCase() === 'localhost') return true
  return parseIpv4(host)?.[0] === 127 || parseIpv6(host)?.join(':') === '0:0:0:0:0:0:0:1'
}

/** True when two listeners cannot be open at the same time. Free ports (0) never collide. */
export function collide(one: Address | null, other: Address | null): boolean {
  if (!one || !other || one.port !== other.port || one.port === 0) return false
  const [a, b] = [hostKey(one.host), hostKey(other.host)]
  if (a === b || a === 'every' || b === 'every') return true
  const isFour = (host: string) => !host.includes(':')
  return (a === '0.0.0.0' && isFour(b)) || (b === '0.0.0.0' && isFour(a))
}

function hostKey(host: string | null): string {
  if (host === null) return 'every'
  const groups = parseIpv6(host)
  if (!groups) return host.toLowerCase()
  // A listener on :: takes IPv4 as well.
  return groups.every((group) => group === 0) ? 'every' : groups.join(':')
}

/**
 * An IPv4 or IPv6 network in CIDR notation, or one address. An IPv4 network written inside IPv6 (`::ffff:10.0.0.0/104`) is
 * refused: peers are compared unmapped, so it would never match (R24).
 */
export function isNetwork(text: string): boolean {
  const [, base = '', digits] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/u.exec(text) ?? []
  const bits = digits === undefined ? 0 : Number(digits)
  if (parseIpv4(base)) return bits <= 32
  const groups = parseIpv6(base)
  return groups !== null && bits <= 128 && !isMapped(groups)
}

const isMapped = (groups: readonly number[]): boolean =>
  groups[5] === 0xffff && groups.slice(0, 5).every((group) => group === 0)

/** A name by which TLS asks for a host: never an address (RFC 6066, 3). */
export const isServerName = (name: string): boolean => !/^[\d.]+$/u.test(name) && isHostName(name)

function isHostName(name: string): boolean {
  if (/^[\d.]+$/u.test(name)) return parseIpv4(name) !== null
  return name.length <= 253 && name.split('.').every((label) => /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/u.test(label))
}

/** Four numbers; null when it is no IPv4 address. Leading zeros are refused: some programs read them as octal. */
function parseIpv4(text: string): number[] | null {
  const parts = text.split('.')
  const isPart = (part: string) => /^(?:0|[1-9]\d{0,2})$/u.test(part) && Number(part) <= 255
  return parts.length === 4 && parts.every(isPart) ? parts.map(Number) : null
}

/** Eight groups; null when it is no IPv6 address (RFC 4291, 2.2). Zone names (`%eth0`) are not taken. */
function parseIpv6(text: string): number[] | null {
  const halves = text.split('::')
  if (!text.includes(':') || halves.length > 2) return null
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  if (!head) return null
  const groups = groupsOf(tail ?? head)
  const front = tail ? groupsOf(head, false) : []
  if (!groups || !front) return null
  const missing = 8 - front.length - groups.length
  if (tail ? missing < 1 : missing !== 0) return null
  return [...front, ...Array.from({ length: missing }, () => 0), ...groups]
}

/** Groups of one side of `::`; the last may be an IPv4 address where the address ends. */
function groupsOf(parts: readonly string[], atEnd = true): number[] | null {
  const groups: number[] = []
  for (const [i, part] of parts.entries()) {
    const four = atEnd && i === parts.length - 1 ? parseIpv4(part) : null
    if (four) {
      const [a = 0, b = 0, c = 0, d = 0] = four
      groups.push(a * 256 + b, c * 256 + d)
    } else if (/^[0-9a-f]{1,4}$/iu.test(part)) groups.push(Number.parseInt(part, 16))
    else return null
  }
  return groups
}
