import { createHash } from 'node:crypto'
import { type Issue, issue, type IssueKind } from '../../domain/legacy/issue.ts'
import { type Imported, Ledger } from '../../domain/legacy/ledger.ts'
import type { OldTable } from '../../domain/legacy/old-tables.ts'
import type { OldPerson } from '../../domain/legacy/people.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { PlacedShift } from '../../domain/legacy/shifts.ts'
import { untilThere } from '../patience.ts'
import type { TelephoneTime } from '../people-store.ts'
import type { Store } from '../store.ts'
import { type ImportTransaction, withoutWriting } from './dry-run.ts'
import type { Made, MadeKind } from './legacy-store.ts'
import { SeenIds } from './seen-ids.ts'

export interface LegacyOptions {
  /** IANA zone of the old times. */
  readonly timezone: string
  /** Numbering plan of the extensions that were bound there. */
  readonly plan: string
  /** What its breaks are; null: nobody said. */
  readonly breaks: 'paid' | 'unpaid' | null
  readonly dryRun: boolean
  readonly now: number
}

/** `since`: the newest line of the trail when it was written. */
type Standing = (tx: ImportTransaction, since: number) => Promise<number>

const instants: ReadonlySet<string> = new Set(['begin', 'end', 'at', 'joinedAt'])

/** The type of every break that comes from there: it knew one kind only. */
export const legacyBreak = 'legacy'

/** What one run of the import knows so far. Ids below 0 are of what a dry run would make. */
export class LegacyRun {
  readonly options: LegacyOptions
  readonly ledger = new Ledger()
  readonly issues: Issue[] = []
  readonly employeeOf = new Map<number, number>()
  people: ReadonlyMap<number, OldPerson> = new Map()
  readonly shiftIdOf = new Map<PlacedShift, number>()
  /** By the old id; with `/manual` behind it, of what was pressed by hand under a type of calls. */
  readonly typeOf = new Map<string, number>()
  readonly #store: Store
  readonly #seen = new Map<OldTable, SeenIds>()
  readonly #standing = new Map<OldTable, number>()
  readonly #alone: { readonly table: OldTable; readonly written: number; readonly found: number }[] = []
  #lastId = 0
  /** The newest line of the trail when something was written last. */
  #lastAudit = 0

  constructor(store: Store, options: LegacyOptions) {
    this.#store = store
    this.options = options
  }

