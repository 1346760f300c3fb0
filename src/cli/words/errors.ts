import { type ErrorCode, fillTemplate, SmenaError } from '../../domain/errors.ts'
import type { Language } from '../../domain/settings.ts'
import { errorsRu, phrasesRu } from './errors.ru.ts'

/**
 * An error in the reader's language, one line for each thing that is wrong. English is the catalogue's own message; a code that
 * has no Russian wording yet stays English.
 */
export function errorLines(error: unknown, language: Language): string[] {
  if (error instanceof SmenaError) return [language === 'ru' ? inRussian(error) : error.message]
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.flatMap((one: unknown) => errorLines(one, language))
  }
  return [error instanceof Error ? error.message : String(error)]
}

function inRussian(error: SmenaError): string {
  const template: string | undefined = (errorsRu as Partial<Record<ErrorCode, string>>)[error.code]
  if (template === undefined) return error.message
  const details = Object.entries(error.details).map(([name, value]) => [name, phrase(value)] as const)
  return fillTemplate(template, Object.fromEntries(details))
}

const phrase = (value: string | number): string | number =>
  typeof value === 'string' && Object.hasOwn(phrasesRu, value) ? (phrasesRu[value] ?? value) : value
