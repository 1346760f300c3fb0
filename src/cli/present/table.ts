import { styleText } from 'node:util'
import { batches } from './batches.ts'
import { cut, neutralise, widthOf } from './neutral.ts'
import type { Look } from './output.ts'

export type Style = 'blue' | 'red' | 'yellow' | 'magenta' | 'green' | 'gray' | 'bold'

export interface Column<Row> {
  readonly head: string
  /** Text from outside is welcome: it is neutralised here. */
  readonly cell: (row: Row) => string
  readonly align?: 'left' | 'right'
  /** On a narrow terminal the column with the smallest number goes first. */
  readonly priority: number
  /** Cells to which it may be shortened; absent: what stands there is never cut. */
  readonly least?: number
  /** Left out as long as it has nothing to say. */
  readonly optional?: boolean
  readonly style?: (row: Row) => Style | null
  /** What stands in the cell instead where rows are grouped. */
  readonly grouped?: (row: Row) => string
}

export interface TableOptions<Row> extends Look {
  /** On a terminal a line of its own stands before each run of rows with the same group: their day. */
  readonly group?: (row: Row) => string
}

/** Rows of one page: what is measured before the first line is printed, and the most that is held. */
const pageRows = 200
const gap = '  '
/** Whether there is colour is decided before: not here, by what the environment says of standard output. */
const plainStream = { validateStream: false }

/**
 * A table of any number of rows, a page of lines at a time. On a terminal no line is longer than its width: columns are shortened with
 * `…`, then left out. Elsewhere nothing is cut. Widths follow the first page; a later one may only widen what is never cut.
 */
export async function* table<Row>(
  columns: readonly Column<Row>[],
  rows: Iterable<Row> | AsyncIterable<Row>,
  { group, ...look }: TableOptions<Row>,
): AsyncGenerator<string> {
  const isGrouped = group !== undefined && look.width !== null
  let groupBefore: string | null = null
  const heads = columns.map(({ head }) => head)
  let naturals = columns.map(({ optional }, i) => (optional === true ? 0 : widthOf(heads[i] ?? '')))
  let shownBefore: readonly number[] = []
  let isFirst = true
  for await (const page of batches(rows, pageRows)) {
    const cells = page.map((row) =>
      columns.map(({ cell, grouped }) => neutralise(isGrouped && grouped ? grouped(row) : cell(row))),
    )
    naturals = columns.map((column, i) => {
      const before = naturals[i] ?? 0
      const widest = cells.reduce((most, line) => Math.max(most, widthOf(line[i] ?? '')), 0)
      if (widest === 0 || (!isFirst && before > 0 && column.least !== undefined && look.width !== null)) return before
      return Math.max(before, widest, widthOf(heads[i] ?? ''))
    })
    isFirst = false
    const widths = layOut(columns, naturals, look.width)
    const shown = columns
      .keys()
      .filter((i) => (widths[i] ?? 0) > 0)
      .toArray()
    const isSame = shown.length === shownBefore.length && shown.every((column, i) => column === shownBefore[i])
    const head = isSame ? null : heads
    shownBefore = shown
    const lines = renderPage({ columns, shown, widths, head, page, cells, look })
    const printed = lines.splice(0, lines.length - page.length)
    for (const [at, row] of page.entries()) {
      const name = isGrouped ? cut(neutralise(group(row)), look.width ?? 0) : null
      if (name !== groupBefore) printed.push(look.colour ? styleText('bold', name ?? '', plainStream) : (name ?? ''))
      groupBefore = name
      printed.push(lines[at] ?? '')
    }
    yield `${printed.join('\n')}\n`
  }
}

/**
 * The width of each column; 0: left out. What is over is shared out so that small wants are met first: it is better to cut one long
 * name than three short words.
 */
function layOut<Row>(columns: readonly Column<Row>[], naturals: readonly number[], limit: number | null): number[] {
  if (limit === null) return [...naturals]
  const widths = columns.map(({ least, head }, i) => {
    const natural = naturals[i] ?? 0
    return Math.min(natural, Math.max(least ?? natural, widthOf(head)))
  })
  const shown = () =>
    columns
      .keys()
      .filter((i) => (widths[i] ?? 0) > 0)
      .toArray()
  const total = () => shown().reduce((sum, i) => sum + (widths[i] ?? 0) + gap.length, -gap.length)
  for (const i of shown().toSorted((a, b) => (columns[a]?.priority ?? 0) - (columns[b]?.priority ?? 0))) {
    if (total() <= limit) break
    widths[i] = shown().length > 1 ? 0 : limit
  }
  const want = (i: number) => (naturals[i] ?? 0) - (widths[i] ?? 0)
  const waiting = shown().toSorted((a, b) => want(a) - want(b))
  for (const [at, i] of waiting.entries()) {
    const share = Math.floor(Math.max(0, limit - total()) / (waiting.length - at))
    widths[i] = (widths[i] ?? 0) + Math.min(want(i), share)
  }
  return widths
}

interface Page<Row> {
  readonly columns: readonly Column<Row>[]
  readonly shown: readonly number[]
  readonly widths: readonly number[]
  readonly head: readonly string[] | null
  readonly page: readonly Row[]
  readonly cells: readonly (readonly string[])[]
  readonly look: Look
}

function renderPage<Row>({ columns, shown, widths, head, page, cells, look }: Page<Row>): string[] {
  const line = (texts: readonly string[], styleOf: (i: number) => Style | null) => {
    let printed = ''
    for (const i of shown) {
      const width = widths[i] ?? 0
      const text = cut(texts[i] ?? '', width)
      const style = look.colour ? styleOf(i) : null
      const content = style === null ? text : styleText(style, text, plainStream)
      const padding = ' '.repeat(Math.max(0, width - widthOf(text)))
      printed += (printed === '' ? '' : gap) + (columns[i]?.align === 'right' ? padding + content : content + padding)
    }
    return printed.trimEnd()
  }
  const lines = page.map((row, at) => line(cells[at] ?? [], (i) => columns[i]?.style?.(row) ?? null))
  if (!head) return lines
  const rule = '─'.repeat(shown.reduce((sum, i) => sum + (widths[i] ?? 0) + gap.length, -gap.length))
  return [line(head, () => 'bold'), ...(look.width === null ? [] : [rule]), ...lines]
}
