import type { Facts, ObjectsByKind } from '../../facts.ts'
import type { KubeObject } from '../../object.ts'
import { type Body, isMap, items, type Path, type Value } from '../../value.ts'
import type { Workload } from '../../workload.ts'
import type { Direction } from '../policy.ts'
import { type Synthesis, synthesise } from './synthesis.ts'

/** A rule of a NetworkPolicy that allows more than is known to be needed. */
export interface BroadRule {
  readonly object: KubeObject
  /** Ends in the rule's index. */
  readonly path: Path
  /** Whom its policy selects. */
  readonly workloads: readonly Workload[]
}

export interface Tightened extends Pick<Synthesis, 'kept' | 'lost'> {
  /** What to write for each rule, in the order of the question. */
  readonly instead: readonly { readonly rule: BroadRule; readonly rules: readonly Value[] }[]
}

const KIND = 'networking.k8s.io/NetworkPolicy'

type Known = Pick<Facts, 'workloads' | 'namespaces' | 'services' | 'reachability' | 'intents'>

/** The least rules that keep, in the place of broad ones, every known connection. Undefined where a policy would need several selectors. */
export function tighten(rules: readonly BroadRule[], direction: Direction, of: ObjectsByKind, facts: Known): Tightened | undefined {
  const workloads = [...new Set(rules.flatMap((rule) => rule.workloads))]
  const closed = new Map(rules.map(({ object, path }) => [object, without(object, path)]))
  const rest: ObjectsByKind = (kind) => (kind === KIND ? of(kind).map((object) => closed.get(object) ?? object) : of(kind))
  const synthesis = synthesise({ workloads, namespaces: [], directions: [direction], dialect: 'kubernetes' }, rest, facts)
  const covered = new Set(synthesis.policies.flatMap((policy) => policy.workloads))
  if (workloads.some((workload) => !covered.has(workload))) return undefined
  const instead = rules.map((rule) => {
    const own = synthesis.policies.filter((policy) => policy.workloads.some((workload) => rule.workloads.includes(workload)))
    const written = own.flatMap(({ body }) => items(body, 'spec', direction))
    return { rule, rules: [...new Map(written.map((each) => [JSON.stringify(each), each])).values()] }
  })
  return { instead, kept: synthesis.kept, lost: synthesis.lost }
}

/** The same policy without one of its rules. */
function without(object: KubeObject, path: Path): KubeObject {
  const [spec, direction, index] = path
  const outer = object.body[String(spec)]
  if (!isMap(outer)) return object
  const list = items(outer, String(direction)).filter((_, i) => i !== index)
  // Without rules the policy must go on isolating.
  const types = outer['policyTypes'] ?? (items(outer, 'egress').length > 0 ? ['Ingress', 'Egress'] : ['Ingress'])
  const body: Body = { ...object.body, spec: { ...outer, policyTypes: types, [String(direction)]: list } }
  return { ...object, body }
}
