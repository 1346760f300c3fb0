import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from './stores.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The program built as it is installed, for figures of memory and speed: sources cost more of both. The runner has it built once. */
export function builtProgram(t: Pick<TestContext, 'after'>): string {
  return process.env['SMENA_TEST_PROGRAM'] ?? buildProgram(join(temporaryDirectory(t), 'package'))
}

export function buildProgram(directory: string): string {
  mkdirSync(directory)
  const tsc = join(root, 'node_modules/.bin/tsc')
  execFileSync(tsc, ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(directory, 'dist')], {
    stdio: 'inherit',
  })
  copyFileSync(join(root, 'package.json'), join(directory, 'package.json'))
  cpSync(join(root, 'bin'), join(directory, 'bin'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  return join(directory, 'bin/smena.js')
}
