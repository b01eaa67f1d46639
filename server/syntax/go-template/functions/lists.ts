import { deepEqual } from '../compare.ts'
import { GoError } from '../errors.ts'
import { func, type GoFunction } from '../function.ts'
import { ANY_LIST, bool, computedOf, type GoList, type GoValue, isTrue, kindOf, list, nil, originOfValue } from '../value.ts'
import { asList, LIST_BOUNDS, number, value } from './args.ts'
import { toInt } from './numbers.ts'

type Named = readonly (readonly [string, GoFunction])[]

const ANY = 'interface {}'

/** A function of sprig and its `must` twin: their refusals read the same in a template. */
function both(name: string, callee: GoFunction): Named {
  return [
    [name, callee],
    [`must${name.charAt(0).toUpperCase()}${name.slice(1)}`, callee],
  ]
}

function onList(refusal: string, run: (given: GoList) => GoValue): GoFunction {
  return func(ANY, (args) => run(asList(value(args, 0), refusal)))
}

const push = func(`${ANY}, ${ANY}`, (args) => {
  const given = asList(value(args, 0), 'Cannot push on type')
  return list([...given.items, value(args, 1)], given.origin)
})

export const LISTS: Named = [
  ['list', func(`...${ANY}`, (args) => list([...args]))],
  ['tuple', func(`...${ANY}`, (args) => list([...args]))],
  ...both('append', push),
  ...both('push', push),
  ...both(
    'prepend',
    func(`${ANY}, ${ANY}`, (args) => {
      const given = asList(value(args, 0), 'Cannot prepend on type')
      return list([value(args, 1), ...given.items], given.origin)
    }),
  ),
  ...both(
    'first',
    onList('Cannot find first on type', (given) => given.items[0] ?? nil(given.origin)),
  ),
  ...both(
    'last',
    onList('Cannot find last on type', (given) => given.items[given.items.length - 1] ?? nil(given.origin)),
  ),
  ...both(
    'rest',
    onList('Cannot find rest on type', (given) => (given.items.length === 0 ? nilList(given) : list(given.items.slice(1), given.origin))),
  ),
  ...both(
    'initial',
    onList('Cannot find initial on type', (given) =>
      given.items.length === 0 ? nilList(given) : list(given.items.slice(0, -1), given.origin),
    ),
  ),
  ...both(
    'reverse',
    onList('Cannot find reverse on type', (given) => list([...given.items].reverse(), given.origin)),
  ),
  ...both(
    'uniq',
    onList('Cannot find uniq on type', (given) => list(unique(given.items), given.origin)),
  ),
  ...both(
    'compact',
    onList('Cannot compact on type', (given) =>
      list(
        given.items.filter((item) => !isEmpty(item)),
        given.origin,
      ),
    ),
  ),
  ...both(
    'without',
    func(`${ANY}, ...${ANY}`, ([first, ...omit]) => {
      const given = asList(first ?? nil(), 'Cannot find without on type')
      return list(
        given.items.filter((item) => !omit.some((other) => deepEqual(item, other))),
        given.origin,
      )
    }),
  ),
  ...both(
    'has',
    func(`${ANY}, ${ANY}`, (args) => {
      const haystack = value(args, 1)
      if (haystack.kind === 'nil') return bool(false, computedOf(args))
      const given = asList(haystack, 'Cannot find has on type')
      return bool(
        given.items.some((item) => deepEqual(value(args, 0), item)),
        computedOf([value(args, 0), given, ...given.items]),
      )
    }),
  ),
  ...both(
    'slice',
    func(`${ANY}, ...${ANY}`, ([first, ...indices]) => {
      const given = asList(first ?? nil(), 'list should be type of slice or array but')
      if (given.items.length === 0) return nil(given.origin)
      const start = indices[0] ? Number(toInt(indices[0])) : 0
      const end = indices[1] ? Number(toInt(indices[1])) : given.items.length
      if (start < 0 || end > given.items.length || start > end) throw new GoError(LIST_BOUNDS)
      return list(given.items.slice(start, end), given.origin, given.type)
    }),
  ),
  ['concat', func(`...${ANY}`, (args) => concatLists(args))],
  ...both(
    'chunk',
    func(`int, ${ANY}`, (args) => chunk(number(args, 0), asList(value(args, 1), 'Cannot chunk type'))),
  ),
  ['all', func(`...${ANY}`, (args) => bool(!args.some(isEmpty), computedOf(args)))],
  [
    'any',
    func(`...${ANY}`, (args) =>
      bool(
        args.some((arg) => !isEmpty(arg)),
        computedOf(args),
      ),
    ),
  ],
]

function nilList(like: GoList): GoValue {
  return { kind: 'list', type: ANY_LIST, items: [], isNil: true, origin: like.origin }
}

/** sprig's `empty`: what a template takes for false, but structs are never empty. */
export function isEmpty(given: GoValue): boolean {
  return !isTrue(given)
}

function unique(items: readonly GoValue[]): GoValue[] {
  const distinct: GoValue[] = []
  // Scalars, which most items are, are told apart by their text.
  const seen = new Set<string>()
  for (const item of items) {
    if (item.kind === 'string') {
      if (seen.has(item.text)) continue
      seen.add(item.text)
    } else if (distinct.some((other) => deepEqual(item, other))) continue
    distinct.push(item)
  }
  return distinct
}

function concatLists(args: readonly GoValue[]): GoValue {
  const items: GoValue[] = []
  for (const arg of args) {
    if (arg.kind === 'nil') throw new GoError('runtime error: invalid memory address or nil pointer dereference')
    if (arg.kind !== 'list') throw new GoError(`Cannot concat type ${kindOf(arg)} as list`)
    items.push(...arg.items)
  }
  const origin = args[0] ? originOfValue(args[0]) : undefined
  return items.length === 0 ? { ...list([], origin), isNil: true } : list(items, origin)
}

function chunk(size: number, given: GoList): GoValue {
  const length = given.items.length
  if (size <= 0) throw new GoError('runtime error: makeslice: len out of range')
  const chunks: GoValue[] = []
  for (let at = 0; at < length; at += size) chunks.push(list(given.items.slice(at, at + size), given.origin))
  return list(chunks, given.origin, '[][]interface {}')
}
