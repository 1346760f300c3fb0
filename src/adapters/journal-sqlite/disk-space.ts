import { statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SmenaError } from '../../domain/errors.ts'

/** What is asked of the file system at most this often. */
const freshMs = 250

/**
 * Free space beside the journal and the journal's size, known to within a quarter of a second. Looks at the same time whether
 * the file that is written is still the one that the next process will find: what goes into a removed one is lost.
 */
export class DiskSpace {
  readonly #file: string
  readonly #inodes = new Map<string, bigint>()
  #askedAt = Number.NEGATIVE_INFINITY
  #freeBytes = 0
  #sizeBytes = 0
  #walBytes = 0

  constructor(file: string) {
    this.#file = file
  }

  refresh(): this {
    return performance.now() - this.#askedAt < freshMs ? this : this.look()
  }

  /** The same, at this very moment. */
  look(): this {
    this.#askedAt = performance.now()
    const { bavail, bsize } = statfsSync(dirname(this.#file))
    this.#freeBytes = bavail * bsize
    this.#walBytes = this.#sizeOf(`${this.#file}-wal`)
    this.#sizeBytes = this.#sizeOf(this.#file) + this.#walBytes
    return this
  }

  #sizeOf(path: string): number {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true })
    const known = this.#inodes.get(path)
    if (found && known === undefined) this.#inodes.set(path, found.ino)
    if (known !== undefined && found?.ino !== known) {
      const verb = found ? 'was replaced' : 'was removed'
      throw new SmenaError('journal-failed', { file: path, found: `it ${verb} while it was in use` })
    }
    return Number(found?.size ?? 0n)
  }

  get freeBytes(): number {
    return this.#freeBytes
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  get walBytes(): number {
    return this.#walBytes
  }
}
