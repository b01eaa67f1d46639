import { type AnalysedEnvironment, type Analysis, unitsReading } from '../../analysis/analyse.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Path } from '../../model/value.ts'
import { literal } from '../../report/markdown.ts'
import type { Location } from '../../sources/unit.ts'
import { environmentsOf, type Place } from '../feature.ts'

/** An object in an environment that holds it. */
export interface Seen {
  readonly environment: AnalysedEnvironment
  readonly object: KubeObject
}

/** What one place of a file is: the same object in several environments, or what several builds make of it. */
export interface Written extends Location {
  readonly seen: readonly Seen[]
}

/** Environments whose different answers one place can show; the others are counted. */
const ENVIRONMENTS = 3

/** The objects that begin in a file, each place once. */
export function writtenIn(analysis: Analysis, file: string, wanted: (object: KubeObject) => boolean): readonly Written[] {
  const places = new Map<number, { readonly span: Location['span']; readonly seen: Seen[] }>()
  for (const unit of unitsReading(analysis, file)) {
    for (const object of unit.objects) {
      if (object.file !== file || !wanted(object)) continue
      const at = unit.locate(object, ['kind'], 'key') ?? unit.locate(object, ['kind'], 'value') ?? unit.locate(object, [], 'value')
      if (at?.file !== file) continue
      const place = places.get(at.span.start) ?? { span: at.span, seen: [] }
      places.set(at.span.start, place)
      for (const environment of environmentsOf(analysis, object)) place.seen.push({ environment, object })
    }
  }
  return [...places.values()].map(({ span, seen }) => ({ file, span, seen })).filter(({ seen }) => seen.length > 0)
}

/** An object under a cursor, and what of it is there. */
export interface SeenAt extends Seen {
  readonly path: Path
}

/** The objects under a cursor in every environment that holds them. */
export function seenAt({ analysis, objects }: Place): SeenAt[] {
  return objects.flatMap(({ object, path }) => environmentsOf(analysis, object).map((environment) => ({ environment, object, path })))
}

/** Whether a path is of what names an object: there a hover is about all of it. */
export function isHead(path: Path): boolean {
  const [first, second] = path
  return (path.length === 1 && first === 'kind') || (path.length === 2 && first === 'metadata' && second === 'name')
}

/** An answer, and the first place that gives it. */
export interface Answered<T, S extends Seen> {
  readonly of: T
  readonly first: S
  /** Empty when the answer holds in all of them. */
  readonly environments: readonly string[]
}

/** Answers for each environment, equal ones once. */
export function perEnvironment<T, S extends Seen>(seen: readonly S[], answer: (one: S) => T | undefined): readonly Answered<T, S>[] {
  const groups = new Map<string, { readonly of: T; readonly environments: string[]; readonly first: S }>()
  for (const one of seen) {
    const of = answer(one)
    if (of === undefined) continue
    const key = JSON.stringify(of)
    const group = groups.get(key)
    if (!group) groups.set(key, { of, environments: [one.environment.name], first: one })
    else if (!group.environments.includes(one.environment.name)) group.environments.push(one.environment.name)
  }
  const all = new Set(seen.map(({ environment }) => environment.name)).size
  return [...groups.values()]
    .slice(0, ENVIRONMENTS)
    .map((group) => (group.environments.length === all ? { ...group, environments: [] } : group))
}

/** `prod, staging: ` where an answer holds in some environments only. */
export function inEnvironments(environments: readonly string[]): string {
  if (environments.length === 0) return ''
  const rest = environments.length - ENVIRONMENTS
  return `${environments.slice(0, ENVIRONMENTS).join(', ')}${rest > 0 ? ` and ${rest} others` : ''}: `
}

/** Sections of a hover, each with the environments in which it holds. */
export function sections<S extends Seen>(answers: readonly Answered<readonly string[], S>[], between: string): string[] {
  return answers.map(({ of, environments }) => {
    const where = inEnvironments(environments)
    return [...(where === '' ? [] : [`In ${literal(where.slice(0, -2))}:`]), ...of].join(between)
  })
}
