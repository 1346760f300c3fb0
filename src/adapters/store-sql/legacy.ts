import type { Kysely } from 'kysely'
import { numberKey } from '../../domain/call.ts'
import type { How } from '../../domain/worktime/shift.ts'
import {
  type DigestOrigin,
  importer,
  type LegacyAccount,
  type LegacyCall,
  type LegacyDigest,
  type LegacyIssue,
  type LegacyMark,
  type LegacyTransaction,
  type Made,
  type MadeKind,
  type StandingIssue,
} from '../../pipeline/legacy/legacy-store.ts'
import { callOf, issueOf } from './legacy-rows.ts'
import { flag } from './people-rows.ts'
import type { Tables } from './tables.ts'

const rowsAtMost = 500

function* parts<R>(rows: readonly R[]): Generator<R[]> {
  for (let at = 0; at < rows.length; at += rowsAtMost) yield rows.slice(at, at + rowsAtMost)
}

/** The verbs of an import of the older system's data, over Kysely, the same for both engines. */
export class SqlLegacy implements LegacyTransaction {
  readonly #db: Kysely<Tables>

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  async lastAudit(): Promise<number> {
    const newest = await this.#db.selectFrom('audit').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst()
    return newest?.id ?? 0
  }

  async toldSince(audit: number): Promise<ReadonlySet<number | null>> {
    const rows = await this.#db
      .selectFrom('audit')
      .select('employee_id')
      .distinct()
      .where('id', '>', audit)
      .where('who', '!=', importer)
      .execute()
    return new Set(rows.map(({ employee_id }) => employee_id))
  }

  async made(table: string, kind: MadeKind, oldIds: readonly string[]): Promise<ReadonlyMap<string, Made>> {
    const found = new Map<string, Made>()
    for (const ids of parts(oldIds)) {
      const rows = await this.#db
        .selectFrom('legacy_id')
        .select(['old_id', 'id', 'fingerprint'])
        .where('old_table', '=', table)
        .where('kind', '=', kind)
        .where('old_id', 'in', ids)
        .execute()
      for (const { old_id, id, fingerprint } of rows) found.set(old_id, { id, fingerprint })
    }
    return found
  }

  async putMade(table: string, kind: MadeKind, rows: readonly (Made & { oldId: string })[]): Promise<void> {
    for (const some of parts(rows))
      await this.#db
        .insertInto('legacy_id')
        .values(some.map(({ oldId, id, fingerprint }) => ({ old_table: table, kind, old_id: oldId, id, fingerprint })))
        .onConflict((it) =>
          it.columns(['old_table', 'kind', 'old_id']).doUpdateSet((row) => ({
            id: row.ref('excluded.id'),
            fingerprint: row.ref('excluded.fingerprint'),
          })),
        )
        .execute()
  }

  async addMarks(rows: readonly LegacyMark[]): Promise<readonly number[]> {
    const ids: number[] = []
    for (const some of parts(rows)) {
      const made = await this.#db.insertInto('mark').values(some.map(markColumns)).returning('id').execute()
      ids.push(...ascending(made))
    }
    return ids
  }

  async marks(ids: readonly number[]): Promise<ReadonlyMap<number, LegacyMark>> {
    const found = new Map<number, LegacyMark>()
    for (const some of parts(ids)) {
      const rows = await this.#db.selectFrom('mark').selectAll().where('id', 'in', some).execute()
      for (const row of rows)
        found.set(row.id, {
          employeeId: row.employee_id,
          shiftId: row.shift_id,
          typeId: row.type_id,
          at: row.at,
          count: row.count,
          seconds: row.seconds,
          comment: row.comment,
          excluded: row.excluded === 1,
          how: row.how as How,
          flags: JSON.parse(row.flags) as string[],
        })
    }
    return found
  }

  async setMark(id: number, mark: LegacyMark): Promise<void> {
    await this.#db.updateTable('mark').set(markColumns(mark)).where('id', '=', id).execute()
  }

  async addCalls(rows: readonly LegacyCall[]): Promise<readonly number[]> {
    const ids: number[] = []
    for (const some of parts(rows)) {
      const made = await this.#db.insertInto('legacy_call').values(some.map(callColumns)).returning('id').execute()
      ids.push(...ascending(made))
    }
    return ids
  }

  async calls(ids: readonly number[]): Promise<ReadonlyMap<number, LegacyCall>> {
    const found = new Map<number, LegacyCall>()
    for (const some of parts(ids)) {
      const rows = await this.#db.selectFrom('legacy_call').selectAll().where('id', 'in', some).execute()
      for (const row of rows) found.set(row.id, callOf(row))
    }
    return found
  }

  async setCall(id: number, call: LegacyCall): Promise<void> {
    await this.#db.updateTable('legacy_call').set(callColumns(call)).where('id', '=', id).execute()
  }

