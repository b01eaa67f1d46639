import { parseFloat64 } from '../go/float.ts'
import { floatToInt64, parseInt64, parseUint64 } from '../go/integer.ts'
import { quote, unquote } from '../go/quote.ts'

/** All that a numeric constant can be; Go decides by where it is used. */
export interface NumberConstant {
  readonly int?: bigint
  readonly uint?: bigint
  readonly float?: number
  readonly complex?: { readonly re: number; readonly im: number }
}

/** Reads a constant as `text/template/parse` does. */
export function parseNumber(text: string, type: 'number' | 'charconst' | 'complex'): NumberConstant | { readonly error: string } {
  if (type === 'charconst') return character(text)
  if (type === 'complex') return complexPair(text)
  if (text.endsWith('i')) {
    const im = parseFloat64(text.slice(0, -1), true)
    if (im !== undefined) return simplified(0, im)
  }
  const uint = parseUint64(text, 0)
  const int = parseInt64(text, 0)
  if (int !== undefined) return { int, ...(uint !== undefined || int === 0n ? { uint: uint ?? 0n } : {}), float: Number(int) }
  if (uint !== undefined) return { uint, float: Number(uint) }
  const float = parseFloat64(text, true)
  if (float === undefined) return { error: `illegal number syntax: ${quote(text)}` }
  if (!/[.eEpP]/.test(text)) return { error: `integer overflow: ${quote(text)}` }
  return { float, ...integral(float) }
}

function character(text: string): NumberConstant | { readonly error: string } {
  const parts = unquote(text)
  const chars = parts && [...parts.map((part) => part.text).join('')]
  if (!parts) return { error: 'invalid syntax' }
  if (chars?.length !== 1) return { error: `malformed character constant: ${text}` }
  const code = chars[0]?.codePointAt(0) ?? 0
  return { int: BigInt(code), uint: BigInt(code), float: code }
}

function complexPair(text: string): NumberConstant | { readonly error: string } {
  const split = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'))
  const exponent = /[eEpP]/.test(text[split - 1] ?? '')
    ? Math.max(text.lastIndexOf('+', split - 1), text.lastIndexOf('-', split - 1))
    : split
  const re = parseFloat64(text.slice(0, exponent), true)
  const im = parseFloat64(text.slice(exponent, -1), true)
  return re === undefined || im === undefined ? { error: 'syntax error scanning complex number' } : simplified(re, im)
}

function simplified(re: number, im: number): NumberConstant {
  return { complex: { re, im }, ...(im === 0 ? { float: re, ...integral(re) } : {}) }
}

function integral(float: number): NumberConstant {
  const int = floatToInt64(float)
  const uint = float >= 0 && float < 2 ** 64 ? BigInt(Math.trunc(float)) : undefined
  return {
    ...(Number(int) === float ? { int } : {}),
    ...(uint !== undefined && Number(uint) === float ? { uint } : {}),
  }
}
