import type { Format } from '../format.ts'
import { assemble } from './assemble.ts'
import { openFramer } from './frame.ts'
import { join, joinKeys } from './join.ts'
import { legs } from './legs.ts'
import { type AvayaFields, contentAt, contentOf, pack, parse, unpack } from './record.ts'

/** SMDR of Avaya IP Office over TCP, releases 4.2 to 12: docs/formats/avaya-ip-office.md. */
export const avayaIpOffice: Format<AvayaFields> = {
  name: 'avaya-ip-office',
  rules: 1,
  openFramer,
  contentOf,
  contentAt,
  // A record has no number of its own: two equal ones are told apart only by how close together they came.
  mayRepeat: () => true,
  parse,
  pack,
  unpack,
  joinKeys,
  join,
  assemble,
  legs,
}
