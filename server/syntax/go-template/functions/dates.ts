import { formatDuration, parseDuration } from '../../go/duration.ts'
import { parseInt64 } from '../../go/integer.ts'
import { formatTime, isZone, parseTime, ZERO_SECONDS } from '../../go/time.ts'
import { GoError } from '../errors.ts'
import { func, type GoFunction } from '../function.ts'
import type { Opaque } from '../provenance.ts'
import { type GoText, textOf } from '../text.ts'
import { bool, computedOf, type GoTime, type GoValue, int, originOfValue } from '../value.ts'
import { text, value } from './args.ts'

type Named = readonly (readonly [string, GoFunction])[]

const ANY = 'interface {}'
const NOW: Opaque = { kind: 'opaque', name: 'now' }

/** The clock of every rendering stands still, so that its result is always the same. */
const CLOCK: GoTime = { kind: 'time', seconds: 1_704_067_200n, nanos: 123_456_789, zone: 'UTC', origin: NOW }

const modify = (must: boolean): GoFunction =>
  func('string, time.Time', (args) => {
    const time = timeOf(value(args, 1))
    const duration = parseDuration(text(args, 0).text)
    if (typeof duration === 'bigint') return later(time, duration)
    if (must) throw new GoError(duration.error)
    return time
  })

const toDate = (must: boolean): GoFunction =>
  func('string, string', (args) => {
    const [layout, written] = [text(args, 0), text(args, 1)]
    const parsed = parseTime(layout.text, written.text)
    if (!parsed && must) {
      const quoted = JSON.stringify(written.text)
      throw new GoError(
        `parsing time ${quoted} as ${JSON.stringify(layout.text)}: cannot parse ${quoted} as ${JSON.stringify(layout.text)}`,
      )
    }
    return { kind: 'time', ...(parsed ?? { seconds: ZERO_SECONDS, nanos: 0, zone: 'UTC' }), origin: originOfValue(written) }
  })

const inZone = func(`string, ${ANY}, string`, (args) => formatted(text(args, 0).text, value(args, 1), text(args, 2).text))

export const DATES: Named = [
  ['now', func('', () => CLOCK)],
  ['date', func(`string, ${ANY}`, (args) => formatted(text(args, 0).text, value(args, 1), 'Local'))],
  ['dateInZone', inZone],
  ['date_in_zone', inZone],
  ['htmlDate', func(ANY, (args) => formatted('2006-01-02', value(args, 0), 'Local'))],
  ['htmlDateInZone', func(`${ANY}, string`, (args) => formatted('2006-01-02', value(args, 0), text(args, 1).text))],
  ['dateModify', modify(false)],
  ['date_modify', modify(false)],
  ['mustDateModify', modify(true)],
  ['must_date_modify', modify(true)],
  ['toDate', toDate(false)],
  ['mustToDate', toDate(true)],
  ['unixEpoch', func('time.Time', (args) => textOf(String(timeOf(value(args, 0)).seconds), originOfValue(value(args, 0))))],
  ['ago', func(ANY, (args) => textOf(formatDuration(roundToSecond(sinceThen(value(args, 0)))), NOW))],
  ['duration', func(ANY, (args) => textOf(formatDuration(secondsOf(value(args, 0)) * 1_000_000_000n), originOfValue(value(args, 0))))],
  ['durationRound', func(ANY, (args) => textOf(roundedDuration(value(args, 0)), originOfValue(value(args, 0))))],
]

function timeOf(given: GoValue): GoTime {
  return given.kind === 'time' ? given : CLOCK
}

/** What sprig takes for a time: a time, or an integer of seconds; now for everything else. */
function momentOf(given: GoValue): GoTime {
  if (given.kind === 'time') return given
  if (given.kind === 'int' && (given.type === 'int' || given.type === 'int32' || given.type === 'int64')) {
    return { kind: 'time', seconds: given.value, nanos: 0, zone: 'UTC', origin: given.origin }
  }
  return CLOCK
}

function formatted(layout: string, given: GoValue, zone: string): GoText {
  const moment = momentOf(given)
  return textOf(formatTime({ ...moment, zone: isZone(zone) ? zone : 'UTC' }, layout), moment.origin)
}

function later(time: GoTime, nanos: bigint): GoTime {
  const total = time.seconds * 1_000_000_000n + BigInt(time.nanos) + nanos
  const seconds = total >= 0n ? total / 1_000_000_000n : -((-total + 999_999_999n) / 1_000_000_000n)
  return { ...time, seconds, nanos: Number(total - seconds * 1_000_000_000n), origin: computedOf([time]) }
}

function sinceThen(given: GoValue): bigint {
  const then = momentOf(given)
  return (CLOCK.seconds - then.seconds) * 1_000_000_000n - BigInt(then.nanos)
}

