/** Zero-based line and UTF-16 column. */
export interface Position {
  readonly line: number
  readonly character: number
}

/** Offsets to lines and back. LF, CRLF and a lone CR end a line, as in the language server protocol. */
export class LineIndex {
  readonly #starts: number[] = [0]
  readonly #text: string

  constructor(text: string) {
    this.#text = text
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) this.#starts.push(i + 1)
    }
  }

  get lines(): number {
    return this.#starts.length
  }

  position(offset: number): Position {
    const clamped = Math.max(0, Math.min(offset, this.#text.length))
    let low = 0
    let high = this.#starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#starts[middle] ?? 0) <= clamped) low = middle
      else high = middle - 1
    }
    return { line: low, character: clamped - (this.#starts[low] ?? 0) }
  }

  offset(position: Position): number {
    if (position.line >= this.#starts.length) return this.#text.length
    const start = this.#starts[Math.max(0, position.line)] ?? 0
    const next = this.#starts[position.line + 1] ?? this.#text.length
    return Math.min(start + Math.max(0, position.character), next)
  }

  /** The line's text without its line ending. */
  line(line: number): string {
    const start = this.#starts[line] ?? this.#text.length
    const end = this.#starts[line + 1] ?? this.#text.length
    return this.#text.slice(start, end).replace(/[\r\n]+$/, '')
  }
}
