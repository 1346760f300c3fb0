#!/usr/bin/env -S MALLOC_ARENA_MAX=2 node --max-semi-space-size=4
// Runs the command with a Node that is new enough: this one, or in a checkout the one that it pins. What was built is taken
// unless a source is newer.
import { existsSync, globSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { runNode } from './run-node.js'

const root = new URL('..', import.meta.url)
const path = (name) => fileURLToPath(new URL(name, root))

function program() {
  const [built, source] = [path('dist/cli.js'), path('src/cli.ts')]
  if (!existsSync(source)) return built
  if (!existsSync(built)) return source
  const builtAt = statSync(built).mtimeMs
  return globSync('src/**/*.ts', { cwd: path('.') }).some((it) => statSync(path(it)).mtimeMs > builtAt) ? source : built
}

if (typeof Temporal !== 'undefined') {
  await import(program())
} else if (existsSync(path('node_modules/.bin/node'))) {
  runNode(path('node_modules/.bin/node'), [path('bin/smena.js'), ...process.argv.slice(2)])
} else {
  console.error(
    `This is Node ${process.version}; Smena needs 26.4 or newer. In a checkout run \`npm start\` once, which brings it.`,
  )
  process.exit(1)
}
