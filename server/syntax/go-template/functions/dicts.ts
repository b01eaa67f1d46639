import { compareBytes } from '../../go/utf8.ts'
import { GoError } from '../errors.ts'
import { func, type GoFunction } from '../function.ts'
import { type GoText, textOf } from '../text.ts'
import {
  ANY_MAP,
  bool,
  chosen,
  computedOf,
  getEntry,
  type GoMap,
  type GoValue,
  list,
  map,
  nil,
  putIn,
  setEntry,
  sortedKeys,
  strings,
  typeOf,
} from '../value.ts'
import { asText, dict, text, value } from './args.ts'
import { mergeInto } from './merge.ts'

type Named = readonly (readonly [string, GoFunction])[]

const ANY = 'interface {}'

export const DICTS: Named = [
  ['dict', func(`...${ANY}`, (args) => makeDict(args))],
  ['get', func(`${ANY_MAP}, string`, (args, call) => getEntry(dict(args, 0), text(args, 1).text) ?? textOf('', call.origin))],
  [
    'set',
    func(`${ANY_MAP}, string, ${ANY}`, (args, { frame }) => {
      const target = dict(args, 0)
      if (target.isNil) throw new GoError('assignment to entry in nil map')
      setEntry(target, text(args, 1).text, putIn(frame, value(args, 2)), putIn(frame, text(args, 1)))
      return target
    }),
  ],
  [
    'unset',
    func(`${ANY_MAP}, string`, (args) => {
      dict(args, 0).entries.delete(text(args, 1).text)
      return dict(args, 0)
    }),
  ],
  ['hasKey', func(`${ANY_MAP}, string`, (args) => hasKey(dict(args, 0), text(args, 1)))],
  [
    'pluck',
    func(`string, ...${ANY_MAP}`, ([key, ...dicts]) =>
      list(dicts.flatMap((each) => (each.kind === 'map' && key?.kind === 'string' ? (getEntry(each, key.text) ?? []) : []))),
    ),
  ],
  [
    'keys',
    func(`...${ANY_MAP}`, (args) =>
      strings(
        args.flatMap((each) => (each.kind === 'map' ? keyTexts(each) : [])),
        computedOf(args),
      ),
    ),
  ],
  [
    'values',
    func(ANY_MAP, (args) =>
      list(
        sortedKeys(dict(args, 0), compareBytes).map((key) => getEntry(dict(args, 0), key) ?? nil()),
        dict(args, 0).origin,
      ),
    ),
  ],
  [
    'pick',
    func(`${ANY_MAP}, ...string`, ([given, ...keys]) => {
      const picked = map([], given ? computedOf([given]) : undefined)
      if (given?.kind !== 'map') return picked
      for (const key of keys) {
        const entry = key.kind === 'string' ? given.entries.get(key.text) : undefined
        if (entry) picked.entries.set(entry.key.text, entry)
      }
      return picked
    }),
  ],
  [
    'omit',
    func(`${ANY_MAP}, ...string`, ([given, ...keys]) => {
      const omitted = new Set(keys.map((key) => (key.kind === 'string' ? key.text : '')))
      return given?.kind === 'map'
        ? map(
            [...given.entries].filter(([key]) => !omitted.has(key)),
            given.origin,
          )
        : map()
    }),
  ],
  ...['merge', 'mustMerge'].map((name) => [name, merging(false)] as const),
  ...['mergeOverwrite', 'mustMergeOverwrite'].map((name) => [name, merging(true)] as const),
  ...['deepCopy', 'mustDeepCopy'].map((name) => [name, func(ANY, (args) => copyOf(value(args, 0)))] as const),
  ['dig', func(`...${ANY}`, (args) => dig(args))],
]

function makeDict(args: readonly GoValue[]): GoMap {
  const made = map()
  for (let i = 0; i < args.length; i += 2) {
    const key = asText(value(args, i))
    setEntry(made, key.text, args[i + 1] ?? textOf('', key.pieces[0]?.origin ?? made.origin), key)
  }
  return made
}

function hasKey(given: GoMap, key: GoText): GoValue {
  const entry = given.entries.get(key.text)
  const { origin } = given
  const asked = entry
    ? computedOf([entry.value, key])
    : origin.kind === 'cell'
      ? { kind: 'cell' as const, source: origin.source, parent: origin, step: key.text, missing: true }
      : computedOf([key])
  return bool(entry !== undefined, asked)
}

/** Go hands out keys in no order; here it is always the same. */
function keyTexts(given: GoMap): GoText[] {
  return sortedKeys(given, compareBytes).flatMap((key) => given.entries.get(key)?.key ?? [])
}

function merging(overwrite: boolean): GoFunction {
  return func(`${ANY_MAP}, ...${ANY_MAP}`, ([target, ...sources], { frame }) => {
    if (target?.kind !== 'map') return nil()
    // Go's merge gives a nil map a new one that nobody else sees.
    const result = target.isNil ? map([], target.origin) : target
    for (const source of sources)
      if (source.kind === 'map')
        mergeInto(result, source, { overwrite, put: (entry) => ({ key: putIn(frame, entry.key), value: putIn(frame, entry.value) }) })
    return result
  })
}

/** `copystructure.Copy`: maps and lists anew, with the same origins. */
export function copyOf(given: GoValue): GoValue {
  if (given.kind === 'list') return { ...given, items: given.items.map(copyOf) }
  if (given.kind !== 'map') return given
  return { ...given, entries: new Map([...given.entries].map(([key, entry]) => [key, { key: entry.key, value: copyOf(entry.value) }])) }
}

function dig(args: readonly GoValue[]): GoValue {
  if (args.length < 3) throw new GoError('dig needs at least three arguments')
  const source = value(args, args.length - 1)
  const otherwise = value(args, args.length - 2)
  let at = source
  for (const key of args.slice(0, -2)) {
    if (at.kind !== 'map' || typeOf(at) !== ANY_MAP) throw conversion(at, ANY_MAP)
    if (key.kind !== 'string') throw conversion(key, 'string')
    const entry = at.entries.get(key.text)
    if (!entry) return chosen(otherwise, [at])
    at = entry.value
  }
  return at
}

function conversion(given: GoValue, type: string): GoError {
  return new GoError(`interface conversion: interface {} is ${given.kind === 'nil' ? 'nil' : typeOf(given)}, not ${type}`)
}
