#!/usr/bin/env node
// Runs the command with a Node that is new enough: this one, or in a checkout the one that it pins.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (path) => new URL(`../${path}`, import.meta.url)
const pinned = fileURLToPath(at('node_modules/.bin/node'))

if (typeof Temporal !== 'undefined') {
  await import(existsSync(at('src/cli.ts')) ? at('src/cli.ts') : at('dist/cli.js'))
} else if (existsSync(pinned)) {
  const child = spawn(pinned, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
} else {
  console.error(`This is Node ${process.version}; Smena needs 26.4 or newer. In a checkout run \`npm start\` once, which brings it.`)
  process.exit(1)
}
