import { convert } from '../convert.ts'
import { equals } from '../equal.ts'
import { Failure, failed, invalidArgument } from '../failure.ts'
import { add, compareNumbers, type Num, toDouble } from '../number.ts'
import { elementType, kindOf, type Type, unify } from '../type.ts'
import {
  bool,
  entries,
  isNull,
  isWhollyKnown,
  items,
  list,
  map,
  NULL,
  nullOf,
  number,
  object,
  prefixOf,
  reasonOf,
  text,
  tuple,
  unknownVal,
  type Val,
} from '../value.ts'
import { define, type FunctionTable, str } from './define.ts'

const SEQUENCES = ['list', 'set', 'tuple']

function sequence(value: Val | undefined, what: string): readonly Val[] {
  const found = value && items(value)
  if (!found) throw invalidArgument(`Invalid value for "${what}" parameter: must be a list, set or tuple.`)
  return found
}

/** A list where all are of one type, else a tuple, as the argument was one. */
function likewise(value: Val, result: readonly Val[]): Val {
  const kind = kindOf(value.type)
  return kind === 'tuple' ? tuple(result) : list(elementType(value.type), result)
}

function index(value: Val | undefined): number {
  const given = toDouble((value?.data ?? 0) as Num)
  if (!Number.isInteger(given)) throw invalidArgument('Invalid value for "index" parameter: must be a whole number.')
  return given
}

/** Whether any of the values is wanted; what is unknown may be. */
function some(values: readonly Val[], wanted: (value: Val) => boolean | undefined, open: () => Val): Val {
  let unknown = false
  for (const value of values) {
    const found = wanted(value)
    if (found) return bool(true)
    if (found === undefined) unknown = true
  }
  return unknown ? open() : bool(false)
}

function allOrAny(value: Val | undefined, decides: boolean): Val {
  const list = sequence(value, 'list')
  let open: Val | undefined
  for (const item of list) {
    if (isNull(item)) {
      if (!decides) return bool(false)
      continue
    }
    if (item.data === undefined) open ??= item
    else if (item.data === decides) return bool(decides)
  }
  return open ? unknownVal('bool', reasonOf(open), true) : bool(!decides)
}

function merged(args: readonly Val[]): Val {
  const all = new Map<string, Val>()
  let first: Type | undefined
  let same = true
  for (const arg of args) {
    const kind = kindOf(arg.type)
    if (arg.data === undefined) {
      if (!['map', 'object', 'dynamic'].includes(kind)) throw failed(`arguments must be maps or objects, got ${JSON.stringify(kind)}`)
      return unknownVal('dynamic', reasonOf(arg), true)
    }
    if (isNull(arg)) {
      same = false
      continue
    }
    const map = entries(arg)
    if (!map) throw failed(`arguments must be maps or objects, got ${JSON.stringify(kind)}`)
    for (const [key, value] of map) all.set(key, arg.sensitive ? { ...value, sensitive: true } : value)
    if (kind !== 'map' || (first !== undefined && elementType(first) !== elementType(arg.type))) same = false
    first ??= arg.type
  }
  if (same && first !== undefined && kindOf(first) === 'map')
    return map(elementType(first), new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1))))
  return object(all)
}

function flatten(values: readonly Val[], out: Val[]): boolean {
  let known = true
  for (const value of values) {
    const inner = items(value)
    if (inner) known = flatten(inner, out) && known
    else if (value.data === undefined && (value.type === 'dynamic' || SEQUENCES.includes(kindOf(value.type)))) known = false
    else out.push(value)
  }
  return known
}

function lookup(args: readonly Val[]): Val {
  const [from, key, standard] = args
  if (!from || !key) return NULL
  const kind = kindOf(from.type)
  if (!['map', 'object', 'dynamic'].includes(kind)) throw failed('lookup() requires a map as the first argument')
  const given = entries(from)
  if (!given || key.data === undefined)
    return unknownVal(kind === 'map' ? elementType(from.type) : 'dynamic', reasonOf(from) || reasonOf(key))
  const found = given.get(str(key))
  if (found) return kind === 'map' && standard && elementType(from.type) !== 'dynamic' ? convert(found, elementType(from.type)) : found
  if (standard) return kind === 'map' && standard.data !== null ? convertOr(standard, elementType(from.type)) : standard
  throw invalidArgument(`Invalid value for "inputMap" parameter: the given object has no attribute ${JSON.stringify(str(key))}.`)
}

