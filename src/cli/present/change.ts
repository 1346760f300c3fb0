import type { ChangeJson } from '../../pipeline/people-correction-view.ts'
import type { Words } from '../words/words.ts'

/** A row that a correction changes: what it is, as it was and as it is to be. */
export function changeText({ what, id, ...change }: ChangeJson, words: Words): string {
  const { t } = words
  const { before, after } = change
  const name = t(`people:correction.row.${what}`) + (id === null ? '' : ` ${id}`)
  const text = (facts: ChangeJson['before']) => (facts === null ? '–' : factsText(facts, words))
  return `${name}: ${text(before)} → ${text(after)}`
}

function factsText(facts: NonNullable<ChangeJson['before']>, words: Words): string {
  const { t } = words
  const time = (instant: string | null, absent: string) => (instant === null ? absent : words.time(Date.parse(instant)))
  if ('plan' in facts) {
    const { extension, plan, from, to, confirmed } = facts
    const until = `${time(from, '')} – ${time(to, t('people:endless'))}`
    return [`${extension} (${plan})`, until, ...(confirmed ? [] : [t('people:correction.unconfirmed')])].join(', ')
  }
  if ('at' in facts) {
    const { type, at, count, seconds, comment, excluded } = facts
    const lasted = seconds === null ? [] : [words.duration(seconds)]
    const said = comment === null ? [] : [t('people:quoted', { text: comment })]
    const left = excluded ? [t('people:log.excluded')] : []
    return [type, time(at, ''), `× ${words.count(count)}`, ...lasted, ...said, ...left].join(', ')
  }
  const { startedAt, endedAt, flags } = facts
  const range = `${time(startedAt, '')} – ${time(endedAt, t('people:open'))}`
  const named = 'type' in facts ? [words.breakType(facts.type)] : facts.zone === words.timezone ? [] : [facts.zone]
  return [...named, range, ...flags.map((flag) => flagText(flag, words))].join(', ')
}

const flagText = (flag: string, { t }: Words): string => t(`people:flag.${flag as 'corrected'}`)

export const minutesText = (minutes: number, { t }: Words): string => t('people:correction.minutes', { minutes })

/** By how much: `+30 min`. */
export const minutesChange = (minutes: number, words: Words): string =>
  (minutes > 0 ? '+' : '') + minutesText(minutes, words)
