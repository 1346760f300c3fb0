import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { type LoadedSettings, loadSettings } from '../adapters/config-file/load-settings.ts'
import type { SettingsFlags } from '../adapters/config-file/overrides.ts'
import { neutralise } from './present/neutral.ts'
import { type Look, lookOf, print } from './present/output.ts'
import { chooseLanguage } from './words/language.ts'
import { openWords, type Words } from './words/words.ts'

export interface Surroundings {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable
  readonly stdout: WriteStream
  readonly stderr: WriteStream
}

/** The options that every command takes. */
export interface GlobalOptions extends SettingsFlags {
  readonly config?: string
}

/** A command's surroundings made ready: settings read, words in the reader's language and the site's zone. */
export interface Context {
  readonly surroundings: Surroundings
  readonly loaded: LoadedSettings
  readonly words: Words
  readonly look: Look
  readonly version: string
  /** When the command was given: it may wait for others before it is done. */
  readonly givenAt: number
  /** Aborted by Ctrl-C or a request to end; a second one ends the process at once. */
  readonly signal: AbortSignal
  /** To standard output. Whoever reads it may go away: that is no error. */
  readonly print: (chunks: Iterable<string> | AsyncIterable<string>) => Promise<void>
  /** A line for people, beside the output. */
  readonly say: (line: string) => void
}

export async function openContext(surroundings: Surroundings, options: GlobalOptions): Promise<Context> {
  const givenAt = Date.now()
  const { environment, stdout, stderr } = surroundings
  const { config, ...flags } = options
  const loaded = await loadSettings({ file: config, environment, flags })
  // Only a command that asks for it ends in good order; any other is simply ended.
  let end: AbortSignal | null = null
  const language = chooseLanguage({ flag: options.lang, environment, configured: loaded.settings.lang })
  return {
    surroundings,
    loaded,
    words: openWords(language, loaded.settings.timezone),
    look: lookOf(stdout, environment),
    version: programVersion(),
    givenAt,
    get signal() {
      return (end ??= endSignal())
    },
    print: async (chunks) => {
      await print(stdout, chunks)
    },
    say: (line) => {
      stderr.write(`${neutralise(line)}\n`)
    },
  }
}

export function programVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

function endSignal(): AbortSignal {
  const abort = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(1)
      abort.abort()
    })
  return abort.signal
}
