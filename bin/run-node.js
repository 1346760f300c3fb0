// Runs on any Node: another Node in place of this process. Its end is ours, and signals go to it.
import { spawn } from 'node:child_process'

/**
 * What keeps a process that runs for years small: its young garbage is collected sooner, and threads share the allocator's
 * arenas. The first line of smena.js says the same.
 */
const memory = { flags: ['--max-semi-space-size=4'], environment: { MALLOC_ARENA_MAX: '2' } }

export function runNode(node, args, options = {}) {
  const child = spawn(node, [...memory.flags, ...args], {
    stdio: 'inherit',
    ...options,
    env: { ...memory.environment, ...process.env, ...options.env },
  })
  // A terminal sends Ctrl-C to both, and a second one would end it at once.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
}
