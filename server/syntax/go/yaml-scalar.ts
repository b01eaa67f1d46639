import { parseFloat64 } from './float.ts'
import { parseInt64, parseUint64 } from './integer.ts'

const WORDS: ReadonlySet<string> = new Set(
  ['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE', 'n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF']
    .concat(['false', 'False', 'FALSE', '', '~', 'null', 'Null', 'NULL', '.nan', '.NaN', '.NAN'])
    .concat(['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF', '-.inf', '-.Inf', '-.INF']),
)

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const TIMESTAMP =
  /^\d{4}-\d{1,2}-\d{1,2}(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/

/**
 * Whether goyaml v2 would read a plain scalar as a string again, so that the encoder may leave it without
 * quotes. Numbers of base 60 are no numbers to it, but it quotes them for others.
 */
export function staysString(text: string): boolean {
  const first = text.charAt(0)
  if (WORDS.has(text)) return false
  if (first === '.') return parseFloat64(text) === undefined
  if (!/^[-+0-9]/.test(first)) return true
  if (BASE_60.test(text) || isTimestamp(text)) return false
  const plain = text.replaceAll('_', '')
  if (parseInt64(plain, 0) !== undefined || parseUint64(plain, 0) !== undefined) return false
  if (FLOAT.test(plain) && parseFloat64(plain) !== undefined) return false
  const binary = /^-?0b(.*)$/.exec(plain)
  return binary === null || parseInt64(binary[1] ?? '', 2) === undefined
}

function isTimestamp(text: string): boolean {
  if (!TIMESTAMP.test(text)) return false
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/[-Tt :.Z+]/).map(Number)
  const days = new Date(Date.UTC(2000, month, 0)).getUTCDate()
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 && !leap ? 28 : days) && hour < 24 && minute < 60 && second < 60
}
