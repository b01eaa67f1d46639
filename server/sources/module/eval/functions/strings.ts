import { compile, findAll, type Match, parseReplacement, replacements } from '../../../../syntax/go/regexp.ts'
import { failed, invalidArgument } from '../failure.ts'
import { type Num, toDouble } from '../number.ts'
import {
  isWhollyKnown,
  bool,
  isNull,
  items,
  list,
  nullOf,
  object,
  prefixOf,
  reasonOf,
  text,
  tuple,
  unknownVal,
  type Val,
} from '../value.ts'
import { define, type FunctionTable, str } from './define.ts'
import { formatText } from './format.ts'

type Regexp = Exclude<ReturnType<typeof compile>, string>

function pattern(source: string): Regexp {
  const compiled = compile(source)
  if (typeof compiled === 'string') throw invalidArgument(`Invalid value for "pattern" parameter: invalid regexp pattern: ${compiled}.`)
  return compiled
}

/** What a match stands for: its text, a tuple of its groups, or an object of its named ones. */
function captured(regexp: Regexp, match: Match, data: string): Val {
  const groups = match.groups.map(({ start, end }) => (start < 0 ? nullOf('string') : text(data.slice(start, end))))
  if (groups.length <= 1) return groups[0] ?? nullOf('string')
  const names = Object.entries(regexp.namedGroups() as Readonly<Record<string, number>>)
  if (names.length === 0) return tuple(groups.slice(1))
  if (names.length < groups.length - 1) throw failed('cannot mix both named and unnamed capture groups')
  return object(new Map(names.map(([name, group]) => [name, groups[group] ?? nullOf('string')])))
}

function regexFirst(source: string, data: string): Val {
  const regexp = pattern(source)
  const [first] = findAll(regexp, data, 1)
  if (!first) throw failed('pattern did not match any part of the given string')
  return captured(regexp, first, data)
}

function regexAll(source: string, data: string): Val {
  const regexp = pattern(source)
  const all = findAll(regexp, data, -1).map((match) => captured(regexp, match, data))
  return list(all[0]?.type ?? 'string', all)
}

function replace(data: string, search: string, replacement: string): string {
  if (search.length > 1 && search.startsWith('/') && search.endsWith('/')) return replaceMatches(data, search.slice(1, -1), replacement)
  if (search !== '') return data.split(search).join(replacement)
  return replacement + [...data].map((char) => char + replacement).join('')
}

function replaceMatches(data: string, source: string, replacement: string): string {
  const regexp = pattern(source)
  const parts = parseReplacement(regexp, replacement)
  let result = ''
  let at = 0
  for (const match of replacements(regexp, data)) {
    result += data.slice(at, match.start)
    for (const part of parts) {
      if ('group' in part) {
        const group = match.groups[part.group]
        if (group && group.start >= 0) result += data.slice(group.start, group.end)
      } else result += replacement.slice(part.start, part.end)
    }
    at = match.end
  }
  return result + data.slice(at)
}

function substring(data: string, offset: number, length: number): string {
  const chars = [...data]
  const start = offset < 0 ? Math.max(0, chars.length + offset) : Math.min(offset, chars.length)
  return chars.slice(start, length < 0 ? undefined : start + length).join('')
}

function join(separator: string, lists: readonly Val[]): Val {
  const words: string[] = []
  for (const one of lists) {
    for (const [i, item] of (items(one) ?? []).entries()) {
      if (isNull(item)) throw invalidArgument(`Invalid value for "lists" parameter: element ${i} is null; cannot concatenate null values.`)
      if (item.data === undefined) return unknownVal('string', reasonOf(item), true)
      words.push(str(item))
    }
  }
  return text(words.join(separator))
}

