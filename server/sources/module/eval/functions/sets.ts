import { convert, setOf } from '../convert.ts'
import { equals } from '../equal.ts'
import { failed } from '../failure.ts'
import { elementType, type Type, unify } from '../type.ts'
import { isWhollyKnown, items, list, reasonOf, tuple, unknownVal, type Val } from '../value.ts'
import { define, type FunctionTable } from './define.ts'

/** All arguments as sets of one type. */
function same(args: readonly Val[]): { readonly of: Type; readonly sets: readonly Val[] } {
  const sets = args.map((arg) => convert(arg, { kind: 'set', of: 'dynamic' }))
  const of = unify(sets.map(({ type }) => elementType(type)))
  if (of === undefined) throw failed('given sets must all have compatible element types')
  return { of, sets: sets.map((set) => convert(set, { kind: 'set', of })) }
}

function has(set: Val, item: Val): boolean {
  return (items(set) ?? []).some((other) => equals(other, item) === true)
}

function combine(args: readonly Val[], choose: (first: readonly Val[], others: readonly Val[]) => readonly Val[]): Val {
  const { of, sets } = same(args)
  const open = sets.find((set) => !isWhollyKnown(set))
  if (open) return unknownVal({ kind: 'set', of }, reasonOf(open), true)
  return setOf(of, choose(items(sets[0] ?? tuple([])) ?? [], sets.slice(1)))
}

function product(args: readonly Val[], take: (size: number) => void): Val {
  const parts = args.map((arg) => items(arg))
  if (args.length < 2) throw failed('at least two arguments are required')
  if (parts.some((part) => part === undefined)) throw failed('a set or a list is required')
  const types = args.map((arg) =>
    typeof arg.type === 'object' && arg.type.kind === 'tuple' ? (unify(arg.type.of) ?? 'dynamic') : elementType(arg.type),
  )
  const type: Type = { kind: 'tuple', of: types }
  take(parts.reduce((size, part) => size * (part?.length ?? 0), 1) * args.length)
  let rows: Val[][] = [[]]
  for (const [i, part] of parts.entries())
    rows = rows.flatMap((row) => (part ?? []).map((item) => [...row, convert(item, types[i] ?? 'dynamic')]))
  const sets = args.every(({ type }) => typeof type === 'object' && type.kind === 'set')
  const made = rows.map((row) => tuple(row))
  return sets ? setOf(type, made) : list(type, made)
}

export const sets: FunctionTable = {
  setunion: define('first_set:set other_sets:set...', (args) => {
    const { of, sets } = same(args)
    return setOf(
      of,
      sets.flatMap((set) => items(set) ?? []),
    )
  }),
  setintersection: define('first_set:set other_sets:set...', (args) =>
    combine(args, (first, others) => first.filter((item) => others.every((set) => has(set, item)))),
  ),
  setsubtract: define('a:set b:set', (args) =>
    combine(args, (first, others) => first.filter((item) => !others.some((set) => has(set, item)))),
  ),
  setproduct: define('sets:any sets:any...', (args, env) => product(args, (size) => env.world.budget.take(size))),
}
