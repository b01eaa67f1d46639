import type { KubeObject } from '../model/object.ts'
import { equal } from '../model/value.ts'
import { basename, compareText, dirname } from '../text/path.ts'
import type { Unit } from './unit.ts'

/** The units that end up in one cluster. */
export interface Environment {
  readonly name: string
  readonly units: readonly Unit[]
}

/** A unit that may be one of several variants, each of which names an environment. */
export interface Member {
  readonly unit: Unit
  readonly variant: string | undefined
}

/** Conflicts in more folders than this are a collection of samples. */
const MAX_CONFLICT_FOLDERS = 5

/** More conflicting units than this in a few folders are no variants that anybody deploys: one environment a folder then. */
const MAX_CONFLICTING_UNITS = 500

/** More builds than this are no variants of one application. */
const MAX_ALIKE = 40

/** How many plain units all variants together take in; repositories beyond that hold samples, not what belongs to every variant. */
const MAX_SHARED_UNITS = 20_000

/**
 * Infers the environments of units that nobody assigned to one. Each variant names one. Other units belong
 * together, and to every variant, unless they define the same object with different bodies; each of those
 * opens an environment and takes in, nearest folder first, what conflicts with nothing inside.
 */
export function inferEnvironments(all: readonly Member[]): readonly Environment[] {
  const conflicts = findConflicts(all.map(({ unit }) => unit))
  const members = withoutLoners(all, conflicts)
  const plain = members.filter(({ variant }) => variant === undefined).map(({ unit }) => unit)
  const variants = variantsOf(members, conflicts)
  if (variants.length === 0) return plainEnvironments(plain, conflicts)
  const shared = plain.length * variants.length <= MAX_SHARED_UNITS && !isCollection(plain, conflicts) ? plain : []
  const environments = variants.map(({ name, units }) => ({ name, units: [...gather(units, shared, conflicts)] }))
  const inSome = new Set(environments.flatMap(({ units }) => units))
  const others = plainEnvironments(
    plain.filter((unit) => !inSome.has(unit)),
    conflicts,
  )
  const taken = new Set(environments.map(({ name }) => name))
  return [...environments, ...others.map(({ name, units }) => ({ name: taken.has(name) ? (units[0]?.id ?? name) : name, units }))]
}

/**
 * A build that has no other like it (an application of a GitOps repository, in a folder of its own) is no variant of
 * anything: it belongs to every environment, as plain units do.
 */
function withoutLoners(members: readonly Member[], conflicts: ReadonlyMap<Unit, ReadonlySet<Unit>>): readonly Member[] {
  const variants = members.flatMap(({ unit, variant }) => (variant === undefined ? [] : [unit]))
  const alike = alternatives(variants)
  const isLoner = (unit: Unit): boolean => !alike.has(unit) && !variants.some((other) => conflicts.get(unit)?.has(other))
  return members.map((member) => (member.variant !== undefined && isLoner(member.unit) ? { ...member, variant: undefined } : member))
}

/** Units with another one that has half of their objects too: by their names in whatever namespace, or by the files that they come from. */
function alternatives(units: readonly Unit[]): ReadonlySet<Unit> {
  const byName = alike(units, ({ groupKind, name }) => (name === '' ? undefined : `${groupKind}/${name}`))
  const byFile = alike(units, ({ groupKind, file }) => `${groupKind} ${file}`)
  return new Set([...byName, ...byFile])
}

function alike(units: readonly Unit[], keyOf: (object: KubeObject) => string | undefined): Unit[] {
  const holders = new Map<string, Unit[]>()
  const sizes = new Map<Unit, number>()
  for (const unit of units) {
    const keys = new Set(unit.objects.flatMap((object) => keyOf(object) ?? []))
    sizes.set(unit, keys.size)
    for (const key of keys) {
      const list = holders.get(key)
      if (list) list.push(unit)
      else holders.set(key, [unit])
    }
  }
  const shared = new Map<Unit, Map<Unit, number>>()
  for (const list of holders.values()) {
    // What so many have is a part that they share, not what they are.
    if (list.length > MAX_ALIKE) continue
    for (const unit of list) {
      const counts = shared.get(unit) ?? new Map<Unit, number>()
      for (const other of list) if (other !== unit) counts.set(other, (counts.get(other) ?? 0) + 1)
      shared.set(unit, counts)
    }
  }
  const smaller = (unit: Unit, other: Unit): number => Math.min(sizes.get(unit) ?? 0, sizes.get(other) ?? 0)
  return units.filter((unit) => [...(shared.get(unit) ?? [])].some(([other, count]) => 2 * count >= smaller(unit, other)))
}

function variantsOf(members: readonly Member[], conflicts: ReadonlyMap<Unit, ReadonlySet<Unit>>): Environment[] {
  const byName = new Map<string, Unit[]>()
  for (const { unit, variant } of members) {
    if (variant === undefined) continue
    const list = byName.get(variant)
    if (list) list.push(unit)
    else byName.set(variant, [unit])
  }
  return [...byName]
    .sort(([a], [b]) => compareText(a, b))
    .flatMap(([name, units]): Environment[] => {
      // The same folder name in two samples is not the same cluster.
      const apart = units.some((unit) => units.some((other) => conflicts.get(unit)?.has(other)))
      return apart ? units.map((unit) => ({ name: dirname(unit.id) || unit.id, units: [unit] })) : [{ name, units }]
    })
}

