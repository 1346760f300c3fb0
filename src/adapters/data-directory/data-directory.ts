import { accessSync, closeSync, constants, fsyncSync, mkdirSync, openSync, realpathSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { SmenaError } from '../../domain/errors.ts'

/** A data directory that this process owns. Let go of it by disposing. */
export interface DataDirectory extends AsyncDisposable {
  /** Without links: the same directory has the same name for everybody. */
  readonly path: string
}

/**
 * File systems on which SQLite's locks and shared memory cannot be relied on, by the number that statfs(2) gives
 * (linux/magic.h): files there are seen by other machines, whose locks this kernel does not know.
 */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x01021997, '9P'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x7461636f, 'OCFS2'],
  [0x01161970, 'GFS2'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
])

const busy = 5

/**
 * Makes the directory when it is absent (only for this user), refuses one on a network, and takes its lock: an exclusive
 * transaction on `lock.db`. The kernel frees it when the process ends, however it ends; there is no file to clean up.
 */
export async function openDataDirectory(directory: string): Promise<DataDirectory> {
  let path: string
  try {
    const made = mkdirSync(directory, { recursive: true, mode: 0o700 })
    path = realpathSync(directory)
    if (made !== undefined) syncParents(path, realpathSync(made))
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unusable(directory, error)
  }
  const network = networkFileSystems.get(Number(BigInt.asUintN(32, statfsSync(path, { bigint: true }).type)))
  if (network !== undefined) throw new SmenaError('data-directory-network', { directory, found: network })
  let db: DatabaseSync
  try {
    db = new DatabaseSync(join(path, 'lock.db'), { timeout: 0 })
  } catch (error) {
    throw unusable(directory, error)
  }
  try {
    db.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    db.close()
    const { errcode } = error as { errcode?: number }
    if (errcode !== undefined && (errcode & 0xff) === busy) throw new SmenaError('data-directory-owned', { directory })
    throw unusable(directory, error)
  }
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      db.close()
    },
  }
}

/** What is written durably into a new directory would be lost with the directory's own name. */
function syncParents(path: string, topmost: string): void {
  for (let at = path; ; at = dirname(at)) {
    const descriptor = openSync(dirname(at), 'r')
    try {
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    if (at === topmost || dirname(at) === at) return
  }
}

function unusable(directory: string, error: unknown): SmenaError {
  const { code, message, syscall } = error as NodeJS.ErrnoException
  // SQLite's errors all have the same code; what they mean is in their text.
  const found = (syscall === undefined ? undefined : code) ?? message
  return new SmenaError('data-directory-unusable', { directory, found }, { cause: error })
}
