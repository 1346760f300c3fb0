import { type ErrorCode, type ErrorDetails, errorCatalogue, SmenaError } from '../../domain/errors.ts'
import type { Alarm } from '../../pipeline/alarm.ts'
import { causeText } from '../words/causes.ts'
import { errorLines } from '../words/errors.ts'
import type { Words } from '../words/words.ts'

/** A clock is known to the second while it is nearly right; beyond minutes only the size of the error matters. */
export function clockDifference(seconds: number | null, words: Words): string {
  if (seconds === null || Math.abs(seconds) < 600) return words.duration(seconds)
  return `${seconds < 0 ? '\u2212' : ''}${words.age(Math.abs(seconds))}`
}

/** The error that an alarm holds; of an older collector its message. */
function errorText({ error: code = '', ...details }: Alarm['details'], { language }: Words): string {
  if (!Object.hasOwn(errorCatalogue, code)) return String(details['cause'] ?? '–')
  return errorLines(new SmenaError(code as ErrorCode, details as ErrorDetails<ErrorCode>), language).join(' ')
}

/** Null when it is no error of the catalogue, or lacks what an older collector does not say of it. */
function errorAlarm(code: string, details: Alarm['details'], words: Words): string | null {
  if (!Object.hasOwn(errorCatalogue, code)) return null
  const text = errorText({ ...details, error: code }, words)
  return text.includes('{{') ? null : text
}

/** The alarm in the reader's language; its own message where there is no wording. */
export function alarmText({ code, source: name, message, details }: Alarm, words: Words): string {
  const { t } = words
  const source = name ?? '–'
  const text = (name: string) => String(details[name] ?? '–')
  switch (code) {
    case 'clock': {
      const seconds = Number(details['seconds'])
      const how = seconds < 0 ? 'status:alarm.clockBehind' : 'status:alarm.clockAhead'
      return t(how, { source, difference: clockDifference(Math.abs(seconds), words) })
    }
    case 'source-unknown':
      return t('status:alarm.source-unknown', { source })
    case 'disk-full':
      return t('status:alarm.disk-full', { free: words.size(Number(details['freeBytes'])) })
    case 'listener-shut':
      return t('status:alarm.listener-shut', { source, address: text('address') })
    case 'listener-loopback-only':
      return t('status:alarm.listener-loopback-only', { source, address: text('address') })
    case 'store-away':
      return t('status:alarm.store-away', { cause: causeText(text('cause'), words.language) })
    case 'kafka-away':
    case 'kafka-refused':
      return t(`status:alarm.${code}`, { cause: text('cause') })
    case 'numbers-unpublished':
      return t('status:alarm.numbers-unpublished', { cause: errorText(details, words) })
    case 'kafka-too-few':
      return t('status:alarm.kafka-too-few', {
        topic: text('topic'),
        found: text('found'),
        expected: text('expected'),
      })
    case 'topic-unsafe':
      return t('status:alarm.topic-unsafe', {
        topic: text('topic'),
        key: text('key'),
        found: text('found'),
        expected: text('expected'),
      })
    case 'collector-silent':
      return t('status:alarm.collector-silent', { host: text('host'), age: words.age(Number(details['seconds'])) })
    case 'rolled-back':
      return t('status:alarm.rolled-back', { source, journal: text('journal').slice(0, 8), from: text('from') })
    case 'reading-differs':
      return t('status:alarm.reading-differs', { source, keys: text('keys') })
    case 'gap':
    // An error of the catalogue, or what a newer collector says.
    default:
      return errorAlarm(code, details, words) ?? message
  }
}
