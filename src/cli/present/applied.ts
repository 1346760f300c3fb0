import type { Words } from '../words/words.ts'

/** A reading of a source that has begun to hold. `from` is what the exchange's clock shows. */
export function appliedLine(
  { name, from }: { readonly name: string; readonly from: number | null },
  { t }: Words,
): string {
  const at = from === null ? t('replay:always') : new Date(from).toISOString().slice(0, 19).replace('T', ' ')
  return t('config:newReading', { source: name, from: at })
}
