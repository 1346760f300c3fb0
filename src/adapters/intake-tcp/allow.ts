import { BlockList, isIP } from 'node:net'
import { defaultAllow } from '../../domain/settings.ts'

/** `::ffff:10.6.0.1` is 10.6.0.1: an IPv4 peer on a socket of both families (R24). */
export const unmapped = (address: string): string =>
  /^::ffff:\d+\.\d+\.\d+\.\d+$/iu.test(address) ? address.slice(7) : address

/** `networks`: CIDRs or single addresses, checked by the configuration. */
export function allowList(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (address) => {
    const bare = unmapped(address).replace(/%.*$/u, '')
    const family = isIP(bare)
    return family !== 0 && list.check(bare, family === 6 ? 'ipv6' : 'ipv4')
  }
}

const isLoopback = allowList(['127.0.0.0/8', '::1/128'])
const isPrivate = allowList(defaultAllow)

/**
 * Why a listener has to stay shut (R24), or null. Behind a published container port every peer looks private, so there, and on
 * a public address, a listener that is not on loopback must say whom it lets in.
 */
export function mustStayShut(
  host: string | null,
  allow: readonly string[] | null,
  inContainer: boolean,
): 'container' | 'public-address' | null {
  if (allow !== null || host === 'localhost' || (host !== null && isLoopback(host))) return null
  if (inContainer) return 'container'
  if (host !== null && isIP(host) !== 0 && host !== '0.0.0.0' && host !== '::' && !isPrivate(host))
    return 'public-address'
  return null
}
