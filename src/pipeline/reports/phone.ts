import { type PhoneFigures, phoneFigures, type Telephone, telephoneKey } from '../../domain/metrics/phones.ts'
import { serviceRules, summarise } from '../../domain/metrics/call-summary.ts'
import type { ReportFacts } from './facts.ts'
import type { Report } from './request.ts'
import { sumOfOutcomes } from './interval.ts'
import { ratioOf, sumOf } from './totals.ts'

export interface PhoneRow extends PhoneFigures {
  readonly label: string | null
  readonly site: string | null
}

/** `calls`, `inbound` … count each call once, whichever telephones it had; the other sums are those of the rows. */
export type PhoneTotal = Omit<PhoneRow, 'plan' | 'extension' | 'label' | 'site' | 'old'>

/**
 * One row a telephone. Asked for a list of numbers by `group`, its numbers are the rows, and one without calls has a row of zeros;
 * for a group's number the telephones of its calls are.
 */
export async function phoneReport(facts: ReportFacts): Promise<Report<PhoneRow, PhoneTotal>> {
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
      ? facts.isWithNumber(call) &&
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
  const rows = phoneFigures(calls, (id) => parts.get(id) ?? [], isAsked, always.filter(isAsked))
    .toSorted((a, b) => compare(a.plan, b.plan) || compare(a.extension, b.extension))
    .map((figures): PhoneRow => {
      const entry = directory.get(telephoneKey(figures))
      return { ...figures, label: entry?.label ?? null, site: entry?.site ?? null }
    })
  const shown = calls.filter((call) =>
    call.extensions.some(({ number }) => isAsked({ plan: call.plan, extension: number })),
  )
  const once = summarise(shown, serviceRules(rules))
  return {
    rows,
    total: {
      calls: once.calls,
      inbound: once.inbound,
      outbound: once.outbound,
      internal: once.internal,
      handled: sumOf(rows, (it) => it.handled),
      offered: sumOf(rows, (it) => it.offered),
      answered: sumOf(rows, (it) => it.answered),
      takenElsewhere: sumOf(rows, (it) => it.takenElsewhere),
      missed: sumOf(rows, (it) => it.missed),
      talkSeconds: sumOf(rows, (it) => it.talkSeconds),
      holdSeconds: sumOf(rows, (it) => it.holdSeconds),
      answerRate: ratioOf(rows, (it) => it.answerRate),
      averageTalk: ratioOf(rows, (it) => it.averageTalk),
    },
    checks: async () => [
      {
        kind: 'calls',
        intervals: null,
        outcomes: sumOfOutcomes(once),
        others: calls.length - shown.length,
        list: inList ? calls.length : await facts.countAsked(),
      },
    ],
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
