import { cbc } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { decodeBase64, encodeBase64 } from '../../go/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../../go/utf8.ts'
import { hash } from '../../../text/hash.ts'
import { GoError } from '../errors.ts'
import { type Call, func, type GoFunction } from '../function.ts'
import type { Opaque } from '../provenance.ts'
import { type GoText, textOf } from '../text.ts'
import { type GoStruct, type GoValue, originOfValue } from '../value.ts'
import { number, text } from './args.ts'

type Named = readonly (readonly [string, GoFunction])[]

/*
 * What is random in Helm has a stand-in here: always the same at the same place, of the right form, and
 * marked as opaque, so that nobody takes it for a value that somebody wrote.
 */

const ANY_LIST = '[]interface {}'
const CERTIFICATE = 'sprig.certificate'

const opaque = (name: string): Opaque => ({ kind: 'opaque', name })

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const LETTERS = LOWER + LOWER.toUpperCase()
const DIGITS = '0123456789'
const BASE64 = `${LETTERS}${DIGITS}+/`

/** Characters that are told apart by where in the templates they are asked for. */
function standIn(call: Call, length: number, alphabet: string): string {
  call.budget.allocate(length)
  let state = Number.parseInt(hash(`${call.origin.source.name} ${call.origin.start}`).slice(-8), 16) | 1
  let result = ''
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    result += alphabet.charAt((state >>> 8) % alphabet.length)
  }
  return result
}

function random(name: string, alphabet: string): GoFunction {
  return func('int', (args, call) => textOf(standIn(call, Math.max(number(args, 0), 0), alphabet), opaque(name)))
}

function pem(call: Call, type: string, lines: number): string {
  const body = Array.from({ length: lines }, (_, i) => standIn(call, 64, i % 2 === 0 ? BASE64 : [...BASE64].reverse().join(''))).join('\n')
  return `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`
}

function certificate(call: Call, name: string, key?: GoText): GoStruct {
  const origin = opaque(name)
  return {
    kind: 'struct',
    type: CERTIFICATE,
    pointer: false,
    fields: new Map<string, GoValue>([
      ['Cert', textOf(pem(call, 'CERTIFICATE', 17), origin)],
      ['Key', key ?? textOf(pem(call, 'RSA PRIVATE KEY', 25), origin)],
    ]),
    origin,
  }
}

const generate = (name: string, signature: string, keyAt?: number): readonly [string, GoFunction] => [
  name,
  func(signature, (args, call) => certificate(call, name, keyAt === undefined ? undefined : text(args, keyAt))),
]

const KEY_TYPES: Readonly<Record<string, readonly [string, number]>> = {
  '': ['RSA PRIVATE KEY', 50],
  rsa: ['RSA PRIVATE KEY', 50],
  dsa: ['DSA PRIVATE KEY', 13],
  ecdsa: ['EC PRIVATE KEY', 3],
  ed25519: ['PRIVATE KEY', 1],
}

export const SECRETS: Named = [
  ['randAlphaNum', random('randAlphaNum', LETTERS + DIGITS)],
  ['randAlpha', random('randAlpha', LETTERS)],
  ['randNumeric', random('randNumeric', DIGITS)],
  ['randAscii', random('randAscii', Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join(''))],
  [
    'randBytes',
    func('int', (args, call) =>
      textOf(encodeBase64(encodeUtf8(standIn(call, Math.max(number(args, 0), 0), LETTERS))), opaque('randBytes')),
    ),
  ],
  ['uuidv4', func('', () => textOf('00000000-0000-4000-8000-000000000000', opaque('uuidv4')))],
  ['bcrypt', func('string', (_, call) => textOf(bcrypt(call), opaque('bcrypt')))],
  [
    'htpasswd',
    func('string, string', (args, call) => {
      const user = text(args, 0).text
      return textOf(user.includes(':') ? `invalid username: ${user}` : `${user}:${bcrypt(call)}`, opaque('htpasswd'))
    }),
  ],
  [
    'genPrivateKey',
    func('string', (args, call) => {
      const [type, lines] = KEY_TYPES[text(args, 0).text] ?? []
      return textOf(type && lines ? pem(call, type, lines) : `Unknown type ${text(args, 0).text}`, opaque('genPrivateKey'))
    }),
  ],
  generate('genCA', 'string, int'),
  generate('genCAWithKey', 'string, int, string', 2),
  generate('genSelfSignedCert', `string, ${ANY_LIST}, ${ANY_LIST}, int`),
  generate('genSelfSignedCertWithKey', `string, ${ANY_LIST}, ${ANY_LIST}, int, string`, 4),
  generate('genSignedCert', `string, ${ANY_LIST}, ${ANY_LIST}, int, ${CERTIFICATE}`),
  generate('genSignedCertWithKey', `string, ${ANY_LIST}, ${ANY_LIST}, int, ${CERTIFICATE}, string`, 5),
  ['buildCustomCert', func('string, string', (args) => customCertificate(text(args, 0), text(args, 1)))],
  ['derivePassword', func('uint32, string, string, string, string', (args, call) => derivePassword(args, call))],
  ['encryptAES', func('string, string', (args) => textOf(encrypt(text(args, 0).text, text(args, 1).text), opaque('encryptAES')))],
  ['decryptAES', func('string, string', (args) => textOf(decrypt(text(args, 0).text, text(args, 1).text), originOfValue(text(args, 1))))],
]

