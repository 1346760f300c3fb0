import type { Words } from '../words/words.ts'
import { cut, neutralise } from './neutral.ts'
import type { Terminal } from './output.ts'

/**
 * Shows that a command waits for another one, `null`: no longer. On a terminal a line that counts the seconds and goes away, elsewhere
 * one line.
 */
export function showWaiting(
  stream: NodeJS.WritableStream & Terminal,
  { t, duration }: Words,
  directory: string,
): (seconds: number | null) => void {
  let shown = ''
  return (seconds) => {
    if (stream.isTTY === true) {
      const text = seconds === null ? '' : t('config:waiting', { directory, waited: duration(Math.floor(seconds)) })
      const line = cut(neutralise(text), (stream.columns || 80) - 1)
      if (line !== shown) stream.write(`\r${line}\u001b[K`)
      shown = line
    } else if (shown === '' && seconds !== null) {
      shown = neutralise(t('config:waitingOnce', { directory }))
      stream.write(`${shown}\n`)
    }
  }
}
