import { mkdirSync, writeFileSync, openSync, writeSync, closeSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FormatName } from '../src/domain/formats/format-name.ts'
import { simulate } from '../src/domain/simulation/simulate.ts'

/** Archives of a simulated desk: the same seed gives the same file, so one that is there is used again. */
export function archiveOf(format: FormatName, records: number, callsADay: number): string {
  const directory = join(tmpdir(), 'smena-bench')
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${format}-${records}-${callsADay}.csv`)
  if (existsSync(`${file}.done`)) return file
  const out = openSync(file, 'w')
  let held: string[] = []
  const lineEnd = format === 'avaya-ip-office' ? '\r\n' : '\n'
  const options = {
    format,
    seed: 1,
    from: '2015-01-01',
    days: Number.POSITIVE_INFINITY,
    callsADay,
    timezone: 'Europe/Moscow',
  }
  for (const { line } of simulate({ ...options, records })) {
    held.push(line)
    if (held.length < 10_000) continue
    writeSync(out, held.join(lineEnd) + lineEnd)
    held = []
  }
  if (held.length > 0) writeSync(out, held.join(lineEnd) + lineEnd)
  closeSync(out)
  writeFileSync(`${file}.done`, '')
  return file
}
