import { SingleBar } from 'cli-progress'
import type { Words } from '../words/words.ts'
import { formatPercent, unknown } from '../words/quantities.ts'
import { cut, neutralise, widthOf } from './neutral.ts'
import type { Terminal } from './output.ts'

export interface ProgressOptions {
  /** Standard error, so that what is printed can be piped. */
  readonly stream: NodeJS.WritableStream & Terminal
  readonly words: Words
  readonly label: string
  readonly unit: 'bytes' | 'records' | 'calls'
  /** Null: not known how much there is. */
  readonly total: number | null
  readonly now?: () => number
}

/** A bar on a terminal, elsewhere a line every ten seconds. Leaves nothing behind on a terminal when it is disposed of. */
export interface Progress extends Disposable {
  /** `done`: all that is done, not what is new. */
  advance(done: number): void
}

const lineEveryMs = 10_000
const barCells = 30
const fewestCells = 3

export function openProgress(options: ProgressOptions): Progress {
  const { stream, words, total } = options
  const now = options.now ?? (() => performance.now())
  const speed = openSpeed(now)
  let done = 0
  const facts = (label: string) => {
    const rate = speed.perSecond()
    const amount = (value: number) =>
      options.unit === 'bytes'
        ? words.size(value)
        : words.t(options.unit === 'calls' ? 'calls:total' : 'status:records', { count: value })
    const perSecond = rate === null ? null : Math.round(rate)
    return {
      label,
      done: amount(done),
      total: total === null ? unknown : amount(total),
      percent: formatPercent(total === null || total <= 0 ? 0 : Math.min(1, done / total), words.language),
      rate:
        perSecond === null
          ? unknown
          : options.unit === 'bytes'
            ? words.t('import:bytesRate', { size: words.size(perSecond) })
            : words.t('import:countRate', { records: amount(perSecond) }),
      remaining: words.duration(total === null || !rate ? null : Math.max(0, total - done) / rate),
    }
  }
  const label = neutralise(options.label)
  const line = () => (total === null ? words.t('import:openEnded', facts(label)) : words.t('import:line', facts(label)))
  // What stands beside it grows and shrinks from moment to moment: a bar that did too would seem to jump.
  let cells = barCells
  const bar = () => {
    const width = (stream.columns ?? 80) - 1
    if (total === null) return cut(line(), width)
    const short = facts(cut(label, 24))
    cells = Math.min(cells, width - widthOf(words.t('import:bar', { ...short, bar: '' })))
    if (cells < fewestCells) return cut(line(), width)
    const full = Math.floor(cells * Math.min(1, total > 0 ? done / total : 0))
    return words.t('import:bar', { ...short, bar: '█'.repeat(full) + '░'.repeat(cells - full) })
  }

  if (stream.isTTY !== true) {
    const timer = setInterval(() => stream.write(`${line()}\n`), lineEveryMs)
    timer.unref()
    return {
      advance: (value) => {
        done = value
        speed.add(value)
      },
      [Symbol.dispose]: () => {
        clearInterval(timer)
      },
    }
  }
  const drawn = new SingleBar({
    stream,
    format: bar,
    fps: 5,
    clearOnComplete: true,
    gracefulExit: false,
    hideCursor: false,
    // Leaves the terminal's own setting alone, so that nothing has to be put right after a sudden end.
    linewrap: true,
  })
  let isDrawn = false
  return {
    advance: (value) => {
      done = value
      speed.add(value)
      // Not before: until something is done another line may stand there.
      if (!isDrawn) drawn.start(total ?? 0, 0)
      isDrawn = true
      drawn.update(value)
    },
    [Symbol.dispose]: () => {
      drawn.stop()
    },
  }
}

const windowMs = 15_000
const sampleMs = 250

/** What was done lately, a second: the mean of the last quarter of a minute. Null before there is anything to go by. */
function openSpeed(now: () => number) {
  const startedAt = now()
  let samples: { at: number; done: number }[] = [{ at: startedAt, done: 0 }]
  let latest = { at: startedAt, done: 0 }
  return {
    add: (done: number) => {
      latest = { at: now(), done }
      if (latest.at - (samples.at(-1)?.at ?? 0) < sampleMs) return
      samples.push(latest)
      const oldest = samples.findLastIndex(({ at }) => at <= latest.at - windowMs)
      if (oldest > 0) samples = samples.slice(oldest)
    },
    perSecond: (): number | null => {
      const [from] = samples
      const seconds = (now() - (from?.at ?? startedAt)) / 1000
      return from === undefined || seconds < 0.5 ? null : (latest.done - from.done) / seconds
    },
  }
}
