import { parseDuration } from '../../../../syntax/go/duration.ts'
import { formatTime, type Instant, parseTime, RFC3339_NANO } from '../../../../syntax/go/time.ts'
import { failed, invalidArgument } from '../failure.ts'
import { number, text, unknownVal } from '../value.ts'
import { define, type FunctionTable, str } from './define.ts'

function instant(given: string, parameter: string): Instant {
  const found = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(given) ? parseTime(RFC3339_NANO, given) : undefined
  if (!found) throw invalidArgument(`Invalid value for "${parameter}" parameter: not a valid RFC3339 timestamp.`)
  return found
}

/** Terraform's own letters for dates, each as a layout of Go. */
const LAYOUTS: Readonly<Record<string, string>> = {
  YYYY: '2006',
  YY: '06',
  MMMM: 'January',
  MMM: 'Jan',
  MM: '01',
  M: '1',
  DD: '02',
  D: '2',
  EEEE: 'Monday',
  EEE: 'Mon',
  hh: '15',
  HH: '03',
  H: '3',
  mm: '04',
  m: '4',
  ss: '05',
  s: '5',
  AA: 'PM',
  aa: 'pm',
  ZZZZZ: '-07:00',
  ZZZZ: '-0700',
  Z: 'Z07:00',
}

function format(spec: string, at: Instant): string {
  let result = ''
  for (let i = 0; i < spec.length; ) {
    const char = spec.charAt(i)
    if (char === "'") {
      const end = closingQuote(spec, i)
      result += spec.slice(i + 1, end).replaceAll("''", "'")
      i = end + 1
      continue
    }
    let end = i + 1
    while (/[A-Za-z]/.test(char) && spec.charAt(end) === char) end++
    const token = spec.slice(i, end)
    const layout = LAYOUTS[token]
    if (token === 'ZZZ') result += formatTime(at, '-0700') === '+0000' ? 'UTC' : formatTime(at, '-0700')
    else if (token === 'h') result += String(Number(formatTime(at, '15')))
    else if (layout !== undefined) result += formatTime(at, layout)
    else if (/[A-Za-z]/.test(char))
      throw invalidArgument(`Invalid value for "format" parameter: unsupported format sequence ${JSON.stringify(token)}.`)
    else result += token
    i = end
  }
  return result
}

function closingQuote(spec: string, from: number): number {
  for (let i = from + 1; i < spec.length; i++) {
    if (spec.charAt(i) !== "'") continue
    if (spec.charAt(i + 1) === "'") i++
    else return i
  }
  throw invalidArgument('Invalid value for "format" parameter: unterminated literal.')
}

const NANOS = 1_000_000_000n

export const times: FunctionTable = {
  formatdate: define('format:string time:string -> string', ([spec, time]) => text(format(str(spec), instant(str(time), 'time')))),
  timeadd: define('timestamp:string duration:string -> string', ([time, duration]) => {
    const at = instant(str(time), 'timestamp')
    const added = parseDuration(str(duration))
    if (typeof added !== 'bigint') throw failed(added.error)
    const total = at.seconds * NANOS + BigInt(at.nanos) + added
    const nanos = ((total % NANOS) + NANOS) % NANOS
    return text(formatTime({ ...at, seconds: (total - nanos) / NANOS, nanos: Number(nanos) }, RFC3339_NANO))
  }),
  timecmp: define('timestamp_a:string timestamp_b:string -> number', ([a, b]) => {
    const left = instant(str(a), 'timestamp_a')
    const right = instant(str(b), 'timestamp_b')
    const difference = (left.seconds - right.seconds) * NANOS + BigInt(left.nanos - right.nanos)
    return number(difference < 0n ? -1 : difference > 0n ? 1 : 0)
  }),
  timestamp: define('-> string', () => unknownVal('string', 'timestamp()', true)),
  plantimestamp: define('-> string', () => unknownVal('string', 'plantimestamp()', true)),
}
