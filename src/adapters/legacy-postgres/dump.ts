import { SmenaError } from '../../domain/errors.ts'
import type { OldRow } from '../../domain/legacy/old-row.ts'
import { copyValues, insertedRows, statementEnds, tableColumns, unquoted } from './dump-grammar.ts'
import type { LegacyPage, LegacySource } from './legacy-source.ts'

const pageRows = 2000

/** A file whose bytes can be read again from the beginning, packed or not. */
export interface DumpFile {
  readonly file: string
  readonly sizeBytes: number
  readonly bytes: (read: (bytesRead: number) => void) => AsyncIterable<Uint8Array>
}

/** Encodings that a dump can be in, as the standard names them. A line ends at the same byte in all of them. */
const encodings: Readonly<Record<string, string>> = {
  UTF8: 'utf-8',
  UNICODE: 'utf-8',
  SQL_ASCII: 'utf-8',
  WIN1251: 'windows-1251',
  KOI8R: 'koi8-r',
  LATIN1: 'windows-1252',
}

/**
 * A plain dump, as `pg_dump` writes it: COPY blocks, or INSERTs. It is read from the beginning each time that rows are asked for,
 * because it has its tables in an order of its own.
 */
export async function openLegacyDump(archive: DumpFile): Promise<LegacySource> {
  await requirePlain(archive)
  let before = 0
  let read = 0
  const passes = 2
  return {
    size: { unit: 'bytes', total: archive.sizeBytes * passes },
    done: () => before + read,
    rows: async function* (tables) {
      const wanted = new Set(tables)
      yield* rowsOf(archive, wanted, (bytes) => {
        read = bytes
      })
      before += archive.sizeBytes
      read = 0
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function requirePlain(archive: DumpFile): Promise<void> {
  for await (const chunk of archive.bytes(() => undefined)) {
    const head = new TextDecoder('latin1').decode(chunk.subarray(0, 512))
    if (head.startsWith('PGDMP') || head.startsWith('toc.dat'))
      throw new SmenaError('legacy-dump-custom', { file: archive.file })
    return
  }
}

interface Block {
  readonly table: string
  readonly columns: readonly string[]
}

async function* rowsOf(
  archive: DumpFile,
  wanted: ReadonlySet<string>,
  progress: (bytes: number) => void,
): AsyncGenerator<LegacyPage> {
  const columnsOf = new Map<string, readonly string[]>()
  let page: OldRow[] = []
  let pageTable = ''
  let copying: Block | null = null
  /** A statement that goes over several lines. */
  let held: string[] | null = null
  let isDump = false
  for await (const line of lines(archive, progress)) {
    if (copying) {
      if (line === '\\.') copying = null
      else if (wanted.has(copying.table)) page.push(rowOf(copying, copyValues(line)))
    } else if (held) {
      held.push(line)
      if (!statementEnds(held)) continue
      const statement: string = held.join('\n')
      held = null
      const created = tableColumns(statement)
      if (created) columnsOf.set(created.table, created.columns)
      else {
        const { table, columns, rows } = insertedRows(statement)
        if (!wanted.has(table)) continue
        for (const values of rows) page.push(rowOf({ table, columns: columns ?? columnsOf.get(table) ?? [] }, values))
      }
    } else {
      const copy = /^COPY (?:(?:public|"public")\.)?("?[\w]+"?) \((.*)\) FROM stdin;$/iu.exec(line)
      if (copy) {
        isDump = true
        copying = { table: unquoted(copy[1] ?? ''), columns: (copy[2] ?? '').split(', ').map(unquoted) }
        if (copying.table !== pageTable && page.length > 0) {
          yield { table: pageTable, rows: page }
          page = []
        }
        pageTable = copying.table
        continue
      }
      const started = /^(CREATE TABLE|INSERT INTO) (?:(?:public|"public")\.)?("?[\w]+"?)/iu.exec(line)
      if (!started) continue
      isDump = true
      const table = unquoted(started[2] ?? '')
      const isInsert = (started[1] ?? '').toUpperCase().startsWith('INSERT')
      if (isInsert && table !== pageTable) {
        if (page.length > 0) yield { table: pageTable, rows: page }
        page = []
        pageTable = table
      }
      // Of a table that is not wanted only the end of the statement is looked for.
      held = [line]
      if (!statementEnds(held)) continue
      const statement: string = line
      held = null
      if (!isInsert || !wanted.has(table)) continue
      const { columns, rows } = insertedRows(statement)
      for (const values of rows) page.push(rowOf({ table, columns: columns ?? columnsOf.get(table) ?? [] }, values))
    }
    // One INSERT may bring many rows.
    for (; page.length >= pageRows; page = page.slice(pageRows))
      yield { table: pageTable, rows: page.slice(0, pageRows) }
  }
  if (page.length > 0) yield { table: pageTable, rows: page }
  if (copying || held) throw new SmenaError('legacy-dump-cut', { file: archive.file, table: pageTable })
  if (!isDump) throw new SmenaError('legacy-no-tables', { place: archive.file })
}

const rowOf = ({ columns }: Block, values: readonly (string | null)[]): OldRow =>
  Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null]))

/** Lines without their ends, in the encoding that the dump says it is in. */
async function* lines(archive: DumpFile, progress: (bytes: number) => void): AsyncGenerator<string> {
  let decoder = new TextDecoder('utf-8')
  let rest: Uint8Array = new Uint8Array()
  const decoded = (bytes: Uint8Array): string => {
    const line = decoder.decode(bytes.at(-1) === 13 ? bytes.subarray(0, -1) : bytes)
    const [, encoding] = /^SET client_encoding = '(\w+)';$/u.exec(line) ?? []
    if (encoding !== undefined) {
      const known = encodings[encoding.toUpperCase()]
      if (known === undefined) throw new SmenaError('legacy-dump-encoding', { file: archive.file, found: encoding })
      decoder = new TextDecoder(known)
    }
    return line
  }
  for await (const chunk of archive.bytes(progress)) {
    let bytes = chunk
    if (rest.length > 0) {
      bytes = new Uint8Array(rest.length + chunk.length)
      bytes.set(rest)
      bytes.set(chunk, rest.length)
    }
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield decoded(bytes.subarray(from, end))
      from = end + 1
    }
    rest = bytes.slice(from)
  }
  if (rest.length > 0) yield decoded(rest)
}
