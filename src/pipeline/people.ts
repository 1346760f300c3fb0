import { SmenaError } from '../domain/errors.ts'
import { defaultWorkRules } from '../domain/worktime/rules.ts'
import type { How } from '../domain/worktime/shift.ts'
import { racesAtMost } from './patience.ts'
import { assign, release } from './people-assignments.ts'
import { excludeCall } from './people-calls.ts'
import { decideIssue } from './legacy/decide-issue.ts'
import { excludeBound } from './legacy/exclude-bound.ts'
import { approveCorrection, refuseCorrection, requestCorrection } from './people-corrections.ts'
import { addEmployee, addUnit, setDirectory, setEmployee, setSite, setUnit } from './people-entries.ts'
import { importEmployees } from './people-import.ts'
import { addMark, excludeMark, setBreakType, setMarkType } from './people-marks.ts'
import { doneMissed, undoMissed } from './people-missed.ts'
import { lockPeriod, unlockPeriod } from './people-periods.ts'
import type { PeopleRequest } from './people-request.ts'
import { deleteReport, saveReport } from './people-saved.ts'
import { closeOverdueShift, tellFact } from './people-shifts.ts'
import type { PeopleTransaction } from './people-store.ts'
import { cleanText, DryRun, type Telling } from './people-telling.ts'
import type { Store } from './store.ts'

/** What a place asks of people's time. */
export interface WorktimeSettings {
  /** IANA zone of the site. */
  readonly zone: string
  readonly shiftAtMostSeconds: number
  /** The site of each source that has one, by the source's name; absent: none has. */
  readonly sites?: Readonly<Record<string, string>>
}

export interface PeopleOptions {
  readonly store: Pick<Store, 'people'>
  readonly now: () => number
  readonly settings: WorktimeSettings
}

export interface Told {
  readonly request: PeopleRequest
  readonly who: string
  readonly how: How
  /** Chosen by whoever asks: the same request under the same key is done once and has its first answer again. */
  readonly key: string | null
  /** When it was told, where it may have waited since; absent: when it is done. */
  readonly toldAt?: number
}

/**
 * Does what is asked of people and their time, in one transaction each: the person is locked, the request judged against what is
 * there, the difference written with the ranges that it makes due and its line in the trail. A refusal changes nothing.
 */
export async function doPeople({ store, now, settings }: PeopleOptions, told: Told): Promise<unknown> {
  const who = cleanText('who', told.who)
  for (let race = 1; ; race++) {
    try {
      return await store.people(async (tx) => {
        const rules = await rulesOf(tx, settings)
        const { zone, sites = {} } = settings
        return answered(tx, told, {
          who,
          how: told.how,
          now: Math.min(told.toldAt ?? now(), now()),
          zone,
          sites,
          rules,
        })
      })
    } catch (error) {
      if (error instanceof DryRun) return error.report
      if (!(error instanceof SmenaError) || error.code !== 'people-raced' || race === racesAtMost) throw error
    }
  }
}

const rulesOf = async (tx: PeopleTransaction, { shiftAtMostSeconds }: WorktimeSettings) => {
  return { ...defaultWorkRules, shiftAtMostSeconds, breakTypes: await tx.breakTypes() }
}

async function answered(tx: PeopleTransaction, { key, request }: Told, it: Telling): Promise<unknown> {
  if (key === null) return (await handle(tx, request, it)).answer
  const asked = JSON.stringify(request)
  const before = await tx.clientKey(cleanText('key', key))
  if (before && before.request !== asked) throw new SmenaError('client-key-taken', { key })
  if (before) return JSON.parse(before.answer)
  const row = { key: cleanText('key', key), request: asked }
  await tx.addClientKey({ ...row, employeeId: 0, answer: '' }, it.now)
  const { answer, employeeId = 0 } = await handle(tx, request, it)
  await tx.setClientKey({ ...row, employeeId, answer: JSON.stringify(answer) })
  return answer
}

async function handle(
  tx: PeopleTransaction,
  request: PeopleRequest,
  it: Telling,
): Promise<{ readonly employeeId?: number; readonly answer: unknown }> {
  switch (request.do) {
    case 'employee-add':
      return { answer: await addEmployee(tx, request, it) }
    case 'employee-set':
      return { answer: await setEmployee(tx, request, it) }
    case 'employee-import':
      return { answer: await importEmployees(tx, request, it) }
    case 'assign':
      return assign(tx, request, it)
    case 'release':
      return release(tx, request, it)
    case 'unit-add':
      return { answer: await addUnit(tx, request, it) }
    case 'unit-set':
      return { answer: await setUnit(tx, request, it) }
    case 'site-set':
      return { answer: await setSite(tx, request, it) }
    case 'directory-set':
      return { answer: await setDirectory(tx, request, it) }
    case 'shift-start':
    case 'shift-end':
    case 'break-start':
    case 'break-end':
      return tellFact(tx, request, it)
    case 'break-type-set':
      return { answer: await setBreakType(tx, request, it) }
    case 'mark-add':
      return addMark(tx, request, it)
    case 'mark-exclude':
      return excludeMark(tx, request, it)
    case 'call-exclude':
      return excludeCall(tx, request, it)
    case 'missed-done':
      return { answer: await doneMissed(tx, request, it) }
    case 'missed-undo':
      return { answer: await undoMissed(tx, request, it) }
    case 'mark-type-set':
      return { answer: await setMarkType(tx, request, it) }
    case 'correction-request':
      return requestCorrection(tx, request, it)
    case 'correction-approve':
      return approveCorrection(tx, request, it)
    case 'correction-refuse':
      return refuseCorrection(tx, request, it)
    case 'period-lock':
      return { answer: await lockPeriod(tx, request, it) }
    case 'period-unlock':
      return { answer: await unlockPeriod(tx, request, it) }
    case 'report-save':
      return { answer: await saveReport(tx, request, it) }
    case 'report-delete':
      return { answer: await deleteReport(tx, request, it) }
    case 'legacy-exclude':
      return excludeBound(tx, request, it)
    case 'legacy-decide':
      return { answer: await decideIssue(tx, request, it) }
  }
}

/** Closes shifts that have been open longer than the rule allows. Returns how many. */
export async function closeOverdueShifts({ store, now, settings }: PeopleOptions): Promise<number> {
  const at = now()
  const overdue = await store.people((tx) => tx.openShiftsBefore(at - settings.shiftAtMostSeconds * 1000 + 1))
  let closed = 0
  for (const { employeeId } of overdue) {
    const isClosed = await store.people(async (tx) => {
      const rules = await rulesOf(tx, settings)
      return closeOverdueShift(tx, employeeId, { who: 'system', how: 'automatic', now: at, zone: settings.zone, rules })
    })
    if (isClosed) closed++
  }
  return closed
}
