/**
 * Go strings are bytes. Texts here are JavaScript strings; where Go counts or cuts bytes, these functions
 * translate. A cut inside a character leaves U+FFFD, as Go prints the broken bytes.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of one-byte characters.
const ASCII = /^[\x00-\x7f]*$/

export function isAscii(text: string): boolean {
  return ASCII.test(text)
}

/** The length of `text` in UTF-8 bytes. */
export function utf8Length(text: string): number {
  if (isAscii(text)) return text.length
  let length = 0
  for (const char of text) length += charLength(char.codePointAt(0) ?? 0)
  return length
}

function charLength(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}

/** The UTF-16 offset of a byte offset, and whether it falls between two characters. */
export function fromByteOffset(text: string, bytes: number): { offset: number; whole: boolean } {
  if (isAscii(text)) return { offset: Math.min(bytes, text.length), whole: true }
  let at = 0
  let offset = 0
  for (const char of text) {
    if (at >= bytes) break
    const length = charLength(char.codePointAt(0) ?? 0)
    if (at + length > bytes) return { offset, whole: false }
    at += length
    offset += char.length
  }
  return { offset, whole: true }
}

export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text))
  let at = 0
  for (const char of text) {
    // A lone surrogate is no character: Go would hold U+FFFD.
    const point = char.codePointAt(0) ?? 0
    const code = point >= 0xd800 && point < 0xe000 ? 0xfffd : point
    if (code < 0x80) bytes[at++] = code
    else if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6)
      bytes[at++] = 0x80 | (code & 63)
    } else if (code < 0x10000) {
      bytes[at++] = 0xe0 | (code >> 12)
      bytes[at++] = 0x80 | ((code >> 6) & 63)
      bytes[at++] = 0x80 | (code & 63)
    } else {
      bytes[at++] = 0xf0 | (code >> 18)
      bytes[at++] = 0x80 | ((code >> 12) & 63)
      bytes[at++] = 0x80 | ((code >> 6) & 63)
      bytes[at++] = 0x80 | (code & 63)
    }
  }
  return bytes
}

/** Invalid bytes become U+FFFD, one each. */
export function decodeUtf8(bytes: Uint8Array): string {
  const parts: string[] = []
  let codes: number[] = []
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i] ?? 0
    const length =
      first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
    let code = length === 1 ? first : first & (0xff >> (length + 1))
    let valid = length > 0 && i + length <= bytes.length
    for (let k = 1; valid && k < length; k++) {
      const next = bytes[i + k] ?? 0
      if ((next & 0xc0) !== 0x80) valid = false
      code = (code << 6) | (next & 63)
    }
    if (
      valid &&
      ((length === 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) || (length === 4 && (code < 0x10000 || code > 0x10ffff)))
    ) {
      valid = false
    }
    codes.push(valid ? code : 0xfffd)
    i += valid ? length : 1
    if (codes.length >= 4096) {
      parts.push(String.fromCodePoint(...codes))
      codes = []
    }
  }
  parts.push(String.fromCodePoint(...codes))
  return parts.join('')
}

/** The order of Go's strings, by byte; unlike `<` it puts what lies beyond the basic plane last. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    // Surrogates stand for larger characters than the rest of the basic plane.
    if (x >= 0xd800 && y >= 0xd800) {
      x += x >= 0xe000 ? -0x800 : 0x2000
      y += y >= 0xe000 ? -0x800 : 0x2000
    }
    return x - y
  }
  return a.length - b.length
}
