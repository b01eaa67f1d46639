import type { RE2JS } from 're2js'
import { compile, findAll, type Match, parseReplacement, quoteMeta, replacements } from '../../go/regexp.ts'
import { GoError } from '../errors.ts'
import { type Call, func, type GoFunction } from '../function.ts'
import { concat, cut, type GoText, NO_TEXT, replaceRanges, slice, transformed } from '../text.ts'
import { bool, computedOf, type GoValue, originOfValue, strings } from '../value.ts'
import { number, text } from './args.ts'

type Named = readonly (readonly [string, GoFunction])[]

/** A function of sprig and its `must` twin; without `must` sprig panics, which a template sees as the same error. */
function both(name: string, callee: GoFunction): Named {
  return [
    [name, callee],
    [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, callee],
  ]
}

/** Matching is linear; the product of both lengths bounds the work. */
function prepared(pattern: GoText, subject: GoText, call: Call): RE2JS {
  call.budget.allocate(Math.ceil((pattern.text.length * subject.text.length) / 50))
  const regexp = compile(pattern.text)
  if (typeof regexp === 'string') throw new GoError(regexp)
  return regexp
}

export const REGEX: Named = [
  ['regexMatch', func('string, string', (args, call) => bool(matches(args, call, false), computedOf(args)))],
  ['mustRegexMatch', func('string, string', (args, call) => bool(matches(args, call, true), computedOf(args)))],
  ...both(
    'regexFind',
    func('string, string', (args, call) => first(args, call)),
  ),
  ...both(
    'regexFindAll',
    func('string, string, int', (args, call) => all(args, call)),
  ),
  ...both(
    'regexReplaceAll',
    func('string, string, string', (args, call) => replaceAll(args, call)),
  ),
  ...both(
    'regexReplaceAllLiteral',
    func('string, string, string', (args, call) => replaceLiteral(args, call)),
  ),
  ...both(
    'regexSplit',
    func('string, string, int', (args, call) => split(args, call)),
  ),
  ['regexQuoteMeta', func('string', (args) => transformed(text(args, 0), quoteMeta(text(args, 0).text), originOfValue(text(args, 0))))],
]

function matches(args: readonly GoValue[], call: Call, must: boolean): boolean {
  // `regexMatch` takes a broken pattern for one that does not match.
  if (!must && typeof compile(text(args, 0).text) === 'string') return false
  return findAll(prepared(text(args, 0), text(args, 1), call), text(args, 1).text, 1).length > 0
}

function first(args: readonly GoValue[], call: Call): GoText {
  const [found] = findAll(prepared(text(args, 0), text(args, 1), call), text(args, 1).text, 1)
  return found ? slice(text(args, 1), found.start, found.end) : NO_TEXT
}

function all(args: readonly GoValue[], call: Call): GoValue {
  const subject = text(args, 1)
  const found = findAll(prepared(text(args, 0), subject, call), subject.text, number(args, 2))
  const origin = originOfValue(subject)
  return found.length === 0 ? { ...strings([], origin), isNil: true } : strings(cut(subject, found), origin)
}

function replaceLiteral(args: readonly GoValue[], call: Call): GoText {
  const [subject, by] = [text(args, 1), text(args, 2)]
  const found = replacements(prepared(text(args, 0), subject, call), subject.text)
  call.budget.allocate(found.length * by.text.length)
  return replaceRanges(
    subject,
    found.map(({ start, end }) => ({ start, end, by })),
  )
}

function replaceAll(args: readonly GoValue[], call: Call): GoText {
  const [subject, template] = [text(args, 1), text(args, 2)]
  const regexp = prepared(text(args, 0), subject, call)
  const parts = parseReplacement(regexp, template.text)
  const expand = ({ groups }: Match): GoText =>
    concat(
      parts.map((part) => {
        if (!('group' in part)) return slice(template, part.start, part.end)
        const group = groups[part.group]
        return group && group.start >= 0 ? slice(subject, group.start, group.end) : NO_TEXT
      }),
    )
  const found = replacements(regexp, subject.text)
  call.budget.allocate(found.length * template.text.length)
  return replaceRanges(
    subject,
    found.map((match) => ({ start: match.start, end: match.end, by: expand(match) })),
  )
}

function split(args: readonly GoValue[], call: Call): GoValue {
  const subject = text(args, 1)
  const origin = originOfValue(subject)
  const count = number(args, 2)
  const regexp = prepared(text(args, 0), subject, call)
  if (count === 0) return { ...strings([], origin), isNil: true }
  if (text(args, 0).text !== '' && subject.text === '') return strings([NO_TEXT], origin)
  const ranges: { start: number; end: number }[] = []
  let start = 0
  let end = 0
  for (const match of findAll(regexp, subject.text, count)) {
    if (count > 0 && ranges.length === count - 1) break
    end = match.start
    if (match.end !== 0) ranges.push({ start, end })
    start = match.end
  }
  if (end !== subject.text.length) ranges.push({ start, end: subject.text.length })
  return strings(cut(subject, ranges), origin)
}
