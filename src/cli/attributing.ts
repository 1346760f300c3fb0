import type { Context } from './context.ts'
import { openProgress, type Progress } from './present/progress.ts'

/** Shows how many calls were given to their people after a command's own work, whose bar ends when this begins. */
export function attributing(
  { surroundings, words }: Context,
  before: Progress | null = null,
): Disposable & { attributed: (calls: number) => void } {
  let bar: Progress | null = null
  return {
    attributed: (calls) => {
      if (!bar) {
        before?.[Symbol.dispose]()
        const label = words.t('import:attributing')
        bar = openProgress({ stream: surroundings.stderr, words, label, unit: 'calls', total: null })
      }
      bar.advance(calls)
    },
    [Symbol.dispose]: () => bar?.[Symbol.dispose](),
  }
}
