import { inboundType, outboundType } from '../../domain/legacy/bound-call.ts'
import { type Issue, issue } from '../../domain/legacy/issue.ts'
import type { Imported } from '../../domain/legacy/ledger.ts'
import type { OldMarkType } from '../../domain/legacy/old-tables.ts'
import { foldedKey } from '../../domain/people.ts'
import type { MarkType } from '../../domain/worktime/shift.ts'
import { lockOfBreaks } from '../people-locks.ts'
import type { ImportTransaction } from './dry-run.ts'
import { countStanding, fingerprint, judge, type LegacyRun, legacyBreak, type MadeRow } from './run.ts'

const table = 'working_marks'

/** Makes the types of marks, which are told apart by their ids there: equal names get the id behind them here. */
export async function writeMarkTypes(run: LegacyRun, types: readonly OldMarkType[]): Promise<void> {
  const done = await run.write(async (tx) => {
    const known = await tx.legacy.made(
      table,
      'mark-type',
      types.map((it) => String(it.id)),
    )
    const here = new Map((await tx.markTypes()).map((it) => [it.id, it]))
    const ours = new Set([...known.values()].map((it) => it.id))
    const taken = new Set<string>()
    const typeOf = new Map<number, number>()
    const outcomes: (Imported | 'linked')[] = []
    const issues: Issue[] = []
    const made: MadeRow[] = []
    for (const type of types.toSorted((a, b) => a.order - b.order || a.id - b.id)) {
      const before = known.get(String(type.id))
      const plain = type.name === '' ? `№ ${type.id}` : type.name
      const isTwice = taken.has(foldedKey(plain))
      const name = isTwice ? `${plain} (${type.id})` : plain
      taken.add(foldedKey(name))
      if (isTwice) issues.push(issue('same-type-name', table, [type.id], { detail: plain }))
      const reserved = type.id === inboundType ? 'inbound' : type.id === outboundType ? 'outbound' : null
      const planned = { name, active: type.visible, wrapUp: false, reserved } as const
      const same = [...here.values()].find((it) => !ours.has(it.id) && foldedKey(it.name) === foldedKey(name))
      if (before ? before.fingerprint === linkedHere : same) {
        const id = before?.id ?? same?.id ?? 0
        if (!before)
          await tx.legacy.putMade(table, 'mark-type', [{ oldId: String(type.id), id, fingerprint: linkedHere }])
        typeOf.set(type.id, id)
        outcomes.push('linked')
        continue
      }
      const current = before ? here.get(before.id) : undefined
      const verdict = judge(before, typeFingerprint(planned), () => (current ? typeFingerprint(current) : null))
      if (verdict.is === 'kept') issues.push(issue(verdict.why, table, [type.id], { detail: name }))
      let id = before?.id ?? 0
      if (verdict.is === 'fresh') id = await tx.addMarkType(planned)
      else if (verdict.is === 'changed' && current)
        await tx.setMarkType({ ...current, ...planned, wrapUp: current.wrapUp })
      if (verdict.is === 'fresh' || verdict.is === 'changed') {
        await tx.placeMarkType(id, type.order)
        const row = { oldId: String(type.id), id, fingerprint: typeFingerprint(planned), employeeId: null }
        await tx.legacy.putMade(table, 'mark-type', [row])
        made.push(row)
      }
      typeOf.set(type.id, id)
      outcomes.push(verdict.is)
    }
    issues.push(...(await writeBreakType(tx, run)))
    return { outcomes, issues, typeOf, made }
  })
  await run.readBack(table, (tx, since) =>
    countStanding(tx, since, [table, 'mark-type'], done.made, async () => {
      return new Map((await tx.markTypes()).map((it) => [it.id, typeFingerprint(it)]))
    }),
  )
  for (const [oldId, id] of done.typeOf) run.typeOf.set(String(oldId), id)
  for (const it of done.outcomes)
    if (it === 'linked') run.ledger.merged(table, 'type-here')
    else run.ledger.imported(table, it)
  run.issues.push(...done.issues)
}

const linkedHere = 'linked'

const typeFingerprint = (it: Omit<MarkType, 'id' | 'wrapUp'>): string => fingerprint(it.name, it.active, it.reserved)

/** Its breaks were of one kind, and whether they were paid is asked once: what was answered here before is left alone. */
async function writeBreakType(tx: ImportTransaction, { options }: LegacyRun): Promise<Issue[]> {
  const known = (await tx.lockBreakTypes()).find((it) => it.name === legacyBreak)
  const paid = options.breaks === null ? null : options.breaks === 'paid'
  if (known && (paid === null || known.paid === paid)) return []
  const locked = (known?.paid === true) === (paid === true) ? null : await lockOfBreaks(tx, legacyBreak)
  if (locked)
    return [
      issue('period-locked', 'working_working_relax', [], {
        from: locked.from,
        to: locked.to,
        detail: String(locked.id),
      }),
    ]
  const fresh = { name: legacyBreak, minimumSeconds: null, maximumSeconds: null, active: false }
  await tx.setBreakType({ ...(known ?? fresh), paid })
  return []
}

/** The type of marks that people pressed under a type of calls: made when there is one. */
export async function manualType(tx: ImportTransaction, run: LegacyRun, type: OldMarkType): Promise<number> {
  const oldId = `${type.id}/manual`
  const found = run.typeOf.get(oldId)
  if (found !== undefined) return found
  const before = (await tx.legacy.made(table, 'mark-type', [oldId])).get(oldId)
  if (before) return before.id
  const name = `${type.name === '' ? `№ ${type.id}` : type.name} (вручную)`
  const same = (await tx.markTypes()).find((it) => foldedKey(it.name) === foldedKey(name))
  const planned = { name, active: type.visible, wrapUp: false, reserved: null }
  const id = same?.id ?? (await tx.addMarkType(planned))
  if (!same) await tx.placeMarkType(id, type.order)
  await tx.legacy.putMade(table, 'mark-type', [{ oldId, id, fingerprint: typeFingerprint(planned) }])
  return id
}
