import { stringify } from 'csv-stringify/sync'
import { batches } from './batches.ts'
import { neutralise } from './neutral.ts'

export interface CsvColumn<Row> {
  readonly head: string
  readonly value: (row: Row) => string | number | boolean | null
}

/**
 * `plain`: commas, for programs. `spreadsheet-en` and `spreadsheet-ru`: with a byte order mark, so that a spreadsheet reads UTF-8,
 * and the semicolon that one in Russian expects.
 */
export type CsvStyle = 'plain' | 'spreadsheet-en' | 'spreadsheet-ru'

/**
 * RFC 4180 with a head line. Text that a spreadsheet would take for a formula (`=`, `+`, `-`, `@` at its front) gets a quote before it:
 * `+74955550101` is text and stays text. Numbers stand bare; what is not known is empty.
 */
export async function* csvLines<Row>(
  columns: readonly CsvColumn<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
  style: CsvStyle = 'plain',
): AsyncGenerator<string> {
  const delimiter = style === 'spreadsheet-ru' ? ';' : ','
  const write = (lines: readonly (readonly (string | number | boolean | null)[])[]) =>
    stringify(
      lines.map((line) => line.map((value) => (typeof value === 'string' ? neutralise(value) : value))),
      { delimiter, escape_formulas: true, cast: { boolean: String } },
    )
  yield (style === 'plain' ? '' : '\uFEFF') + write([columns.map(({ head }) => head)])
  for await (const batch of batches(rows, 200)) {
    yield write(batch.map((row) => columns.map(({ value }) => value(row))))
  }
}
