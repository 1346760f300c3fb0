import { fullName, type Assignment, type PersonName } from '../../domain/people.ts'
import type { Unit } from '../../domain/units.ts'
import type { PersonTime } from '../../domain/worktime/corrections.ts'
import type { Mark, MarkType, Shift } from '../../domain/worktime/shift.ts'
import { changesOf, correctionJson } from '../../pipeline/people-correction-view.ts'
import type { AuditRow, Correction, Deed, EmployeeFacts } from '../../pipeline/people-store.ts'
import type { EmployeeJson } from '../../pipeline/people-view.ts'
import { catalogues, type Words } from '../words/words.ts'
import { changeText } from './change.ts'
import { type Thing, thingTexts } from './trail-things.ts'

/** What names the ids that stand in the trail. */
interface Known {
  readonly units: readonly Unit[]
  readonly markTypes: readonly MarkType[]
}

const isDeed = (what: string): what is Deed => Object.hasOwn(catalogues.en.people.trail, what)

/** What was done, in words; of a newer program its own name. */
export const deedText = (what: string, { t }: Words): string => (isDeed(what) ? t(`people:trail.${what}`) : what)

/** What a line of the trail changed: each thing as it was and as it was then. */
export function changeTexts({ what, ...line }: AuditRow, known: Known, words: Words): string[] {
  const [before, after] = [line.before, line.after].map((it): unknown => (it === null ? null : JSON.parse(it)))
  const time = (of: (it: unknown) => Partial<PersonTime>) =>
    changesOf({ ...noTime, ...of(before) }, { ...noTime, ...of(after) }, known.markTypes).map((it) =>
      changeText(it, words),
    )
  if (!isDeed(what)) return []
  switch (what) {
    case 'employee-add':
    case 'employee-set':
    case 'legacy-employee':
      return factChanges(before as PersonFacts | null, after as PersonFacts | null, known, words)
    case 'assign':
    case 'release':
      return time((it) => ({ assignments: rows<Assignment>(it) }))
    case 'shift-start':
    case 'shift-end':
    case 'shift-close':
    case 'break-start':
    case 'break-end':
    case 'legacy-shift':
      return time((it) => ({ shifts: rows<Shift>(it) }))
    case 'mark-add':
    case 'mark-exclude':
      return time((it) => ({ marks: rows<Mark>(it) }))
    case 'correction':
      return time((it) => it as PersonTime)
    case 'correction-request':
    case 'correction-approve':
    case 'correction-refuse':
      return correctionTexts(what, after as Correction, words)
    case 'call-exclude': {
      const { call, excluded } = after as { readonly call: number; readonly excluded: boolean }
      return [words.t(excluded ? 'people:trailCall.excluded' : 'people:trailCall.included', { id: call })]
    }
    case 'legacy-exclude': {
      const counted = (it: unknown) =>
        words.t((it as BoundTick).excluded ? 'people:log.excluded' : 'people:log.included')
      const id = (after as BoundTick).boundCall
      return [words.t('people:trailBound', { id, before: counted(before), after: counted(after) })]
    }
    case 'unit-add':
    case 'unit-set':
    case 'site-set':
    case 'directory-set':
    case 'break-type-set':
    case 'mark-type-set':
    case 'missed-done':
    case 'missed-undo':
    case 'period-lock':
    case 'period-unlock':
    case 'report-save':
    case 'report-delete':
    case 'legacy-report':
    case 'legacy-events':
    case 'legacy-decide':
    case 'legacy-issues-gone':
      return thingTexts(what, before as Thing | null, after as Thing | null, known.units, words)
    case 'legacy-shifts':
      return [words.t('people:shift.total', { count: (after as { readonly shifts: number }).shifts })]
    case 'legacy-assignments': {
      const made = after as Assignment | { readonly assignments: number }
      if (!('assignments' in made)) return time((it) => ({ assignments: rows<Assignment>(it) }))
      return [`${words.t('people:column.extensions')}: ${words.count(made.assignments)}`]
    }
  }
}

const noTime: PersonTime = { employeeId: 0, shifts: [], assignments: [], marks: [] }

/** One row, several, or none. */
const rows = <T>(it: unknown): readonly T[] => (it === null ? [] : Array.isArray(it) ? (it as T[]) : [it as T])

type BoundTick = { readonly boundCall: number; readonly excluded: boolean }

type PersonFacts = EmployeeJson | EmployeeFacts

function factChanges(before: PersonFacts | null, after: PersonFacts | null, { units }: Known, words: Words): string[] {
  const { t } = words
  const unitOf = (it: PersonFacts) =>
    'unitId' in it ? (units.find(({ id }) => id === it.unitId)?.name ?? null) : it.unit
  const facts: readonly (readonly [head: string, value: (it: PersonFacts) => string | null])[] = [
    [t('people:column.name'), (it) => ('name' in it ? it.name : fullName(it satisfies PersonName))],
    [t('people:column.personnelNumber'), (it) => it.personnelNumber],
    [t('people:column.position'), (it) => it.position],
    [t('people:column.unit'), unitOf],
    [t('people:column.zone'), (it) => it.zone],
    [t('people:column.hiredOn'), (it) => it.hiredOn],
    [t('people:column.leftOn'), (it) => it.leftOn],
    [t('people:column.active'), (it) => t(it.active ? 'people:yes' : 'people:no')],
  ]
  return facts.flatMap(([head, value]) => {
    const [was, is] = [before && value(before), after && value(after)]
    return was === is ? [] : [`${head}: ${was ?? '–'} → ${is ?? '–'}`]
  })
}

function correctionTexts(what: Deed, correction: Correction, words: Words): string[] {
  const { id, reason, decision } = correction
  const said = (text: string | null) =>
    words.t('people:trailCorrection', { id, text: text === null ? '' : `: ${text}` })
  if (what !== 'correction-request') return [said(decision)]
  const { changes } = correctionJson(correction, { id: '', name: '' })
  return [said(reason), ...changes.map((it) => changeText(it, words))]
}
