import { type ErrorCode, errorCatalogue, fillTemplate, SmenaError } from '../../domain/errors.ts'
import type { Language } from '../../domain/settings.ts'
import { causeText } from './causes.ts'
import { errorsRu, phrasesRu } from './errors.ru.ts'

/**
 * An error in the reader's language, one line for each thing that is wrong. English is the catalogue's own message; a code that
 * has no Russian wording yet stays English.
 */
export function errorLines(error: unknown, language: Language): string[] {
  if (error instanceof SmenaError) return [worded(error, language)]
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((one: unknown) => errorLines(one, language))
  }
  return [error instanceof Error ? error.message : String(error)]
}

/** A command does not wait as the running process does: there something else is to be done than the catalogue says. */
const ofCommands: Partial<Record<ErrorCode, Readonly<Record<Language, string>>>> = {
  'store-away': {
    en: 'The store does not answer: {{cause}}. See that it runs and that SMENA_DATABASE_URL names it, then repeat the command.',
    ru: 'Хранилище не отвечает: {{cause}}. Проверьте, что оно работает и что SMENA_DATABASE_URL называет его, и повторите команду.',
  },
}

function worded(error: SmenaError, language: Language): string {
  const russian: string | undefined = (errorsRu as Partial<Record<ErrorCode, string>>)[error.code]
  if (language === 'ru' && russian === undefined) return error.message
  const catalogued = language === 'ru' ? (russian as string) : errorCatalogue[error.code].message
  const template = ofCommands[error.code]?.[language] ?? catalogued
  const details = Object.entries(error.details).map(
    ([name, value]) => [name, typeof value === 'string' ? phrase(value, language) : value] as const,
  )
  return fillTemplate(template, Object.fromEntries(details))
}

function phrase(text: string, language: Language): string {
  if (language !== 'ru') return causeText(text, language)
  const quoted = /^"(.*)"$/su.exec(text)?.[1]
  if (quoted !== undefined) return `«${quoted}»`
  // Ids stand among them as they are.
  const known = (part: string) =>
    /^\d+$/u.test(part) ? part : Object.hasOwn(phrasesRu, part) ? phrasesRu[part] : undefined
  // A list of what is possible is made of phrases.
  const parts = text.split(', ').map(known)
  return known(text) ?? (parts.every((it) => it !== undefined) ? parts.join(', ') : causeText(text, language))
}
