import type { Frame, Origin } from './provenance.ts'

/**
 * A run of characters with one origin. `at` is where it begins in the origin's own text when it was copied
 * verbatim, else -1. `site` is the action that wrote it. Pieces without length mark places.
 */
export interface Piece {
  readonly length: number
  readonly origin: Origin
  readonly at: number
  readonly site: Frame | undefined
}

/** A string that knows where each of its characters comes from. Immutable. */
export interface GoText {
  readonly kind: 'string'
  readonly text: string
  readonly pieces: readonly Piece[]
}

export const NO_TEXT: GoText = { kind: 'string', text: '', pieces: [] }

/** A value that is empty leaves a mark: what is printed instead of it has to do with it. */
export function textOf(text: string, origin: Origin, at = -1): GoText {
  return text === '' && origin.kind !== 'cell'
    ? NO_TEXT
    : { kind: 'string', text, pieces: [{ length: text.length, origin, at, site: undefined }] }
}

export function concat(texts: readonly GoText[]): GoText {
  const [only] = texts
  if (texts.length === 1 && only) return only
  const builder = new TextBuilder()
  for (const text of texts) builder.push(text)
  return builder.build()
}

/** Joins texts; the separator is added from its own pieces. */
export function join(texts: readonly GoText[], separator: GoText): GoText {
  const builder = new TextBuilder()
  texts.forEach((text, i) => {
    if (i > 0) builder.push(separator)
    builder.push(text)
  })
  return builder.build()
}

/** Marks at either end of the range stay. */
export function slice(text: GoText, start: number, end = text.text.length): GoText {
  if (start <= 0 && end >= text.text.length) return text
  const cursor = new Cursor(text)
  cursor.skip(start)
  return cursor.take(end - start)
}

/** Cuts a text from its front to its end, once. */
export class Cursor {
  readonly #text: GoText
  #offset = 0
  #piece = 0
  #inPiece = 0

  constructor(text: GoText) {
    this.#text = text
  }

  get offset(): number {
    return this.#offset
  }

  skip(length: number): void {
    let left = length
    const { pieces } = this.#text
    this.#offset += length
    while (left > 0) {
      const piece = pieces[this.#piece]
      if (!piece) return
      const rest = piece.length - this.#inPiece
      if (rest > left) {
        this.#inPiece += left
        return
      }
      left -= rest
      this.#piece++
      this.#inPiece = 0
    }
  }

  take(length: number): GoText {
    const taken: Piece[] = []
    const start = this.#offset
    let left = length
    const { pieces, text } = this.#text
    this.#offset += length
    for (;;) {
      const piece = pieces[this.#piece]
      if (!piece || (left <= 0 && piece.length > 0)) break
      const rest = piece.length - this.#inPiece
      const used = Math.min(rest, left)
      taken.push(used === piece.length ? piece : part(piece, this.#inPiece, used))
      left -= used
      if (used < rest) {
        this.#inPiece += used
        break
      }
      this.#piece++
      this.#inPiece = 0
    }
    return { kind: 'string', text: text.slice(start, this.#offset), pieces: taken.slice() }
  }
}

function part(piece: Piece, from: number, length: number): Piece {
  return { length, origin: piece.origin, at: piece.at < 0 ? -1 : piece.at + from, site: piece.site }
}

export class TextBuilder {
  readonly #parts: string[] = []
  readonly #pieces: Piece[] = []
  length = 0

  push(text: GoText): void {
    if (text.text !== '') this.#parts.push(text.text)
    for (const piece of text.pieces) this.#pieces.push(piece)
    this.length += text.text.length
  }

  add(text: string, origin: Origin, at = -1, site?: Frame): void {
    if (text === '') return
    this.#parts.push(text)
    this.#pieces.push({ length: text.length, origin, at, site })
    this.length += text.length
  }

  /** What an action writes: pieces that no inner action has claimed become its own. */
  write(text: GoText, site: Frame): void {
    if (text.text !== '') this.#parts.push(text.text)
    for (const piece of text.pieces) {
      this.#pieces.push(piece.site ? piece : { length: piece.length, origin: piece.origin, at: piece.at, site })
    }
    this.length += text.text.length
  }

  mark(origin: Origin, site: Frame): void {
    this.#pieces.push({ length: 0, origin, at: -1, site })
  }

  build(): GoText {
    // A list that grew holds room for more.
    return this.#pieces.length === 0 ? NO_TEXT : { kind: 'string', text: this.#parts.join(''), pieces: this.#pieces.slice() }
  }
}

/** The origins of all characters, each once, in the order of the text. */
export function originsOf(text: GoText): readonly Origin[] {
  const [first] = text.pieces
  if (text.pieces.length === 1 && first) return [first.origin]
  const written = text.pieces.filter(({ length }) => length > 0)
  // Of an empty text there is what left it empty.
  return [...new Set((written.length > 0 ? written : text.pieces).map(({ origin }) => origin))]
}

/** Cuts a text at each of the ranges, which are sorted and disjoint; what lies between them is dropped. */
export function cut(text: GoText, ranges: readonly { readonly start: number; readonly end: number }[]): GoText[] {
  const cursor = new Cursor(text)
  return ranges.map(({ start, end }) => {
    cursor.skip(start - cursor.offset)
    return cursor.take(end - start)
  })
}

/** Replaces sorted, disjoint ranges. */
export function replaceRanges(
  text: GoText,
  ranges: readonly { readonly start: number; readonly end: number; readonly by: GoText }[],
): GoText {
  if (ranges.length === 0) return text
  const cursor = new Cursor(text)
  const builder = new TextBuilder()
  for (const { start, end, by } of ranges) {
    builder.push(cursor.take(start - cursor.offset))
    cursor.skip(end - start)
    builder.push(by)
  }
  builder.push(cursor.take(text.text.length - cursor.offset))
  return builder.build()
}

/** A text of the same length as before keeps the place of each character, any other is one piece. */
export function transformed(before: GoText, after: string, origin: Origin): GoText {
  if (after === before.text) return before
  if (after.length !== before.text.length) return textOf(after, origin)
  return { kind: 'string', text: after, pieces: before.pieces.map((piece) => (piece.at < 0 ? piece : { ...piece, at: -1 })) }
}
