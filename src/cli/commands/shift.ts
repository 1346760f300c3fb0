import { SmenaError } from '../../domain/errors.ts'
import { breakFlagsAsOf } from '../../domain/worktime/breaks.ts'
import { workedInShift } from '../../domain/worktime/worked.ts'
import type { CallExcludedJson } from '../../pipeline/people-calls.ts'
import type { LoggedCall } from '../../pipeline/legacy/legacy-store.ts'
import type { ShiftCall } from '../../pipeline/people-reading.ts'
import { boundCallJson, employeeBrief, markJson, type ShiftJson, shiftJson } from '../../pipeline/people-view.ts'
import { instantText } from '../../pipeline/status.ts'
import {
  askPeople,
  everybody,
  namedEmployee,
  openPeople,
  rangeOption,
  rulesOf,
  timeOption,
  type WritingOptions,
} from '../ask-people.ts'
import type { Context } from '../context.ts'
import { flagsText } from '../present/flags.ts'
import { jsonLine, jsonLines } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { table } from '../present/table.ts'
import type { Words } from '../words/words.ts'
import { parseId } from './quarantine.ts'

interface FactOptions extends WritingOptions {
  readonly at?: string
}

export const shiftStartCommand = (context: Context, args: readonly string[], options: FactOptions): Promise<void> =>
  tellShift(context, 'shift-start', args, options)

export const shiftEndCommand = (context: Context, args: readonly string[], options: FactOptions): Promise<void> =>
  tellShift(context, 'shift-end', args, options)

async function tellShift(
  context: Context,
  kind: 'shift-start' | 'shift-end',
  [employee = '']: readonly string[],
  options: FactOptions,
): Promise<void> {
  const { words, print } = context
  const at = timeOption(context, 'at', options.at)
  const made = await askPeople<ShiftJson>(context, { do: kind, employee, at }, options)
  if (options.json) return await print([jsonLine(made)])
  const { name } = made.employee
  const said =
    kind === 'shift-start'
      ? words.t('people:shift.started', { name, at: words.time(Date.parse(made.startedAt)) })
      : words.t('people:shift.ended', {
          name,
          at: words.time(made.endedAt === null ? null : Date.parse(made.endedAt)),
          worked: words.duration(made.workedSeconds),
        })
  await print([`${neutralise(said)}\n`])
}

export const shiftExcludeCommand = (context: Context, args: readonly string[], options: TickOptions): Promise<void> =>
  tick(context, true, args, options)

export const shiftIncludeCommand = (context: Context, args: readonly string[], options: TickOptions): Promise<void> =>
  tick(context, false, args, options)

interface TickOptions extends WritingOptions {
  readonly employee?: string
}

/** Leaves a call out of a person's events, or takes it in again. */
async function tick(
  context: Context,
  excluded: boolean,
  [text = '']: readonly string[],
  options: TickOptions,
): Promise<void> {
  const { words, print } = context
  const request = { do: 'call-exclude', call: parseId(text), employee: options.employee ?? null, excluded } as const
  const made = await askPeople<CallExcludedJson>(context, request, options)
  if (options.json) return await print([jsonLine(made)])
  const key = excluded ? 'people:call.excluded' : 'people:call.included'
  await print([
    `${neutralise(words.t(key, { id: made.call, name: made.employee.name }))}
`,
  ])
}

