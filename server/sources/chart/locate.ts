import type { Origin, TemplateSource } from '../../syntax/go-template/provenance.ts'
import { type GoText, type Piece, slice } from '../../syntax/go-template/text.ts'
import type { Span } from '../../text/span.ts'
import type { Location } from '../unit.ts'
import { locateCell } from './source.ts'

/** Where a range of a template is written: in its file, or in what `tpl` was given. */
export function locateInSource(source: TemplateSource, span: Span): Location | undefined {
  if (source.file !== undefined) return { file: source.file, span }
  return source.given && locateText(source.given, span)
}

/** Where a range of a rendered text is written: the first piece in it that has a place of its own. */
export function locateText(text: GoText, span: Span): Location | undefined {
  for (const piece of slice(text, span.start, Math.max(span.end, span.start + 1)).pieces) {
    const found = piece.length > 0 ? locatePiece(piece) : undefined
    if (found) return found
  }
  return undefined
}

/** The literal or value behind a piece; where there is none, the action that wrote it. */
export function locatePiece(piece: Piece): Location | undefined {
  return locateOrigin(piece.origin, piece.at < 0 ? undefined : { start: piece.at, end: piece.at + piece.length }) ?? locateSite(piece)
}

/** The action that wrote a piece. */
export function locateSite({ site }: Piece): Location | undefined {
  for (let frame = site; frame; frame = frame.parent) {
    const found = locateInSource(frame.source, frame)
    if (found) return found
  }
  return undefined
}

function locateOrigin(origin: Origin, range: Span | undefined): Location | undefined {
  switch (origin.kind) {
    case 'literal': {
      const span = range ? { start: origin.start + range.start, end: origin.start + range.end } : origin
      return locateInSource(origin.source, span)
    }
    case 'cell':
      return locateCell(origin, range)
    case 'file':
      return { file: origin.file, span: range ?? { start: 0, end: 0 } }
    case 'computed':
      return origin.chosen && locateOrigin(origin.chosen, range)
    default:
      return undefined
  }
}
