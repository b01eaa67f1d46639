const SECOND = 1_000_000_000n

/** `time.Duration.String()`. */
export function formatDuration(nanos: bigint): string {
  const negative = nanos < 0n
  const value = negative ? -nanos : nanos
  if (value === 0n) return '0s'
  const sign = negative ? '-' : ''
  if (value < SECOND) {
    const [unit, size] =
      value < 1000n ? (['ns', 1n] as const) : value < 1_000_000n ? (['µs', 1000n] as const) : (['ms', 1_000_000n] as const)
    return `${sign}${fraction(value, size)}${unit}`
  }
  const hours = value / (3600n * SECOND)
  const minutes = (value / (60n * SECOND)) % 60n
  const seconds = `${fraction(value % (60n * SECOND), SECOND)}s`
  return sign + (hours > 0n ? `${hours}h${minutes}m` : minutes > 0n ? `${minutes}m` : '') + seconds
}

function fraction(value: bigint, unit: bigint): string {
  const rest = value % unit
  if (rest === 0n) return String(value / unit)
  const digits = String(unit).length - 1
  return `${value / unit}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: SECOND,
  m: 60n * SECOND,
  h: 3600n * SECOND,
}

/** `time.ParseDuration`, in nanoseconds. */
export function parseDuration(text: string): bigint | { readonly error: string } {
  const invalid = { error: `time: invalid duration ${JSON.stringify(text)}` }
  const sign = /^[-+]/.exec(text)?.[0] ?? ''
  let rest = text.slice(sign.length)
  if (rest === '0') return 0n
  if (rest === '') return invalid
  let total = 0n
  while (rest !== '') {
    const match = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest)
    const [all = '', whole = '', decimals = '', unit = ''] = match ?? []
    if (whole === '' && decimals === '') return invalid
    if (unit === '') return { error: `time: missing unit in duration ${JSON.stringify(text)}` }
    const size = UNITS[unit]
    if (size === undefined) return { error: `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}` }
    total += BigInt(whole || '0') * size
    if (decimals !== '') total += (BigInt(decimals) * size) / 10n ** BigInt(decimals.length)
    if (total > 2n ** 63n - 1n) return invalid
    rest = rest.slice(all.length)
  }
  return sign === '-' ? -total : total
}

export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

export function monthName(month: number): string {
  return MONTHS[month - 1] ?? `%!Month(${month})`
}
