import type { Settings } from '../domain/settings.ts'
import { sourceUnknown } from '../pipeline/sources.ts'
import type { StoreReader } from '../pipeline/store-reading.ts'

/** Throws `source-unknown` for a name that neither the configuration nor the store knows: an empty list would mislead. */
export async function requireKnownSource(
  name: string | undefined,
  settings: Settings,
  reader: StoreReader | null,
): Promise<void> {
  if (name === undefined || settings.sources.some((it) => it.name === name)) return
  const stored = (await reader?.sources()) ?? []
  if (!stored.some((it) => it.name === name)) throw sourceUnknown(name, [...settings.sources, ...stored])
}
