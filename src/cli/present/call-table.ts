import type { CallKind, Direction, Outcome } from '../../domain/call.ts'
import type { Words } from '../words/words.ts'
import type { CsvColumn } from './csv.ts'
import { wrap } from './neutral.ts'
import type { Look } from './output.ts'
import { type Column, type Style, table } from './table.ts'

/** A call as it is listed: the fields of its JSON that the list shows. Instants are ISO 8601. */
export interface ListedCall {
  readonly id: string
  readonly source: string
  readonly plan: string
  readonly exchangeCallId: string
  readonly kind: CallKind
  readonly direction: Direction
  readonly outcome: Outcome
  readonly from: string | null
  readonly fromName: string | null
  readonly to: string | null
  readonly targets: readonly string[]
  readonly answeredBy: string | null
  readonly answeredOutside: boolean
  readonly extensions: readonly string[]
  readonly employees: readonly { readonly name: string }[]
  readonly startedAt: string | null
  readonly answeredAt: string | null
  readonly endedAt: string | null
  readonly ringSeconds: number
  readonly waitSeconds: number
  readonly talkSeconds: number
  readonly holdSeconds: number
  readonly parkSeconds: number
  readonly machineSeconds: number
  readonly conference: string | null
  readonly segments: number
  readonly doubtful: readonly string[]
  readonly complete: boolean
}

const namesOf = ({ employees }: ListedCall): string[] => [...new Set(employees.map(({ name }) => name))]

const instantOf = (text: string | null): number | null => (text === null ? null : Date.parse(text))

function outcomeStyle({ outcome, direction }: ListedCall): Style {
  switch (outcome) {
    case 'answered':
      return 'blue'
    case 'missed':
      return direction === 'outbound' ? 'gray' : 'red'
    case 'voicemail':
    case 'automated':
      return 'magenta'
    case 'busy':
      return 'yellow'
    case 'failed':
      return 'gray'
  }
}

/** Numbers stand as the exchange wrote them, so that they can be copied and searched for. */
function callColumns({ t, outcome, duration, time, clock }: Words): Column<ListedCall>[] {
  const seconds = (value: number) => (value > 0 ? duration(value) : '–')
  return [
    {
      head: t('calls:column.startedAt'),
      priority: 100,
      cell: (call) => time(instantOf(call.startedAt)),
      grouped: (call) => clock(instantOf(call.startedAt)),
    },
    {
      head: t('calls:column.direction'),
      priority: 45,
      cell: (call) => t(`calls:directionShort.${call.direction}`),
    },
    {
      head: t('calls:column.outcome'),
      priority: 80,
      least: 11,
      cell: (call) => outcome(call.outcome, call.direction),
      style: outcomeStyle,
    },
    {
      head: t('calls:column.from'),
      priority: 90,
      least: 12,
      cell: ({ from, fromName }) => [from ?? t('calls:withheld'), fromName].filter(Boolean).join(' '),
    },
    { head: t('calls:column.to'), priority: 70, least: 12, cell: (call) => call.to ?? call.targets[0] ?? '–' },
    {
      head: t('calls:column.answeredBy'),
      priority: 55,
      cell: (call) =>
        call.answeredBy ?? (call.answeredOutside && call.direction !== 'outbound' ? t('calls:outside') : '–'),
    },
    {
      head: t('calls:column.employees'),
      priority: 48,
      least: 10,
      optional: true,
      cell: (call) => namesOf(call).join(', '),
    },
    { head: t('calls:column.wait'), priority: 50, align: 'right', cell: (call) => duration(call.waitSeconds) },
    { head: t('calls:column.talk'), priority: 60, align: 'right', cell: (call) => seconds(call.talkSeconds) },
    { head: t('calls:column.hold'), priority: 35, align: 'right', cell: (call) => seconds(call.holdSeconds) },
    { head: t('calls:column.machine'), priority: 30, align: 'right', cell: (call) => seconds(call.machineSeconds) },
    { head: t('calls:column.source'), priority: 40, least: 8, cell: (call) => call.source },
    {
      head: t('calls:column.kind'),
      priority: 20,
      least: 8,
      optional: true,
      cell: (call) => (call.kind === 'call' ? '' : t(`calls:kind.${call.kind}`)),
    },
    { head: t('calls:column.id'), priority: 85, align: 'right', cell: (call) => call.id },
  ]
}

/** The list with its sum line (each outcome a term) and the zone of its times beneath. */
export async function* callTable(
  calls: Iterable<ListedCall> | AsyncIterable<ListedCall>,
  words: Words,
  look: Look,
): AsyncGenerator<string> {
  const terms = new Map<string, number>(outcomeTerms.map((term) => [words.outcome(...term), 0]))
  const zones = new Set<string>()
  let count = 0
  async function* counted(): AsyncGenerator<ListedCall> {
    for await (const call of calls) {
      count++
      const term = words.outcome(call.outcome, call.direction)
      terms.set(term, (terms.get(term) ?? 0) + 1)
      const startedAt = instantOf(call.startedAt)
      if (startedAt !== null && zones.size < 2) zones.add(words.zone(startedAt))
      yield call
    }
  }
  const group = (call: ListedCall) => words.day(instantOf(call.startedAt))
  yield* table(callColumns(words), counted(), { ...look, group })
  if (count === 0) {
    yield `${words.t('calls:empty')}\n`
    return
  }
  const sum = [...terms].filter(([, calls]) => calls > 0)
  const text = sum.map(([term, calls]) => `${term.toLocaleLowerCase(words.language)} ${words.count(calls)}`).join(' + ')
  const zone = zones.size === 1 ? [...zones].join('') : words.timezone
  for (const line of ['', `${words.t('calls:total', { count })} = ${text}`, words.t('calls:caption', { zone })]) {
    yield `${look.width === null ? line : wrap(line, look.width)}\n`
  }
}

const outcomeTerms: readonly [Outcome, Direction][] = [
  ['answered', 'inbound'],
  ['answered', 'outbound'],
  ['missed', 'inbound'],
  ['missed', 'outbound'],
  ['automated', 'inbound'],
  ['voicemail', 'inbound'],
  ['busy', 'inbound'],
  ['failed', 'inbound'],
]

/** The fields of the JSON under their own names: for programs, the same in every language. */
export const callCsvColumns: readonly CsvColumn<ListedCall>[] = [
  ...(['id', 'source', 'plan', 'exchangeCallId', 'kind', 'direction', 'outcome', 'from', 'fromName', 'to'] as const),
  ...(['targets', 'answeredBy', 'answeredOutside', 'extensions', 'employees'] as const),
  ...(['startedAt', 'answeredAt', 'endedAt'] as const),
  ...(['ringSeconds', 'waitSeconds', 'talkSeconds', 'holdSeconds', 'parkSeconds', 'machineSeconds'] as const),
  ...(['conference', 'segments', 'doubtful', 'complete'] as const),
].map((head) => ({
  head,
  value: (call) => {
    if (head === 'employees') return namesOf(call).join('; ')
    const value = call[head]
    return typeof value === 'object' && value !== null ? value.join(' ') : value
  },
}))
