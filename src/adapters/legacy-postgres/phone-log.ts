import type { OldRow } from '../../domain/legacy/old-row.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { DumpFile } from './legacy-source.ts'

const pageRows = 2000

/**
 * The statistics of Cassandra as `COPY statwork.phone_log TO 'file' WITH HEADER = true` of cqlsh writes them: a first line of column
 * names, values parted by commas, quoted where they must be, a quote in quotes behind a `\` or another quote.
 */
export async function* phoneLogRows(archive: DumpFile, read: (bytes: number) => void): AsyncGenerator<OldRow[]> {
  const decoder = new TextDecoder()
  let columns: readonly string[] | null = null
  let page: OldRow[] = []
  let held = ''
  const take = (text: string): string => {
    let rest = text
    for (let end = lineEnd(rest); end >= 0; end = lineEnd(rest)) {
      const values = fields(rest.slice(0, end).replace(/\r$/u, ''))
      rest = rest.slice(end + 1)
      if (!columns) columns = values.map((it) => it ?? '')
      else page.push(Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null])))
    }
    return rest
  }
  for await (const chunk of archive.bytes(read)) {
    held = take(held + decoder.decode(chunk, { stream: true }))
    if (columns && !(columns as readonly string[]).includes('call_a'))
      throw new SmenaError('legacy-no-tables', { place: archive.file })
    if (page.length < pageRows) continue
    yield page
    page = []
  }
  if (held.trim() !== '') take(`${held}\n`)
  if (page.length > 0) yield page
}

/** Where the first line ends that is not inside of quotes; −1: it is not all there. */
function lineEnd(text: string): number {
  let isQuoted = false
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '\\') at++
    else if (letter === '"') isQuoted = !isQuoted
    else if (letter === '\n' && !isQuoted) return at
  }
  return -1
}

/** Values of a line; an empty one that is not quoted is none. */
function fields(line: string): (string | null)[] {
  const values: (string | null)[] = []
  let at = 0
  do {
    let value = ''
    const isQuoted = line[at] === '"'
    if (isQuoted) at++
    for (; at < line.length; at++) {
      const letter = line[at] ?? ''
      if (letter === '\\' && at + 1 < line.length) value += line[++at] ?? ''
      else if (isQuoted && letter === '"' && line[at + 1] === '"') value += line[++at] ?? ''
      else if (isQuoted ? letter === '"' : letter === ',') break
      else value += letter
    }
    if (isQuoted) at++
    values.push(!isQuoted && value === '' ? null : value)
  } while (line[at++] === ',')
  return values
}
