import type { CorrectionDifference } from '../../pipeline/people-correction-difference.ts'
import type { ChangeJson } from '../../pipeline/people-correction-sight.ts'
import type { Words } from '../words/words.ts'

/** A row that a correction changes: what it is, as it was and as it is to be. */
export function changeText({ what, id, ...change }: ChangeJson, words: Words): string {
  return `${rowName({ what, id }, words)}: ${rowChange(change, words)}`
}

const rowName = ({ what, id }: Pick<ChangeJson, 'what' | 'id'>, { t }: Words): string =>
  t(`people:correction.row.${what}`) + (id === null ? '' : ` ${id}`)

function rowChange({ before, after }: Pick<ChangeJson, 'before' | 'after'>, words: Words): string {
  const text = (facts: ChangeJson['before']) => (facts === null ? '–' : factsText(facts, words))
  return `${text(before)} → ${text(after)}`
}

/** What a correction would do now other than was shown when it was asked for. */
export function differenceText(it: CorrectionDifference, words: Words): string {
  const { t, count } = words
  const text = (what: string, shown: string, now: string) => t('people:correction.difference', { what, shown, now })
  switch (it.what) {
    case 'worked time':
      return text(t('people:column.worked'), signedDuration(it.shown, words), signedDuration(it.now, words))
    case 'marks':
      return text(t('people:column.marks'), count(it.shown), count(it.now))
    case 'locked periods':
      return text(t('people:column.periods'), it.shown.join(', ') || '–', it.now.join(', ') || '–')
    case 'shift':
    case 'break':
    case 'assignment':
    case 'mark': {
      const { shown, now } = it
      const row = shown ?? now
      const change = (of: ChangeJson | null) => (of === null ? t('people:correction.unchanged') : rowChange(of, words))
      return row === null ? '' : text(rowName(row, words), change(shown), change(now))
    }
  }
}

export const signedDuration = (seconds: number, words: Words): string =>
  (seconds > 0 ? '+' : '') + words.duration(seconds)

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