  async moveEvents(fromShift: number, toShift: number): Promise<void> {
    for (const table of ['mark', 'legacy_call'] as const)
      await this.#db.updateTable(table).set({ shift_id: toShift }).where('shift_id', '=', fromShift).execute()
  }

  async digests(origin: DigestOrigin, oldIds: readonly string[]): Promise<ReadonlyMap<string, LegacyDigest>> {
    const found = new Map<string, LegacyDigest>()
    for (const ids of parts(oldIds)) {
      const rows = await this.#db
        .selectFrom('legacy_digest')
        .selectAll()
        .where('origin', '=', origin)
        .where('old_id', 'in', ids)
        .execute()
      for (const { old_id: oldId, internal, ring_only, direction, ...row } of rows)
        found.set(oldId, {
          ...row,
          origin,
          oldId,
          direction: direction as LegacyDigest['direction'],
          internal: internal === 1,
          ringOnly: ring_only === 1,
        })
    }
    return found
  }

  async putDigests(rows: readonly LegacyDigest[]): Promise<void> {
    for (const some of parts(rows))
      await this.#db
        .insertInto('legacy_digest')
        .values(
          some.map(({ oldId, internal, ringOnly, ...row }) => {
            return { ...row, old_id: oldId, internal: flag(internal), ring_only: flag(ringOnly) }
          }),
        )
        .onConflict((it) =>
          it.columns(['origin', 'old_id']).doUpdateSet((row) => ({
            source: row.ref('excluded.source'),
            at: row.ref('excluded.at'),
            seconds: row.ref('excluded.seconds'),
            direction: row.ref('excluded.direction'),
            a: row.ref('excluded.a'),
            b: row.ref('excluded.b'),
            c: row.ref('excluded.c'),
            internal: row.ref('excluded.internal'),
            ring_only: row.ref('excluded.ring_only'),
          })),
        )
        .execute()
  }

  async putAccounts(rows: readonly LegacyAccount[]): Promise<void> {
    for (const { userId, employeeId, username, email, role, active } of rows) {
      const row = { employee_id: employeeId, username, email, role, active: flag(active) }
      await this.#db
        .insertInto('legacy_account')
        .values({ user_id: userId, ...row })
        .onConflict((it) => it.column('user_id').doUpdateSet(row))
        .execute()
    }
  }

  async addIssues(rows: readonly LegacyIssue[]): Promise<void> {
    for (const some of parts(rows))
      await this.#db
        .insertInto('legacy_issue')
        .values(
          some.map(({ table, ids, people, from, to, foundAt, ...row }) => ({
            ...row,
            old_table: table,
            old_ids: JSON.stringify(ids),
            people: JSON.stringify(people),
            from_at: from,
            to_at: to,
            found_at: foundAt,
            decided_at: null,
            decided_by: null,
          })),
        )
        .onConflict((it) =>
          it
            .column('key')
            .doUpdateSet({ decided_at: null, decided_by: null })
            // What a person decided stays decided; what only went away is there again.
            .where('legacy_issue.decided_by', '=', importer),
        )
        .execute()
  }

  async openIssues(): Promise<readonly StandingIssue[]> {
    const rows = await this.#db
      .selectFrom('legacy_issue')
      .selectAll()
      .where('decided_at', 'is', null)
      .orderBy('key')
      .execute()
    return rows.map(issueOf)
  }

  async issue(key: string): Promise<StandingIssue | null> {
    const row = await this.#db.selectFrom('legacy_issue').selectAll().where('key', '=', key).executeTakeFirst()
    return row ? issueOf(row) : null
  }

  async decideIssues(keys: readonly string[], who: string, now: number): Promise<number> {
    let decided = 0
    for (const some of parts(keys)) {
      const { numUpdatedRows } = await this.#db
        .updateTable('legacy_issue')
        .set({ decided_at: now, decided_by: who })
        .where('key', 'in', some)
        .where('decided_at', 'is', null)
        .executeTakeFirst()
      decided += Number(numUpdatedRows)
    }
    return decided
  }
}

const ascending = (rows: readonly { readonly id: number }[]): number[] => rows.map((it) => it.id).sort((a, b) => a - b)

const markColumns = (it: LegacyMark) => ({
  employee_id: it.employeeId,
  shift_id: it.shiftId,
  type_id: it.typeId,
  at: it.at,
  count: it.count,
  seconds: it.seconds,
  comment: it.comment,
  excluded: flag(it.excluded),
  how: it.how,
  flags: JSON.stringify(it.flags),
})

const callColumns = (it: LegacyCall) => ({
  employee_id: it.employeeId,
  shift_id: it.shiftId,
  at: it.at,
  told_at: it.toldAt,
  direction: it.direction,
  extension: it.extension,
  other_number: it.otherNumber,
  other_key: it.otherNumber === null ? null : numberKey(it.otherNumber),
  seconds: it.seconds,
  ring_only: flag(it.ringOnly),
  excluded: flag(it.excluded),
  comment: it.comment,
  flags: JSON.stringify(it.flags),
})
