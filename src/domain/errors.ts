/**
 * Every error that Smena raises on purpose: a code, a message and a **remedy**, which is what the program does about it.
 * `retry`: the world will heal, try again. `quarantine`: this record is bad, keep its bytes and go on. `refuse`: the request
 * is wrong, say so and change nothing. `stop`: an invariant broke, end the process.
 * A message says what was found, what was expected and what the reader can do. Held equal to docs/errors.md by a test.
 */
export type Remedy = 'retry' | 'quarantine' | 'refuse' | 'stop'

interface Entry {
  readonly remedy: Remedy
  readonly message: string
}

const entry = <const M extends string>(remedy: Remedy, message: M) => ({ remedy, message })

export const errorCatalogue = {
  'config-unreadable': entry('refuse', 'Cannot read the configuration file {{file}}: {{cause}}. Give a readable YAML file with --config.'),
  'config-invalid': entry('refuse', '{{file}}: {{key}} is {{found}}, expected {{expected}}. Correct it and run `smena config check`.'),
  'config-unknown-key': entry('refuse', '{{file}}: unknown key {{key}}; known keys here: {{known}}. Correct or remove it.'),
  'usage': entry('refuse', '{{problem}} Run `smena help {{command}}` for what it takes.'),
} satisfies Record<string, Entry>

export type ErrorCode = keyof typeof errorCatalogue

type Holes<M extends string> = M extends `${string}{{${infer Name}}}${infer Rest}` ? Name | Holes<Rest> : never
export type ErrorDetails<C extends ErrorCode> = { readonly [Name in Holes<(typeof errorCatalogue)[C]['message']>]: string | number }

/** Fills `{{name}}` in a template; a name that is not given stays as it is, so that a mistake shows. */
export function fillTemplate(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{\{(\w+)\}\}/gu, (hole, name: string) => String(details[name] ?? hole))
}

export class SmenaError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'SmenaError'
  readonly code: C
  readonly details: Readonly<Record<string, string | number>>

  constructor(code: C, details: ErrorDetails<C>, options?: { cause?: unknown }) {
    super(fillTemplate(errorCatalogue[code].message, details), options)
    this.code = code
    this.details = details
  }

  get remedy(): Remedy {
    return errorCatalogue[this.code].remedy
  }
}