function plainEnvironments(units: readonly Unit[], all: ReadonlyMap<Unit, ReadonlySet<Unit>>, name = 'default'): Environment[] {
  const conflicts = among(units, all)
  if (conflicts.size === 0) return units.length === 0 ? [] : [{ name, units }]
  if (isCollection(units, all)) {
    // A sample may have variants, or be a collection itself.
    return samplesOf(units).flatMap((sample) => plainEnvironments(sample.units, all, sample.name))
  }
  const sets = new Map<string, Set<Unit>>()
  for (const opener of conflicts.keys()) {
    const inside = gather([opener], units, conflicts)
    const key = [...inside]
      .map((unit) => unit.id)
      .sort(compareText)
      .join('\n')
    if (!sets.has(key)) sets.set(key, inside)
  }
  return named(units, [...sets.values()], name)
}

/** Conflicts in many folders are samples that nobody deploys together. */
function isCollection(units: readonly Unit[], all: ReadonlyMap<Unit, ReadonlySet<Unit>>): boolean {
  const conflicts = among(units, all)
  const folders = new Set([...conflicts.keys()].map((unit) => dirname(unit.id)))
  return folders.size > 1 && (folders.size > MAX_CONFLICT_FOLDERS || conflicts.size > MAX_CONFLICTING_UNITS)
}

/** The conflicts of units with one another. */
function among(units: readonly Unit[], conflicts: ReadonlyMap<Unit, ReadonlySet<Unit>>): ReadonlyMap<Unit, ReadonlySet<Unit>> {
  const inside = new Set(units)
  const own = [...conflicts].flatMap(([unit, others]): [Unit, Set<Unit>][] => {
    const among = inside.has(unit) ? [...others].filter((other) => inside.has(other)) : []
    return among.length > 0 ? [[unit, new Set(among)]] : []
  })
  return new Map(own)
}

/** Which units cannot be in one cluster, in path order. */
function findConflicts(units: readonly Unit[]): Map<Unit, Set<Unit>> {
  const first = new Map<string, { unit: Unit; object: KubeObject }>()
  const several = new Map<string, { unit: Unit; object: KubeObject }[]>()
  for (const unit of units) {
    for (const object of unit.objects) {
      if (object.name === '') continue
      const known = first.get(object.id)
      if (!known) first.set(object.id, { unit, object })
      else if (known.unit !== unit) {
        const list = several.get(object.id)
        if (list) list.push({ unit, object })
        else several.set(object.id, [known, { unit, object }])
      }
    }
  }
  const conflicts = new Map<Unit, Set<Unit>>()
  for (const definitions of several.values()) {
    for (const [i, a] of definitions.entries()) {
      for (const b of definitions.slice(i + 1)) {
        if (a.unit === b.unit || equal(a.object.body, b.object.body)) continue
        link(conflicts, a.unit, b.unit)
        link(conflicts, b.unit, a.unit)
      }
    }
  }
  return new Map([...conflicts].sort(([a], [b]) => compareText(a.id, b.id)))
}

function link(conflicts: Map<Unit, Set<Unit>>, from: Unit, to: Unit): void {
  const known = conflicts.get(from)
  if (known) known.add(to)
  else conflicts.set(from, new Set([to]))
}

/** The openers and, nearest folder first, every unit that conflicts with none inside. */
function gather(openers: readonly Unit[], units: readonly Unit[], conflicts: ReadonlyMap<Unit, ReadonlySet<Unit>>): Set<Unit> {
  const inside = new Set(openers)
  const refused = new Set(openers.flatMap((opener) => [...(conflicts.get(opener) ?? [])]))
  const from = dirname(openers[0]?.id ?? '')
  const nearest = units
    .map((unit) => ({ unit, distance: distance(from, dirname(unit.id)) }))
    .sort((a, b) => a.distance - b.distance || compareText(a.unit.id, b.unit.id))
  for (const { unit } of nearest) {
    if (refused.has(unit) || inside.has(unit)) continue
    inside.add(unit)
    for (const other of conflicts.get(unit) ?? []) refused.add(other)
  }
  return inside
}

/** Steps up and down from one folder to the other. */
function distance(a: string, b: string): number {
  const left = a === '' ? [] : a.split('/')
  const right = b === '' ? [] : b.split('/')
  let common = 0
  while (common < left.length && left[common] === right[common]) common++
  return left.length + right.length - 2 * common
}

/** The samples of a collection: the folders of the highest level that has more of them than variants would have. */
function samplesOf(units: readonly Unit[]): Environment[] {
  const deepest = Math.max(...units.map((unit) => dirname(unit.id).split('/').length))
  for (let depth = 1; depth <= deepest; depth++) {
    const folders = new Map<string, Unit[]>()
    for (const unit of units) {
      const folder = dirname(unit.id).split('/').slice(0, depth).join('/')
      const list = folders.get(folder)
      if (list) list.push(unit)
      else folders.set(folder, [unit])
    }
    if (folders.size > MAX_CONFLICT_FOLDERS || (depth === deepest && folders.size > 1)) {
      return [...folders].sort(([a], [b]) => compareText(a, b)).map(([folder, units]) => ({ name: folder || '.', units }))
    }
  }
  return units.map((unit) => ({ name: unit.id, units: [unit] }))
}

/** Environments are named by what sets them apart: the folder that only one of them has, else the one that opened it. */
function named(units: readonly Unit[], sets: readonly Set<Unit>[], within: string): Environment[] {
  const prefix = within === 'default' ? '' : `${within}/`
  const names = sets.map((set) => {
    const own = [...set].filter((unit) => sets.some((other) => !other.has(unit)))
    const folders = new Set(own.map((unit) => dirname(unit.id)))
    const only = [...folders][0]
    const opener = [...set][0]?.id ?? ''
    return prefix + basename(folders.size === 1 && only ? only : dirname(opener) || opener)
  })
  return sets.map((set, i) => {
    const opener = [...set][0]
    const name = names[i] ?? ''
    const unique = names.filter((other) => other === name).length === 1
    return { name: unique ? name : (opener?.id ?? name), units: units.filter((unit) => set.has(unit)) }
  })
}
