import { styleText } from 'node:util'
import Table from 'cli-table3'
import { batches } from './batches.ts'
import { cut, isPlain, neutralise, widthOf } from './neutral.ts'
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

const borders = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'])
    .map((name) => [name, '']),
)

function renderPage<Row>({ columns, shown, widths, head, page, cells, look }: Page<Row>): string[] {
  const rendered = new Table({
    chars: { ...borders, middle: gap },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: shown.map((i) => widths[i] ?? 0),
    colAligns: shown.map((i) => columns[i]?.align ?? 'left'),
  })
  const standIns = openStandIns()
  const content = (text: string, i: number, style: Style | null) => {
    const held = standIns.take(cut(text, widths[i] ?? 0))
    return look.colour && style !== null ? styleText(style, held, plainStream) : held
  }
  if (head) rendered.push(shown.map((i) => content(head[i] ?? '', i, 'bold')))
  for (const [at, row] of page.entries()) {
    rendered.push(shown.map((i) => content(cells[at]?.[i] ?? '', i, columns[i]?.style?.(row) ?? null)))
  }
  const lines = standIns
    .putBack(rendered.toString())
    .split('\n')
    .map((line) => line.trimEnd())
  if (head && look.width !== null) {
    lines.splice(1, 0, '─'.repeat(shown.reduce((sum, i) => sum + (widths[i] ?? 0) + gap.length, -gap.length)))
  }
  return lines
}

/**
 * The table library measures text by its own rules, which know neither newer pictures nor most marks. So it is given stand-ins of
 * the right width for whatever is not plain: a private character that names the text, then fillers. Neither occurs in
 * neutralised text.
 */
function openStandIns() {
  const texts: string[] = []
  const first = 0xf0000
  return {
    take: (text: string): string => {
      if (isPlain(text)) return text
      texts.push(text)
      return String.fromCodePoint(first + texts.length - 1) + '\uE000'.repeat(Math.max(0, widthOf(text) - 1))
    },
    putBack: (rendered: string): string =>
      rendered.replace(
        /([\u{F0000}-\u{FFFFD}])\uE000*/gu,
        (_, name: string) => texts[(name.codePointAt(0) ?? 0) - first] ?? '',
      ),
  }
}
