import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { identityOf } from '../../../server/model/access/identity.ts'
import { placeKey } from '../../../server/model/access/places.ts'
import { type EnvironmentModel, environmentModel } from '../../../server/model/facts.ts'
import { type KubeObject, makeObject } from '../../../server/model/object.ts'
import type { Body } from '../../../server/model/value.ts'
import { evaluateManifest } from '../../../server/sources/manifest.ts'
import { binding, rbac, role } from './files.ts'

const NAMES = ['a', 'b', 'c']
const NAMESPACES = ['', 'default', 'shop', 'kube-system']
const RULES: readonly Body[] = [
  { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods', 'pods/exec'], verbs: ['create'] },
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['escalate', 'update'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'], resourceNames: ['a'] },
]

const RBAC = 'rbac.authorization.k8s.io/v1'
const name = fc.constantFrom(...NAMES)
const namespace = fc.constantFrom(...NAMESPACES)
const metadata = fc.record({ name, namespace, labels: fc.constantFrom({}, { to: 'a' }, { to: 'b' }) })
const rules = fc.array(fc.constantFrom(...RULES), { maxLength: 2 })
const subjects = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('ServiceAccount'), name, namespace: fc.constantFrom('', 'shop', 'kube-system') }),
    fc.record({ kind: fc.constant('User'), name: fc.constantFrom('ann', 'system:serviceaccount:shop:a') }),
    fc.record({ kind: fc.constant('Group'), name: fc.constantFrom('devs', 'system:serviceaccounts:shop', 'system:authenticated') }),
  ),
  { maxLength: 3 },
)
const roleRef = fc.record({ kind: fc.constantFrom('Role', 'ClusterRole'), name: fc.constantFrom('a', 'b', 'edit', 'cluster-admin') })
const aggregation = fc.constantFrom(undefined, undefined, { clusterRoleSelectors: [{ matchLabels: { to: 'a' } }] })

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.record({ apiVersion: fc.constant(RBAC), kind: fc.constant('Role'), metadata, rules }),
  fc.record({ metadata, rules, aggregationRule: aggregation }).map(({ metadata: { name, labels }, rules, aggregationRule }) => ({
    ...{ apiVersion: RBAC, kind: 'ClusterRole', metadata: { name, labels }, rules },
    ...(aggregationRule ? { aggregationRule } : {}),
  })),
  fc.record({ apiVersion: fc.constant(RBAC), kind: fc.constant('RoleBinding'), metadata, roleRef, subjects }),
  fc
    .record({ name, roleRef, subjects })
    .map(({ name, ...rest }) => ({ apiVersion: RBAC, kind: 'ClusterRoleBinding', metadata: { name }, ...rest })),
  fc.record({
    apiVersion: fc.constant('v1'),
    kind: fc.constant('ServiceAccount'),
    metadata,
    automountServiceAccountToken: fc.boolean(),
  }),
  fc.record({ metadata, serviceAccountName: name }).map(({ metadata, serviceAccountName }) => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, labels: { app: metadata.name } } },
    spec: { serviceAccountName, containers: [{ name: 'a', image: 'b', ports: [{ containerPort: 80 }] }] },
  })),
  metadata.map((metadata) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata },
    spec: { type: 'LoadBalancer', selector: { app: metadata.name }, ports: [{ port: 80 }] },
  })),
)

type Edit = { readonly at: number; readonly what: 'replace' | 'insert' | 'remove' | 'swap'; readonly body: Body }
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(11),
  what: fc.constantFrom('replace', 'replace', 'replace', 'insert', 'remove', 'swap'),
  body,
})

function edited(objects: readonly KubeObject[], { at, what, body }: Edit): readonly KubeObject[] {
  const object = makeObject(body, 'test', 'test.yaml')
  const list = [...objects]
  if (!object) return list
  const place = at % (list.length || 1)
  if (what === 'swap') list.reverse()
  else list.splice(place, what === 'insert' ? 0 : 1, ...(what === 'remove' ? [] : [object]))
  return list
}

