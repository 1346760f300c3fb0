import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Why there is none here; false: there is. */
export const kcatMissing: string | false = await promisify(execFile)('kcat', ['-V']).then(
  () => false as const,
  () => 'kcat is not installed (Debian: apt-get install kcat)',
)

/** Each line of the input a message, as `tail -f Master.csv | kcat` sends them. */
export async function kcat(
  brokers: string,
  topic: string,
  lines: readonly (string | Buffer)[],
  options: readonly string[] = [],
): Promise<void> {
  const running = promisify(execFile)('kcat', ['-P', '-b', brokers, '-t', topic, ...options])
  running.child.stdin?.end(Buffer.concat(lines.map((it) => (typeof it === 'string' ? Buffer.from(`${it}\n`) : it))))
  await running
}

/** The values of all that is in the topic now, as somebody who knows nothing of us reads them. */
export async function kcatRead(brokers: string, topic: string): Promise<readonly string[]> {
  const args = ['-C', '-b', brokers, '-t', topic, '-o', 'beginning', '-e', '-q']
  const { stdout } = await promisify(execFile)('kcat', args, { maxBuffer: 1 << 26 })
  return stdout.split('\n').slice(0, -1)
}
