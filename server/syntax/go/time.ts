import { MONTHS } from './duration.ts'

/** An instant with the name of its location. */
export interface Instant {
  /** Since 1970. */
  readonly seconds: bigint
  readonly nanos: number
  readonly zone: string
}

/** Go's zero time: 1 January of the year 1. */
export const ZERO_SECONDS = -62135596800n

/** The layout of `Time.String()`. */
export const STRING_LAYOUT = '2006-01-02 15:04:05.999999999 -0700 MST'
export const RFC3339_NANO = '2006-01-02T15:04:05.999999999Z07:00'

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** The pieces of a layout that stand for something, longest first where one begins like another. */
const CHUNK =
  /January|Jan|Monday|Mon|MST|2006|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|002|__2|_2(?!006)|01|02|03|04|05|06|15|PM|pm|[.,]0+(?!\d)|[.,]9+(?!\d)|[12345]/g

interface Civil {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly weekday: number
  readonly yearDay: number
}

function civil(seconds: bigint): Civil {
  const date = new Date(Number(seconds) * 1000)
  const year = date.getUTCFullYear()
  const first = new Date(0)
  first.setUTCFullYear(year, 0, 1)
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    weekday: date.getUTCDay(),
    yearDay: Math.floor((date.getTime() - first.getTime()) / 86_400_000) + 1,
  }
}

/** Whether `time.LoadLocation` knows the name. */
export function isZone(zone: string): boolean {
  return zone === '' || zone === 'UTC' || zone === 'Local' || zoneFormat(zone) !== undefined
}

function zoneFormat(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      timeZoneName: 'short',
    })
  } catch {
    return undefined
  }
}

/** Seconds east of Greenwich, and the zone's abbreviation. The local zone is UTC, as everywhere in an analysis. */
export function zoneAt(zone: string, seconds: bigint): { readonly offset: number; readonly name: string } {
  const fixed = /^([A-Z]*)([+-])(\d{2}):?(\d{2})$/.exec(zone)
  if (fixed) {
    const offset = (Number(fixed[3]) * 60 + Number(fixed[4])) * 60 * (fixed[2] === '-' ? -1 : 1)
    return { offset, name: fixed[1] ?? '' }
  }
  const format = zone === '' || zone === 'UTC' || zone === 'Local' ? undefined : zoneFormat(zone)
  if (!format) return { offset: 0, name: 'UTC' }
  const parts = new Map(format.formatToParts(Number(seconds) * 1000).map(({ type, value }) => [type, value]))
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? 0)
  const local = Date.UTC(number('year'), number('month') - 1, number('day'), number('hour'), number('minute'), number('second')) / 1000
  const offset = local - Number(seconds)
  const short = parts.get('timeZoneName') ?? ''
  return { offset, name: /^[A-Z]+$/.test(short) ? short : offsetText(offset, '') }
}

