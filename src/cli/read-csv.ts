import { foldedKey } from '../domain/people.ts'

/** A line of a list with a head: the cells by the name of their column, and the number that an editor shows. */
export interface CsvLine {
  readonly line: number
  readonly cells: Readonly<Record<string, string>>
}

/**
 * RFC 4180 with a head line; commas or semicolons, whichever the head has more of; UTF-8, else windows-1251, as spreadsheets in Russian
 * write it. `columns`: the names under which a column may stand in the head. Null: the head has no column of the first name.
 */
export function readCsv(
  bytes: Uint8Array,
  columns: Readonly<Record<string, readonly string[]>>,
): readonly CsvLine[] | null {
  const text = decoded(bytes)
  const head = text.slice(0, (text.indexOf('\n') + 1 || text.length + 1) - 1)
  const separator = head.split(';').length > head.split(',').length ? ';' : ','
  const [first, ...rows] = rowsOf(text, separator)
  if (!first) return null
  const places = Object.entries(columns).map(([name, titles]) => {
    const wanted = titles.map(foldedKey)
    return [name, first.cells.findIndex((title) => wanted.includes(foldedKey(title)))] as const
  })
  if ((places[0]?.[1] ?? -1) < 0) return null
  return rows
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''))
    .map(({ line, cells }) => ({
      line,
      cells: Object.fromEntries(places.map(([name, at]) => [name, (at < 0 ? '' : (cells[at] ?? '')).trim()])),
    }))
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1251').decode(bytes)
  }
}

function rowsOf(text: string, separator: string): { readonly line: number; readonly cells: readonly string[] }[] {
  const rows: { line: number; cells: string[] }[] = []
  let line = 1
  let row = { line, cells: [''] }
  let isQuoted = false
  const add = (character: string) => {
    row.cells[row.cells.length - 1] += character
  }
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    if (character === '\n') line++
    if (isQuoted) {
      if (character !== '"') add(character)
      else if (text[at + 1] === '"') add(text[++at] as string)
      else isQuoted = false
    } else if (character === '"' && row.cells.at(-1) === '') isQuoted = true
    else if (character === separator) row.cells.push('')
    else if (character === '\n') {
      rows.push(row)
      row = { line, cells: [''] }
    } else if (character !== '\r') add(character)
  }
  rows.push(row)
  return rows
}
