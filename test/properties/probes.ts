import type { FactName, Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { type AnyRule, defineRule, type Found } from '../../server/model/rule.ts'
import { get, hasUnknown } from '../../server/model/value.ts'
import { serviceAccountOf } from '../../server/model/workload.ts'

/** What to ask of each fact: an object, and what the fact says about it. */
const ASKED: { readonly [K in FactName]?: (facts: Pick<Facts, K | 'workloads'>) => Iterable<readonly [KubeObject | undefined, unknown]> } =
  {
    services: ({ services }) =>
      services.all.map(({ object, type, workloads, possible }) => [object, [type, workloads.map(id), possible.map(id)]]),
    namespaces: ({ namespaces }) =>
      namespaces.all.map(({ name, object, labels, workloads }) => [object ?? workloads[0]?.object, [name, labels, workloads.map(id)]]),
    isolation: ({ isolation, workloads }) =>
      workloads.map((workload) => [
        workload.object,
        [
          isolation.isolated(workload, 'ingress'),
          isolation.isolated(workload, 'egress'),
          isolation.defaultDeny(workload.object.namespace, 'ingress'),
        ],
      ]),
    exposure: ({ exposure, workloads }) =>
      workloads.map((workload) => [workload.object, exposure.of(workload).map(({ via, path, port }) => [via.id, path, port])]),
    access: ({ access, workloads }) => [
      ...access.bindings.map(({ object, role, subjects }) => [object, [role.name, role.object?.body, subjects]] as const),
      ...workloads.map((workload) => {
        const account = serviceAccountOf(workload) ?? ''
        return [workload.object, access.bindingsFor(workload.object.namespace, account).map(({ object }) => object.id)] as const
      }),
    ],
    tokens: ({ tokens, workloads }) =>
      workloads.map((workload) => [
        workload.object,
        tokens.of(workload).map(({ namespace, name, via, held }) => [namespace, name, via, held]),
      ]),
    escalation: ({ escalation, workloads }) => [
      ...workloads.map(({ object }) => {
        const account = { kind: 'ServiceAccount', namespace: object.namespace, name: object.name } as const
        return [object, escalation.risksOf(account).map(({ name, namespace, sure }) => [name, namespace, sure])] as const
      }),
      ...escalation
        .attackPaths()
        .map(({ workload, end, sure, cut, remains }) => [workload.object, [end.kind, sure, cut?.object.id, cut?.path, remains]] as const),
    ],
    references: ({ references, workloads }) =>
      workloads.map(({ object }) => [
        object,
        references
          .of(object)
          .map((reference) => [reference.path, reference.name, references.resolve(reference).map((other) => [other.file, other.id])]),
      ]),
  }

function id({ object }: { readonly object: KubeObject }): string {
  return `${object.file} ${object.id}`
}

/**
 * Rules that say what they see: one for each kind of subject and for each fact, so that a stale answer shows
 * whether or not a real rule asks for it.
 */
export const PROBES: readonly AnyRule[] = [
  defineRule({
    ...about('probe-object'),
    each: 'object',
    kinds: ['/Service', '/ConfigMap', 'networking.k8s.io/Ingress'],
    reads: [],
    *check(object, { target }) {
      yield at(object, `${target.minor} ${target.platform} ${JSON.stringify(object.body)}`)
    },
  }),
  defineRule({
    ...about('probe-workload'),
    each: 'workload',
    reads: [],
    *check({ object, spec, containers }) {
      if (hasUnknown(spec)) yield { notEvaluated: object, path: ['spec'] }
      if (get(spec, 'serviceAccountName') === 'default') throw new Error('a rule that fails')
      yield at(object, containers.map(({ name }) => name).join())
    },
  }),
  defineRule({
    ...about('probe-object-with-fact'),
    each: 'object',
    kinds: ['/Service', 'rbac.authorization.k8s.io/Role'],
    reads: ['isolation'],
    *check(object) {
      yield at(object, JSON.stringify(object.body))
    },
  }),
  defineRule({
    ...about('probe-workload-with-fact'),
    each: 'workload',
    reads: ['access'],
    *check({ object, spec }) {
      yield at(object, JSON.stringify(spec))
    },
  }),
  defineRule({
    ...about('probe-namespace'),
    each: 'namespace',
    reads: [],
    *check({ object, name, labels, workloads }) {
      const anchor = object ?? workloads[0]?.object
      if (anchor) yield { ...at(anchor, `${JSON.stringify(labels)} ${workloads.length}`), about: `namespace ${name}` }
    },
  }),
  defineRule({
    ...about('probe-environment'),
    absence: true,
    each: 'environment',
    reads: ['objects'],
    *check({ name, incomplete }, { facts }) {
      const [first] = facts.objects('/Service')
      if (first && facts.objects('networking.k8s.io/NetworkPolicy').length === 0)
        yield { ...at(first, `${name} ${incomplete}`), about: 'policies' }
    },
  }),
  defineRule({
    ...about('probe-incomplete'),
    each: 'environment',
    reads: ['workloads'],
    *check({ name, incomplete }, { facts }) {
      const [first] = facts.workloads
      if (first) yield at(first.object, `${name} ${incomplete}`)
    },
  }),
  ...(Object.keys(ASKED) as (keyof typeof ASKED)[]).map(ofFact),
]

function about(name: string) {
  return { name, title: 'Says what it sees', pillar: 'compliance', severity: 'hint', controls: {}, since: '0.1.0' } as const
}

function at(object: KubeObject, message: string): Found<undefined> {
  return { object, path: ['metadata', 'name'], part: 'value', message }
}

function ofFact(fact: FactName): AnyRule {
  return defineRule<'environment', FactName>({
    ...about(`probe-${fact}`),
    each: 'environment',
    reads: [fact, 'workloads'],
    *check(_, { facts }) {
      for (const [object, said] of ASKED[fact]?.(facts) ?? []) if (object) yield at(object, JSON.stringify(said))
    },
  })
}
