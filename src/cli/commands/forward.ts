import { askOwner } from '../../adapters/owner-socket/ask.ts'
import { SmenaError } from '../../domain/errors.ts'
import { requireCluster } from '../../roles/cluster.ts'
import { configuredSource } from '../../roles/owner.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { openProgress } from '../present/progress.ts'

/** Has the collector of this machine send numbers of its journal again: fills a gap that `status` shows (R12). */
export async function forwardCommand(
  context: Context,
  _: readonly string[],
  options: { source: string; from: string; to?: string; json?: true },
): Promise<void> {
  const { loaded, words, print, surroundings } = context
  const { settings } = loaded
  requireCluster('forward', settings)
  const { name: source } = configuredSource(settings, options.source)
  const from = wholeNumber('from', options.from, context)
  const to = options.to === undefined ? null : wholeNumber('to', options.to, context)
  const label = words.t('status:forwarding', { source })
  using bar = openProgress({ stream: surroundings.stderr, words, label, unit: 'records', total: to && to - from + 1 })
  const answer = await askOwner({
    dataDirectory: settings.dataDir,
    request: { do: 'forward', source, from, to },
    progress: (it) => bar.advance((it as { readonly records: number }).records),
  })
  if (!answer) throw new SmenaError('no-owner', { directory: settings.dataDir })
  const { records } = answer.result as { readonly records: number }
  const text = `${words.t('status:forwarded', { count: records, source })}\n`
  await print([options.json ? jsonLine({ source, records }) : text])
}

function wholeNumber(option: string, found: string, { words }: Context): number {
  if (/^[1-9]\d{0,14}$/u.test(found)) return Number(found)
  const problem = words.t('help:problem.notANumber', { option, found: found.slice(0, 40) })
  throw new SmenaError('usage', { problem, command: 'forward' })
}
