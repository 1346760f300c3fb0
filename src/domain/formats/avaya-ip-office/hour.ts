import type { Doubt } from '../../call.ts'
import type { WallReadings, Zone } from '../../clock.ts'
import type { HourEvidence } from '../format.ts'
import type { Stretch } from './stretch.ts'

/**
 * The instant at which a call starts. SMDR is local time without a zone (manual 10.0, p. 702), so that an hour which the clock
 * shows twice in autumn needs a choice: by field 35, else by the order of Call IDs, else by the receipt, else the first reading,
 * marked. All legs of a call take the reading of its first one.
 */

type Choice = 'first' | 'second'

export interface CallStart {
  readonly instant: number
  readonly doubt: Doubt | null
}

/** Of a call's stretches in order. `evidence` is null when there is none. */
export function callStart(stretches: readonly Stretch[], zone: Zone, evidence: HourEvidence | null): CallStart {
  const first = stretches[0] as Stretch
  const readings = zone.readings(first.segment.startWall)
  if (readings.kind === 'plain') return { instant: readings.first, doubt: null }
  if (readings.kind === 'skipped') return { instant: readings.first, doubt: 'skipped-hour' }
  const choice =
    byRecordTime(first, readings, zone) ??
    (evidence === null ? null : (byCallId(first, evidence) ?? byReceipt(stretches, readings, evidence)))
  return { instant: readings[choice ?? 'first'], doubt: choice === null ? 'ambiguous-hour' : null }
}

const quarterMs = 900_000
/** The parts of a segment are rounded up by 3 s at most, and field 35 is written a moment after its end. */
const nearMs = 5_000

/**
 * Field 35 is the end of the record on one of two clocks, UTC or the exchange's own. Its difference from the end that Call Start
 * and the parts give, rounded to a quarter of an hour, is −(the zone's offset) on UTC; on the exchange's clock it is 0, or −(the
 * size of the change) when the call lasted over the change. Decides when everything that fits the record gives one reading.
 * In a zone where the winter offset equals the change (Central Europe) −1 h fits both a call of the second hour on UTC and one
 * on the exchange's clock that lasted over the change; then it does not decide.
 */
function byRecordTime(first: Stretch, readings: WallReadings, zone: Zone): Choice | null {
  const { startWall } = first.segment
  const { recordWall } = first.fields
  if (recordWall === null) return null
  const found = Math.round((recordWall - first.endWall) / quarterMs) * quarterMs
  const jumpBy = (wall: number) => zone.wallAt(readings.first + wall - startWall) - wall
  const fitsFirst =
    found === readings.first - startWall ||
    found === jumpBy(first.endWall - nearMs) ||
    found === jumpBy(first.endWall + nearMs)
  const fitsSecond = found === readings.second - startWall || found === 0
  if (fitsFirst === fitsSecond) return null
  return fitsFirst ? 'first' : 'second'
}

/**
 * Call IDs of one running period rise with the start of calls. Two calls of one repeated hour whose Call IDs are farther apart
 * than this belong to two periods: no IP Office sets up as many calls in the two hours that the hour lasts.
 */
const callIdsOfTwoHours = 50_000

/** Neighbours that contradict each other (the exchange restarted within the hour) decide nothing. */
function byCallId({ segment, fields }: Stretch, evidence: HourEvidence): Choice | null {
  const { callId } = fields
  let mustBeFirst = false
  let mustBeSecond = false
  for (const neighbour of evidence.neighbours) {
    const other = Number(neighbour.exchangeCallId)
    if (!(Math.abs(other - callId) <= callIdsOfTwoHours)) continue
    if (other < callId && neighbour.startWall > segment.startWall) mustBeSecond = true
    if (other > callId && neighbour.startWall < segment.startWall) mustBeFirst = true
  }
  if (mustBeFirst === mustBeSecond) return null
  return mustBeFirst ? 'first' : 'second'
}

/** A record that waited longer than this in the exchange's buffer says nothing by its receipt. */
const latestReceiptMs = 900_000
/** How much before the computed end a receipt may lie: seconds rounded up in each leg, and two clocks that differ a little. */
const earliestReceiptMs = 30_000

function byReceipt(stretches: readonly Stretch[], readings: WallReadings, evidence: HourEvidence): Choice | null {
  const { startWall } = (stretches[0] as Stretch).segment
  let receipt = Infinity
  let sinceStart = 0
  for (const { segment, endWall } of stretches) {
    const received = evidence.liveReceipt(segment.id)
    if (received === null || received > receipt) continue
    // Of records that came at once the later one waited least; their ends rise in the order of the call.
    receipt = received
    sinceStart = endWall - startWall
  }
  const fits = (start: number) => {
    const wait = receipt - (start + sinceStart)
    return wait >= -earliestReceiptMs && wait <= latestReceiptMs
  }
  // Both cannot fit: no clock change is as small as the two spans together.
  if (fits(readings.first)) return 'first'
  return fits(readings.second) ? 'second' : null
}
