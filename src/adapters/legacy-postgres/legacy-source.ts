import type { OldRow } from '../../domain/legacy/old-row.ts'

/** The older system's rows, from wherever they are read. Tables that are not there have no rows. */
export interface LegacySource extends AsyncDisposable {
  /** Rows of these tables, in pages; a table's rows may come between those of another. */
  rows(tables: readonly string[]): AsyncIterable<LegacyPage>
  /** How many rows or bytes there are to read, and how far it has come. */
  readonly size: { readonly unit: 'bytes' | 'records'; readonly total: number }
  readonly done: () => number
}

export interface LegacyPage {
  readonly table: string
  readonly rows: readonly OldRow[]
}

/** A file whose bytes can be read again from the beginning, packed or not. */
export interface DumpFile {
  readonly file: string
  readonly sizeBytes: number
  readonly bytes: (read: (bytesRead: number) => void) => AsyncIterable<Uint8Array>
}

/** True for what names a database and no file: a URL, or `host=… dbname=…`. */
export const isDatabase = (name: string): boolean =>
  /^postgres(?:ql)?:\/\//iu.test(name) || /(?:^|\s)(?:dbname|service|host|user)\s*=/u.test(name)
