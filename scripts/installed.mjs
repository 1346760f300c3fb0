// Runs on any Node: makes sure that what package-lock.json names is installed, and runs the pinned Node.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runNode } from '../bin/run-node.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.smena-installed`
const node = `${root}node_modules/.bin/node`

export function ensureInstalled() {
  const wanted = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex')
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing what package-lock.json names …')
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error('Installing failed; the lines above say why. Mend it and run the same command again.')
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}

/** Builds what runs, when a source is newer: it starts faster and takes less memory than sources do. */
export function ensureBuilt() {
  const built = `${root}dist/cli.js`
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0
  const isNewer = (directory) =>
    readdirSync(directory, { withFileTypes: true }).some((it) => {
      const path = `${directory}/${it.name}`
      return it.isDirectory() ? isNewer(path) : statSync(path).mtimeMs > builtAt
    })
  if (!isNewer(`${root}src`)) return
  const { status } = spawnSync(node, [`${root}node_modules/.bin/tsc`, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(1)
  const now = new Date()
  utimesSync(built, now, now)
}

/** Runs the pinned Node in place of this process. */
export function runPinned(args) {
  runNode(node, args, { cwd: root, env: { PATH: `${root}node_modules/.bin:${process.env.PATH}` } })
}
