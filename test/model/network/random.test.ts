import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EnvironmentModel } from '../../../server/model/facts.ts'
import { DNS_ID } from '../../../server/model/network/dns.ts'
import { addedBy, neighboursOf } from '../../../server/model/network/neighbours.ts'
import { DIRECTIONS, type Direction } from '../../../server/model/network/policy.ts'
import type { Allowed } from '../../../server/model/network/reachability.ts'
import { atEndpoint, equalRows } from '../../../server/model/network/rows.ts'
import { ALL, atPort, difference, isWithin, NONE, PROTOCOL_NUMBERS } from '../../../server/model/network/sets/connections.ts'
import type { KubeObject } from '../../../server/model/object.ts'
import type { Value } from '../../../server/model/value.ts'
import { modelOf, namespace, object, pod } from './cluster.ts'
import { isAllowed } from './naive.ts'

const KEYS = ['app', 'tier', 'zone']
const VALUES = ['a', 'b', 'c']
const NAMES = ['one', 'two', 'three']
const PORTS = [80, 443, 8080]

const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), { maxKeys: 2 })
const selector: fc.Arbitrary<Value> = fc.oneof(
  fc.constant({}),
  labels.map((matchLabels) => ({ matchLabels })),
  fc
    .tuple(
      fc.constantFrom(...KEYS),
      fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
      fc.uniqueArray(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 2 }),
    )
    .map(([key, operator, values]) => ({ matchExpressions: [{ key, operator, ...(operator.endsWith('In') ? { values } : {}) }] })),
)
const peer: fc.Arbitrary<Value> = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  selector.map((namespaceSelector) => ({ namespaceSelector })),
  fc.constantFrom(...NAMES).map((name) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } })),
  fc.tuple(selector, selector).map(([namespaceSelector, podSelector]) => ({ namespaceSelector, podSelector })),
  fc.constant({ ipBlock: { cidr: '203.0.113.0/24' } }),
)
const port: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(...PORTS).map((port) => ({ port })),
  fc.constantFrom('http', 'admin').map((port) => ({ port })),
  fc.constantFrom('UDP', 'SCTP').map((protocol) => ({ protocol })),
  fc.constant({ protocol: 'UDP', port: 79, endPort: 81 }),
)
const rule = (peers: string): fc.Arbitrary<Value> =>
  fc.tuple(fc.array(peer, { maxLength: 2 }), fc.array(port, { maxLength: 2 })).map(([list, ports]) => ({ [peers]: list, ports }))

const policies: fc.Arbitrary<KubeObject> = fc
  .record({
    at: fc.constantFrom(...NAMES),
    name: fc.constantFrom('p', 'q', 'r'),
    podSelector: selector,
    types: fc.constantFrom(undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: fc.option(fc.array(rule('from'), { maxLength: 2 }), { nil: undefined }),
    egress: fc.option(fc.array(rule('to'), { maxLength: 2 }), { nil: undefined }),
  })
  .map(({ at, name, podSelector, types, ingress, egress }) =>
    object({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name, namespace: at },
      spec: { podSelector, ...(types ? { policyTypes: types } : {}), ...(ingress ? { ingress } : {}), ...(egress ? { egress } : {}) },
    }),
  )

const pods: fc.Arbitrary<KubeObject> = fc
  .tuple(fc.constantFrom(...NAMES), fc.constantFrom('v', 'w', 'x', 'y'), labels, fc.constantFrom(...PORTS), fc.boolean())
  .map(([at, name, labels, port, udp]) =>
    pod(`${at}/${name}`, labels, {
      ports: [
        { name: 'http', containerPort: port, ...(udp ? { protocol: 'UDP' } : {}) },
        { name: 'admin', containerPort: 8080 },
      ],
    }),
  )

const byId = (list: readonly KubeObject[]): KubeObject[] => [...new Map(list.map((object) => [object.id, object])).values()]

const clusters = fc
  .tuple(
    fc.array(labels, { minLength: 3, maxLength: 3 }),
    fc.array(pods, { minLength: 2, maxLength: 8 }),
    fc.array(policies, { maxLength: 5 }),
  )
  .map(([outer, inner, list]) => byId([...NAMES.map((name, i) => namespace(name, outer[i])), ...inner, ...list]))