/** All that can be asked, as text. */
function answers({ facts }: EnvironmentModel, objects: readonly KubeObject[]): unknown {
  const { access, tokens, escalation, workloads } = facts
  const idOf = new Map(objects.map((object, i) => [object, i]))
  return {
    subjects: access.subjects.map((subject) => ({
      subject,
      grants: access
        .grantsOf(identityOf(subject))
        .map(({ rule, namespace, binding, role, sure }) => [
          rule.role,
          rule.path,
          rule.object && idOf.get(rule.object),
          namespace,
          binding && idOf.get(binding.object),
          role.name,
          sure,
        ]),
      risks: escalation.risksOf(subject).map((risk) => [risk.name, risk.namespace, risk.sure]),
      steps: escalation
        .risksOf(subject)
        .map((risk) => escalation.stepsOf(subject, risk).map(({ to, how, sure }) => [placeKey(to), how, sure])),
    })),
    roles: access.roles.all.map((role) => [role.name, role.rules.length, role.aggregates.length, access.roles.aggregatedInto(role).length]),
    objects: objects.map((object) => [
      access.binding(object)?.role.name,
      access.bindingsOf(object).map((binding) => idOf.get(binding.object)),
      escalation.risksThrough(object).map(({ subject, risk }) => [subject, risk.name]),
      escalation.tellsOf(object),
    ]),
    tokens: workloads.map((workload) =>
      tokens.of(workload).map(({ name, namespace, held, object }) => [name, namespace, held, idOf.get(object)]),
    ),
    holders: NAMES.map((each) => tokens.holdersOf('shop', each).map(({ object }) => idOf.get(object))),
    paths: escalation
      .attackPaths()
      .map(({ workload, end, sure, remains, steps }) => [
        idOf.get(workload.object),
        placeKey(end),
        sure,
        remains,
        steps.map(({ edge }) => edge.how),
      ]),
  }
}

describe('permissions after edits', () => {
  test('are those of a fresh look at the same objects', () => {
    let asked = 0
    fc.assert(
      fc.property(fc.array(body, { minLength: 3, maxLength: 12 }), fc.array(edit, { minLength: 1, maxLength: 6 }), (bodies, edits) => {
        let objects: readonly KubeObject[] = bodies.flatMap((each) => makeObject(each, 'test', 'test.yaml') ?? [])
        let model = environmentModel('test', objects, false)
        for (const [i, each] of edits.entries()) {
          // Not everything is asked in every revision.
          if (i % 2 === 0) answers(model, objects)
          objects = edited(objects, each)
          model = environmentModel('test', objects, false, model)
        }
        const fresh = environmentModel('test', objects, false)
        expect(answers(model, objects)).toEqual(answers(fresh, objects))
        asked += fresh.facts.access.subjects.length
      }),
      { numRuns: 300 },
    )
    expect(asked).toBeGreaterThan(300)
  })

  test('are answered by the same lists where nothing that changed concerns them', () => {
    const account = (name: string): string => `apiVersion: v1\nkind: ServiceAccount\nmetadata: { namespace: shop, name: ${name} }\n---\n`
    const pod = (name: string): string =>
      `apiVersion: v1\nkind: Pod\nmetadata: { namespace: shop, name: ${name} }\nspec: { serviceAccountName: ${name}, containers: [{ name: a, image: b }] }\n---\n`
    const text = `${['one', 'two'].map((name) => account(name) + pod(name)).join('')}${rbac(
      role('shop/r', 'list core secrets'),
      role('shop/s', 'list core pods'),
      binding('shop/b', 'shop/r', 'ServiceAccount shop/one'),
      binding('shop/c', 'shop/s', 'ServiceAccount shop/two'),
    )}`
    const first = evaluateManifest({ path: 'a.yaml', text })
    const second = evaluateManifest({ path: 'a.yaml', text: text.replace("'pods'", "'services'") }, first)
    const before = environmentModel('test', first.objects, false)
    const asked = ({ facts: { access, escalation, tokens, workloads } }: EnvironmentModel): readonly unknown[] => {
      const [x, y] = access.subjects
      if (!x || !y) throw new Error('no subjects')
      const roles = access.roles.all.flatMap(({ object }) => object ?? [])
      return [
        access.subjects,
        access.grantsOf(identityOf(x)),
        escalation.risksOf(x),
        ...roles.flatMap((each): unknown[] => (each.name === 'r' ? [access.bindingsOf(each)[0], escalation.risksThrough(each)] : [])),
        ...workloads.map((workload) => tokens.of(workload)),
        tokens,
        access.grantsOf(identityOf(y)),
      ]
    }
    const [was, is] = [asked(before), asked(environmentModel('test', second.objects, false, before))]
    expect(was.map((answer, i) => answer === is[i])).toEqual([...was.slice(1).map(() => true), false])
  })
})