function convertOr(value: Val, type: Type): Val {
  try {
    return convert(value, type)
  } catch (error) {
    if (error instanceof Failure) throw failed('the default value must have the same type as the map elements')
    throw error
  }
}

function coalesce(args: readonly Val[]): Val {
  const type = unify(args.map(({ type }) => type))
  if (type === undefined) throw failed('all arguments must have the same type')
  for (const arg of args) {
    const value = convert(arg, type)
    if (value.data === undefined) {
      const certain = value.unknown?.notNull && (type !== 'string' || prefixOf(value) !== '')
      return certain ? value : unknownVal(type, reasonOf(value), true)
    }
    if (value.data !== null && value.data !== '') return value
  }
  throw failed('no non-null, non-empty-string arguments')
}

function coalesceLists(args: readonly Val[]): Val {
  for (const { type, data } of args) {
    const kind = kindOf(type)
    if (data !== null && kind !== 'list' && kind !== 'tuple' && kind !== 'dynamic')
      throw failed('coalescelist arguments must be lists or tuples')
  }
  for (const arg of args) {
    if (arg.data === undefined) return unknownVal('dynamic', reasonOf(arg), true)
    if ((items(arg)?.length ?? 0) > 0) return arg
  }
  throw failed('no non-null arguments')
}

function slice(value: Val, from: number, to: number): Val {
  const all = items(value)
  if (!all || kindOf(value.type) === 'set')
    throw invalidArgument('Invalid value for "list" parameter: cannot slice a set, because its elements do not have indices.')
  if (from < 0 || from > all.length)
    throw invalidArgument(
      'Invalid value for "start_index" parameter: start index must be greater than or equal to zero and not greater than the length.',
    )
  if (to < from || to > all.length)
    throw invalidArgument(
      'Invalid value for "end_index" parameter: end index must not be less than the start and not greater than the length.',
    )
  return likewise(value, all.slice(from, to))
}

function range(args: readonly Val[], take: (size: number) => void): Val {
  const values = args.map((arg) => (arg.data ?? 0) as Num)
  const [start, end] = values.length === 1 ? [0, values[0] ?? 0] : [values[0] ?? 0, values[1] ?? 0]
  const down = compareNumbers(end, start) < 0
  const step = values[2] ?? (down ? -1 : 1)
  if (values.length > 3) throw failed('must have one, two, or three arguments')
  if (compareNumbers(step, 0) === 0) throw failed('step must not be zero')
  if (down !== compareNumbers(step, 0) < 0 && compareNumbers(start, end) !== 0) throw failed('step must lead from the start to the end')
  const result: Val[] = []
  for (let at: Num = start; down ? compareNumbers(at, end) > 0 : compareNumbers(at, end) < 0; at = add(at, step)) {
    if (result.length >= 1024)
      throw failed('more than 1024 values were generated; either decrease the difference between start and end or use a smaller step')
    result.push(number(at))
  }
  take(result.length)
  return list('number', result)
}

function keys(value: Val): Val {
  const names =
    typeof value.type === 'object' && value.type.kind === 'object' ? [...value.type.of.keys()] : [...(entries(value)?.keys() ?? [])]
  if (kindOf(value.type) === 'object') return tuple(names.sort().map((name) => text(name)))
  if (kindOf(value.type) !== 'map') throw invalidArgument('Invalid value for "inputMap" parameter: must have map or object type.')
  return value.data === undefined
    ? unknownVal({ kind: 'list', of: 'string' }, reasonOf(value), true)
    : list(
        'string',
        names.map((name) => text(name)),
      )
}

function zipmap(names: Val, values: Val): Val {
  const left = sequence(names, 'keys')
  const right = sequence(values, 'values')
  if (kindOf(values.type) === 'set') throw invalidArgument('Invalid value for "values" parameter: values must be a list or tuple.')
  if (left.length !== right.length) throw failed(`number of keys (${left.length}) does not match number of values (${right.length})`)
  const made = new Map<string, Val>()
  for (const [i, name] of left.entries()) {
    if (name.data === undefined) return unknownVal('dynamic', reasonOf(name), true)
    made.set(str(convert(name, 'string')), right[i] ?? NULL)
  }
  return kindOf(values.type) === 'tuple'
    ? object(made)
    : map(elementType(values.type), new Map([...made].sort(([a], [b]) => (a < b ? -1 : 1))))
}

