import { askOwner } from '../../adapters/owner-socket/ask.ts'
import { SmenaError } from '../../domain/errors.ts'
import { requireCluster } from '../../roles/cluster.ts'
import { configuredSource } from '../../roles/owner.ts'
import type { Refill } from '../../roles/collect.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { openProgress } from '../present/progress.ts'
import { requireOrder } from '../time.ts'

/**
 * Has the collector of this machine send numbers of its journal again: fills a gap that `status` shows (R12). Where none runs, this
 * process does it.
 */
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
  requireOrder(from, to, options, 'a number not below --from')
  const label = words.t('status:forwarding', { source })
  using bar = openProgress({ stream: surroundings.stderr, words, label, unit: 'records', total: to && to - from + 1 })
  const progress = (it: unknown) => bar.advance((it as { readonly records: number }).records)
  const answer = await askOwner({
    dataDirectory: settings.dataDir,
    request: { do: 'forward', source, from, to },
    progress,
  })
  const { records } = answer
    ? (answer.result as { readonly records: number })
    : await withoutCollector(context, { source, from, to, progress })
  const text = `${words.t('status:forwarded', { count: records, source })}\n`
  await print([options.json ? jsonLine({ source, records }) : text])
}

/** Only what is needed for it is loaded. */
async function withoutCollector(context: Context, refill: Refill): Promise<{ readonly records: number }> {
  const { forwardAlone } = await import('../../roles/collect.ts')
  const { roleOptions } = await import('./roles.ts')
  const answer = await forwardAlone(
    roleOptions(context, () => undefined),
    refill,
  )
  if (!answer) throw new SmenaError('no-owner', { directory: context.loaded.settings.dataDir })
  return answer
}

function wholeNumber(option: string, found: string, { words }: Context): number {
  if (/^[1-9]\d{0,14}$/u.test(found)) return Number(found)
  const problem = words.t('help:problem.notANumber', { option, found: found.slice(0, 40) })
  throw new SmenaError('usage', { problem, command: 'forward' })
}
