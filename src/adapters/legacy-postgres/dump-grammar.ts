/**
 * The grammar of a plain dump, as far as rows need it (PostgreSQL manual: COPY, File Formats; String Constants).
 *
 *   block     = "COPY " table " (" columns ") FROM stdin;" LF *( row LF ) "\." LF
 *   row       = value *( TAB value );  "\N" is NULL; "\" escapes b f n r t v, digits, any other character itself
 *   statement = "INSERT INTO " table [ "(" columns ")" ] " VALUES " tuple *( "," tuple ) ";"
 */

const escapes: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** Values of a line of a COPY block. */
export const copyValues = (line: string): (string | null)[] =>
  line.split('\t').map((it) => (it === '\\N' ? null : it.includes('\\') ? unescaped(it) : it))

const unescaped = (text: string): string =>
  text.replace(/\\(?:([0-7]{1,3})|x([0-9a-f]{1,2})|(.))/giu, (_, octal?: string, hex?: string, other?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8))
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    return escapes[other ?? ''] ?? other ?? ''
  })

export const unquoted = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.trim()

/** True when the last of these lines ends the statement: a `;` outside of quotes. */
export function statementEnds(lines: readonly string[]): boolean {
  if (lines.at(-1)?.trimEnd().endsWith(';') !== true) return false
  let isQuoted = false
  let hasEscapes = false
  const text = lines.join('\n')
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]
    if (isQuoted && hasEscapes && letter === '\\') i++
    else if (letter === "'") {
      if (!isQuoted) hasEscapes = /[eE]/u.test(text[i - 1] ?? '') && !/\w/u.test(text[i - 2] ?? '')
      isQuoted = !isQuoted
    }
  }
  return !isQuoted
}

/** Names of the columns in the order of a CREATE TABLE; null for any other statement. */
export function tableColumns(statement: string): { readonly table: string; readonly columns: string[] } | null {
  const [, table, body] =
    /^CREATE TABLE (?:IF NOT EXISTS )?(?:(?:public|"public")\.)?("?\w+"?) \(\n(.*)\n\)/su.exec(statement) ?? []
  if (table === undefined || body === undefined) return null
  const columns = body.split('\n').flatMap((line) => {
    const [, name] = /^\s+("(?:[^"]|"")+"|\w+) /u.exec(line) ?? []
    return name === undefined || /^(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE)$/u.test(name)
      ? []
      : [unquoted(name)]
  })
  return { table: unquoted(table), columns }
}

/** Rows of an INSERT. `columns` null: those of the table, in its order. */
export function insertedRows(statement: string): {
  readonly table: string
  readonly columns: string[] | null
  readonly rows: (string | null)[][]
} {
  const [head = '', table = '', columns] =
    /^INSERT INTO (?:(?:public|"public")\.)?("?\w+"?)(?: \(([^)]*)\))?(?: OVERRIDING \w+ VALUE)? VALUES\s*/su.exec(
      statement,
    ) ?? []
  const rows: (string | null)[][] = []
  if (head === '') return { table: '', columns: null, rows }
  let at = head.length
  while (statement[at] === '(') {
    const row: (string | null)[] = []
    do {
      const { value, end } = literal(statement, at + 1)
      row.push(value)
      at = end
    } while (statement[at] === ',')
    rows.push(row)
    at++
    while (/[\s,]/u.test(statement[at] ?? '')) at++
  }
  return { table: unquoted(table), columns: columns?.split(',').map((it) => unquoted(it.trim())) ?? null, rows }
}

/** A literal and where it ends, which is at its `,` or `)`. */
function literal(text: string, from: number): { readonly value: string | null; readonly end: number } {
  let at = from
  while (/\s/u.test(text[at] ?? '')) at++
  const hasEscapes = /^[eE]'/u.test(text.slice(at, at + 2))
  if (hasEscapes) at++
  if (text[at] !== "'") {
    const end = Math.min(...[text.indexOf(',', at), text.indexOf(')', at)].map((it) => (it < 0 ? text.length : it)))
    const word = text.slice(at, end).trim()
    return { value: word.toUpperCase() === 'NULL' ? null : word, end }
  }
  let value = ''
  for (at++; at < text.length; at++) {
    const letter = text[at] ?? ''
    if (hasEscapes && letter === '\\') value += escapes[text[++at] ?? ''] ?? text[at] ?? ''
    else if (letter !== "'") value += letter
    else if (text[at + 1] === "'") value += text[++at] ?? ''
    else break
  }
  at++
  // A cast may stand behind it: '2018-…'::timestamp with time zone.
  while (at < text.length && text[at] !== ',' && text[at] !== ')') at++
  return { value, end: at }
}
