import { findNode, locateInScalar, type YamlTree } from '../../syntax/yaml/index.ts'
import { type Cell, type CellSource, cellPath } from '../../syntax/go-template/provenance.ts'
import type { Path } from '../../model/value.ts'
import type { Span } from '../../text/span.ts'
import type { Location } from '../unit.ts'

/** A document that values were read from. */
export interface ValueSource extends CellSource {
  /** The document's text; `base` is where it begins in its file. */
  readonly text: string
  readonly base: number
  readonly tree: YamlTree
  /** Where in the document the values stand that the tree is of; absent for all of it. */
  readonly at?: Path
}

export function isValueSource(source: CellSource): source is ValueSource {
  return 'tree' in source
}

/**
 * Where a cell is written; undefined when it is in no file of the workspace, or not there. A range is one of
 * its decoded text.
 */
export function locateCell(cell: Cell, range?: Span): Location | undefined {
  const { source } = cell
  if (!isValueSource(source) || source.file === undefined || cell.missing) return undefined
  const node = findNode(source.tree, cellPath(cell))
  const written = cell.isKey ? (node?.key ?? node?.value) : node?.value
  if (!written) return undefined
  const span = range ? locateInScalar(source.text, written, range) : written
  return { file: source.file, span: { start: source.base + span.start, end: source.base + span.end } }
}
