const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * The text that standard base64 stands for, read as UTF-8; undefined when it is none. Line breaks are left
 * out, as Go's decoder does. The same in Node and in a browser.
 */
export function base64Text(encoded: string): string | undefined {
  const text = encoded.replace(/[\r\n]/g, '')
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  let bytes = ''
  let bits = 0
  let count = 0
  for (const char of text.replace(/=+$/, '')) {
    bits = ((bits << 6) | ALPHABET.indexOf(char)) & 0xffff
    count += 6
    if (count >= 8) {
      count -= 8
      bytes += `%${((bits >> count) & 255).toString(16).padStart(2, '0')}`
    }
  }
  try {
    return decodeURIComponent(bytes)
  } catch {
    return undefined
  }
}
