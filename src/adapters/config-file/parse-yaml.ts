import { isAlias, isCollection, isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { SmenaError } from '../../domain/errors.ts'
import type { PathPart, Place } from '../../domain/setting-fields.ts'

export interface YamlFile {
  /** Plain objects, lists and scalars; an empty file is an empty object. */
  readonly raw: unknown
  /** Where the key (or the item of a list) stands, else the nearest one above it; null: nothing of it is in the file. */
  readonly placeOf: (path: readonly PathPart[]) => Place | null
}

/** Aliases in one file; more are taken for an attempt to fill the memory. */
const aliasLimit = 100

/** YAML 1.2, core schema: no tags of one's own, no merge keys, no key twice, one document. Throws SmenaErrors in `refuse`. */
export function parseYaml(text: string, file: string, refuse: (errors: readonly SmenaError[]) => never): YamlFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, schema: 'core', merge: false })
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const faults = [...document.errors, ...document.warnings]
  if (faults.length > 0) {
    refuse(
      faults.map((fault) => {
        const { line, column } = placeAt(fault.pos[0])
        const place = `${file}:${line}:${column}`
        if (fault.code === 'DUPLICATE_KEY') {
          const [key = ''] = /^("[^"\n]*"|'[^'\n]*'|[^\s:,{}[\]]*)/u.exec(text.slice(fault.pos[0])) ?? []
          return new SmenaError('config-duplicate-key', { file: place, key }, { cause: fault })
        }
        const cause = fault.code === 'MULTIPLE_DOCS' ? 'it holds more than one document' : fault.message
        return new SmenaError('config-unreadable', { file: place, cause }, { cause: fault })
      }),
    )
  }
  let raw: unknown
  try {
    raw = document.toJS({ maxAliasCount: aliasLimit }) ?? {}
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    refuse([new SmenaError('config-unreadable', { file, cause: message }, { cause })])
  }

  function placeOf(path: readonly PathPart[]): Place | null {
    let node: unknown = document.contents
    let offset = path.length === 0 && isNode(node) ? node.range?.[0] : undefined
    for (const part of path) {
      if (isAlias(node)) node = node.resolve(document)
      if (!isCollection(node)) break
      const item = isMap(node)
        ? node.items.find((it) => isScalar(it.key) && String(it.key.value) === part)
        : isSeq(node) && typeof part === 'number'
          ? node.items[part]
          : undefined
      const marked: unknown = isPair(item) ? item.key : item
      if (!isNode(marked)) break
      offset = marked.range?.[0] ?? offset
      node = isPair(item) ? item.value : item
    }
    return offset === undefined ? null : placeAt(offset)
  }

  return { raw, placeOf }
}