function title(data: string): string {
  return data.replace(/(^|[^\p{L}\p{N}_'’])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase())
}

function trimChars(data: string, cutset: string): string {
  const chars = [...data]
  const cut = new Set(cutset)
  let start = 0
  let end = chars.length
  while (start < end && cut.has(chars[start] ?? '')) start++
  while (end > start && cut.has(chars[end - 1] ?? '')) end--
  return chars.slice(start, end).join('')
}

/** Whether a text begins so; of one that is partly known its beginning may tell. */
function startsWith(value: Val, prefix: string): Val {
  if (value.data !== undefined) return bool(str(value).startsWith(prefix))
  const known = prefixOf(value)
  if (known.startsWith(prefix)) return bool(true)
  return prefix.startsWith(known) ? unknownVal('bool', reasonOf(value), true) : bool(false)
}

function endsWith(value: Val, suffix: string): Val {
  if (value.data !== undefined) return bool(str(value).endsWith(suffix))
  const parts = value.unknown?.parts
  const known = parts?.[parts.length - 1] ?? ''
  if (known.endsWith(suffix)) return bool(true)
  return suffix.endsWith(known) ? unknownVal('bool', reasonOf(value), true) : bool(false)
}

/** `formatlist`: lists of one length side by side, and single values beside each. */
function formatList(spec: string, args: readonly Val[]): Val {
  const lengths = args.flatMap((arg) => (items(arg) ? [items(arg)?.length ?? 0] : []))
  const [length = 1] = lengths
  if (lengths.some((other) => other !== length)) throw failed('all list arguments must have the same length')
  const rows: Val[] = []
  for (let i = 0; i < length; i++) {
    const row = args.map((arg) => items(arg)?.[i] ?? arg)
    const open = row.find((value) => !isWhollyKnown(value))
    rows.push(open ? unknownVal('string', reasonOf(open), true) : text(formatText(spec, row)))
  }
  return list('string', rows)
}

const integer = (value: Val | undefined): number => toDouble((value?.data ?? 0) as Num)

export const strings: FunctionTable = {
  chomp: define('str:string -> string', ([value]) => text(str(value).replace(/(?:\r?\n)+$/, ''))),
  endswith: define('str:string~ suffix:string -> bool', ([value = nullOf('string'), suffix]) => endsWith(value, str(suffix))),
  format: define('format:string args:any?!...', ([spec, ...args]) => {
    // Terraform does not tell the text of a null.
    if (args.some((arg) => arg.data === null && arg.type === 'dynamic')) return unknownVal('dynamic', 'format()')
    return text(formatText(str(spec), args))
  }),
  formatlist: define('format:string args:any?...', ([spec, ...args]) =>
    args.some((arg) => arg.data === null && arg.type === 'dynamic') ? unknownVal('dynamic', 'formatlist()') : formatList(str(spec), args),
  ),
  indent: define('spaces:number string:string -> string', ([spaces, value]) =>
    text(str(value).replaceAll('\n', `\n${' '.repeat(Math.max(0, Math.min(1000, integer(spaces))))}`)),
  ),
  join: define('separator:string lists:strings... -> string', ([separator, ...lists]) => join(str(separator), lists)),
  lower: define('str:string -> string', ([value]) => text(str(value).toLowerCase())),
  upper: define('str:string -> string', ([value]) => text(str(value).toUpperCase())),
  title: define('str:string -> string', ([value]) => text(title(str(value)))),
  regex: define('pattern:string string:string', ([source, value]) => regexFirst(str(source), str(value)), { notNull: false }),
  regexall: define('pattern:string string:string', ([source, value]) => regexAll(str(source), str(value))),
  replace: define('str:string substr:string replace:string -> string', ([value, search, replacement]) =>
    text(replace(str(value), str(search), str(replacement))),
  ),
  split: define('separator:string str:string -> strings', ([separator, value]) =>
    list(
      'string',
      str(separator) === ''
        ? [...str(value)].map((char) => text(char))
        : str(value)
            .split(str(separator))
            .map((part) => text(part)),
    ),
  ),
  startswith: define('str:string~ prefix:string -> bool', ([value = nullOf('string'), prefix]) => startsWith(value, str(prefix))),
  strcontains: define('str:string substr:string -> bool', ([value, part]) => bool(str(value).includes(str(part)))),
  strrev: define('str:string -> string', ([value]) => text([...str(value)].reverse().join(''))),
  substr: define('str:string offset:number length:number -> string', ([value, offset, length]) =>
    text(substring(str(value), integer(offset), integer(length))),
  ),
  trim: define('str:string cutset:string -> string', ([value, cutset]) => text(trimChars(str(value), str(cutset)))),
  trimprefix: define('str:string prefix:string -> string', ([value, prefix]) =>
    text(str(value).startsWith(str(prefix)) ? str(value).slice(str(prefix).length) : str(value)),
  ),
  trimsuffix: define('str:string suffix:string -> string', ([value, suffix]) =>
    text(str(suffix) !== '' && str(value).endsWith(str(suffix)) ? str(value).slice(0, -str(suffix).length) : str(value)),
  ),
  trimspace: define('str:string -> string', ([value]) => text(str(value).trim())),
}
