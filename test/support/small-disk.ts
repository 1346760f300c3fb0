import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own, as small as asked for. */
export interface SmallDisk extends Disposable {
  readonly path: string
  readonly freeBytes: number
  /** Leaves no more than `bytes` free. */
  fill(bytes: number): void
  /** Gives back what `fill` took. */
  free(): void
}

const run = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: 'utf8' })

/** Why there can be none here; null: there can. */
export const smallDiskMissing: string | null = (() => {
  const probe = mkdtempSync(join(tmpdir(), 'smena-disk-'))
  try {
    const mounted = run('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe)
    if (mounted.status !== 0) return `mounting a tmpfs needs root: ${(mounted.stderr ?? String(mounted.error)).trim()}`
    run('umount', probe)
    return null
  } finally {
    rmSync(probe, { recursive: true, force: true })
  }
})()

export function smallDisk(megabytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'smena-disk-'))
  const mounted = run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path)
  if (mounted.status !== 0) throw new Error(mounted.stderr)
  const filler = join(path, 'filler')
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize
  }
  return {
    path,
    get freeBytes() {
      return freeBytes()
    },
    fill: (bytes) => {
      for (let size = freeBytes() - bytes; size > 0; size = freeBytes() - bytes) {
        try {
          writeFileSync(filler, new Uint8Array(size), { flag: 'a' })
        } catch (error) {
          // Somebody else took of it meanwhile.
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        }
      }
    },
    free: () => rmSync(filler, { force: true }),
    [Symbol.dispose]: () => {
      // Lazily: a journal that a failed test left open must not keep it.
      run('umount', '-l', path)
      rmSync(path, { recursive: true, force: true })
    },
  }
}
