/**
 * A seeded generator that gives the same numbers on every machine. Only `+ - * /`, `Math.sqrt`, `Math.floor` and integer
 * operations are used: `Math.log`, `Math.exp` and `Math.cos` may differ in their last bit from one engine to the next.
 */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number
  /** A whole number in [0, n). */
  readonly below: (n: number) => number
  /** A whole number in [from, to], both ends included. */
  readonly between: (from: number, to: number) => number
  readonly chance: (probability: number) => boolean
  /** Throws a RangeError on an empty list. */
  readonly pick: <T>(list: readonly T[]) => T
  readonly exponential: (mean: number) => number
  readonly lognormal: (median: number, sigma: number) => number
}

const twoTo32 = 4_294_967_296

/** sfc32 (Chris Doty-Humphrey, PractRand), its state filled by splitmix32 so that neighbouring seeds have nothing in common. */
export function openRandom(seed: number, stream = 0): Random {
  let fill =
    (Math.floor(seed) ^ Math.imul(Math.floor(seed / twoTo32), 0x85eb_ca6b) ^ Math.imul(stream, 0xc2b2_ae35)) | 0
  const word = () => {
    fill = (fill + 0x9e37_79b9) | 0
    let z = fill
    z = Math.imul(z ^ (z >>> 16), 0x21f0_aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a_2d97)
    return (z ^ (z >>> 15)) | 0
  }
  let a = word()
  let b = word()
  let c = word()
  let counter = 1

  const next = () => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return (t >>> 0) / twoTo32
  }
  for (let i = 0; i < 16; i++) next()

  const below = (n: number) => Math.floor(next() * n)
  return {
    next,
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (probability) => next() < probability,
    pick: <T>(list: readonly T[]) => {
      if (list.length === 0) throw new RangeError('nothing to pick from')
      return list[below(list.length)] as T
    },
    exponential: (mean) => mean * minusLog(1 - next()),
    lognormal: (median, sigma) => {
      // Irwin–Hall: twelve uniform numbers have the variance of one standard normal.
      let sum = -6
      for (let i = 0; i < 12; i++) sum += next()
      return median * power(sum * sigma)
    },
  }
}

/** e to the x as (1 + x/4096)^4096: within 1 ‰ for the exponents used here, and the same everywhere. */
function power(x: number): number {
  let y = 1 + x / 4096
  for (let i = 0; i < 12; i++) y *= y
  return y
}

/** −ln u for u in (0, 1], by the same limit: square roots are exact by IEEE 754. */
function minusLog(u: number): number {
  let y = u
  for (let i = 0; i < 12; i++) y = Math.sqrt(y)
  return (1 - y) * 4096
}

/** A choice among names with fixed shares. The shares need not add up to 1: they are taken in proportion. */
export interface Choice<K extends string> {
  readonly pick: (random: Random) => K
  readonly share: (key: K) => number
}

export function openChoice<K extends string>(shares: Readonly<Record<K, number>>): Choice<K> {
  const keys = Object.keys(shares) as K[]
  let total = 0
  const upTo = keys.map((key) => (total += shares[key]))
  return {
    share: (key) => shares[key] / total,
    pick: (random) => {
      const at = random.next() * total
      for (let i = 0; i < upTo.length; i++) if (at < (upTo[i] as number)) return keys[i] as K
      return keys[keys.length - 1] as K
    },
  }
}
