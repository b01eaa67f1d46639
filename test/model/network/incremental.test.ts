import { describe, expect, it } from 'vitest'
import { modelOf, namespace, pod, policy } from './cluster.ts'

const NAMESPACES = Array.from({ length: 10 }, (_, i) => `ns-${i}`)
const CLUSTER = NAMESPACES.flatMap((name) => [
  namespace(name),
  ...['a', 'b', 'c'].map((app) => pod(`${name}/${app}`, { app })),
  policy(`${name}/deny`, 'podSelector: {}\npolicyTypes: [Ingress, Egress]'),
  policy(`${name}/allow`, 'podSelector: { matchLabels: { app: a } }\ningress: [{ from: [{ podSelector: {} }] }]'),
])

/** How many rows were computed when every one was asked for. */
function computed(model: ReturnType<typeof modelOf>): number {
  const { reachability } = model.facts
  reachability.space.endpoints.forEach((_, index) => {
    reachability.row(index, 'ingress')
    reachability.row(index, 'egress')
  })
  return reachability.layers.reduce((sum, layer) => sum + layer.computed, 0)
}

describe('an edit', () => {
  it('of one policy computes only the rows of the pods that it selects', () => {
    const before = modelOf(CLUSTER)
    expect(computed(before)).toBeGreaterThan(20)
    const edited = CLUSTER.map((object) =>
      object.id.endsWith('/ns-3/allow')
        ? policy('ns-3/allow', 'podSelector: { matchLabels: { app: a } }\ningress: [{ ports: [{ port: 80 }] }]')
        : object,
    )
    const after = modelOf(edited, before)
    expect(computed(after)).toBe(1)
    expect(after.facts.reachability.space).toBe(before.facts.reachability.space)
  })
  it('of a workload that changes nothing for policies computes no row', () => {
    const before = modelOf(CLUSTER)
    computed(before)
    const after = modelOf(
      CLUSTER.map((object) => (object.id === '/Pod/ns-3/a' ? pod('ns-3/a', { app: 'a' }, { spec: { priority: 1 } }) : object)),
      before,
    )
    expect(computed(after)).toBe(0)
    // The answers stand for the objects of their own revision.
    const [now, then] = [after, before].map(({ facts: { reachability, workloads } }) =>
      workloads.every((workload) => reachability.space.endpoints[reachability.indexOf(workload) ?? -1]?.workload === workload),
    )
    expect([now, then]).toEqual([true, true])
  })
  it('of an object that no policy looks at leaves the answer as it is', () => {
    const before = modelOf(CLUSTER)
    const known = before.facts.reachability
    const after = modelOf([...CLUSTER, policy('ns-1/settings', 'x: 1', 'example.com/v1/Thing')], before)
    expect(after.facts.reachability).toBe(known)
  })
  it('of an Ingress brings the controller of its class', () => {
    const before = modelOf(CLUSTER)
    expect(before.facts.reachability.find('ingress/nginx')).toBeUndefined()
    const after = modelOf([...CLUSTER, policy('ns-1/in', 'ingressClassName: nginx', 'networking.k8s.io/v1/Ingress')], before)
    expect(after.facts.reachability.find('ingress/nginx')).toBeDefined()
  })
})
