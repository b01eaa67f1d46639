/** Types as Terraform has them. `dynamic` is what is not known yet, and the type of a bare `null`. */
export type Type =
  | 'string'
  | 'number'
  | 'bool'
  | 'dynamic'
  | { readonly kind: 'list' | 'set' | 'map'; readonly of: Type }
  | { readonly kind: 'tuple'; readonly of: readonly Type[] }
  | { readonly kind: 'object'; readonly of: ReadonlyMap<string, Type> }

export type Kind = 'string' | 'number' | 'bool' | 'dynamic' | 'list' | 'set' | 'map' | 'tuple' | 'object'

export function kindOf(type: Type): Kind {
  return typeof type === 'string' ? type : type.kind
}

export const EMPTY_OBJECT: Type = { kind: 'object', of: new Map() }
export function isPrimitive(type: Type): boolean {
  return type === 'string' || type === 'number' || type === 'bool'
}

/** The type of the items of a list, set or map; `dynamic` for others. */
export function elementType(type: Type): Type {
  return typeof type === 'object' && (type.kind === 'list' || type.kind === 'set' || type.kind === 'map') ? type.of : 'dynamic'
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true
  if (typeof a === 'string' || typeof b === 'string' || a.kind !== b.kind) return false
  if (a.kind === 'tuple' && b.kind === 'tuple')
    return a.of.length === b.of.length && a.of.every((type, i) => sameType(type, b.of[i] ?? 'dynamic'))
  if (a.kind === 'object' && b.kind === 'object') {
    return (
      a.of.size === b.of.size &&
      [...a.of].every(([name, type]) => sameType(type, b.of.get(name) ?? { kind: 'tuple', of: ['dynamic', 'dynamic'] }))
    )
  }
  return sameType(a.of as Type, b.of as Type)
}

export function hasDynamic(type: Type): boolean {
  if (typeof type === 'string') return type === 'dynamic'
  if (type.kind === 'tuple') return type.of.some(hasDynamic)
  if (type.kind === 'object') return [...type.of.values()].some(hasDynamic)
  return hasDynamic(type.of)
}

/** As messages name a type. */
export function typeName(type: Type): string {
  if (typeof type === 'string') return type
  if (type.kind === 'tuple' || type.kind === 'object') return type.kind
  return `${type.kind} of ${typeName(type.of)}`
}

/** As `type()` shows it, on one line. */
export function typeText(type: Type): string {
  if (typeof type === 'string') return type
  if (type.kind === 'tuple')
    return type.of.length === 0 ? 'tuple([])' : `tuple([ ${type.of.map((each) => `${typeText(each)}, `).join('')}])`
  if (type.kind === 'object') {
    if (type.of.size === 0) return 'object({})'
    const names = [...type.of.keys()].sort()
    return `object({ ${names.map((name) => `${name}: ${typeText(type.of.get(name) ?? 'dynamic')}, `).join('')}})`
  }
  return typeof type.of === 'object' && (type.of.kind === 'tuple' || type.of.kind === 'object') && typeText(type.of).includes(' ')
    ? `${type.kind}( ${typeText(type.of)}, )`
    : `${type.kind}(${typeText(type.of)})`
}

/**
 * The one type that all can be read as without loss: texts take numbers and truth values, lists take tuples, maps take
 * objects. Undefined when there is none.
 */
export function unify(types: readonly Type[]): Type | undefined {
  const [first] = types
  if (first === undefined) return 'dynamic'
  if (types.every((type) => sameType(type, first))) return first
  const known = types.filter((type) => type !== 'dynamic')
  if (known.length < types.length) return unify(known)
  if (known.every(isPrimitive)) return known.includes('string') ? 'string' : undefined
  const kinds = new Set(known.map(kindOf))
  const has = (...of: Kind[]): boolean => [...kinds].every((kind) => of.includes(kind))
  if (has('object')) return unifyObjects(known)
  if (has('map', 'object')) return unifyInto('map', known)
  if (has('tuple')) return unifyTuples(known)
  if (has('list', 'tuple')) return unifyInto('list', known)
  if (has('set', 'tuple', 'list')) return unifyInto('set', known)
  return undefined
}

function partsOf(type: Type): readonly Type[] {
  if (typeof type === 'string') return [type]
  if (type.kind === 'tuple') return type.of
  if (type.kind === 'object') return [...type.of.values()]
  return [type.of]
}

function unifyInto(kind: 'list' | 'set' | 'map', types: readonly Type[]): Type | undefined {
  const of = unify(types.flatMap(partsOf))
  return of === undefined ? undefined : { kind, of }
}

function unifyTuples(types: readonly Type[]): Type | undefined {
  const lists = types.map(partsOf)
  const length = lists[0]?.length ?? 0
  if (lists.some((list) => list.length !== length)) return unifyInto('list', types)
  const of: Type[] = []
  for (let i = 0; i < length; i++) {
    const type = unify(lists.map((list) => list[i] ?? 'dynamic'))
    if (type === undefined) return unifyInto('list', types)
    of.push(type)
  }
  return { kind: 'tuple', of }
}

function unifyObjects(types: readonly Type[]): Type | undefined {
  const maps = types.flatMap((type) => (typeof type === 'object' && type.kind === 'object' ? [type.of] : []))
  const names = [...(maps[0]?.keys() ?? [])]
  if (maps.some((map) => map.size !== names.length || names.some((name) => !map.has(name)))) return unifyInto('map', types)
  const of = new Map<string, Type>()
  for (const name of names) {
    const type = unify(maps.map((map) => map.get(name) ?? 'dynamic'))
    if (type === undefined) return unifyInto('map', types)
    of.set(name, type)
  }
  return { kind: 'object', of }
}
