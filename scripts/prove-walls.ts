/** The clean tree passes the linter; each planted breach of a wall is caught. A wall that nothing proves is a wish. */
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'

const lint = (...paths: string[]) => spawnSync('oxlint', paths, { encoding: 'utf8' })

const breaches: readonly (readonly [file: string, text: string])[] = [
  ['src/domain/planted.ts', "export { readFileSync } from 'node:fs'"],
  ['src/domain/planted.ts', "export { Kysely } from 'kysely'"],
  ['src/domain/planted.ts', "export type { Store } from '../pipeline/store.ts'"],
  ['src/domain/formats/avaya-ip-office/planted.ts', "export { asteriskCsv } from '../asterisk-csv/asterisk-csv.ts'"],
  [
    'src/domain/formats/asterisk-csv/planted.ts',
    "export { avayaIpOffice } from '../avaya-ip-office/avaya-ip-office.ts'",
  ],
  ['src/pipeline/planted.ts', "export { openSqliteStore } from '../adapters/store-sql/sqlite/store.ts'"],
  ['src/pipeline/planted.ts', "export { serve } from '../roles/serve.ts'"],
  ['src/adapters/intake-tcp/planted.ts', "export { openSqliteStore } from '../store-sql/sqlite/store.ts'"],
  ['src/adapters/store-sql/planted.ts', "export { openJournal } from '../journal-sqlite/journal-sqlite.ts'"],
  [
    'src/adapters/intake-tcp/planted.ts',
    "export const planted = async (): Promise<unknown> => import('../../roles/serve.ts')",
  ],
  ['src/api/planted.ts', "export { openSqliteStore } from '../adapters/store-sql/sqlite/store.ts'"],
  ['src/api/planted.ts', "export { serve } from '../roles/serve.ts'"],
  ['src/roles/planted.ts', "export { words } from '../cli/words/words.ts'"],
  ['src/roles/planted.ts', "export const planted = process.env['HOME']"],
  [
    'src/roles/planted.ts',
    "import { serve } from './serve.ts'\nexport const planted = (): void => { serve({} as never) }",
  ],
  ['src/domain/planted.ts', 'export const planted = (it: any): unknown => it'],
  ['src/domain/planted.ts', 'export default 1'],
  ['src/domain/planted.ts', "export const planted = (): never => { throw 'text' }"],
]

const clean = lint()
if (clean.status !== 0) {
  console.error(clean.stdout, 'the clean tree does not pass')
  process.exit(1)
}
let missed = 0
for (const [file, text] of breaches) {
  writeFileSync(file, `${text}\n`)
  try {
    if (lint(file).status === 0) {
      missed++
      console.error(`missed in ${file}: ${text}`)
    }
  } finally {
    rmSync(file)
  }
}
console.log(`${breaches.length - missed} of ${breaches.length} planted breaches caught`)
process.exit(missed === 0 ? 0 : 1)
