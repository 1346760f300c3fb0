import { ringDigestUntil } from '../../domain/legacy/bound-call.ts'
import type { Imported } from '../../domain/legacy/ledger.ts'
import type { OldDigest, OldReport } from '../../domain/legacy/old-tables.ts'
import { legacyReport, planReport } from '../../domain/legacy/saved-report.ts'
import { importer, type DigestOrigin, type LegacyDigest } from './legacy-store.ts'
import { fingerprint, type LegacyRun } from './run.ts'

const reportTable = 'working_working_reports'

/** Saved reports stay as they were: totals of the older system, frozen. Whoever deletes one here has deleted it. */
export async function writeReports(run: LegacyRun, reports: readonly OldReport[]): Promise<void> {
  const { now } = run.options
  const outcomes = await run.write(async (tx) => {
    const known = await tx.legacy.made(
      reportTable,
      'report',
      reports.map((it) => String(it.id)),
    )
    const found: Imported[] = []
    for (const report of reports) {
      const { name, filter, madeAt, figures } = planReport(report)
      const author = run.nameOf(report.authorId ?? 0)
      const row = { name, report: legacyReport, filter: JSON.stringify(filter), author, madeAt, frozen: true }
      const rows = JSON.stringify([figures])
      const print = fingerprint(row, rows)
      const before = known.get(String(report.id))
      if (before?.fingerprint === print) {
        found.push('same')
        continue
      }
      if (before) await tx.removeSavedReport(before.id)
      const id = await tx.addSavedReport({ ...row, rows, shifts: null })
      await tx.legacy.putMade(reportTable, 'report', [{ oldId: String(report.id), id, fingerprint: print }])
      const audit = { at: now, who: importer, what: 'legacy-report', employeeId: null, before: null }
      await tx.addAudit([{ ...audit, after: JSON.stringify({ id, name }) }])
      found.push(before ? 'changed' : 'fresh')
    }
    return found
  })
  for (const it of outcomes) run.ledger.imported(reportTable, it)
}

const tableOf = { avaya_log: 'monitor_avaya_log', phone_log: 'phone_log' } as const

/** Rows of the older statistics, which nobody changes here. */
export async function writeDigests(run: LegacyRun, origin: DigestOrigin, digests: readonly OldDigest[]): Promise<void> {
  const outcomes = await run.write(async (tx) => {
    const known = await tx.legacy.digests(
      origin,
      digests.map((it) => it.id),
    )
    const rows = digests.map(({ id, ...it }): LegacyDigest => {
      return { ...it, origin, oldId: id, ringOnly: origin === 'avaya_log' && it.at < ringDigestUntil }
    })
    const judged = rows.map((row): { row: LegacyDigest; is: Imported } => {
      const before = known.get(row.oldId)
      return { row, is: !before ? 'fresh' : contentOf(before) === contentOf(row) ? 'same' : 'changed' }
    })
    // A row that stands twice in a file is one.
    const toWrite = new Map(judged.filter((it) => it.is !== 'same').map(({ row }) => [row.oldId, row]))
    await tx.legacy.putDigests([...toWrite.values()])
    return judged.map((it) => it.is)
  })
  for (const it of outcomes) run.ledger.imported(tableOf[origin], it)
}

const contentOf = (it: LegacyDigest): string =>
  JSON.stringify([it.source, it.at, it.seconds, it.direction, it.a, it.b, it.c, it.internal, it.ringOnly])
