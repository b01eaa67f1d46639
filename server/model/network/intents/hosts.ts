/** A host that a text names, as it is written there. */
export interface NamedHost {
  readonly host: string
  readonly port: number | undefined
  /** In lower case and without `jdbc:` before it; undefined when none is written. */
  readonly scheme: string | undefined
  /** The text is this host and nothing else. */
  readonly alone: boolean
  /** Of the host and its port in the text. */
  readonly start: number
  readonly end: number
}

/** Longer texts are read up to here: what names hosts is configuration, not data. */
const MAX_TEXT = 65_536

/** A scheme with credentials, or what a host cannot be a part of; then labels, and a port. All repetitions are bounded. */
const HOST =
  /(?:([a-z][a-z0-9+.-]{0,20}):\/\/(?:[^\s/@"'<>]{0,200}@)?)?([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,10})(?::(\d{1,5}))?/gi

/** What may stand before and after a host without a scheme. */
const BEFORE = /[\s"'`=,;:([{<>|@!]/
const AFTER = /[\s"'`,;)\]}<>|]/

/** Every host in a text, whether or not there is one of that name. */
export function hostsIn(text: string): NamedHost[] {
  const found: NamedHost[] = []
  const read = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text
  let scheme: string | undefined
  let after = -1
  for (const match of read.matchAll(HOST)) {
    const [whole, written, host = '', port] = match
    const start = match.index + whole.length - host.length - (port === undefined ? 0 : port.length + 1)
    const end = match.index + whole.length
    const next = read[end]
    // Further hosts of one address share its scheme: `mongodb://a:27017,b:27017`.
    const listed = scheme !== undefined && read[match.index - 1] === ',' && match.index - 1 === after
    const own = written?.toLowerCase() ?? (listed ? scheme : undefined)
    if (written === undefined && !listed && !isFree(read, match.index, next, port !== undefined)) continue
    if (port !== undefined && next !== undefined && !/[\s"'`,;)\]}<>|/?#]/.test(next)) continue
    if (own !== undefined && next !== undefined && port === undefined && !/[\s"'`,;)\]}<>|/?#:]/.test(next)) continue
    if (/^\d+$/.test(host)) continue
    scheme = own
    after = end
    found.push({
      host: host.toLowerCase(),
      port: port === undefined ? undefined : Number(port),
      scheme: own,
      alone: read.slice(0, match.index).trim() === '' && read.slice(end).trim() === '',
      start,
      end,
    })
  }
  return found
}

/** Whether a word stands by itself and is no part of a path, a variable, a mail address or a number with a unit. */
function isFree(text: string, start: number, next: string | undefined, hasPort: boolean): boolean {
  const before = text[start - 1]
  if (before === '@' && !hasPort) return false
  if ((before === '{' || before === '(') && text[start - 2] === '$') return false
  const follows = hasPort ? /[\s"'`,;)\]}<>|/?#]/ : AFTER
  return (before === undefined || BEFORE.test(before)) && (next === undefined || follows.test(next))
}

/** Where a scheme connects to when no port is written. */
export const SCHEME_PORTS: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  postgres: 5432,
  postgresql: 5432,
  mysql: 3306,
  mariadb: 3306,
  mongodb: 27017,
  redis: 6379,
  rediss: 6379,
  amqp: 5672,
  amqps: 5671,
  nats: 4222,
  ldap: 389,
  ldaps: 636,
  smtp: 25,
  smtps: 465,
  ftp: 21,
  sftp: 22,
  ssh: 22,
  mqtt: 1883,
  sqlserver: 1433,
  memcached: 11211,
  clickhouse: 9000,
}