function roundToSecond(nanos: bigint): bigint {
  const half = nanos < 0n ? -500_000_000n : 500_000_000n
  return ((nanos + half) / 1_000_000_000n) * 1_000_000_000n
}

function secondsOf(given: GoValue): bigint {
  if (given.kind === 'string') return parseInt64(given.text, 10) ?? 0n
  return given.kind === 'int' && given.type === 'int64' ? given.value : 0n
}

const SECOND = 1_000_000_000n

function roundedDuration(given: GoValue): string {
  const parsed = given.kind === 'string' ? parseDuration(given.text) : given.kind === 'int' && given.type === 'int64' ? given.value : 0n
  const nanos = given.kind === 'time' ? sinceThen(given) : typeof parsed === 'bigint' ? parsed : 0n
  const size = nanos < 0n ? -nanos : nanos
  const units: readonly (readonly [bigint, string])[] = [
    [365n * 24n * 3600n * SECOND, 'y'],
    [30n * 24n * 3600n * SECOND, 'mo'],
    [24n * 3600n * SECOND, 'd'],
    [3600n * SECOND, 'h'],
    [60n * SECOND, 'm'],
    [SECOND, 's'],
  ]
  const unit = units.find(([length]) => size > length)
  return unit ? `${size / unit[0]}${unit[1]}` : '0s'
}

const METHODS: Readonly<Record<string, GoFunction>> = {
  Format: func('time.Time, string', (args) =>
    textOf(formatTime(timeOf(value(args, 0)), text(args, 1).text), originOfValue(value(args, 0))),
  ),
  Unix: func('time.Time', (args) => int(timeOf(value(args, 0)).seconds, originOfValue(value(args, 0)), 'int64')),
  UnixNano: func('time.Time', (args) =>
    int(timeOf(value(args, 0)).seconds * SECOND + BigInt(timeOf(value(args, 0)).nanos), originOfValue(value(args, 0)), 'int64'),
  ),
  UTC: func('time.Time', (args) => ({ ...timeOf(value(args, 0)), zone: 'UTC' })),
  Local: func('time.Time', (args) => timeOf(value(args, 0))),
  Year: part('2006'),
  Day: part('2'),
  Hour: part('15'),
  Minute: part('4'),
  Second: part('5'),
  YearDay: part('002'),
  Month: func('time.Time', (args) => int(Number(formatTime(timeOf(value(args, 0)), '1')), originOfValue(value(args, 0)), 'time.Month')),
  Weekday: func('time.Time', (args) => textOf(formatTime(timeOf(value(args, 0)), 'Monday'), originOfValue(value(args, 0)))),
  String: func('time.Time', (args) =>
    textOf(formatTime(timeOf(value(args, 0)), '2006-01-02 15:04:05.999999999 -0700 MST'), originOfValue(value(args, 0))),
  ),
  IsZero: func('time.Time', (args) => bool(timeOf(value(args, 0)).seconds === ZERO_SECONDS, originOfValue(value(args, 0)))),
  AddDate: func('time.Time, int, int, int', (args) => addDate(timeOf(value(args, 0)), args.slice(1))),
  Add: func('time.Time, time.Duration', (args) => {
    const duration = value(args, 1)
    return later(timeOf(value(args, 0)), duration.kind === 'int' ? duration.value : 0n)
  }),
  Sub: func('time.Time, time.Time', (args) => {
    const [a, b] = [timeOf(value(args, 0)), timeOf(value(args, 1))]
    return int((a.seconds - b.seconds) * SECOND + BigInt(a.nanos - b.nanos), computedOf(args), 'time.Duration')
  }),
  Before: func('time.Time, time.Time', (args) => bool(timeOf(value(args, 0)).seconds < timeOf(value(args, 1)).seconds, computedOf(args))),
  After: func('time.Time, time.Time', (args) => bool(timeOf(value(args, 0)).seconds > timeOf(value(args, 1)).seconds, computedOf(args))),
}

function part(layout: string): GoFunction {
  return func('time.Time', (args) => int(Number(formatTime(timeOf(value(args, 0)), layout)), originOfValue(value(args, 0))))
}

function addDate(time: GoTime, [years, months, days]: readonly GoValue[]): GoTime {
  const amount = (given: GoValue | undefined): number => (given?.kind === 'int' ? Number(given.value) : 0)
  const date = new Date(Number(time.seconds) * 1000)
  date.setUTCFullYear(date.getUTCFullYear() + amount(years), date.getUTCMonth() + amount(months), date.getUTCDate() + amount(days))
  return { ...time, seconds: BigInt(Math.floor(date.getTime() / 1000)) }
}

export function timeMethod(receiver: GoValue, name: string): GoFunction | undefined {
  return receiver.kind === 'time' && Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
}
