import { SmenaError } from '../domain/errors.ts'
import type { Edit } from '../domain/worktime/edit.ts'
import type { MarkType } from '../domain/worktime/shift.ts'
import { planOf } from './people-assignments.ts'
import { counted } from './people-marks.ts'
import type { PeopleSight } from './people-store.ts'
import { cleanText } from './people-telling.ts'

/** What each kind of edit has: `n` a whole number, `t` an instant, `s` a text, `b` yes or no; `?` may be absent, `0` may be null. */
const shapes: Readonly<Record<Edit['edit'], Readonly<Record<string, string>>>> = {
  'add-shift': { startedAt: 't', endedAt: 't', zone: 's', breaks: 'breaks?' },
  'set-shift': { shift: 'n', startedAt: 't?', endedAt: 't?0', zone: 's?' },
  'remove-shift': { shift: 'n' },
  'add-break': { shift: 'n?', type: 's', startedAt: 't', endedAt: 't' },
  'set-break': { break: 'n', type: 's?', startedAt: 't?', endedAt: 't?0' },
  'remove-break': { break: 'n' },
  'add-assignment': { plan: 's', extension: 's', from: 't', to: 't0' },
  'set-assignment': { assignment: 'n', from: 't?', to: 't?0', confirmed: 'b?' },
  'remove-assignment': { assignment: 'n' },
  'add-mark': { typeId: 'n', at: 't', count: 'n?', seconds: 'n?0', comment: 's?0' },
  'set-mark': {
    mark: 'n',
    at: 't?',
    typeId: 'n?',
    count: 'n?',
    seconds: 'n?0',
    comment: 's?0',
    excluded: 'b?',
  },
  'remove-mark': { mark: 'n' },
}

/**
 * An edit as a person or a program wrote it. Instants may be milliseconds or what `parseTime` reads, numbers may be texts of digits, as ids
 * are in JSON. Throws `value-unreadable`.
 */
export function readEdit(raw: unknown, parseTime: (text: string, what: string) => number): Edit {
  const given = raw as Readonly<Record<string, unknown>>
  const kind = typeof raw === 'object' && raw !== null ? String(given['edit']) : ''
  const known = Object.keys(shapes).join(', ')
  if (!Object.hasOwn(shapes, kind)) throw unreadable('edit', kind || raw, known)
  const shape = shapes[kind as Edit['edit']]
  const read: Record<string, unknown> = { edit: kind }
  for (const key of Object.keys(given))
    if (key !== 'edit' && !Object.hasOwn(shape, key)) throw unreadable(kind, key, Object.keys(shape).join(', '))
  for (const [key, type] of Object.entries(shape)) {
    const value = given[key]
    if (value === undefined && type.includes('?')) continue
    read[key] = value === null && type.includes('0') ? null : readValue(key, value, type, parseTime)
  }
  return read as unknown as Edit
}

function readValue(
  key: string,
  value: unknown,
  type: string,
  parseTime: (text: string, what: string) => number,
): unknown {
  switch (type.charAt(0)) {
    case 't':
      if (typeof value === 'string') return parseTime(value, key)
      if (Number.isSafeInteger(value)) return value
      throw unreadable(key, value, 'a time')
    case 'n': {
      const number = typeof value === 'string' && /^\d{1,15}$/u.test(value) ? Number(value) : value
      if (Number.isSafeInteger(number)) return number
      throw unreadable(key, value, 'a whole number')
    }
    case 's':
      if (typeof value === 'string' && value !== '' && value.length <= 2000) return value
      throw unreadable(key, value, 'a text')
    default:
      if (type !== 'breaks?' && typeof value === 'boolean') return value
      if (type !== 'breaks?' || !Array.isArray(value))
        throw unreadable(key, value, 'true or false, or a list of breaks')
      return value.map((it: Readonly<Record<string, unknown>> | null) => ({
        type: readValue('type', it?.['type'], 's', parseTime),
        startedAt: readValue('startedAt', it?.['startedAt'], 't', parseTime),
        endedAt: readValue('endedAt', it?.['endedAt'], 't', parseTime),
      }))
  }
}

const unreadable = (what: string, found: unknown, expected: string): SmenaError =>
  new SmenaError('value-unreadable', { what, found: (JSON.stringify(found) ?? 'nothing').slice(0, 80), expected })

/**
 * The edits as they are kept: what they name is there, and what they say both engines hold (R13). That the rows fit together is
 * judged by `applyEdits`.
 */
export async function checkedEdits(
  sight: Pick<PeopleSight, 'markTypes' | 'plans' | 'plansThatSaw'>,
  edits: readonly Edit[],
): Promise<readonly Edit[]> {
  const types = await sight.markTypes()
  const checked: Edit[] = []
  for (const edit of edits) {
    for (const it of [edit, ...('breaks' in edit ? (edit.breaks ?? []) : [])]) requireInstants(it)
    if (edit.edit === 'add-assignment') {
      const extension = cleanText('extension', edit.extension, 64)
      checked.push({ ...edit, extension, plan: await planOf(sight, extension, edit.plan) })
    } else if (edit.edit === 'add-mark' || edit.edit === 'set-mark') checked.push(checkedMark(edit, types))
    else checked.push(edit)
  }
  return checked
}

function checkedMark<E extends Extract<Edit, { readonly edit: 'add-mark' | 'set-mark' }>>(
  edit: E,
  types: readonly MarkType[],
): E {
  const { typeId, count, seconds, comment } = edit
  const usable = types.filter(({ active, reserved }) => active && reserved === null)
  if (typeId !== undefined && !usable.some(({ id }) => id === typeId))
    throw new SmenaError('name-unknown', {
      what: 'kind of mark in use',
      found: String(typeId),
      known: usable.map(({ id, name }) => `${id} (${name})`).join(', ') || '–',
    })
  if (count !== undefined) counted('count', count, 1)
  if (typeof seconds === 'number') counted('seconds', seconds, 0)
  return typeof comment === 'string' ? { ...edit, comment: cleanText('comment', comment, 2000) } : edit
}

const instants = ['startedAt', 'endedAt', 'at', 'from', 'to']
const latest = Date.UTC(2100, 0, 1)

function requireInstants(of: object): void {
  for (const [key, value] of Object.entries(of))
    if (instants.includes(key) && typeof value === 'number' && !(value >= 0 && value < latest))
      throw unreadable(key, value, 'a time from 1970 to 2099')
}
