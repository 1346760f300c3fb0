import { askOwner } from '../../adapters/owner-socket/ask.ts'
import { SmenaError } from '../../domain/errors.ts'
import type { Context } from '../context.ts'

/** The receiving role of a cluster; with `--stdin` one session of the collector that runs. */
export async function collectCommand(
  context: Context,
  _: readonly string[],
  { stdin, source }: { stdin?: true; source?: string },
): Promise<void> {
  const { t } = context.words
  const problem =
    stdin && source === undefined ? 'stdinNeedsSource' : !stdin && source !== undefined ? 'sourceNeedsStdin' : null
  if (problem) throw new SmenaError('usage', { problem: t(`help:problem.${problem}`), command: 'collect' })
  if (source === undefined) return await (await import('./roles.ts')).roleCommand(context, 'collect')
  await pump(context, source)
}

/**
 * A pump from standard input to the process that owns the data directory: what inetd, xinetd and systemd start for each
 * connection. Reads nothing before the owner has taken the session.
 */
async function pump(context: Context, source: string): Promise<void> {
  const { loaded, surroundings } = context
  const { environment, stdin } = surroundings
  const dataDirectory = loaded.settings.dataDir
  // xinetd says who is calling in REMOTE_HOST, systemd in REMOTE_ADDR.
  const peer = environment['REMOTE_ADDR'] ?? environment['REMOTE_HOST'] ?? ''
  try {
    const answer = await askOwner({
      dataDirectory,
      request: { do: 'stdin', source, peer },
      bytes: () => stdin as AsyncIterable<Uint8Array>,
    })
    if (!answer) throw new SmenaError('no-owner', { directory: dataDirectory })
  } finally {
    // An owner that has gone takes no more: an open input must not keep the exchange talking to nobody.
    stdin.destroy()
  }
}
