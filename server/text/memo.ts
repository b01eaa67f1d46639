/**
 * Results by the text that they were made of, up to a total length of texts; then all are forgotten. For
 * functions whose result depends on nothing else.
 */
export class Memo<T> {
  readonly #limit: number
  readonly #known = new Map<string, T>()
  #length = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get(text: string, make: () => T): T {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const made = make()
    this.#length += text.length
    if (this.#length > this.#limit) {
      this.#known.clear()
      this.#length = text.length
    }
    this.#known.set(text, made)
    return made
  }
}
