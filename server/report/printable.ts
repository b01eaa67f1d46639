/** Characters that a terminal or a viewer obeys instead of showing them: controls, and those that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text of a file as it may be printed: each such character becomes one other, so that columns stay. */
export function printable(text: string): string {
  return text.replace(OBEYED, (character) => (character === '\t' ? ' ' : '\ufffd'))
}

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
