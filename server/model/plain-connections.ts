import type { NamedHost } from './network/intents/hosts.ts'
import type { ConfiguredText } from './network/intents/texts.ts'

/** A connection to a store of data that a text sets up without TLS. */
export interface PlainConnection {
  readonly text: ConfiguredText
  /** As it is written; undefined when the text does not tell. */
  readonly host: string | undefined
  /** What says so: `sslmode=disable`, `redis://`. */
  readonly setting: string
  /** Of `setting` in the text. */
  readonly start: number
  /** TLS is switched off, instead of left out. */
  readonly explicit: boolean
  /** Something else may ask for it: `prefer` uses it where the server can, StartTLS comes after the connection. */
  readonly unsure: boolean
  /** What to write instead of `setting`; undefined when that takes more. */
  readonly instead: string | undefined
}

interface Scheme {
  /** What it is written as with TLS. */
  readonly secure?: string
  /** Parameters that decide, in lower case, with the values that switch TLS off, and those that leave it to the server. */
  readonly off?: RegExp
  readonly weak?: RegExp
  /** Any sign that TLS is used. */
  readonly on?: RegExp
  /** Without a word of TLS there is none. */
  readonly plain?: true
  readonly unsure?: true
}

const POSTGRES: Scheme = { off: /\bsslmode=disable\b/i, weak: /\bsslmode=(?:allow|prefer)\b/i }
const MYSQL: Scheme = { off: /\b(?:tls|useSSL|ssl)=false\b|\bssl-?mode=DISABLED\b/i, weak: /\bssl-?mode=PREFERRED\b|\btls=preferred\b/i }
const MONGO: Scheme = { off: /\b(?:tls|ssl)=false\b/i, on: /\b(?:tls|ssl)=true\b/i, plain: true }

const SCHEMES: Readonly<Record<string, Scheme>> = {
  postgres: POSTGRES,
  postgresql: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
  sqlserver: { off: /\bencrypt=(?:false|disable)\b/i },
  mongodb: MONGO,
  'mongodb+srv': { off: /\b(?:tls|ssl)=false\b/i },
  redis: { secure: 'rediss', plain: true },
  amqp: { secure: 'amqps', plain: true },
  ldap: { secure: 'ldaps', plain: true, unsure: true },
}

/** What to write for a parameter that switches TLS off. */
const BETTER: readonly (readonly [RegExp, string])[] = [
  [/^sslmode=/i, 'sslmode=verify-full'],
  [/^ssl-?mode=/i, ''],
  [/^(tls|ssl|useSSL)=/i, ''],
]

const known = new WeakMap<ConfiguredText, readonly PlainConnection[]>()

/** Connections that one text sets up without TLS. Comments are no configuration. */
export function plainConnections(text: ConfiguredText): readonly PlainConnection[] {
  let found = known.get(text)
  if (!found) {
    found = [...byAddress(text), ...byWords(text)]
    known.set(text, found)
  }
  return found
}

function* byAddress(configured: ConfiguredText): Iterable<PlainConnection> {
  const { text, hosts } = configured
  for (const host of hosts) {
    const scheme = host.scheme
    if (scheme === undefined || inComment(text, host.start)) continue
    const rest = /^[^\s"'`<>]*/.exec(text.slice(host.end))?.[0] ?? ''
    const from = text.lastIndexOf(`${scheme}://`, host.start)
    if (scheme === 'http') {
      // With a password: `http://user:password@host`.
      if (from >= 0 && /^http:\/\/[^\s/:@"']+:[^\s/@"']+@$/.test(text.slice(from, host.start)))
        yield { text: configured, host: host.host, setting: 'http://', start: from, explicit: true, unsure: false, instead: 'https://' }
      continue
    }
    const rules = SCHEMES[scheme]
    if (rules) yield* judge(configured, host, rules, rest, from)
  }
}

function* judge(text: ConfiguredText, host: NamedHost, scheme: Scheme, rest: string, from: number): Iterable<PlainConnection> {
  const parameter = scheme.off?.exec(rest) ?? scheme.weak?.exec(rest)
  if (parameter) {
    const [setting] = parameter
    const unsure = scheme.off?.test(rest) !== true
    yield { text, host: host.host, setting, start: host.end + parameter.index, explicit: true, unsure, instead: betterThan(setting) }
  } else if (scheme.plain && from >= 0 && scheme.on?.test(rest) !== true) {
    const setting = `${host.scheme}://`
    const instead = scheme.secure === undefined ? undefined : `${scheme.secure}://`
    yield { text, host: host.host, setting, start: from, explicit: false, unsure: scheme.unsure === true, instead }
  }
}

function betterThan(setting: string): string | undefined {
  const instead = BETTER.find(([pattern]) => pattern.test(setting))?.[1]
  if (instead !== '') return instead
  const [key = '', value = ''] = setting.split('=')
  return `${key}=${/^disabled|preferred$/i.test(value) ? 'VERIFY_IDENTITY' : 'true'}`
}

const WORDS = /(?<![A-Za-z0-9])sslmode=(?:disable|allow|prefer)\b/gi
const KAFKA = /\bsecurity\.protocol\s*[=:]\s*["']?(PLAINTEXT|SASL_PLAINTEXT)\b/gi

/** `host=db user=cart sslmode=disable`, variables that say it by themselves, and Kafka's properties. */
function* byWords(configured: ConfiguredText): Iterable<PlainConnection> {
  const { text, key } = configured
  for (const match of text.matchAll(WORDS)) {
    const line = lineAt(text, match.index)
    // Of an address above.
    if (inComment(text, match.index) || /:\/\/[^\s"']*$/.test(text.slice(0, match.index))) continue
    const host = /(?<![a-z])host=["']?([a-z0-9.-]{1,253})/i.exec(line)?.[1]
    const [setting] = match
    const unsure = !/disable$/i.test(setting)
    yield { text: configured, host, setting, start: match.index, explicit: true, unsure, instead: 'sslmode=verify-full' }
  }
  for (const match of text.matchAll(KAFKA)) {
    if (inComment(text, match.index)) continue
    const [whole, protocol = ''] = match
    const start = match.index + whole.length - protocol.length
    const host = /\bbootstrap\.servers\s*[=:]\s*["']?([a-z0-9.-]{1,253})/i.exec(text)?.[1]
    yield { text: configured, host, setting: protocol, start, explicit: true, unsure: false, instead: secured(protocol) }
  }
  if (/(^PG|^|_)SSL_?MODE$/i.test(key) && /^(?:disable|allow|prefer)$/.test(text))
    yield { text: configured, host: undefined, setting: text, start: 0, explicit: true, unsure: text !== 'disable', instead: 'verify-full' }
  if (/SECURITY_PROTOCOL$/i.test(key) && /^(?:SASL_)?PLAINTEXT$/.test(text))
    yield { text: configured, host: undefined, setting: text, start: 0, explicit: true, unsure: false, instead: secured(text) }
}

function secured(protocol: string): string {
  return protocol.startsWith('SASL') ? 'SASL_SSL' : 'SSL'
}

function lineAt(text: string, at: number): string {
  const end = text.indexOf('\n', at)
  return text.slice(text.lastIndexOf('\n', at) + 1, end < 0 ? undefined : end)
}

function inComment(text: string, at: number): boolean {
  return /^\s*(?:#|\/\/|;)/.test(lineAt(text, at))
}
