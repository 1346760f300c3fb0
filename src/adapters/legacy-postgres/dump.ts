import { SmenaError } from '../../domain/errors.ts'
import type { OldRow } from '../../domain/legacy/old-row.ts'
import { copyValues, insertedRows, statementEnds, tableColumns, unquoted } from './dump-grammar.ts'
import type { DumpFile, LegacyPage, LegacySource } from './legacy-source.ts'
import { damaged, packedFormat, unpackedDump } from './pg-restore.ts'

const pageRows = 2000

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
 * A dump, as `pg_dump` writes it: COPY blocks, or INSERTs; one that is no text as pg_restore puts it. It is read from the
 * beginning each time that rows are asked for, because it has its tables in an order of its own.
 */
export async function openLegacyDump(file: DumpFile): Promise<LegacySource> {
  const archive = await plainDump(file)
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

/** The dump as text. */
async function plainDump(archive: DumpFile): Promise<DumpFile> {
  for await (const chunk of archive.bytes(() => undefined)) {
    const format = packedFormat(chunk)
    return format === null ? archive : unpackedDump(archive, format)
  }
  return archive
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
  /** What pg_dump writes says where it ends. */
  let isWhole = true
  for await (const line of lines(archive, progress)) {
    if (copying) {
      if (line === '\\.') copying = null
      else if (wanted.has(copying.table)) page.push(rowOf(archive, copying, copyValues(line)))
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
        for (const values of rows)
          page.push(rowOf(archive, { table, columns: columns ?? columnsOf.get(table) ?? [] }, values))
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
      if (line === '-- PostgreSQL database dump') isWhole = false
      else if (line === '-- PostgreSQL database dump complete') isWhole = true
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
      for (const values of rows)
        page.push(rowOf(archive, { table, columns: columns ?? columnsOf.get(table) ?? [] }, values))
    }
    // One INSERT may bring many rows.
    for (; page.length >= pageRows; page = page.slice(pageRows))
      yield { table: pageTable, rows: page.slice(0, pageRows) }
  }
  if (page.length > 0) yield { table: pageTable, rows: page }
  if (copying || held || !isWhole)
    throw new SmenaError('legacy-dump-cut', { file: archive.file, table: pageTable || '–' })
  if (!isDump) throw new SmenaError('legacy-no-tables', { place: archive.file })
}

function rowOf(archive: DumpFile, { columns }: Block, values: readonly (string | null)[]): OldRow {
  if (values.length !== columns.length) throw damaged(archive, 'a row has another number of values than columns')
  return Object.fromEntries(columns.map((column, i) => [column, values[i] ?? null]))
}

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
