import { ringDigestUntil } from '../../domain/legacy/bound-call.ts'
import type { Imported } from '../../domain/legacy/ledger.ts'
import type { OldDigest, OldReport } from '../../domain/legacy/old-tables.ts'
import { legacyReport, planReport } from '../../domain/legacy/saved-report.ts'
import { importer, type DigestOrigin, type LegacyDigest } from './legacy-store.ts'
import { countStanding, fingerprint, type LegacyRun, type MadeRow } from './run.ts'
import { audited } from '../people-telling.ts'

const reportTable = 'working_working_reports'

/** Saved reports stay as they were: totals of the older system, frozen. Whoever deletes one here has deleted it. */
export async function writeReports(run: LegacyRun, reports: readonly OldReport[]): Promise<void> {
  const { now } = run.options
  const done = await run.write(async (tx) => {
    const known = await tx.legacy.made(
      reportTable,
      'report',
      reports.map((it) => String(it.id)),
    )
    const found: Imported[] = []
    const made: MadeRow[] = []
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
      made.push({ oldId: String(report.id), id, fingerprint: print, employeeId: null })
      await tx.addAudit([audited({ now, who: importer }, 'legacy-report', null, null, { id, name })])
      found.push(before ? 'changed' : 'fresh')
    }
    await tx.legacy.putMade(reportTable, 'report', made)
    return { found, made }
  })
  await run.readBack(reportTable, (tx, since) =>
    countStanding(tx, since, [reportTable, 'report'], done.made, async () => {
      const there = new Set((await tx.savedReports()).map(({ id }) => id))
      return new Map(done.made.flatMap((it) => (there.has(it.id) ? [[it.id, it.fingerprint] as const] : [])))
    }),
  )
  for (const it of done.found) run.ledger.imported(reportTable, it)
}

const tableOf = { avaya_log: 'monitor_avaya_log', phone_log: 'phone_log' } as const

/** Rows of the older statistics, which nobody changes here. */
export async function writeDigests(run: LegacyRun, origin: DigestOrigin, read: readonly OldDigest[]): Promise<void> {
  const table = tableOf[origin]
  const digests = run.once(table, read)
  const judged = await run.write(async (tx) => {
    const known = await tx.legacy.digests(
      origin,
      digests.map((it) => it.id),
    )
    const rows = digests.map(({ id, ...it }): LegacyDigest => {
      return { ...it, origin, oldId: id, ringOnly: origin === 'avaya_log' && it.at < ringDigestUntil }
    })
    const each = rows.map((row): { row: LegacyDigest; is: Imported } => {
      const before = known.get(row.oldId)
      return { row, is: !before ? 'fresh' : contentOf(before) === contentOf(row) ? 'same' : 'changed' }
    })
    await tx.legacy.putDigests(written(each))
    return each
  })
  await run.readBack(table, async (tx) => {
    const rows = written(judged)
    const there = await tx.legacy.digests(
      origin,
      rows.map((it) => it.oldId),
    )
    return rows.filter((it) => contentOf(there.get(it.oldId)) === contentOf(it)).length
  })
  for (const { is } of judged) run.ledger.imported(table, is)
}

const written = (judged: readonly { readonly row: LegacyDigest; readonly is: Imported }[]): LegacyDigest[] =>
  judged.filter((it) => it.is !== 'same').map(({ row }) => row)

const contentOf = (it: LegacyDigest | undefined): string | null =>
  it === undefined
    ? null
    : JSON.stringify([it.source, it.at, it.seconds, it.direction, it.a, it.b, it.c, it.internal, it.ringOnly])