describe('random clusters', () => {
  it('are answered as a direct reading of the policies answers them, one connection at a time', () => {
    fc.assert(
      fc.property(clusters, (objects) => {
        const { reachability } = modelOf(objects).facts
        const all = objects.filter(({ kind }) => kind === 'Pod')
        for (const from of all) {
          for (const to of all) {
            if (from === to) continue
            const { must, may } = reachability.allowed(reachability.find(from.id) ?? -1, reachability.find(to.id) ?? -1)
            expect(may).toBe(must)
            for (const protocol of ['TCP', 'UDP', 'SCTP']) {
              for (const number of [79, ...PORTS]) {
                const found = atPort(must, PROTOCOL_NUMBERS.get(protocol) ?? 0, number)
                expect(`${from.id} ${to.id} ${protocol} ${number} ${found === ALL}`).toBe(
                  `${from.id} ${to.id} ${protocol} ${number} ${isAllowed(objects, from, to, protocol, number)}`,
                )
                expect(found === ALL || found === NONE).toBe(true)
              }
            }
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it('after any edits give what a fresh reading gives', () => {
    fc.assert(
      fc.property(clusters, fc.array(fc.oneof(policies, pods), { minLength: 1, maxLength: 4 }), fc.nat(), (start, edits, seed) => {
        let list = start
        let model = modelOf(list)
        ask(model)
        for (const [i, edit] of edits.entries()) {
          list =
            (seed >> i) % 3 === 0 && list.length > 5 ? list.filter((_, at) => at !== 3 + (seed % (list.length - 3))) : byId([...list, edit])
          model = modelOf(list, model)
          const fresh = modelOf(list)
          const [after, anew] = [ask(model), ask(fresh)]
          expect(model.facts.reachability.space.endpoints.map(({ id }) => id)).toEqual(
            fresh.facts.reachability.space.endpoints.map(({ id }) => id),
          )
          after.forEach((row, at) => {
            const other = anew[at]
            expect(other !== undefined && equalRows(row.must, other.must) && equalRows(row.may, other.may)).toBe(true)
          })
        }
      }),
      { numRuns: 60 },
    )
  })

  it('allow no less by a further rule, and the same whatever the order of policies', () => {
    fc.assert(
      fc.property(clusters, (objects) => {
        const [first] = objects.filter(({ kind }) => kind === 'NetworkPolicy')
        if (!first) return
        const wider = objects.map((entry) => (entry === first ? withRule(first) : entry))
        const [before, after] = [modelOf(objects).facts.reachability, modelOf(wider).facts.reachability]
        const turned = modelOf([...objects].reverse()).facts.reachability
        const all = objects.filter(({ kind }) => kind === 'Pod').map(({ id }) => id)
        for (const from of all) {
          for (const to of all) {
            const own = before.allowed(before.find(from) ?? 0, before.find(to) ?? 0).must
            expect(isWithin(own, after.allowed(after.find(from) ?? 0, after.find(to) ?? 0).must)).toBe(true)
            expect(turned.allowed(turned.find(from) ?? 0, turned.find(to) ?? 0).must).toBe(own)
          }
        }
      }),
      { numRuns: 80 },
    )
  })
  it('have as neighbours of a pod the ends with which a pair allows something, and no others', () => {
    fc.assert(
      fc.property(clusters, (objects) => {
        const { reachability } = modelOf(objects).facts
        const { endpoints } = reachability.space
        let asked = 0
        endpoints.forEach(({ workload }, index) => {
          if (!workload) return
          asked++
          const { reachedBy, reaches } = neighboursOf(reachability, index)
          const ends = (allowed: (other: number) => Allowed, types: readonly string[]) =>
            endpoints.flatMap(({ id, type }, other) => {
              const { must, may } = allowed(other)
              return other === index || id === DNS_ID || !types.includes(type) || may === NONE ? [] : [`${id} ${must} ${may}`]
            })
          const said = (list: typeof reaches) => list.flatMap(({ index: other, must, may }) => `${endpoints[other]?.id} ${must} ${may}`)
          expect(said(reachedBy)).toEqual(ends((other) => reachability.allowed(other, index), ['pod', 'fresh']))
          expect(said(reaches).filter((end) => !end.startsWith(DNS_ID))).toEqual(
            ends((other) => reachability.allowed(index, other), ['pod', 'fresh', 'apiserver']),
          )
        })
        expect(asked).toBeGreaterThan(0)
      }),
      { numRuns: 60 },
    )
  })

  it('lose by the removal of a rule what is said to close', () => {
    fc.assert(
      fc.property(clusters, (objects) => {
        const { reachability } = modelOf(objects).facts
        for (const policy of reachability.policies.kubernetes) {
          for (const direction of DIRECTIONS) {
            for (const [i, rule] of policy[direction].entries()) {
              const without = modelOf(objects.map((each) => (each === policy.object ? withoutRule(each, direction, i) : each))).facts
                .reachability
              const said = addedBy(reachability, policy, rule).map(({ index, other, connections }) => `${index} ${other} ${connections}`)
              const { endpoints } = reachability.space
              const gone = endpoints.flatMap((_, index) =>
                endpoints.flatMap((_, other) => {
                  const [before, after] = [reachability, without].map((each) => atEndpoint(each.row(index, direction).may, other))
                  const lost = difference(before ?? NONE, after ?? NONE)
                  return lost === NONE || index === other ? [] : [`${index} ${other} ${lost}`]
                }),
              )
              expect(said.sort()).toEqual(gone.sort())
            }
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

/** The policy without one of its rules, and with the types that it had. */
function withoutRule(policy: KubeObject, direction: Direction, at: number): KubeObject {
  const spec = policy.body['spec'] as { ingress?: readonly Value[]; egress?: readonly Value[]; policyTypes?: readonly Value[] }
  const policyTypes = spec.policyTypes ?? ((spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'])
  return object({
    ...policy.body,
    spec: { ...spec, policyTypes, [direction]: (spec[direction] ?? []).filter((_, i) => i !== at) },
  } as Value)
}

/** All rows of all endpoints. */
function ask({ facts: { reachability } }: EnvironmentModel) {
  return reachability.space.endpoints.flatMap((_, index) => [reachability.row(index, 'ingress'), reachability.row(index, 'egress')])
}

/** The policy with one more rule for ingress, and with the types that it had. */
function withRule(policy: KubeObject): KubeObject {
  const spec = policy.body['spec'] as { ingress?: readonly Value[]; egress?: readonly Value[]; policyTypes?: readonly Value[] }
  const policyTypes = spec.policyTypes ?? ((spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'])
  return object({ ...policy.body, spec: { ...spec, policyTypes, ingress: [...(spec.ingress ?? []), { ports: [{ port: 443 }] }] } } as Value)
}
