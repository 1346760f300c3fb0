import { unattributedParts } from '../../domain/metrics/unattributed.ts'
import { instantText } from '../status.ts'
import type { NamedEmployee, ReportFacts } from './facts.ts'
import type { Report } from './request.ts'
import { sumOf } from './totals.ts'

export interface UnattributedReportRow {
  readonly call: string
  readonly extension: string
  readonly plan: string
  readonly reason: 'no-holder' | 'off-shift'
  readonly holder: NamedEmployee | null
  /** Of the call. */
  readonly startedAt: string
  readonly talkSeconds: number
  readonly source: string
}

/** Calls, each once, however many telephones of it are rows; one that has rows of both reasons counts under each. */
export interface UnattributedTotal {
  readonly calls: number
  readonly noHolder: number
  readonly offShift: number
  readonly talkSeconds: number
}

/** A call and extension a row; an extension that changed hands in the call has one for each holder. */
export async function unattributedReport(
  facts: ReportFacts,
): Promise<Report<UnattributedReportRow, UnattributedTotal>> {
  const { period, filter } = facts.request
  const ids = facts.people.map(({ id }) => id)
  const parts = await facts.parts(period, ids, filter.employeeIds === null)
  const found = unattributedParts(parts)
  const sources = new Map((await facts.reading.sources()).map(({ id, name }) => [id, name]))
  const sourceOf = new Map(parts.map((it) => [it.callId, sources.get(it.sourceId) ?? '']))
  const talkOf = (reason: string) =>
    sumOf(
      found.filter((it) => it.reason === reason),
      (it) => it.talkSeconds,
    )
  const callsOf = (reason: string) =>
    new Set(found.filter((it) => it.reason === reason).map(({ callId }) => callId)).size
  const counted = parts.filter((it) => it.counted && (it.state === 'on-shift' || it.state === 'on-break'))
  return {
    rows: found.map(({ callId, extension, plan, reason, employeeId, startedAt, talkSeconds }) => ({
      call: String(callId),
      extension,
      plan,
      reason,
      holder: facts.named(employeeId),
      startedAt: instantText(startedAt),
      talkSeconds,
      source: sourceOf.get(callId) ?? '',
    })),
    total: {
      calls: new Set(found.map(({ callId }) => callId)).size,
      noHolder: callsOf('no-holder'),
      offShift: callsOf('off-shift'),
      talkSeconds: sumOf(found, (it) => it.talkSeconds),
    },
    checks: async () => [
      {
        kind: 'people',
        employees: sumOf(counted, (it) => it.talkSeconds),
        noHolder: talkOf('no-holder'),
        offShift: talkOf('off-shift'),
        calls: await facts.talkByCalls(),
      },
    ],
  }
}
