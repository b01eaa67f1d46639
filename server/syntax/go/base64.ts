const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

export const encodeBase64 = (bytes: Uint8Array): string => encode(bytes, BASE64, 6, 4)
export const encodeBase32 = (bytes: Uint8Array): string => encode(bytes, BASE32, 5, 8)

/** Go's `StdEncoding.DecodeString`, which passes over line ends. A number is where the text is no base64. */
export const decodeBase64 = (text: string): Uint8Array | number => decode(text, BASE64, 6, 4)
export const decodeBase32 = (text: string): Uint8Array | number => decode(text, BASE32, 5, 8)

function encode(bytes: Uint8Array, alphabet: string, bitsPerChar: number, group: number): string {
  const parts: string[] = []
  let bits = 0
  let count = 0
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff
    count += 8
    while (count >= bitsPerChar) {
      count -= bitsPerChar
      parts.push(alphabet.charAt((bits >> count) & ((1 << bitsPerChar) - 1)))
    }
  }
  if (count > 0) parts.push(alphabet.charAt((bits << (bitsPerChar - count)) & ((1 << bitsPerChar) - 1)))
  while (parts.length % group !== 0) parts.push('=')
  return parts.join('')
}

function decode(text: string, alphabet: string, bitsPerChar: number, group: number): Uint8Array | number {
  const bytes: number[] = []
  let bits = 0
  let count = 0
  let chars = 0
  let padding = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char === '\n' || char === '\r') continue
    if (char === '=') {
      // Padding completes a group of which two characters or more stand.
      if (padding === 0 && (chars % group < 2 || chars % group === 0)) return i
      padding++
      if ((chars + padding) % group === 0) {
        const rest = text.slice(i + 1).search(/[^\r\n]/)
        return rest < 0 ? Uint8Array.from(bytes) : i + 1 + rest
      }
      continue
    }
    const value = alphabet.indexOf(char)
    if (value < 0 || padding > 0) return i
    chars++
    bits = ((bits << bitsPerChar) | value) & 0xffff
    count += bitsPerChar
    if (count >= 8) {
      count -= 8
      bytes.push((bits >> count) & 255)
    }
  }
  return (chars + padding) % group === 0 ? Uint8Array.from(bytes) : text.length
}
