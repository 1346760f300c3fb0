import type { Format } from '../format.ts'
import { assemble } from './assemble.ts'
import { type AsteriskFields, pack, unpack } from './fields.ts'
import { openFramer } from './frame.ts'
import { join, joinKeys } from './join.ts'
import { legs } from './legs.ts'
import { parse } from './parse.ts'
import { contentAt, contentOf, mayRepeat } from './row.ts'

/** Master.csv of Asterisk's cdr_csv, releases 1.4 to 23, and the sample mapping of cdr_custom: docs/formats/asterisk-csv.md. */
export const asteriskCsv: Format<AsteriskFields> = {
  name: 'asterisk-csv',
  rules: 1,
  openFramer,
  contentOf,
  contentAt,
  mayRepeat,
  parse,
  pack,
  unpack,
  joinKeys,
  join,
  assemble,
  legs,
}
