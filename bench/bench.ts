/** `npm run bench`: every comparison, one after the other. Names of parts as arguments run only those: import, attribute, tenth, collect, latency, reports, seed. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const parts = ['import', 'attribute', 'tenth', 'collect', 'latency', 'reports', 'seed'] as const
const wanted = process.argv.slice(2).filter((it) => !it.startsWith('--') && !/^\d+$/u.test(it))
const options = process.argv.slice(2).filter((it) => it.startsWith('--') || /^\d+$/u.test(it))

for (const part of parts) {
  if (wanted.length > 0 && !wanted.includes(part)) continue
  console.log(`\n## ${part}`)
  const file = fileURLToPath(new URL(`${part}.ts`, import.meta.url))
  const { status } = spawnSync(process.execPath, [file, ...options], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
