import type { OldPhoneRow, OldPhoneTotal } from '../../../pipeline/reports/old-phone.ts'
import type { Words } from '../../words/words.ts'
import { figure, names, pathColumns } from './figures.ts'
import type { ReportView } from './view.ts'

type Line = OldPhoneTotal & Partial<Omit<OldPhoneRow, keyof OldPhoneTotal>> & { readonly name: string }

/** R4 and R5 of the older system: rows of its statistics, under the heads that they had there. */
export const oldPhoneView: ReportView<OldPhoneRow, OldPhoneTotal, Line> = {
  csv: pathColumns([
    ...names('day.from day.to day.clock source plan number label site total incoming outgoing incomingAccepted'),
    ...names('outgoingAccepted incomingPercent outgoingPercent incomingAverageSeconds outgoingAverageSeconds'),
    ...names('incomingTalkUnknown outgoingTalkUnknown'),
  ]),
  lines: (rows, total, { t }) => [
    ...rows.map((it) => ({ ...total, ...it, name: it.number })),
    { ...total, name: t('report:totalRows') },
  ],
  columns: (words) => {
    const { t, day, count } = words
    const known = (value: number | null) => (value === null ? '–' : count(value))
    return [
      {
        head: t('report:column.day'),
        priority: 95,
        optional: true,
        cell: (it) => (it.day ? day(Date.parse(it.day.from)) : ''),
      },
      { head: t('report:column.site'), priority: 50, least: 8, optional: true, cell: (it) => it.site ?? '' },
      { head: t('report:column.source'), priority: 40, least: 8, optional: true, cell: (it) => it.source ?? '' },
      { head: t('report:column.phone'), priority: 100, least: 8, cell: (it) => it.name },
      { head: t('report:column.label'), priority: 30, least: 8, optional: true, cell: (it) => it.label ?? '' },
      figure<Line>(t('report:old.total'), 90, (it) => count(it.total)),
      figure<Line>(t('report:old.incoming'), 85, (it) => count(it.incoming)),
      figure<Line>(t('report:old.outgoing'), 84, (it) => count(it.outgoing)),
      figure<Line>(t('report:old.incomingAccepted'), 80, (it) => known(it.incomingAccepted)),
      figure<Line>(t('report:old.outgoingAccepted'), 79, (it) => known(it.outgoingAccepted)),
      figure<Line>(t('report:old.incomingPercent'), 70, (it) => known(it.incomingPercent)),
      figure<Line>(t('report:old.outgoingPercent'), 69, (it) => known(it.outgoingPercent)),
      figure<Line>(t('report:old.incomingAverage'), 60, (it) => known(it.incomingAverageSeconds)),
      figure<Line>(t('report:old.outgoingAverage'), 59, (it) => known(it.outgoingAverageSeconds)),
    ]
  },
  notes: (_, { t }) => [t('report:formula.phoneOldRows')],
  remarks: (total, words) => [...countedLines(total, words), ...unknownLine(total, words), ...zoneLine(total, words)],
}

function* countedLines({ counted }: OldPhoneTotal, { t, time }: Words): Generator<string> {
  if (counted.length === 0) yield t('report:oldRows.none')
  for (const { table, from, to } of counted)
    yield t('report:oldRows.counted', {
      table: t(`report:oldRows.${table}`),
      from: time(Date.parse(from)),
      to: time(Date.parse(to)),
    })
}

function* unknownLine(total: OldPhoneTotal, { t }: Words): Generator<string> {
  const unknown = total.incomingTalkUnknown + total.outgoingTalkUnknown
  if (unknown > 0) yield t('report:oldRows.talkUnknown', { count: unknown })
}

/** The days are those of this report's clock. */
function* zoneLine({ counted, oldZone }: OldPhoneTotal, { t, timezone, zone }: Words): Generator<string> {
  const [first] = counted
  if (!first) return
  const isOther = oldZone !== null && oldZone !== timezone
  yield isOther
    ? t('report:oldRows.otherZone', { zone: zone(Date.parse(first.from)), old: oldZone })
    : t('report:oldRows.zone', { zone: zone(Date.parse(first.from)) })
}
