import type { Ratio } from '../../../domain/metrics/ratio.ts'
import type { Words } from '../../words/words.ts'
import type { CsvColumn } from '../csv.ts'
import type { Column } from '../table.ts'

/** How figures of reports stand in a cell: what is not known is a dash. */

type Valued = Pick<Ratio, 'value'>

export interface Figures {
  readonly count: (count: number) => string
  readonly percent: (ratio: Valued) => string
  readonly decimal: (ratio: Valued) => string
  readonly average: (ratio: Valued) => string
  readonly duration: (seconds: number) => string
}

export function figuresIn({ language, count, duration }: Words): Figures {
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const decimal = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
  const known = ({ value }: Valued, write: (value: number) => string) => (value === null ? '–' : write(value))
  return {
    count,
    percent: (ratio) => known(ratio, (value) => percent.format(rounded(value, 1000))),
    decimal: (ratio) => known(ratio, (value) => decimal.format(rounded(value, 10))),
    average: (ratio) => known(ratio, duration),
    duration,
  }
}

/** To the nearest part, a half up, as seconds are. */
const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts

/** A column of figures: on the right, never cut. */
export const figure = <Row>(head: string, priority: number, cell: (row: Row) => string): Column<Row> => ({
  head,
  priority,
  align: 'right',
  cell,
})

/** The same where it is none in most tables: nothing for 0, so that the column can be left out. */
export const rareCount = <Row>(
  head: string,
  priority: number,
  cell: (row: Row) => number,
  { count }: Pick<Words, 'count'>,
): Column<Row> => ({
  ...figure<Row>(head, priority, (row) => (cell(row) === 0 ? '' : count(cell(row)))),
  optional: true,
})

/** The JSON's own names as columns: `occupancy.value`. A list stands as its JSON. */
export const pathColumns = <Row>(paths: readonly string[]): CsvColumn<Row>[] =>
  paths.map((head) => ({ head, value: (row) => valueAt(row, head.split('.')) }))

/** Several names in one text. */
export const names = (text: string): string[] => text.split(' ')

export const ratioPaths = (...ratios: string[]): string[] =>
  ratios.flatMap((name) => ['value', 'numerator', 'denominator'].map((part) => `${name}.${part}`))

function valueAt(row: unknown, path: readonly string[]): string | number | boolean | null {
  let value: unknown = row
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return null
    value = (value as Record<string, unknown>)[name]
  }
  if (value === null || value === undefined) return null
  if (typeof value === 'object') return JSON.stringify(value)
  return value as string | number | boolean
}
