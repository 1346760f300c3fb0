import { SmenaError } from '../../domain/errors.ts'
import type { Edit } from '../../domain/worktime/edit.ts'
import { readEdit } from '../../pipeline/people-edits.ts'
import { timeOption, type WritingOptions } from '../ask-people.ts'
import type { Context } from '../context.ts'
import { parseInstant } from '../time.ts'
import { parseId } from './quarantine.ts'

/** What the options of a request for a correction ask for, as edits. */

export interface RequestOptions extends WritingOptions {
  readonly reason: string
  readonly addShift?: true
  readonly addBreak?: string
  readonly shift?: string
  readonly break?: string
  readonly mark?: string
  readonly assignment?: string
  readonly start?: string
  readonly end?: string
  readonly type?: string
  readonly remove?: true
  readonly edit?: readonly string[]
}

/** What can be corrected by options: which of them it takes, and what they are called in the edit. */
const targets = {
  addShift: { start: 'startedAt', end: 'endedAt' },
  addBreak: { start: 'startedAt', end: 'endedAt' },
  shift: { start: 'startedAt', end: 'endedAt', remove: null },
  break: { start: 'startedAt', end: 'endedAt', type: 'type', remove: null },
  assignment: { start: 'from', end: 'to', remove: null },
  mark: { start: 'at', remove: null },
} as const

type Target = keyof typeof targets
type Change = 'start' | 'end' | 'type' | 'remove'

const flagOf = (option: string) => `--${option.replace(/[A-Z]/gu, (it) => `-${it.toLowerCase()}`)}`
const flagsOf = (options: readonly string[]) => options.map(flagOf).join(', ')

/** What the options name as one edit, and those that are written out. */
export function editsOf(context: Context, options: RequestOptions, zone: string): Edit[] {
  const parseTime = (text: string, what: string) => parseInstant(text, context.loaded.settings.timezone, what)
  const edits = (options.edit ?? []).map((text) => {
    try {
      return readEdit(JSON.parse(text), parseTime)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      throw new SmenaError('value-unreadable', { what: '--edit', found: text.slice(0, 80), expected: 'JSON' })
    }
  })
  const told = toldBy(context, options, zone)
  return told ? [readEdit(told, parseTime), ...edits] : edits
}

/** Null: only `--edit` says what is to change. Throws where an option would go unheard. */
function toldBy(context: Context, options: RequestOptions, zone: string): Record<string, unknown> | null {
  const { t } = context.words
  const wrong = (problem: string) => new SmenaError('usage', { problem, command: 'correction request' })
  const [target, ...others] = (Object.keys(targets) as Target[]).filter((it) => options[it] !== undefined)
  const said = (['start', 'end', 'type', 'remove'] as const).filter((it) => options[it] !== undefined)
  if (target === undefined) {
    if (said.length > 0 || !options.edit) throw wrong(t('people:correction.noEdit'))
    return null
  }
  if (others.length > 0) throw wrong(t('people:correction.severalTargets', { options: flagsOf([target, ...others]) }))
  const takes: Readonly<Partial<Record<Change, string | null>>> = targets[target]
  const taken = options.remove && 'remove' in takes ? ['remove'] : Object.keys(takes)
  const unheard = said.filter((it) => !taken.includes(it))
  if (unheard.length > 0) {
    const known = flagsOf(taken)
    throw wrong(t('people:correction.notTaken', { options: flagsOf(unheard), target: flagOf(target), known }))
  }
  const changed = Object.fromEntries(
    said.flatMap((it) => {
      const value = it === 'start' || it === 'end' ? timeOption(context, it, options[it]) : options[it]
      const key = takes[it]
      return key ? [[key, value]] : []
    }),
  )
  if (target === 'addShift') return { edit: 'add-shift', zone, ...changed }
  if (target === 'addBreak') return { edit: 'add-break', type: options.addBreak, ...changed }
  if (said.length === 0) throw wrong(t('people:correction.noEdit'))
  return {
    edit: `${options.remove ? 'remove' : 'set'}-${target}`,
    [target]: parseId(options[target] ?? ''),
    ...changed,
  }
}
