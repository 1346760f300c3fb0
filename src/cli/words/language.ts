import type { Language } from '../../domain/settings.ts'

export interface LanguageChoice {
  /** Of `--lang`. */
  readonly flag?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Key `lang` of the configuration, once it has been read. */
  readonly configured?: Language | null
}

/**
 * Flag, `SMENA_LANG`, configuration, then the locale by POSIX: `LC_ALL` before `LC_MESSAGES` before `LANG`; the first that is
 * set decides. A value that begins with `ru` is Russian, everything else is English.
 */
export function chooseLanguage({ flag, environment, configured }: LanguageChoice): Language {
  const { SMENA_LANG, LC_ALL, LC_MESSAGES, LANG } = environment
  const chosen = flag || SMENA_LANG || configured || LC_ALL || LC_MESSAGES || LANG || 'en'
  return /^ru(?![a-z])/iu.test(chosen) ? 'ru' : 'en'
}