export async function shiftListCommand(
  context: Context,
  _: readonly string[],
  options: { employee?: string; from?: string; to?: string; json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  const { from, to } = rangeOption(context, options)
  await using reader = await openPeople(context)
  const people = await everybody(reader)
  const one = namedEmployee(options.employee, people)
  const shifts = (await reader?.shifts({ employeeIds: one && [one.id], from, to })) ?? []
  const rules = await rulesOf(context, reader)
  const now = Date.now()
  const named = new Map(people.map((it) => [it.id, employeeBrief(it)]))
  const rows = shifts
    .toSorted((a, b) => a.startedAt - b.startedAt || a.id - b.id)
    .map((it) => ({
      it,
      json: shiftJson(it, named.get(it.employeeId) ?? { id: String(it.employeeId), name: '–' }, now, rules),
    }))
  if (options.json) return await print(jsonLines(rows.map(({ json }) => json)))
  await print(
    table(
      [
        { head: t('people:column.name'), priority: 90, least: 12, cell: ({ json }) => json.employee.name },
        { head: t('people:column.startedAt'), priority: 95, cell: ({ it }) => words.time(it.startedAt) },
        {
          head: t('people:column.endedAt'),
          priority: 85,
          cell: ({ it }) => (it.endedAt === null ? t('people:open') : words.time(it.endedAt)),
        },
        {
          head: t('people:column.breaks'),
          priority: 50,
          align: 'right',
          cell: ({ it }) => words.duration(workedInShift(it, now, rules).breakSeconds),
        },
        {
          head: t('people:column.worked'),
          priority: 80,
          align: 'right',
          cell: ({ json }) => words.duration(json.workedSeconds),
        },
        {
          head: t('people:column.flags'),
          priority: 60,
          least: 10,
          optional: true,
          cell: ({ it }) =>
            flagsText([...it.flags, ...it.breaks.flatMap((one) => breakFlagsAsOf(one, it, now, rules))], words),
        },
        { head: t('people:column.id'), priority: 100, align: 'right', cell: ({ json }) => json.id },
      ],
      rows,
      look,
    ),
  )
  await print([
    rows.length === 0
      ? `${t('people:shift.none')}\n`
      : `\n${t('people:shift.total', { count: rows.length })}\n${t('people:caption', { zone: words.zone(now) })}\n`,
  ])
}

/**
 * What happened in a shift, in order: breaks, marks and the calls that are the person's; of one that came from the older system also
 * the calls that it bound there, and all its marks, those outside of its time too.
 */
export async function shiftShowCommand(
  context: Context,
  [text = '']: readonly string[],
  options: { json?: true },
): Promise<void> {
  const { words, look, print } = context
  const { t } = words
  await using reader = await openPeople(context)
  const shift = await reader?.shift(parseId(text))
  if (!reader || !shift) throw new SmenaError('thing-unknown', { what: 'shift', id: text })
  const rules = await rulesOf(context, reader)
  const now = Date.now()
  const end = shift.endedAt ?? Math.min(now, shift.startedAt + rules.shiftAtMostSeconds * 1000) + 1
  const person = (await everybody(reader)).find(({ id }) => id === shift.employeeId)
  const brief = person ? employeeBrief(person) : { id: String(shift.employeeId), name: '–' }
  const within = await reader.marks({ employeeIds: [shift.employeeId], from: shift.startedAt, to: end })
  const outside = (await reader.shiftMarks(shift.id)).filter((it) => !within.some(({ id }) => id === it.id))
  const marks = [...within, ...outside].toSorted((a, b) => a.at - b.at || a.id - b.id)
  const bound = await reader.boundCalls(shift.id)
  const types = new Map((await reader.markTypes()).map(({ id, name }) => [id, name]))
  const calls = await reader.shiftCalls(shift.employeeId, shift.startedAt, end)
  const excluded = new Set((await reader.excludedCalls(shift.employeeId)).map(({ callId }) => callId))
  const worked = workedInShift(shift, now, rules)
  if (options.json)
    return await print([
      jsonLine({
        ...shiftJson(shift, brief, now, rules),
        zone: shift.zone,
        startedHow: shift.startedHow,
        endedHow: shift.endedHow,
        ...worked,
        marks: marks.map((it) => markJson(it, types.get(it.typeId) ?? '–', brief)),
        calls: calls.map((it) => ({ ...callJson(it), excluded: excluded.has(it.callId) })),
        boundCalls: bound.map(boundCallJson),
      }),
    ])
  const open = t('people:open')
  const facts: [string, string][] = [
    [t('people:column.name'), brief.name],
    [t('people:column.startedAt'), words.time(shift.startedAt)],
    [t('people:column.endedAt'), shift.endedAt === null ? open : words.time(shift.endedAt)],
    [t('people:column.worked'), words.duration(worked.workedSeconds)],
    [t('people:column.breaks'), words.duration(worked.breakSeconds)],
    [t('people:column.flags'), flagsText(shift.flags, words) || '–'],
  ]
  await print(facts.map(([name, value]) => `${name}: ${neutralise(value)}\n`))
  const rows: LogLine[] = [
    ...shift.breaks.map((it) => ({
      at: it.startedAt,
      what: t('people:log.break', { type: words.breakType(it.type) }),
      seconds: it.endedAt === null ? null : (it.endedAt - it.startedAt) / 1000,
      note: [it.endedAt === null ? open : '', flagsText(breakFlagsAsOf(it, shift, now, rules), words)]
        .filter(Boolean)
        .join(', '),
      id: String(it.id),
    })),
    ...marks.map((it) => ({
      at: it.at,
      what: `${types.get(it.typeId) ?? '–'}${it.count > 1 ? ` × ${it.count}` : ''}`,
      seconds: it.seconds,
      note: [it.comment, it.excluded ? t('people:log.excluded') : ''].filter(Boolean).join(', '),
      id: String(it.id),
    })),
    ...calls.map((it) => ({
      at: it.at,
      what: partText(it, words),
      seconds: it.talkSeconds,
      note: [
        t(`people:role.${it.role as 'caller'}`),
        it.state === 'on-break' ? t('people:state.on-break') : '',
        excluded.has(it.callId) ? t('people:log.excluded') : '',
      ]
        .filter(Boolean)
        .join(', '),
      id: String(it.callId),
    })),
    ...bound.map((it) => boundLine(it, words)),
  ].sort((a, b) => a.at - b.at)
  if (rows.length > 0) await print(['\n'])
  await print(
    table(
      [
        { head: t('people:column.at'), priority: 100, cell: (it) => `${it.isAbout ? '≈ ' : ''}${words.time(it.at)}` },
        { head: t('people:column.what'), priority: 90, least: 16, cell: (it) => it.what },
        { head: t('people:column.seconds'), priority: 80, align: 'right', cell: (it) => words.duration(it.seconds) },
        { head: t('people:column.note'), priority: 50, least: 10, optional: true, cell: (it) => it.note },
        { head: t('people:column.id'), priority: 40, align: 'right', cell: (it) => it.id },
      ],
      rows,
      look,
    ),
  )
  if (bound.length > 0) await print([`\n${t('people:log.boundNote', { count: bound.length })}\n`])
  await print([`\n${t('people:caption', { zone: words.zone(now) })}\n`])
}

interface LogLine {
  readonly at: number
  /** It began about then. */
  readonly isAbout?: true
  readonly what: string
  readonly seconds: number | null
  readonly note: string
  readonly id: string
}

/**
 * As people know it from the older system: who called → the person's telephone, the person's telephone → what was dialled. A call in
 * which the person had two telephones stands in two lines, each with its own seconds: they add up, and reports count the call once.
 */
const partText = ({ direction, role, extension, from, to }: ShiftCall, { t }: Words): string =>
  direction === 'outbound' || role === 'caller'
    ? `${extension} → ${to ?? '–'}`
    : `${from ?? t('calls:withheld')} → ${extension}`

/** Seconds of ringing are no talk: how long that was nobody knows. */
function boundLine(it: LoggedCall, { t, duration }: Words): LogLine {
  const [own, other] = [it.extension ?? '–', it.otherNumber ?? '–']
  const note = [
    t(`people:log.bound.${it.direction}`),
    it.ringOnly ? t('people:log.ringOnly', { seconds: duration(it.seconds) }) : '',
    it.comment ?? '',
    it.excluded ? t('people:log.excluded') : '',
  ]
  return {
    at: it.at,
    isAbout: true,
    what: it.direction === 'inbound' ? `${other} → ${own}` : `${own} → ${other}`,
    seconds: it.ringOnly ? null : it.seconds,
    note: note.filter(Boolean).join(', '),
    id: String(it.id),
  }
}

const callJson = ({ callId, at, ...call }: ShiftCall) => ({ call: String(callId), at: instantText(at), ...call })