function offsetText(offset: number, separator: string): string {
  const minutes = Math.floor(Math.abs(offset) / 60)
  const pad = (value: number): string => String(value).padStart(2, '0')
  return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${separator}${pad(minutes % 60)}`
}

/** `Time.Format`. */
export function formatTime(time: Instant, layout: string): string {
  const zone = zoneAt(time.zone, time.seconds)
  const at = civil(time.seconds + BigInt(zone.offset))
  const pad = (value: number, length = 2): string => String(value).padStart(length, '0')
  const hour12 = at.hour % 12 === 0 ? 12 : at.hour % 12
  return layout.replace(CHUNK, (chunk) => {
    switch (chunk) {
      case 'January':
        return MONTHS[at.month - 1] ?? ''
      case 'Jan':
        return (MONTHS[at.month - 1] ?? '').slice(0, 3)
      case 'Monday':
        return WEEKDAYS[at.weekday] ?? ''
      case 'Mon':
        return (WEEKDAYS[at.weekday] ?? '').slice(0, 3)
      case 'MST':
        return zone.name !== '' ? zone.name : offsetText(zone.offset, '')
      case '2006':
        return pad(at.year, 4)
      case '06':
        return pad(at.year % 100)
      case '01':
        return pad(at.month)
      case '1':
        return String(at.month)
      case '02':
        return pad(at.day)
      case '_2':
        return String(at.day).padStart(2, ' ')
      case '2':
        return String(at.day)
      case '002':
        return pad(at.yearDay, 3)
      case '__2':
        return String(at.yearDay).padStart(3, ' ')
      case '15':
        return pad(at.hour)
      case '03':
        return pad(hour12)
      case '3':
        return String(hour12)
      case '04':
        return pad(at.minute)
      case '4':
        return String(at.minute)
      case '05':
        return pad(at.second)
      case '5':
        return String(at.second)
      case 'PM':
        return at.hour >= 12 ? 'PM' : 'AM'
      case 'pm':
        return at.hour >= 12 ? 'pm' : 'am'
      case '-0700':
        return offsetText(zone.offset, '')
      case '-07:00':
        return offsetText(zone.offset, ':')
      case '-07':
        return offsetText(zone.offset, '').slice(0, 3)
      case '-070000':
        return `${offsetText(zone.offset, '')}00`
      case '-07:00:00':
        return `${offsetText(zone.offset, ':')}:00`
      case 'Z0700':
        return zone.offset === 0 ? 'Z' : offsetText(zone.offset, '')
      case 'Z07:00':
        return zone.offset === 0 ? 'Z' : offsetText(zone.offset, ':')
      case 'Z07':
        return zone.offset === 0 ? 'Z' : offsetText(zone.offset, '').slice(0, 3)
      case 'Z070000':
        return zone.offset === 0 ? 'Z' : `${offsetText(zone.offset, '')}00`
      case 'Z07:00:00':
        return zone.offset === 0 ? 'Z' : `${offsetText(zone.offset, ':')}:00`
    }
    const digits = String(time.nanos)
      .padStart(9, '0')
      .slice(0, chunk.length - 1)
    if (chunk[1] === '0') return chunk.charAt(0) + digits
    const trimmed = digits.replace(/0+$/, '')
    return trimmed === '' ? '' : chunk.charAt(0) + trimmed
  })
}

const PATTERNS: Readonly<Record<string, string>> = {
  January: '([A-Za-z]+)',
  Jan: '([A-Za-z]{3})',
  Monday: '([A-Za-z]+day)',
  Mon: '([A-Za-z]{3})',
  MST: '([A-Z]{3,4}|[+-]\\d{2,4})',
  '2006': '(\\d{4})',
  '06': '(\\d{2})',
  '01': '(\\d{2})',
  '1': '(\\d{1,2})',
  '02': '(\\d{2})',
  _2: ' ?(\\d{1,2})',
  '2': '(\\d{1,2})',
  '002': '(\\d{3})',
  '15': '(\\d{2})',
  '03': '(\\d{2})',
  '3': '(\\d{1,2})',
  '04': '(\\d{2})',
  '4': '(\\d{1,2})',
  '05': '(\\d{2}(?:[.,]\\d+)?)',
  '5': '(\\d{1,2}(?:[.,]\\d+)?)',
  PM: '(AM|PM)',
  pm: '(am|pm)',
  '-0700': '([+-]\\d{4})',
  '-07:00': '([+-]\\d{2}:\\d{2})',
  '-07': '([+-]\\d{2})',
  Z0700: '(Z|[+-]\\d{4})',
  'Z07:00': '(Z|[+-]\\d{2}:\\d{2})',
  Z07: '(Z|[+-]\\d{2})',
}

/** `time.ParseInLocation` with UTC as the local zone. Undefined when the text does not fit the layout. */
export function parseTime(layout: string, text: string): Instant | undefined {
  const chunks: string[] = []
  let pattern = ''
  let last = 0
  for (const match of layout.matchAll(CHUNK)) {
    pattern += escapeRegExp(layout.slice(last, match.index))
    last = match.index + match[0].length
    const known = PATTERNS[match[0]]
    // Fractions of a second are read with the seconds, wherever the layout has them.
    if (known === undefined) continue
    pattern += known
    chunks.push(match[0])
  }
  const found = new RegExp(`^${pattern}${escapeRegExp(layout.slice(last))}$`).exec(text)
  if (!found) return undefined
  return assemble(new Map(chunks.map((chunk, i) => [chunk, found[i + 1] ?? ''])))
}

function assemble(values: ReadonlyMap<string, string>): Instant | undefined {
  const number = (...names: string[]): number | undefined => {
    const found = names.map((name) => values.get(name)).find((value) => value !== undefined)
    return found === undefined ? undefined : Number.parseInt(found, 10)
  }
  const short = number('06')
  const year = number('2006') ?? (short === undefined ? 0 : short >= 69 ? 1900 + short : 2000 + short)
  const monthText = (values.get('January') ?? values.get('Jan'))?.slice(0, 3).toLowerCase()
  const named = monthText === undefined ? undefined : MONTHS.findIndex((month) => month.slice(0, 3).toLowerCase() === monthText) + 1
  const month = number('01', '1') ?? named ?? 1
  const day = number('02', '_2', '2') ?? 1
  const half = (values.get('PM') ?? values.get('pm'))?.toLowerCase()
  const hour12 = number('03', '3')
  const hour = number('15') ?? (hour12 === undefined ? 0 : (hour12 % 12) + (half === 'pm' ? 12 : 0))
  const minute = number('04', '4') ?? 0
  const secondText = values.get('05') ?? values.get('5') ?? '0'
  const second = Number.parseInt(secondText, 10)
  const nanos = Number((/[.,](\d+)/.exec(secondText)?.[1] ?? '').slice(0, 9).padEnd(9, '0'))
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  date.setUTCHours(hour, minute, second)
  const written = ['-0700', '-07:00', '-07', 'Z0700', 'Z07:00', 'Z07'].map((name) => values.get(name)).find((value) => value !== undefined)
  const offset = written === undefined || written === 'Z' ? 0 : parseOffset(written)
  const zone = offset === 0 ? 'UTC' : offsetText(offset, ':')
  return {
    seconds: BigInt(Math.floor(date.getTime() / 1000)) - BigInt(offset),
    nanos,
    zone: values.get('MST') === 'GMT' ? 'GMT+00:00' : zone,
  }
}

function daysIn(year: number, month: number): number {
  return month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

function parseOffset(text: string): number {
  const digits = text.slice(1).replace(':', '').padEnd(4, '0')
  return (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60 * (text.startsWith('-') ? -1 : 1)
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
