import { userInfo } from 'node:os'
import { SmenaError } from '../domain/errors.ts'
import { findEmployee } from '../domain/find-employee.ts'
import { fullName } from '../domain/people.ts'
import { defaultWorkRules, type WorkRules } from '../domain/worktime/rules.ts'
import type { PeopleRequest } from '../pipeline/people-request.ts'
import type { Employee } from '../pipeline/people-store.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'
import { openReader, storePlace } from '../roles/store-place.ts'
import { worktimeOf } from '../roles/worktime.ts'
import { ask } from './ask.ts'
import { attributing } from './attributing.ts'
import type { Context } from './context.ts'
import { parseInstant, requireOrder } from './time.ts'

/** Options of every command that writes of people. */
export interface WritingOptions {
  readonly by?: string
  readonly key?: string
  readonly json?: true
}

/** Has a request about people done, in the name of whoever typed it. */
export async function askPeople<T>(context: Context, request: PeopleRequest, options: WritingOptions): Promise<T> {
  const who = options.by ?? `shell:${userInfo().username}`
  using giving = attributing(context)
  return (await ask(context, {
    request: { do: 'people', told: { request, who, how: 'shell', key: options.key ?? null, toldAt: context.givenAt } },
    signal: context.signal,
    attributed: giving.attributed,
  })) as T
}

/** What is read of people; null: there is no store yet. */
export const openPeople = ({ loaded }: Context): Promise<StoreReader | null> => openReader(storePlace(loaded.settings))

/** The rules by which time is counted here. */
export async function rulesOf({ loaded }: Context, reader: StoreReader | null): Promise<WorkRules> {
  const { shiftAtMostSeconds } = worktimeOf(loaded.settings)
  return { ...defaultWorkRules, shiftAtMostSeconds, breakTypes: (await reader?.breakTypes()) ?? [] }
}

export type NamedEmployee = Employee & { readonly name: string }

/** Everybody, with their full names, for lists of what is theirs. */
export async function everybody(reader: StoreReader | null): Promise<readonly NamedEmployee[]> {
  const people = (await reader?.employees({ search: null, unitIds: null, onlyActive: false })) ?? []
  return people.map((it) => ({ ...it, name: fullName(it) }))
}

/** The person whom an argument names; null: none was named. */
export const namedEmployee = <T extends NamedEmployee>(text: string | undefined, people: readonly T[]): T | null =>
  text === undefined ? null : findEmployee(text, people)

/** An instant of an option; null: it was not given. */
export const timeOption = ({ loaded }: Context, name: string, text: string | undefined): number | null =>
  text === undefined ? null : parseInstant(text, loaded.settings.timezone, `--${name}`)

/** The range of `--from` and `--to`; null: without bound. */
export function rangeOption(context: Context, options: { readonly from?: string; readonly to?: string }) {
  const range = { from: timeOption(context, 'from', options.from), to: timeOption(context, 'to', options.to) }
  requireOrder(range.from, range.to, options)
  return range
}

export function numberOption(
  { words }: Context,
  name: string,
  text: string | undefined,
  command: string,
): number | null {
  if (text === undefined) return null
  if (/^\d{1,9}$/u.test(text)) return Number(text)
  const problem = words.t('help:problem.notANumber', { option: name, found: text.slice(0, 40) })
  throw new SmenaError('usage', { problem, command })
}
