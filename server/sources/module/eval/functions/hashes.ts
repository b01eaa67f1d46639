import { md5, sha1 } from '@noble/hashes/legacy.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { encodeBase64 } from '../../../../syntax/go/base64.ts'
import { encodeUtf8 } from '../../../../syntax/go/utf8.ts'
import { failed } from '../failure.ts'
import { text, unknownVal } from '../value.ts'
import { define, type FunctionTable, str, type TerraformFunction } from './define.ts'

type Hash = (bytes: Uint8Array) => Uint8Array

export const HASHES: Readonly<Record<string, Hash>> = { md5, sha1, sha256, sha512 }

export function hexHash(hash: Hash, data: string): string {
  return bytesToHex(hash(encodeUtf8(data)))
}

const hex = (hash: Hash): TerraformFunction => define('str:string -> string', ([value]) => text(hexHash(hash, str(value))))
const base64 = (hash: Hash): TerraformFunction =>
  define('str:string -> string', ([value]) => text(encodeBase64(hash(encodeUtf8(str(value))))))
/** Another result each time, or one that needs a key. */
const impure = (signature: string, name: string): TerraformFunction => define(signature, () => unknownVal('string', `${name}()`, true))

const NAMESPACES: Readonly<Record<string, string>> = {
  dns: '6ba7b810-9dad-11d1-80b4-00c04fd430c8',
  url: '6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  oid: '6ba7b812-9dad-11d1-80b4-00c04fd430c8',
  x500: '6ba7b814-9dad-11d1-80b4-00c04fd430c8',
}

/** RFC 9562, version 5. */
function uuid5(namespace: string, name: string): string {
  const given = (NAMESPACES[namespace] ?? namespace).replaceAll('-', '')
  if (!/^[\da-fA-F]{32}$/.test(given)) throw failed('the namespace must be dns, url, oid, x500 or a UUID')
  const space = hexToBytes(given)
  const data = encodeUtf8(name)
  const all = new Uint8Array(space.length + data.length)
  all.set(space)
  all.set(data, space.length)
  const digest = sha1(all).slice(0, 16)
  digest[6] = ((digest[6] ?? 0) & 0x0f) | 0x50
  digest[8] = ((digest[8] ?? 0) & 0x3f) | 0x80
  return bytesToHex(digest).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export const hashes: FunctionTable = {
  md5: hex(md5),
  sha1: hex(sha1),
  sha256: hex(sha256),
  sha512: hex(sha512),
  base64sha256: base64(sha256),
  base64sha512: base64(sha512),
  uuidv5: define('namespace:string name:string -> string', ([namespace, name]) => text(uuid5(str(namespace), str(name)))),
  uuid: impure('-> string', 'uuid'),
  bcrypt: impure('str:string cost:number... -> string', 'bcrypt'),
  rsadecrypt: impure('ciphertext:string privatekey:string -> string', 'rsadecrypt'),
  base64gzip: impure('str:string -> string', 'base64gzip'),
}
