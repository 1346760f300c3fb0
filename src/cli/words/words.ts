import { createInstance, type TFunction } from 'i18next'
import type { Direction, Outcome } from '../../domain/call.ts'
import type { Language } from '../../domain/settings.ts'
import { calls as callsEn } from './calls.en.ts'
import { calls as callsRu } from './calls.ru.ts'
import { config as configEn } from './config.en.ts'
import { config as configRu } from './config.ru.ts'
import { help as helpEn } from './help.en.ts'
import { help as helpRu } from './help.ru.ts'
import { importing as importEn } from './import.en.ts'
import { importing as importRu } from './import.ru.ts'
import { legacy as legacyEn } from './legacy.en.ts'
import { legacy as legacyRu } from './legacy.ru.ts'
import { quarantine as quarantineEn } from './quarantine.en.ts'
import { quarantine as quarantineRu } from './quarantine.ru.ts'
import { people as peopleEn } from './people.en.ts'
import { people as peopleRu } from './people.ru.ts'
import {
  formatClock,
  formatCount,
  formatDay,
  formatDuration,
  formatTime,
  formatZone,
  splitSize,
  unknown,
} from './quantities.ts'
import { replay as replayEn } from './replay.en.ts'
import { replay as replayRu } from './replay.ru.ts'
import { report as reportEn } from './report.en.ts'
import { report as reportRu } from './report.ru.ts'
import { status as statusEn } from './status.en.ts'
import { status as statusRu } from './status.ru.ts'

/** Every word that people read, by area. Errors stand apart: their English is the catalogue itself (see errors.ts). */
export const catalogues = {
  en: {
    calls: callsEn,
    status: statusEn,
    quarantine: quarantineEn,
    import: importEn,
    legacy: legacyEn,
    replay: replayEn,
    report: reportEn,
    config: configEn,
    help: helpEn,
    people: peopleEn,
  },
  ru: {
    calls: callsRu,
    status: statusRu,
    quarantine: quarantineRu,
    import: importRu,
    legacy: legacyRu,
    replay: replayRu,
    report: reportRu,
    config: configRu,
    help: helpRu,
    people: peopleRu,
  },
}

type Areas = keyof (typeof catalogues)['en']

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'calls'
    resources: (typeof catalogues)['en']
  }
}

/** Words in one language and times in one zone. */
export interface Words {
  readonly language: Language
  /** IANA zone of every time that is written. */
  readonly timezone: string
  /** `t('calls:outcome.missed')`. What is filled in stands as it is: nothing in it is looked up or filled in again. */
  readonly t: TFunction<[Areas, ...Areas[]]>
  readonly outcome: (outcome: Outcome, direction: Direction) => string
  /** A kind of breaks: those that every installation begins with in words, any other by the name it was given. */
  readonly breakType: (name: string) => string
  readonly duration: (seconds: number | null) => string
  readonly count: (count: number | null) => string
  readonly size: (bytes: number | null) => string
  readonly time: (instant: number | null) => string
  /** The two halves of `time`: the day with its weekday, and the time of day. */
  readonly day: (instant: number | null) => string
  readonly clock: (instant: number | null) => string
  /** The zone and its offset at an instant. */
  readonly zone: (instant: number) => string
  /** How long ago: `0:40`, then `7 min`, then `2 h 10 min`, then `3 d 5 h`. */
  readonly age: (seconds: number) => string
}

export function openWords(language: Language, timezone: string): Words {
  const i18n = createInstance()
  const areas = Object.keys(catalogues.en) as [Areas, ...Areas[]]
  // With its resources at hand nothing is loaded: the words are there when init returns.
  void i18n.init({
    lng: language,
    fallbackLng: false,
    ns: areas,
    defaultNS: 'calls',
    resources: { [language]: catalogues[language] },
    initAsync: false,
    interpolation: { escapeValue: false },
  })
  const t = i18n.getFixedT(language, areas)
  return {
    language,
    timezone,
    t,
    outcome: (outcome, direction) =>
      direction === 'outbound' && (outcome === 'answered' || outcome === 'missed')
        ? t(`calls:outcomeOutbound.${outcome}`)
        : t(`calls:outcome.${outcome}`),
    breakType: (name) => (Object.hasOwn(peopleEn.breakType, name) ? t(`people:breakType.${name as 'meal'}`) : name),
    duration: formatDuration,
    count: (count) => formatCount(count, language),
    size: (bytes) => {
      if (bytes === null) return unknown
      const { number, unit } = splitSize(bytes, language)
      return `${number}\u00A0${t(`import:unit.${unit}`)}`
    },
    time: (instant) => formatTime(instant, timezone, language),
    day: (instant) => formatDay(instant, timezone, language),
    clock: (instant) => formatClock(instant, timezone),
    zone: (instant) => formatZone(timezone, instant),
    age: (seconds) => {
      if (seconds < 60) return formatDuration(Math.max(seconds, 0))
      const minutes = Math.floor(seconds / 60)
      if (minutes < 60) return t('status:ago.minutes', { minutes })
      const hours = Math.floor(minutes / 60)
      if (hours < 48) return t('status:ago.hours', { hours, minutes: minutes % 60 })
      return t('status:ago.days', { days: Math.floor(hours / 24), hours: hours % 24 })
    },
  }
}
