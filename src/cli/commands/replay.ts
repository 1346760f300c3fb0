import type { ReplayCounts } from '../../pipeline/replay.ts'
import { ask } from '../ask.ts'
import { attributing } from '../attributing.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { openProgress } from '../present/progress.ts'
import { parseInstant, requireOrder, wallIn } from '../time.ts'

export async function replayCommand(
  context: Context,
  _: readonly string[],
  options: { source: string; from?: string; to?: string; json?: true },
): Promise<void> {
  const { loaded, words, surroundings, signal, say, print } = context
  const { settings } = loaded
  const zone = settings.sources.find((it) => it.name === options.source)?.timezone ?? settings.timezone
  // The range is of the records' own time, which is what the exchange's clock showed.
  const wall = (name: 'from' | 'to') => {
    const text = options[name]
    return text === undefined ? null : wallIn(zone, parseInstant(text, settings.timezone, `--${name}`))
  }
  const [from, to] = [wall('from'), wall('to')]
  requireOrder(from, to, options)
  const label = words.t('replay:working', { source: options.source })
  using bar = openProgress({ stream: surroundings.stderr, words, label, unit: 'records', total: null })
  using giving = attributing(context, bar)
  let last: ReplayCounts = { records: 0, quarantined: 0, at: 0 }
  const done = await ask(context, {
    request: { do: 'replay', source: options.source, from, to },
    progress: (it) => {
      last = it as ReplayCounts
      bar.advance(last.records)
    },
    signal,
    attributed: giving.attributed,
  }).catch((error: unknown) => {
    if (signal.aborted) return last
    throw error
  })
  const { records, quarantined } = done as ReplayCounts
  if (options.json)
    await print([jsonLine({ source: options.source, records, quarantined, interrupted: signal.aborted })])
  else await print([`${words.t('replay:done', { source: options.source, count: records })}\n`])
  if (quarantined > 0) say(words.t('quarantine:remained', { count: quarantined }))
  if (signal.aborted) {
    say(words.t('replay:interrupted'))
    process.exitCode = 1
  }
}
