import type { GapRow } from '../../../pipeline/reports/gap.ts'
import type { Words } from '../../words/words.ts'

/** Times in which the older system bound no calls because it could not. */
export const gapLines = (gaps: readonly GapRow[], { t, time }: Words): string[] =>
  gaps.map((it) => t('report:bound.gap', { from: time(Date.parse(it.from)), to: time(Date.parse(it.to)) }))
