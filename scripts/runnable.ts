import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/**
 * Node strips the types of what it runs by a parser of its own, which refuses things that the compiler takes. A file that no
 * unit test loads would show that only when its process starts.
 */

process.removeAllListeners('warning')
let refused = 0
for (const file of globSync('{bench,scripts,src,test}/**/*.ts'))
  try {
    stripTypeScriptTypes(readFileSync(file, 'utf8'))
  } catch (error) {
    refused++
    process.stderr.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`)
  }
process.exitCode = refused > 0 ? 1 : 0
