import type { Anchor } from '../model/rule.ts'
import type { Location } from '../sources/unit.ts'
import type { Analysis } from './analyse.ts'

/**
 * Where an anchor is written now. What is absent sits at the nearest thing above it that is written: at its
 * key, or for a whole object at its `kind`, so that a comment there can suppress it. Undefined only when the
 * object is not part of this revision.
 */
export function locate(analysis: Analysis, anchor: Anchor): Location | undefined {
  const unit = analysis.units.get(anchor.object.unit)
  if (!unit) return undefined
  if (anchor.range) {
    const within = unit.locateWithin(anchor.object, anchor.path, { start: anchor.range.start, end: anchor.range.end })
    if (within) return within
  }
  const exact = anchor.path.length > 0 ? unit.locate(anchor.object, anchor.path, anchor.part) : undefined
  // A whole map or list is marked at its key: a squiggle over many lines tells nothing.
  if (exact && (anchor.part === 'key' || isShort(analysis, exact))) return exact
  for (let length = anchor.path.length; length > 0; length--) {
    const key = unit.locate(anchor.object, anchor.path.slice(0, length), 'key')
    if (!key) continue
    return isShort(analysis, key) ? key : firstLine(analysis, key)
  }
  return unit.locate(anchor.object, ['kind'], 'value') ?? unit.locate(anchor.object, [], 'value')
}

function isShort(analysis: Analysis, { file, span }: Location): boolean {
  return !analysis.files.get(file)?.text.slice(span.start, span.end).includes('\n')
}

function firstLine(analysis: Analysis, { file, span }: Location): Location {
  const text = analysis.files.get(file)?.text ?? ''
  const end = text.slice(span.start, span.end).search(/\r?\n/)
  return { file, span: { start: span.start, end: end < 0 ? span.end : span.start + end } }
}
