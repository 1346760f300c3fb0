import type { Doubt } from '../../call.ts'
import type { WallReadings, Zone } from '../../clock.ts'
import type { HourEvidence, Segment } from '../format.ts'
import type { AsteriskFields } from './fields.ts'
import { readUniqueId } from './unique-id.ts'

/**
 * The instants at which the rows of a call start. `usegmtime` writes GMT instead of local time and leaves no mark in the file, and
 * an hour that the clock shows twice in autumn needs a choice. What decides, in this order:
 * 1. the epoch in the row's uniqueid, which is the creation of the channel and lies at most a few seconds before the channel's
 *    first row: it tells GMT from local time and one reading of the repeated hour from the other;
 * 2. the row's own end, where the clock jumped while the row lasted;
 * 3. the receipt by a live delivery: rows are written when a channel hangs up;
 * 4. the other rows of the call: a row begins where another begins or ends;
 * 5. nothing: the first reading, marked.
 */
export interface Starts {
  /** UTC milliseconds, in the order of the rows. */
  readonly instants: readonly number[]
  readonly doubts: readonly Doubt[]
}

type Row = Segment<AsteriskFields>

/** How long after the creation of its channel the first row of a uniqueid may start, and by how much seconds cut off may disagree. */
const afterEpochMs = 300_000
const beforeEpochMs = 2_000

/** A row that came later than this after its end waited somewhere (`batch`); two clocks may differ by the other a little. */
const latestReceiptMs = 900_000
const earliestReceiptMs = 30_000

export function startsOf(rows: readonly Row[], zone: Zone, evidence: HourEvidence | null): Starts {
  return new Resolver(rows, zone).resolve(evidence)
}

/** How one uniqueid's rows are to be read, and the row that its epoch dates. */
interface Reading {
  readonly clock: 'gmt' | 'zone'
  readonly place: number
  readonly instant: number
  readonly epoch: number
}

/** A row in the repeated hour that is still to be placed; `epoch` only where it has dated another row of the same uniqueid. */
interface Pending {
  readonly place: number
  readonly readings: WallReadings
  readonly epoch: number | null
}

class Resolver {
  readonly #rows: readonly Row[]
  readonly #zone: Zone
  readonly #instants: number[]
  readonly #pending: Pending[] = []
  readonly #doubts = new Set<Doubt>()

  constructor(rows: readonly Row[], zone: Zone) {
    this.#rows = rows
    this.#zone = zone
    this.#instants = rows.map(() => Number.NaN)
  }

  resolve(evidence: HourEvidence | null): Starts {
    const byId = this.#readIds()
    this.#placePlain(byId)
    if (this.#pending.length > 0) {
      this.#placeByOwnEnd()
      this.#placeByReceipt(evidence)
      this.#placeByNeighbours()
    }
    return { instants: this.#instants, doubts: [...this.#doubts] }
  }

  /** Per uniqueid: does exactly one reading of its first row fit its epoch? */
  #readIds(): Map<string, Reading> {
    const firsts = new Map<string, number>()
    for (const [place, row] of this.#rows.entries()) {
      const { uniqueid } = row.fields
      const first = firsts.get(uniqueid)
      if (first === undefined || row.startWall < (this.#rows[first] as Row).startWall) firsts.set(uniqueid, place)
    }
    const byId = new Map<string, Reading>()
    for (const [uniqueid, place] of firsts) {
      const epoch = epochOf(uniqueid)
      const reading = epoch === null ? null : this.#fit(place, epoch, true)
      if (reading) byId.set(uniqueid, reading)
    }
    if (byId.size < firsts.size) this.#readStraddling(byId)
    return byId
  }

  /**
   * A call over the end of summer time: the row with the smallest time on the clock is then not the first of its uniqueid, and an
   * earlier one, at the end of the first pass of the hour, is what fits.
   */
  #readStraddling(byId: Map<string, Reading>): void {
    for (const [place, { startWall, fields }] of this.#rows.entries()) {
      if (byId.has(fields.uniqueid) || this.#zone.readings(startWall).kind !== 'ambiguous') continue
      const epoch = epochOf(fields.uniqueid)
      const reading = epoch === null ? null : this.#fit(place, epoch, false)
      if (reading) byId.set(fields.uniqueid, reading)
    }
  }

  #fit(place: number, epoch: number, orGmt: boolean): Reading | null {
    const { startWall } = this.#rows[place] as Row
    const { first, second } = this.#zone.readings(startWall)
    const fits = (instant: number) => instant >= epoch - beforeEpochMs && instant <= epoch + afterEpochMs
    const found: Reading[] = []
    if (fits(first)) found.push({ clock: 'zone', place, instant: first, epoch })
    if (second !== first && fits(second)) found.push({ clock: 'zone', place, instant: second, epoch })
    const isThird = startWall !== first && startWall !== second
    if (orGmt && isThird && fits(startWall)) found.push({ clock: 'gmt', place, instant: startWall, epoch })
    return found.length === 1 ? (found[0] as Reading) : null
  }

  /** Rows whose uniqueid tells nothing are read like the rest of their call, where the rest agrees. */
  #placePlain(byId: ReadonlyMap<string, Reading>): void {
    const clocks = new Set([...byId.values()].map((it) => it.clock))
    const common = clocks.size === 1 && clocks.has('gmt') ? 'gmt' : 'zone'
    for (const [place, { startWall, fields }] of this.#rows.entries()) {
      const reading = byId.get(fields.uniqueid)
      if ((reading?.clock ?? common) === 'gmt') {
        this.#instants[place] = startWall
        continue
      }
      const readings = this.#zone.readings(startWall)
      if (readings.kind === 'skipped') this.#doubts.add('skipped-hour')
      if (readings.kind !== 'ambiguous') this.#instants[place] = readings.first
      else if (reading?.place === place) this.#instants[place] = reading.instant
      else this.#pending.push({ place, readings, epoch: reading?.epoch ?? null })
    }
  }

