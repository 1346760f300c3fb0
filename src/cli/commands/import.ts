import { basename } from 'node:path'
import { type Archive, openArchive } from '../../adapters/intake-file/archive.ts'
import type { ImportCounts } from '../../pipeline/import.ts'
import { ask } from '../ask.ts'
import { attributing } from '../attributing.ts'
import type { Context } from '../context.ts'
import { jsonLine } from '../present/json-lines.ts'
import { neutralise } from '../present/neutral.ts'
import { openProgress } from '../present/progress.ts'

export async function importCommand(
  context: Context,
  files: readonly string[],
  options: { source: string; json?: true },
): Promise<void> {
  const { words, say, signal } = context
  const { t } = words
  // All are looked at first: a name that is mistyped must not show after an hour.
  const archives: Archive[] = []
  for (const file of files) archives.push(await openArchive(file))
  for (const archive of archives) {
    if (signal.aborted) break
    const counts = await importOne(context, archive, options.source)
    if (options.json) await context.print([jsonLine({ file: archive.file, ...counts, interrupted: signal.aborted })])
    else {
      const result = t('import:result', {
        file: archive.file,
        received: words.count(counts.received),
        stored: words.count(counts.stored),
        duplicate: words.count(counts.duplicate),
        quarantined: words.count(counts.quarantined),
      })
      await context.print([`${neutralise(result)}\n`])
      if (counts.outside > 0) say(t('import:outside', { count: counts.outside }))
      if (counts.quarantined > 0) say(t('import:retryHint', { source: options.source }))
    }
  }
  if (signal.aborted) {
    say(t('import:interrupted'))
    process.exitCode = 1
  }
}

async function importOne(context: Context, archive: Archive, source: string): Promise<ImportCounts> {
  const { words, surroundings, signal } = context
  let last: ImportCounts = { received: 0, stored: 0, duplicate: 0, quarantined: 0, suspect: 0, outside: 0 }
  using bar = openProgress({
    stream: surroundings.stderr,
    words,
    label: words.t('import:reading', { file: basename(archive.file) }),
    unit: 'bytes',
    total: archive.sizeBytes,
  })
  using giving = attributing(context, bar)
  try {
    return (await ask(context, {
      request: { do: 'import', source, name: archive.file },
      bytes: () => archive.bytes((read) => bar.advance(read)),
      progress: (counts) => {
        last = counts as ImportCounts
      },
      signal,
      attributed: giving.attributed,
    })) as ImportCounts
  } catch (error) {
    // An owner that does not answer in time ends the import by itself; what it told last is what is certainly stored.
    if (signal.aborted) return last
    throw error
  }
}
