import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** The parts of a URL as `net/url` has them; `userinfo` is escaped, the path is not. */
export interface Url {
  readonly scheme: string
  readonly opaque: string
  readonly userinfo: string | undefined
  readonly host: string
  readonly path: string
  readonly rawPath: string
  readonly query: string
  readonly forceQuery: boolean
  readonly fragment: string
}

/** `url.Parse`. */
export function parseUrl(text: string): Url | { readonly error: string } {
  const fail = (reason: string) => ({ error: `parse ${JSON.stringify(text)}: ${reason}` })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Go refuses them.
  if (/[\x00-\x1f\x7f]/.test(text)) return fail('net/url: invalid control character in URL')
  const hash = text.indexOf('#')
  const fragment = hash < 0 ? '' : decode(text.slice(hash + 1))
  if (fragment === undefined) return fail('invalid URL escape')
  let rest = hash < 0 ? text : text.slice(0, hash)
  let scheme = ''
  const colon = /^([A-Za-z][A-Za-z0-9+.-]*)?:/.exec(rest)
  if (colon) {
    if (colon[1] === undefined) return fail('missing protocol scheme')
    scheme = colon[1].toLowerCase()
    rest = rest.slice(colon[0].length)
  }
  let query = ''
  let forceQuery = false
  const question = rest.indexOf('?')
  if (question === rest.length - 1 && question >= 0 && rest.indexOf('?') === question) {
    forceQuery = true
    rest = rest.slice(0, -1)
  } else if (question >= 0) {
    query = rest.slice(question + 1)
    rest = rest.slice(0, question)
  }
  const none = { scheme, opaque: '', userinfo: undefined, host: '', path: '', rawPath: '', query, forceQuery, fragment }
  if (!rest.startsWith('/')) {
    if (scheme !== '') return { ...none, opaque: rest }
    const segment = rest.split('/')[0] ?? ''
    if (segment.includes(':')) return fail('first path segment in URL cannot contain colon')
  }
  let userinfo: string | undefined
  let host = ''
  if ((scheme !== '' || !rest.startsWith('///')) && rest.startsWith('//')) {
    const end = rest.indexOf('/', 2)
    const authority = end < 0 ? rest.slice(2) : rest.slice(2, end)
    rest = end < 0 ? '' : rest.slice(end)
    const at = authority.lastIndexOf('@')
    if (at >= 0) {
      const [name = '', ...password] = authority.slice(0, at).split(':')
      const decoded = [decode(name), password.length > 0 ? decode(password.join(':')) : '']
      if (decoded.includes(undefined)) return fail('net/url: invalid userinfo')
      userinfo = escapeUser(decoded[0] ?? '') + (password.length > 0 ? `:${escapeUser(decoded[1] ?? '')}` : '')
    }
    host = authority.slice(at + 1)
    const port = /:([^\]]*)$/.exec(host)
    if (port && !/^\d*$/.test(port[1] ?? '')) return fail(`invalid port ${JSON.stringify(port[0])} after host`)
    const bad = /[ "<>\\^`{|}]/.exec(host)
    if (bad) return fail(`invalid character ${JSON.stringify(bad[0])} in host name`)
  }
  const path = decode(rest)
  if (path === undefined) {
    const broken = /%(?![\da-fA-F]{2}).{0,2}/.exec(rest)?.[0] ?? ''
    return fail(`invalid URL escape ${JSON.stringify(broken)}`)
  }
  return { ...none, userinfo, host, path, rawPath: rest === escapePath(path) ? '' : rest }
}

export function hostname(host: string): string {
  const bracket = /^\[(.*)\](?::\d*)?$/.exec(host)
  return bracket ? (bracket[1] ?? '') : host.replace(/:\d*$/, '')
}

/** `URL.String`. */
export function printUrl(url: Omit<Url, 'rawPath' | 'forceQuery'>): string {
  let text = url.scheme === '' ? '' : `${url.scheme}:`
  if (url.opaque !== '') text += url.opaque
  else {
    if (url.scheme !== '' || url.host !== '' || url.userinfo !== undefined) {
      if (url.host !== '' || url.path !== '' || url.userinfo !== undefined) text += '//'
      if (url.userinfo !== undefined) text += `${url.userinfo}@`
      text += url.host
    }
    const path = escapePath(url.path)
    if (path !== '' && !path.startsWith('/') && url.host !== '') text += '/'
    if (text === '' && (path.split('/')[0] ?? '').includes(':')) text += './'
    text += path
  }
  if (url.query !== '') text += `?${url.query}`
  return url.fragment === '' ? text : `${text}#${escape_(url.fragment, /[A-Za-z0-9\-_.~$&+,/:;=?@!()*]/)}`
}

export function escapePath(path: string): string {
  return path === '*' ? '*' : escape_(path, /[A-Za-z0-9\-_.~$&+,/:;=@]/)
}

function escapeUser(text: string): string {
  return escape_(text, /[A-Za-z0-9\-_.~$&+,;=]/)
}

function escape_(text: string, kept: RegExp): string {
  let result = ''
  for (const byte of encodeUtf8(text)) {
    const char = String.fromCharCode(byte)
    result += kept.test(char) && byte < 0x80 ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return result
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text
  const bytes: number[] = []
  const encoded = encodeUtf8(text)
  for (let i = 0; i < encoded.length; i++) {
    const byte = encoded[i] ?? 0
    if (byte !== 0x25) {
      bytes.push(byte)
      continue
    }
    const hex = String.fromCharCode(encoded[i + 1] ?? 0, encoded[i + 2] ?? 0)
    if (!/^[\da-fA-F]{2}$/.test(hex)) return undefined
    bytes.push(Number.parseInt(hex, 16))
    i += 2
  }
  return decodeUtf8(Uint8Array.from(bytes))
}
