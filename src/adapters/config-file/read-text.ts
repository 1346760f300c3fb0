import { readFile } from 'node:fs/promises'

/** Why a file could not be read, in the words of a message. */
export const fileCauses = {
  ENOENT: 'there is no such file',
  EACCES: 'this account may not read it',
  EISDIR: 'it is a directory',
  encoding: 'it is not UTF-8',
  size: 'it is larger than 1 MiB',
  empty: 'it is empty',
} as const

export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile'
  /** True when there is simply nothing at the path. */
  readonly absent: boolean

  constructor(code: string, options?: { cause?: unknown }) {
    super(Object.hasOwn(fileCauses, code) ? fileCauses[code as keyof typeof fileCauses] : code, options)
    this.absent = code === 'ENOENT'
  }
}

/** Throws an UnreadableFile. Configuration is small: more than 1 MiB is another file by mistake. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'EIO'
    throw new UnreadableFile(code, { cause })
  })
  if (bytes.length > 1_048_576) throw new UnreadableFile('size')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new UnreadableFile('encoding', { cause })
  }
}
