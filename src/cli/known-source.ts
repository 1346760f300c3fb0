import { SmenaError } from '../domain/errors.ts'
import type { Settings } from '../domain/settings.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'

/** Throws `source-unknown` for a name that neither the configuration nor the store knows: an empty list would mislead. */
export async function requireKnownSource(
  name: string | undefined,
  settings: Settings,
  reader: StoreReader | null,
): Promise<void> {
  if (name === undefined || settings.sources.some((it) => it.name === name)) return
  const stored = reader ? (await reader.sources()).map((it) => it.name) : []
  if (stored.includes(name)) return
  const known = [...new Set([...settings.sources.map((it) => it.name), ...stored])].join(', ') || '–'
  throw new SmenaError('source-unknown', { source: name, known })
}