function distinct(value: Val): Val {
  const seen: Val[] = []
  const texts = new Set<unknown>()
  for (const item of items(value) ?? []) {
    if (typeof item.data === 'string') {
      if (!texts.has(item.data)) seen.push(item)
      texts.add(item.data)
    } else if (!seen.some((other) => equals(other, item) === true)) seen.push(item)
  }
  return list(elementType(value.type), seen)
}

function transpose(value: Val): Val {
  const result = new Map<string, Val[]>()
  for (const [key, list] of entries(value) ?? []) {
    if (isNull(list)) throw failed('input must not contain null values')
    for (const item of items(list) ?? []) {
      const known = result.get(str(item))
      if (known) known.push(text(key))
      else result.set(str(item), [text(key)])
    }
  }
  const strings: Type = { kind: 'list', of: 'string' }
  return map(strings, new Map([...result].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, list_]) => [key, list('string', list_)])))
}

export const collections: FunctionTable = {
  alltrue: define('list:bools -> bool', ([value]) => allOrAny(value, false)),
  anytrue: define('list:bools -> bool', ([value]) => allOrAny(value, true)),
  chunklist: define(
    'list:list size:number',
    ([value, size]) => {
      const length = index(size)
      if (length < 0) throw invalidArgument('Invalid value for "size" parameter: the size argument must be positive.')
      const all = value ? (items(value) ?? []) : []
      const chunks: Val[] = []
      const type = value?.type ?? 'dynamic'
      for (let i = 0; i < all.length; i += length || all.length)
        chunks.push(list(elementType(type), all.slice(i, i + (length || all.length))))
      return list(type, chunks)
    },
    { shallow: true },
  ),
  coalesce: define('vals:any?~ vals:any?~...', coalesce),
  coalescelist: define('vals:any?~ vals:any?~...', coalesceLists, { shallow: true }),
  compact: define('list:strings! -> strings', ([value]) =>
    list(
      'string',
      (value ? (items(value) ?? []) : []).filter((item) => item.data !== null && item.data !== ''),
    ),
  ),
  concat: define(
    'seqs:any seqs:any...',
    (args) => {
      const all = args.map((arg) => {
        const kind = kindOf(arg.type)
        if (!items(arg) || kind === 'set')
          throw invalidArgument(`Invalid value for "seqs" parameter: all arguments must be lists or tuples; got ${kind}.`)
        return arg
      })
      const made = all.flatMap((arg) => items(arg) ?? [])
      const lists = all.every(({ type }) => kindOf(type) === 'list')
      const of = lists ? unify(all.map(({ type }) => elementType(type))) : undefined
      return of !== undefined
        ? list(
            of,
            made.map((item) => convert(item, of)),
          )
        : tuple(made)
    },
    { shallow: true },
  ),
  contains: define('list:any value:any?~ -> bool', ([value, wanted = NULL]) => {
    const open = (): Val => unknownVal('bool', value ? reasonOf(value) || reasonOf(wanted) : '', true)
    return some(sequence(value, 'list'), (item) => loosely(item, wanted), open)
  }),
  distinct: define('list:list!', ([value = NULL]) => distinct(value)),
  element: define(
    'list:any index:number',
    ([value = NULL, at]) => {
      const all = items(value)
      if (!all || kindOf(value.type) === 'set') throw invalidArgument('Invalid value for "list" parameter: must be a list or a tuple.')
      if (all.length === 0) throw failed('cannot use element function with an empty list')
      const given = index(at)
      if (given < 0) throw failed('cannot use element function with a negative index')
      return all[given % all.length] ?? NULL
    },
    { shallow: true, notNull: false },
  ),
  flatten: define(
    'list:any',
    ([value = NULL]) => {
      const out: Val[] = []
      const all = sequence(value, 'list')
      return flatten(all, out) ? tuple(out) : unknownVal('dynamic', reasonOf(value), true)
    },
    { shallow: true },
  ),
  index: define('list:any value:any! -> number', ([value, wanted = NULL]) => {
    if (value && kindOf(value.type) === 'set') throw failed('argument must be a list or tuple')
    const all = sequence(value, 'list')
    for (const [i, item] of all.entries()) {
      const same = equals(item, wanted)
      if (same === undefined) return unknownVal('number', reasonOf(item), true)
      if (same) return number(i)
    }
    throw failed('item not found')
  }),
  keys: define(
    'inputMap:any~',
    ([value = NULL]) => (value.type === 'dynamic' && value.data === undefined ? unknownVal('dynamic', reasonOf(value), true) : keys(value)),
    { shallow: true },
  ),
  length: define('value:any~ -> number', ([value = NULL]) => length(value)),
  lookup: define('inputMap:any key:string default:any?~...', lookup, { shallow: true, notNull: false }),
  matchkeys: define('values:list keys:list! searchset:list!', ([values, keys, wanted]) => {
    const all = values ? (items(values) ?? []) : []
    const names = keys ? (items(keys) ?? []) : []
    if (all.length !== names.length) throw failed('length of keys and values should be equal')
    const searched = wanted ? (items(wanted) ?? []) : []
    return list(
      elementType(values?.type ?? 'dynamic'),
      all.filter((_, i) => searched.some((item) => loosely(item, names[i] ?? NULL))),
    )
  }),
  merge: define('maps:any?~...', merged, { shallow: true }),
  one: define(
    'list:any',
    ([value]) => {
      const all = sequence(value, 'list')
      if (all.length > 1)
        throw invalidArgument('Invalid value for "list" parameter: must be a list, set, or tuple value with either zero or one elements.')
      return all[0] ?? nullOf('dynamic')
    },
    { shallow: true, notNull: false },
  ),
  range: define('params:number... -> numbers', (args, env) => range(args, (size) => env.world.budget.step(size))),
  reverse: define(
    'list:any',
    ([value = NULL]) => {
      const made = [...sequence(value, 'list')].reverse()
      return kindOf(value.type) === 'tuple' ? tuple(made) : list(elementType(value.type), made)
    },
    { shallow: true },
  ),
  slice: define('list:any start_index:number end_index:number', ([value = NULL, from, to]) => slice(value, index(from), index(to)), {
    shallow: true,
  }),
  sort: define('list:strings! -> strings', ([value]) => {
    const all = value ? (items(value) ?? []) : []
    const at = all.findIndex(isNull)
    if (at >= 0) throw failed(`given list element ${at} is null; a null string cannot be sorted`)
    return list(
      'string',
      [...all].sort((a, b) => (str(a) < str(b) ? -1 : str(a) > str(b) ? 1 : 0)),
    )
  }),
  transpose: define('values:map-of-strings!', ([value = NULL]) => transpose(value)),
  values: define(
    'mapping:any',
    ([value = NULL]) => {
      const all = entries(value)
      if (!all) throw invalidArgument('Invalid value for "mapping" parameter: requires a map as the first argument.')
      return kindOf(value.type) === 'object' ? tuple([...all.values()]) : list(elementType(value.type), [...all.values()])
    },
    { shallow: true },
  ),
  zipmap: define('keys:strings values:any', ([names = NULL, values = NULL]) => zipmap(names, values), { shallow: true }),
}

function length(value: Val): Val {
  const kind = kindOf(value.type)
  if (value.data === undefined) {
    if (typeof value.type === 'object' && value.type.kind === 'tuple') return number(value.type.of.length)
    if (typeof value.type === 'object' && value.type.kind === 'object') return number(value.type.of.size)
    return unknownVal('number', reasonOf(value), true)
  }
  if (typeof value.data === 'string') {
    // Graphemes would be exact; characters are what all but exotic texts have.
    return number([...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(value.data)].length)
  }
  const size = items(value)?.length ?? entries(value)?.size
  if (size === undefined) throw failed('argument must be a string, a collection type, or a structural type')
  // Unknown items of a set may be the same.
  return kind === 'set' && size > 1 && !isWhollyKnown(value) ? unknownVal('number', reasonOf(value), true) : number(size)
}

/** Equal, where a text may stand for a number. */
function loosely(a: Val, b: Val): boolean | undefined {
  const same = equals(a, b)
  if (same !== false || a.type === b.type) return same
  const type = unify([a.type, b.type])
  return type === undefined ? false : equals(convert(a, type), convert(b, type))
}
