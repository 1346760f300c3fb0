import type { Writable } from 'node:stream'

/** What a stream can show. Width null: it is no terminal, lines may be as long as they are. */
export interface Look {
  readonly width: number | null
  readonly colour: boolean
}

export interface Terminal {
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Colour only on a terminal, and not where `NO_COLOR` (no-color.org) or a terminal of kind `dumb` says otherwise. */
export function lookOf(stream: Terminal, environment: Readonly<Record<string, string | undefined>>): Look {
  if (stream.isTTY !== true) return { width: null, colour: false }
  const width = stream.columns !== undefined && stream.columns > 0 ? stream.columns : 80
  return { width, colour: !environment['NO_COLOR'] && environment['TERM'] !== 'dumb' }
}

const watched = new WeakSet<Writable>()

/**
 * Writes chunk after chunk, each when the one before has left. `gone`: the reader closed its end (`| head`); that is no error:
 * nothing more is written, and the source of the chunks is closed.
 */
export async function print(
  stream: Writable,
  chunks: Iterable<string> | AsyncIterable<string>,
): Promise<'all' | 'gone'> {
  watch(stream)
  for await (const chunk of chunks) {
    const error = await new Promise<Error | null | undefined>((resolve) => stream.write(chunk, resolve))
    if (error && isGone(error)) return 'gone'
    if (error) throw error
  }
  return 'all'
}

/** Without a listener a reader who goes away would end the process; the callback of each write says the same. */
export function watch(stream: Writable): void {
  if (watched.has(stream)) return
  watched.add(stream)
  stream.on('error', () => undefined)
}

const isGone = (error: Error): boolean =>
  'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_DESTROYED')
