import { SmenaError } from '../domain/errors.ts'
import type { Edit } from '../domain/worktime/edit.ts'

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
  if (!Object.hasOwn(shapes, kind)) throw unreadable('edit', kind || raw, `one of ${known}`)
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
