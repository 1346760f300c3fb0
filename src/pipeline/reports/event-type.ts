import type { ActivityEvent } from '../../domain/metrics/activity.ts'
import type { ReportReading } from '../report-reading.ts'

/** A kind of mark by its id; calls have none: their name is their direction, of bound ones with `bound-` before it. */
export interface EventType {
  readonly id: string | null
  readonly name: string
}

export async function openEventTypes(reading: ReportReading): Promise<(type: ActivityEvent['type']) => EventType> {
  const names = new Map((await reading.markTypes()).map(({ id, name }) => [id, name]))
  return (type) => {
    if ('calls' in type) return { id: null, name: type.calls }
    if ('bound' in type) return { id: null, name: `bound-${type.bound}` }
    return { id: String(type.mark), name: names.get(type.mark) ?? String(type.mark) }
  }
}