  /** Read from the right instant, the zone's clock must show the end that the row shows. */
  #placeByOwnEnd(): void {
    this.#settle(({ place, readings, epoch }) => {
      const { startWall, fields } = this.#rows[place] as Row
      const fits = (instant: number) => {
        if (epoch !== null && instant < epoch - beforeEpochMs) return false
        const shown = this.#zone.wallAt(instant + fields.lastsSeconds * 1000) - startWall - fields.lastsSeconds * 1000
        return Math.abs(shown - fields.jumpSeconds * 1000) <= 2_000
      }
      return onlyOne(readings, fits)
    })
  }

  /**
   * Of the rows that could be the newest when they came, the one that waited least dates the call: rows of one channel are written
   * together when it hangs up, so that earlier ones waited longer.
   */
  #placeByReceipt(evidence: HourEvidence | null): void {
    if (evidence === null) return
    let least = Infinity
    let datedPlace = -1
    let datedInstant = 0
    for (const { place, readings, epoch } of this.#pending) {
      const { id, fields } = this.#rows[place] as Row
      const receipt = epoch === null ? evidence.liveReceipt(id) : null
      if (receipt === null) continue
      for (const instant of [readings.first, readings.second]) {
        const waited = receipt - (instant + fields.lastsSeconds * 1000)
        if (waited < -earliestReceiptMs || waited > latestReceiptMs || waited >= least) continue
        least = waited
        datedPlace = place
        datedInstant = instant
      }
    }
    this.#settle(({ place }) => (place === datedPlace ? datedInstant : null))
  }

  /** In the order of the rows: each is read so that it begins nearest to where a row placed before begins or ends. */
  #placeByNeighbours(): void {
    if (this.#pending.length === 0) return
    const bounds: number[] = []
    for (const [place, instant] of this.#instants.entries())
      if (!Number.isNaN(instant)) bounds.push(instant, this.#endOf(place, instant))
    bounds.sort((a, b) => a - b)
    let newest: number[] = []
    this.#settle(({ place, readings, epoch }) => {
      if (bounds.length === 0 && newest.length === 0) this.#doubts.add('ambiguous-hour')
      const far = (instant: number) => {
        if (epoch !== null && instant < epoch - beforeEpochMs) return Infinity
        let distance = distanceTo(bounds, instant)
        for (const bound of newest) distance = Math.min(distance, Math.abs(bound - instant))
        return distance
      }
      const instant = far(readings.second) < far(readings.first) ? readings.second : readings.first
      newest = [instant, this.#endOf(place, instant)]
      return instant
    })
  }

  #endOf(place: number, instant: number): number {
    return instant + (this.#rows[place] as Row).fields.lastsSeconds * 1000
  }

  /** Places the pending rows for which `decide` gives an instant. */
  #settle(decide: (pending: Pending) => number | null): void {
    const left = this.#pending.filter((pending) => {
      const instant = decide(pending)
      if (instant !== null) this.#instants[pending.place] = instant
      return instant === null
    })
    this.#pending.splice(0, this.#pending.length, ...left)
  }
}

function epochOf(uniqueid: string): number | null {
  const read = readUniqueId(uniqueid)
  return read === null ? null : read.epochSeconds * 1000
}

function onlyOne({ first, second }: WallReadings, fits: (instant: number) => boolean): number | null {
  const fitsFirst = fits(first)
  if (fitsFirst === fits(second)) return null
  return fitsFirst ? first : second
}

/** From the nearest of ascending numbers. */
function distanceTo(bounds: readonly number[], value: number): number {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((bounds[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return Math.min(Math.abs((bounds[low] ?? Infinity) - value), Math.abs(value - (bounds[low - 1] ?? -Infinity)))
}