  /** What `work` decides may be decided anew: it keeps what it finds to itself until it is over. */
  async write<T>(work: (tx: ImportTransaction) => Promise<T>): Promise<T> {
    const { dryRun } = this.options
    const [done, audit] = await this.#transaction(async (tx) => {
      return [await work(dryRun ? withoutWriting(tx, () => --this.#lastId) : tx), await tx.legacy.lastAudit()] as const
    })
    this.#lastAudit = audit
    return done
  }

  #transaction<T>(work: (tx: ImportTransaction) => Promise<T>): Promise<T> {
    return untilThere(() => this.#store.people(work))
  }

  /** Of rows that come again in the same run the first counts: what comes by pages may have them on any. */
  once<T extends { readonly id: string | number }>(table: OldTable, rows: readonly T[]): T[] {
    const seen = this.#seen.get(table) ?? new SeenIds()
    this.#seen.set(table, seen)
    return rows.filter(({ id }) => {
      const isNew = seen.add(id)
      if (!isNew) this.ledger.merged(table, 'repeated')
      return isNew
    })
  }

  /** Counts what was written of a table's rows and stands in the store now, in a transaction of its own. */
  async readBack(table: OldTable, standing: Standing): Promise<void> {
    if (this.options.dryRun) return
    const found = await this.#transaction((tx) => standing(tx, this.#lastAudit))
    this.#standing.set(table, (this.#standing.get(table) ?? 0) + found)
  }

  /** The same of so many that are in no ledger. */
  async readBackAlone(table: OldTable, written: number, standing: Standing): Promise<void> {
    if (this.options.dryRun) return
    this.#alone.push({ table, written, found: await this.#transaction((tx) => standing(tx, this.#lastAudit)) })
  }

  /** Throws where other than what was written was found when it was read back. */
  requireStanding(): void {
    if (this.options.dryRun) return
    const tables = this.ledger.tables().map(({ table, fresh, changed }) => {
      return { table, written: fresh + changed, found: this.#standing.get(table) ?? 0 }
    })
    for (const it of [...tables, ...this.#alone])
      if (it.found !== it.written) throw new SmenaError('legacy-not-as-written', it)
  }

  quarantine(table: OldTable, id: string | number, reason: string, row: unknown): void {
    this.ledger.skipped(table, reason)
    const text = JSON.stringify(row, (key, value: unknown) =>
      instants.has(key) && typeof value === 'number' ? new Date(value).toISOString() : value,
    )
    this.issues.push(issue('quarantined', table, [id], { detail: `${reason} ${text}`.slice(0, 500) }))
  }

  nameOf(userId: number): string {
    return this.people.get(userId)?.name ?? ''
  }
}

/** Of what was written. */
export const fingerprint = (...content: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 22)

/** What is to be done about an old row that has made something, or has not yet (M1). */
export type Verdict =
  | { readonly is: Exclude<Imported, 'kept'> }
  /** Somebody changed it here: it stays so. */
  | { readonly is: 'kept'; readonly why: Extract<IssueKind, 'changed-here' | 'removed-here'> }

/** `current`: fingerprint of what stands here now; null: it is gone. */
export function judge(known: Made | undefined, planned: string, current: () => string | null): Verdict {
  if (!known) return { is: 'fresh' }
  if (known.fingerprint === planned) return { is: 'same' }
  const here = current()
  if (here === null) return { is: 'kept', why: 'removed-here' }
  return here === known.fingerprint || here === planned ? { is: 'changed' } : { is: 'kept', why: 'changed-here' }
}

/** With whose it is; null: nobody's. */
export type MadeRow = Made & { readonly oldId: string; readonly employeeId: number | null }

/**
 * How many of these are found again under their old ids, and are what was written. `current`: fingerprints of what has these ids.
 * People go on telling meanwhile: what is another by now counts where the trail says that somebody told of its person.
 */
export async function countStanding(
  tx: ImportTransaction,
  since: number,
  [table, kind]: readonly [OldTable, MadeKind],
  rows: readonly MadeRow[],
  current: (ids: readonly number[]) => Promise<ReadonlyMap<number, string>>,
): Promise<number> {
  if (rows.length === 0) return 0
  const ids = rows.map((it) => it.oldId)
  const [known, found] = [await tx.legacy.made(table, kind, ids), await current(rows.map((it) => it.id))]
  const others = rows.filter(({ oldId, id, fingerprint: print }) => {
    const made = known.get(oldId)
    return made?.id !== id || made.fingerprint !== print || found.get(id) !== print
  })
  const told = others.length > 0 ? await tx.legacy.toldSince(since) : new Set()
  return rows.length - others.filter(({ employeeId }) => !told.has(employeeId)).length
}

const monthMs = 31 * 86_400_000

/** The same telephones and times in fewer ranges: what lies less than a month apart is one. */
export function coverRanges(ranges: readonly TelephoneTime[]): TelephoneTime[] {
  const cover: TelephoneTime[] = []
  for (const own of Map.groupBy(ranges, (it) => `${it.plan} ${it.extension}`).values()) {
    let last: TelephoneTime | undefined
    for (const range of own.toSorted((a, b) => a.from - b.from)) {
      const isNear: boolean = last !== undefined && (last.to === null || range.from - last.to < monthMs)
      if (last && isNear) {
        const to: number | null = last.to === null || range.to === null ? null : Math.max(last.to, range.to)
        last = { plan: last.plan, extension: last.extension, from: last.from, to }
      } else {
        if (last) cover.push(last)
        last = range
      }
    }
    if (last) cover.push(last)
  }
  return cover
}
