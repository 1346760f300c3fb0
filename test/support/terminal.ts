import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import type { Installation } from './smena.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

const escape = String.fromCharCode(27)
/** The end of a line, or the cursor is sent back to the beginning of one. */
const newPlace = new RegExp(`\\r|\\n|${escape}\\[\\d*G`, 'u')

/** Why there can be no terminal here; false when there can. For the `skip` option of a test. */
export const terminalMissing: string | false =
  spawnSync('script', ['--version']).status === 0 ? false : 'no `script` to make a terminal with (Debian: util-linux)'

/** What a terminal of so many columns was made to show, in pieces that stand on one line; `into`: file of standard output. */
export function onTerminal(
  it: Installation,
  args: readonly string[],
  options: { columns: number; environment?: Readonly<Record<string, string>>; into?: string },
): string[] {
  const quoted = [process.execPath, cli, ...args].map((arg) => `'${arg}'`).join(' ')
  const command = `stty cols ${options.columns}; ${quoted} ${options.into === undefined ? '' : `> '${options.into}'`}`
  const { stdout } = spawnSync('script', ['-qec', command, '/dev/null'], {
    env: { ...it.environment, TERM: 'xterm', ...options.environment },
    cwd: it.directory,
    encoding: 'utf8',
  })
  return stdout.split(newPlace).map((line) => stripVTControlCharacters(line))
}