function bcrypt(call: Call): string {
  return `$2a$10$${standIn(call, 53, `./${LETTERS}${DIGITS}`)}`
}

function customCertificate(cert: GoText, key: GoText): GoStruct {
  const decoded = (given: GoText, what: string): string => {
    const bytes = decodeBase64(given.text)
    if (typeof bytes === 'number') throw new GoError(`unable to decode base64 ${what}`)
    return decodeUtf8(bytes)
  }
  const [certificateText, keyText] = [decoded(cert, 'certificate'), decoded(key, 'private key')]
  if (!/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/.test(certificateText)) throw new GoError('unable to decode certificate')
  if (!keyText.includes('PRIVATE KEY-----')) throw new GoError('error parsing private key: no PEM data in input')
  const fields = new Map<string, GoValue>([
    ['Cert', textOf(certificateText, originOfValue(cert))],
    ['Key', textOf(keyText, originOfValue(key))],
  ])
  return { kind: 'struct', type: CERTIFICATE, pointer: false, fields, origin: originOfValue(cert) }
}

/** The key is the password's bytes, cut or filled with zeros, as in sprig. */
function aesKey(password: string): Uint8Array {
  const key = new Uint8Array(32)
  key.set(encodeUtf8(password).subarray(0, 32))
  return key
}

function encrypt(password: string, plaintext: string): string {
  const nonce = encodeUtf8('0123456789abcdef')
  const encrypted = cbc(aesKey(password), nonce).encrypt(encodeUtf8(plaintext))
  return encodeBase64(Uint8Array.from([...nonce, ...encrypted]))
}

function decrypt(password: string, encrypted: string): string {
  const bytes = decodeBase64(encrypted)
  if (typeof bytes === 'number') throw new GoError(`illegal base64 data at input byte ${bytes}`)
  try {
    return decodeUtf8(cbc(aesKey(password), bytes.slice(0, 16)).decrypt(bytes.slice(16)))
  } catch {
    throw new GoError('crypto/cipher: input not full blocks')
  }
}

const PASSWORD_FORMS: Readonly<Record<string, readonly string[]>> = {
  maximum: ['anoxxxxxxxxxxxxxxxxx', 'axxxxxxxxxxxxxxxxxno'],
  long: [
    ...['CvcvnoCvcvCvcv', 'CvcvCvcvnoCvcv', 'CvcvCvcvCvcvno', 'CvccnoCvcvCvcv', 'CvccCvcvnoCvcv', 'CvccCvcvCvcvno', 'CvcvnoCvccCvcv'],
    ...['CvcvCvccnoCvcv', 'CvcvCvccCvcvno', 'CvcvnoCvcvCvcc', 'CvcvCvcvnoCvcc', 'CvcvCvcvCvccno', 'CvccnoCvccCvcv', 'CvccCvccnoCvcv'],
    ...['CvccCvccCvcvno', 'CvcvnoCvccCvcc', 'CvcvCvccnoCvcc', 'CvcvCvccCvccno', 'CvccnoCvcvCvcc', 'CvccCvcvnoCvcc', 'CvccCvcvCvccno'],
  ],
  medium: ['CvcnoCvc', 'CvcCvcno'],
  short: ['Cvcn'],
  basic: ['aaanaaan', 'aannaaan', 'aaannaaa'],
  pin: ['nnnn'],
}

const VOWELS = 'AEIOU'
const CONSONANTS = 'BCDFGHJKLMNPQRSTVWXYZ'
const SMALL = VOWELS.toLowerCase()

const PASSWORD_CHARS: Readonly<Record<string, string>> = {
  V: VOWELS,
  C: CONSONANTS,
  v: SMALL,
  c: CONSONANTS.toLowerCase(),
  A: VOWELS + CONSONANTS,
  a: VOWELS + SMALL + CONSONANTS + CONSONANTS.toLowerCase(),
  n: DIGITS,
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${VOWELS}${SMALL}${CONSONANTS}${CONSONANTS.toLowerCase()}${DIGITS}!@#$%^&*()`,
}

/** The work that one derivation does, in characters: it is slow on purpose. */
const DERIVATION_COST = 4_000_000

function derivePassword(args: readonly GoValue[], call: Call): GoText {
  const [counter, type, password, user, site] = [number(args, 0), ...[1, 2, 3, 4].map((i) => text(args, i).text)] as const
  const forms = PASSWORD_FORMS[type ?? '']
  const origin = originOfValue(text(args, 2))
  if (!forms) return textOf(`cannot find password template ${type}`, origin)
  call.budget.allocate(DERIVATION_COST)
  const length32 = (value: number): number[] => [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
  const seeded = (name: string): number[] => {
    const bytes = encodeUtf8(name)
    return [...encodeUtf8('com.lyndir.masterpassword'), ...length32(bytes.length), ...bytes]
  }
  const key = scrypt(encodeUtf8(password ?? ''), Uint8Array.from(seeded(user ?? '')), { N: 32768, r: 8, p: 2, dkLen: 64 })
  const seed = hmac(sha256, key, Uint8Array.from([...seeded(site ?? ''), ...length32(counter)]))
  const form = forms[(seed[0] ?? 0) % forms.length] ?? ''
  const chars = [...form].map((kind, i) => {
    const alphabet = PASSWORD_CHARS[kind] ?? ''
    return alphabet.charAt((seed[i + 1] ?? 0) % alphabet.length)
  })
  return textOf(chars.join(''), origin)
}
