import {
  type CallFigures,
  type PhoneFigures,
  phoneFigures,
  type Telephone,
  telephoneKey,
} from '../../domain/metrics/phones.ts'
import { serviceRules, summarise } from '../../domain/metrics/call-summary.ts'
import type { ReportFacts } from './facts.ts'
import type { Report } from './request.ts'
import { sumOfOutcomes } from './interval.ts'

export interface PhoneRow extends PhoneFigures {
  readonly label: string | null
  readonly site: string | null
}

/**
 * One row a telephone. Asked for a list of numbers by `group`, its numbers are the rows, and one without calls has a row of zeros;
 * for a group's number the telephones of its calls are.
 */
export async function phoneReport(facts: ReportFacts): Promise<Report<PhoneRow, CallFigures>> {
  const { filter, period, rules } = facts.request
  const { extensions, plan, group } = filter
  const listed: Telephone[] = (await facts.reading.numberLists())
    .filter(({ name }) => name === group)
    .map((it) => ({ plan: it.plan, extension: it.number }))
  const inList = listed.length > 0 ? new Set(listed.map(telephoneKey)) : null
  const isAsked = (phone: Telephone) =>
    (inList?.has(telephoneKey(phone)) ?? true) &&
    (plan ?? phone.plan) === phone.plan &&
    (extensions?.includes(phone.extension) ?? true)
  const calls = (await facts.calls(period)).filter((call) =>
    inList
      ? facts.isAskedInAnyGroup(call) &&
        call.extensions.some(({ number }) => isAsked({ plan: call.plan, extension: number }))
      : facts.isAsked(call),
  )
  const parts = await facts.partsByCall(calls.map(({ id }) => id))
  const always = [
    ...listed,
    ...(extensions !== null && plan !== null ? extensions.map((extension) => ({ plan, extension })) : []),
  ]
  const directory = new Map(
    (await facts.reading.directory()).map((it) => [telephoneKey({ plan: it.plan, extension: it.number }), it]),
  )
  const figures = phoneFigures(calls, (id) => parts.get(id) ?? [], isAsked, always.filter(isAsked))
  const rows = figures.rows
    .toSorted((a, b) => compare(a.plan, b.plan) || compare(a.extension, b.extension))
    .map((row): PhoneRow => {
      const entry = directory.get(telephoneKey(row))
      return { ...row, label: entry?.label ?? null, site: entry?.site ?? null }
    })
  const shown = calls.filter((call) =>
    call.extensions.some(({ number }) => isAsked({ plan: call.plan, extension: number })),
  )
  return {
    rows,
    total: figures.total,
    checks: async () => [
      {
        kind: 'calls',
        intervals: null,
        outcomes: sumOfOutcomes(summarise(shown, serviceRules(rules))),
        others: calls.length - shown.length,
        list: inList ? calls.length : await facts.countAsked(),
      },
    ],
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
