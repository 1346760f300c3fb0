import type { Zone } from '../clock.ts'
import type { Random } from './random.ts'
import { dayNoise, hourWeights, ownAccordShare, weekdayFactors } from './shares.ts'

export const dayMs = 86_400_000
const hourMs = 3_600_000

/** Monday is 0. `wallDay` counts days since 1970-01-01, a Thursday. */
export const weekdayOf = (wallDay: number): number => (((wallDay + 3) % 7) + 7) % 7

/** Opening hours, by the clock of the site. */
export function isOpen(wall: number): boolean {
  const day = Math.floor(wall / dayMs)
  const hour = (wall - day * dayMs) / hourMs
  return weekdayOf(day) < 5 ? hour >= 8 && hour < 21 : hour >= 9 && hour < 18
}

/**
 * Instants, ascending, at which the calls of one day begin of their own accord. A wall time that the day has twice falls
 * on either; one that it skips moves with the clock.
 */
export function arrivalsOf(random: Random, zone: Zone, wallDay: number, callsADay: number): number[] {
  const weekday = weekdayOf(wallDay)
  const [least, most] = dayNoise
  const expected = callsADay * ownAccordShare * (weekdayFactors[weekday] as number)
  const calls = Math.round(expected * (least + (most - least) * random.next()))
  const weights = weekday < 5 ? hourWeights.work : hourWeights.rest
  const total = weights.reduce<number>((sum, weight) => sum + weight, 0)
  const instants: number[] = []
  for (let i = 0; i < calls; i++) {
    let at = random.next() * total
    let hour = 0
    while (hour < 23 && at >= (weights[hour] as number)) at -= weights[hour++] as number
    const wall = wallDay * dayMs + Math.floor((hour + random.next()) * hourMs)
    const readings = zone.readings(wall)
    instants.push(readings.kind === 'ambiguous' && random.chance(0.5) ? readings.second : readings.first)
  }
  return instants.sort((a, b) => a - b)
}
