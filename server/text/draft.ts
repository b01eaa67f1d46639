import { sortEdits, type TextEdit } from './edit.ts'

type Piece = { readonly start: number; readonly end: number } | { readonly text: string }

/** A text on which edits are made one after the other, and what they come to as edits of the text that it began with. */
export class Draft {
  #pieces: Piece[]
  readonly #length: number

  constructor(length: number) {
    this.#length = length
    this.#pieces = [{ start: 0, end: length }]
  }

  copy(): Draft {
    const copy = new Draft(this.#length)
    copy.#pieces = this.#pieces
    return copy
  }

  /** @param edits with offsets of the text as the edits before have left it */
  apply(edits: readonly TextEdit[]): void {
    const result: Piece[] = []
    const rest = [...this.#pieces].reverse()
    let at = 0
    const take = (until: number, keep: boolean): void => {
      while (at < until) {
        const piece = rest.pop()
        if (!piece) return
        const size = sizeOf(piece)
        const [left, right] = size > until - at ? cut(piece, until - at) : [piece, undefined]
        if (right) rest.push(right)
        at += sizeOf(left)
        if (keep) result.push(left)
      }
    }
    for (const edit of sortEdits(edits)) {
      take(edit.start, true)
      if (edit.text !== '') result.push({ text: edit.text })
      take(edit.end, false)
    }
    this.#pieces = [...result, ...rest.reverse()]
  }

  edits(): TextEdit[] {
    const edits: TextEdit[] = []
    let at = 0
    let inserted = ''
    const flush = (until: number): void => {
      if (until > at || inserted !== '') edits.push({ start: at, end: until, text: inserted })
      inserted = ''
    }
    for (const piece of this.#pieces) {
      if ('text' in piece) {
        inserted += piece.text
      } else if (piece.end > piece.start) {
        flush(piece.start)
        at = piece.end
      }
    }
    flush(this.#length)
    return edits
  }
}

function sizeOf(piece: Piece): number {
  return 'text' in piece ? piece.text.length : piece.end - piece.start
}

function cut(piece: Piece, size: number): [Piece, Piece] {
  if ('text' in piece) return [{ text: piece.text.slice(0, size) }, { text: piece.text.slice(size) }]
  const middle = piece.start + size
  return [
    { start: piece.start, end: middle },
    { start: middle, end: piece.end },
  ]
}
