import type { Analysis } from '../../analysis/analyse.ts'
import { locate } from '../../analysis/locate.ts'
import type { Grant } from '../../model/access/access.ts'
import type { Binding } from '../../model/access/bindings.ts'
import type { Subject } from '../../model/access/identity.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Path } from '../../model/value.ts'
import { type Places, placesOf } from '../describe.ts'

/** A place in a file, by the line on which it begins. */
export interface Line {
  readonly file: string
  readonly line: number
}

/** What a line names: a subject, a binding, a workload. */
export interface Named {
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

export interface ReportSubject {
  readonly kind: Subject['kind']
  readonly namespace?: string
  readonly name: string
}

export interface ReportBinding extends Partial<Line> {
  readonly kind: string
  readonly namespace?: string
  readonly name: string
}

/** How somebody comes to a permission. */
export interface ReportGrant {
  /** Absent for the whole cluster. */
  readonly namespace?: string
  readonly certainty: 'certain' | 'possible'
  /** Absent for one that Kubernetes brings. */
  readonly binding?: ReportBinding
  readonly role: { readonly kind: string; readonly name: string }
  /** The rule; `of` is another role than the one that is bound when it is aggregated into it. Absent for one that Kubernetes brings. */
  readonly rule?: Line & { readonly of: string }
}

/** Finds lines; every file's lines are counted once. */
export type Lines = (object: KubeObject, path: Path) => Line | undefined

export function linesOf(analysis: Analysis): Lines {
  const places: Places = placesOf(analysis)
  return (object, path) => {
    const location = locate(analysis, { object, path, part: 'value' })
    if (!location) return undefined
    const { file, start } = places(location)
    return { file, line: start.line }
  }
}

export function reportSubject({ kind, namespace, name }: Subject): ReportSubject {
  return kind === 'ServiceAccount' ? { kind, namespace, name } : { kind, name }
}

export function reportBinding({ object, namespace }: Binding, lines: Lines): ReportBinding {
  return { kind: object.kind, ...(namespace === undefined ? {} : { namespace }), name: object.name, ...lines(object, ['metadata', 'name']) }
}

export function reportGrant({ namespace, binding, role, rule, sure }: Grant, lines: Lines): ReportGrant {
  const line = rule.object && lines(rule.object, rule.path)
  return {
    ...(namespace === undefined ? {} : { namespace }),
    certainty: sure ? 'certain' : 'possible',
    ...(binding ? { binding: reportBinding(binding, lines) } : {}),
    role: { kind: role.kind, name: role.name },
    ...(line ? { rule: { of: rule.role, ...line } } : {}),
  }
}

/** `RoleBinding shop/ci (rbac.yaml:3) binds ClusterRole edit, which Kubernetes brings`: one grant in a line. */
export function grantText({ binding, role, rule, certainty }: ReportGrant, shown: (path: string) => string): string {
  const at = (line: Partial<Line> | undefined): string => (line?.file === undefined ? '' : ` (${shown(line.file)}:${line.line})`)
  const bound = binding ? `${nameOf(binding)}${at(binding)}` : 'a binding that Kubernetes brings'
  const source = !rule ? ', which Kubernetes brings' : rule.of === role.name ? at(rule) : `, into which ${rule.of} is aggregated${at(rule)}`
  return `${bound} binds ${role.kind} ${role.name}${source}${certainty === 'possible' ? '; possibly' : ''}`
}

export function nameOf({ kind, namespace, name }: Named): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name || '(unknown)'}`
}

/** Where permissions hold. */
export function scopeText(namespace: string | undefined): string {
  if (namespace === undefined) return 'in the whole cluster'
  return namespace === '' ? 'in the namespace that is left open' : `in ${namespace}`
}

/** Answers of environments that are the same are given once, for all of them. */
export function byEnvironment<T extends object>(
  analysis: Analysis,
  answer: (environment: Analysis['environments'][number]) => T,
): (T & { readonly environments: readonly string[] })[] {
  const found = new Map<string, { readonly of: T; readonly environments: string[] }>()
  for (const environment of analysis.environments) {
    const value = answer(environment)
    const key = JSON.stringify(value)
    const known = found.get(key)
    if (known) known.environments.push(environment.name)
    else found.set(key, { of: value, environments: [environment.name] })
  }
  return [...found.values()].map(({ of, environments }) => ({ environments, ...of }))
}
