const SPACE = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/
const LETTER = /^\p{L}$/u
const DIGIT = /^\p{Nd}$/u
const UPPER = /^\p{Lu}$/u
const LOWER = /^\p{Ll}$/u
const TITLE = /^\p{Lt}$/u
const PUNCTUATION = /^\p{P}$/u
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u

/** The character classes of Go's package unicode. `char` is one code point. */
export function isSpace(char: string): boolean {
  return SPACE.test(char)
}

export function isLetter(char: string): boolean {
  const code = char.charCodeAt(0)
  if (code < 0x80) return (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
  return LETTER.test(char)
}

export function isDigit(char: string): boolean {
  const code = char.charCodeAt(0)
  if (code < 0x80) return code >= 48 && code <= 57
  return DIGIT.test(char)
}

export function isUpper(char: string): boolean {
  return UPPER.test(char)
}

export function isLower(char: string): boolean {
  return LOWER.test(char)
}

export function isTitle(char: string): boolean {
  return TITLE.test(char)
}

export function isPunctuation(char: string): boolean {
  return PUNCTUATION.test(char)
}

export function isPrintable(char: string): boolean {
  const code = char.charCodeAt(0)
  if (code < 0x80) return code >= 0x20 && code < 0x7f
  return PRINTABLE.test(char)
}

/** `strings.TrimSpace`: the range of `text` without white space at its ends. */
export function trimSpaceRange(text: string): { start: number; end: number } {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charAt(start))) start++
  while (end > start && isSpace(text.charAt(end - 1))) end--
  return { start, end }
}

export function trimSpace(text: string): string {
  const { start, end } = trimSpaceRange(text)
  return text.slice(start, end)
}

/** One character to upper case, as Go does it: never more than one character, so `ß` stays. */
export function toUpper(char: string): string {
  return single(char, char.toUpperCase())
}

export function toLower(char: string): string {
  // JavaScript lowers İ to two characters; Go to the first of them.
  return char === 'İ' ? 'i' : single(char, char.toLowerCase())
}

function single(char: string, mapped: string): string {
  return [...mapped].length === 1 ? mapped : char
}

export function mapChars(text: string, map: (char: string) => string): string {
  let result = ''
  for (const char of text) result += map(char)
  return result
}
