import { sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { decodeBase32, decodeBase64, encodeBase32, encodeBase64 } from '../../go/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../../go/utf8.ts'
import { func, type GoFunction } from '../function.ts'
import { textOf } from '../text.ts'
import { originOfValue } from '../value.ts'
import { text } from './args.ts'

type Named = readonly (readonly [string, GoFunction])[]

/** One string from all bytes of another. */
function digest(compute: (bytes: Uint8Array) => string): GoFunction {
  return func('string', (args) => textOf(compute(encodeUtf8(text(args, 0).text)), originOfValue(text(args, 0))))
}

function decoder(decode: (text: string) => Uint8Array | number, name: string): GoFunction {
  return func('string', (args) => {
    const decoded = decode(text(args, 0).text)
    // sprig answers with the text of the error.
    const result = typeof decoded === 'number' ? `illegal ${name} data at input byte ${decoded}` : decodeUtf8(decoded)
    return textOf(result, originOfValue(text(args, 0)))
  })
}

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

function adler32(bytes: Uint8Array): string {
  let a = 1
  let b = 0
  for (const byte of bytes) {
    a = (a + byte) % 65521
    b = (b + a) % 65521
  }
  return String(b * 65536 + a)
}

export const ENCODING: Named = [
  ['b64enc', digest(encodeBase64)],
  ['b64dec', decoder(decodeBase64, 'base64')],
  ['b32enc', digest(encodeBase32)],
  ['b32dec', decoder(decodeBase32, 'base32')],
  ['sha1sum', digest((bytes) => hex(sha1(bytes)))],
  ['sha256sum', digest((bytes) => hex(sha256(bytes)))],
  ['sha512sum', digest((bytes) => hex(sha512(bytes)))],
  ['adler32sum', digest(adler32)],
]
