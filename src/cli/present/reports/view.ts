import type { ServiceSettings } from '../../../domain/metrics/call-summary.ts'
import type { Words } from '../../words/words.ts'
import type { CsvColumn } from '../csv.ts'
import type { Column } from '../table.ts'

/** How one report looks: its lines with the total among them, its columns, what is said beneath. */
export interface ReportView<Row, Total, Line = Row> {
  readonly csv: readonly CsvColumn<Row>[]
  readonly lines: (rows: readonly Row[], total: Total, words: Words, look: ViewOptions) => readonly Line[]
  readonly columns: (words: Words, look: ViewOptions) => readonly Column<Line>[]
  readonly notes: (total: Total, words: Words, look: ViewOptions) => readonly string[]
  /** What is said of the older system's data, whether there are rows or not. */
  readonly remarks?: (total: Total, words: Words, look: ViewOptions) => readonly string[]
}

export interface ViewOptions {
  readonly rules: ServiceSettings
  /** Figures as the older system counted them. */
  readonly old: boolean
  /** Rows of the older system's statistics instead of calls. */
  readonly oldRows: boolean
  readonly windowHours: number
}
