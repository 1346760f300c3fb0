import type { QuarantineReason } from '../../record.ts'
import { openChoice, type Random } from '../random.ts'

/** A line that no reader can take for a record, and why it must stand in quarantine. */
export interface Broken {
  readonly bytes: Uint8Array
  readonly reason: QuarantineReason
}

const encoder = new TextEncoder()
const broken = (text: string, reason: QuarantineReason): Broken => ({ bytes: encoder.encode(text), reason })

/** What strangers, scanners and terminal servers send; without quotes, so that an Asterisk file is not upset further. */
const foreignText: readonly string[] = [
  'login: ',
  'Escape character is ^].',
  '*** System restarted ***',
  '-----------------------',
  'SSH-2.0-OpenSSH_9.6',
]
const html: readonly string[] = [
  'GET / HTTP/1.1',
  'Host: 192.0.2.20:11111',
  'User-Agent: Mozilla/5.0 zgrab/0.x',
  '<html><head><title>502 Bad Gateway</title></head>',
  '<body><center><h1>502 Bad Gateway</h1></center></body></html>',
]

/** Bytes that are no text in any encoding used here, no line end, no quote and no comma. */
function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.between(3, 24) }, () => random.between(0x80, 0xff))
}

const wrongDates = ['13/04', '00/10', '02/30', '04/31', '11/00'] as const

const avayaDamage = openChoice({
  'cut-front': 0.2,
  'cut-end': 0.2,
  glued: 0.1,
  foreign: 0.1,
  html: 0.08,
  header: 0.03,
  noise: 0.05,
  date: 0.1,
  number: 0.06,
  shifted: 0.08,
})

/** A broken version of an IP Office record, or something else in its place. `line` is whole and has 30 fields or more. */
export function breakAvaya(random: Random, line: string): Broken {
  switch (avayaDamage.pick(random)) {
    case 'cut-front':
      return broken(line.slice(random.between(1, 30)), 'not-a-record')
    case 'cut-end':
      return broken(line.split(',').slice(0, random.between(2, 16)).join(','), 'too-few-fields')
    case 'glued':
      // The line end was lost in the middle of a date: the next record follows at once.
      return broken(line.slice(0, 15) + line, 'not-a-record')
    case 'foreign':
      return broken(random.pick(foreignText), 'not-a-record')
    case 'html':
      return broken(random.pick(html), 'not-a-record')
    case 'header':
      return broken('Call Start,Connected Time,Ring Time,Caller,Direction,Called Number,Dialled Number', 'not-a-record')
    case 'noise':
      return { bytes: noise(random), reason: 'not-a-record' }
    case 'date':
      return broken(`${line.slice(0, 5)}${random.pick(wrongDates)}${line.slice(10)}`, 'bad-field')
    case 'number':
      return broken(withField(line, random.chance(0.5) ? 9 : 1, '1000x7'), 'bad-field')
    case 'shifted':
      // More commas in a name than a reader puts together again.
      return broken(withField(line, 12, 'а,б,в,г,д,е,ж'), 'fields-shifted')
  }
}

function withField(line: string, place: number, text: string): string {
  const fields = line.split(',')
  fields[place] = text
  return fields.join(',')
}

const asteriskDamage = openChoice({
  'cut-front': 0.14,
  'cut-end': 0.14,
  'cut-quoted': 0.14,
  'lost-quote': 0.14,
  foreign: 0.1,
  html: 0.08,
  header: 0.03,
  noise: 0.05,
  date: 0.08,
  number: 0.06,
  'too-many': 0.04,
})

/**
 * The same for an Asterisk row. A row that leaves a quote open makes what follows look quoted: it is one broken record only if
 * a whole row of one line comes next.
 */
export function breakAsterisk(random: Random, line: string): Broken {
  const starts = columnStarts(line)
  const columns = starts.length
  const column = (place: number): number => starts[place] as number
  const replaced = (place: number, text: string) =>
    line.slice(0, column(place)) + text + line.slice(column(place + 1) - 1)
  switch (asteriskDamage.pick(random)) {
    case 'cut-front':
      return broken(line.slice(column(random.between(columns - 15, columns - 2))), 'too-few-fields')
    case 'cut-end':
      return broken(line.slice(0, column(random.between(2, 15)) - 1), 'too-few-fields')
    case 'cut-quoted': {
      const place = random.pick([1, 2, 3, 5, 7])
      return broken(line.slice(0, random.between(column(place) + 1, column(place + 1) - 2)), 'broken-quote')
    }
    case 'lost-quote': {
      const last = line.lastIndexOf('"')
      return broken(line.slice(0, last) + line.slice(last + 1), 'broken-quote')
    }
    case 'foreign':
      return broken(random.pick(foreignText), 'too-few-fields')
    case 'html':
      return broken(random.pick(html), 'too-few-fields')
    case 'header':
      return broken('accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,start', 'too-few-fields')
    case 'noise':
      return { bytes: noise(random), reason: 'too-few-fields' }
    case 'date': {
      const at = column(9) + 6
      return broken(
        `${line.slice(0, at)}${random.pick(wrongDates).replace('/', '-')}${line.slice(at + 5)}`,
        'bad-field',
      )
    }
    case 'number':
      return broken(random.chance(0.5) ? replaced(12, 'n/a') : replaced(13, '-7'), 'bad-field')
    case 'too-many':
      return broken(`${line},"","1","","2","",""`, 'too-many-fields')
  }
}

/** Where each column of a row begins. */
export function columnStarts(line: string): number[] {
  const starts = [0]
  let inside = false
  for (let at = 0; at < line.length; at++) {
    const char = line.charCodeAt(at)
    if (char === 0x22) inside = !inside
    else if (char === 0x2c && !inside) starts.push(at + 1)
  }
  return starts
}

/** Text in Windows-1251; null when it holds a letter that is not in it. */
export function windows1251(text: string): Uint8Array | null {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x80) bytes[at] = code
    else if (code >= 0x410 && code <= 0x44f) bytes[at] = code - 0x410 + 0xc0
    else if (code === 0x401) bytes[at] = 0xa8
    else if (code === 0x451) bytes[at] = 0xb8
    else return null
  }
  return bytes
}
