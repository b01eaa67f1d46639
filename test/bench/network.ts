import { namespacesOf } from '../../server/model/namespaces.ts'
import { type Reachability, reachabilityOf } from '../../server/model/network/reachability.ts'
import { NONE } from '../../server/model/network/sets/connections.ts'
import { type KubeObject, makeObject } from '../../server/model/object.ts'
import { servicesOf } from '../../server/model/services.ts'
import type { Value } from '../../server/model/value.ts'
import { workloadOf, type Workload } from '../../server/model/workload.ts'

/** A cluster of namespaces with default-deny, each workload with an app, a tier and a team, and policies of mixed selectors and rules. */
export function cluster(
  workloads: number,
  policies: number,
): { readonly objects: readonly KubeObject[]; readonly policies: readonly KubeObject[] } {
  const namespaces = Math.max(1, Math.round(workloads / 20))
  const make = (body: Value): KubeObject => makeObject(body, 'bench.yaml', 'bench.yaml') as KubeObject
  const objects: KubeObject[] = []
  for (let i = 0; i < namespaces; i++) {
    objects.push(
      make({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: `ns-${i}`, labels: { team: `team-${i % 7}`, stage: i % 2 ? 'prod' : 'dev' } },
      }),
    )
  }
  for (let i = 0; i < workloads; i++) {
    const labels = { app: `app-${i}`, tier: ['web', 'api', 'db'][i % 3] as string, team: `team-${i % 11}` }
    objects.push(
      make({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: `app-${i}`, namespace: `ns-${i % namespaces}` },
        spec: {
          template: {
            metadata: { labels },
            spec: { containers: [{ name: 'app', image: 'app', ports: [{ name: 'http', containerPort: 8000 + (i % 5) }] }] },
          },
        },
      }),
    )
  }
  const made: KubeObject[] = []
  for (let i = 0; i < policies; i++) made.push(make(policy(i, namespaces, workloads)))
  return { objects, policies: made }
}

function policy(i: number, namespaces: number, workloads: number): Value {
  const metadata = { name: `p-${i}`, namespace: `ns-${i % namespaces}` }
  if (i < namespaces) {
    return {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata,
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    }
  }
  const peers: Value[] = [
    { podSelector: { matchLabels: { tier: ['web', 'api', 'db'][i % 3] as string } } },
    {
      namespaceSelector: { matchLabels: { team: `team-${i % 7}` } },
      podSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['web', 'api'] }] },
    },
    { ipBlock: { cidr: `10.${i % 200}.0.0/16`, except: [`10.${i % 200}.7.0/24`] } },
    { namespaceSelector: { matchExpressions: [{ key: 'stage', operator: 'NotIn', values: ['dev'] }] } },
  ]
  const ports: Value[] = [{ port: 8000 + (i % 5) }, { port: 'http' }, { protocol: 'UDP', port: 53 }, { port: 9000, endPort: 9100 }]
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata,
    spec: {
      podSelector:
        i % 3 ? { matchLabels: { tier: ['web', 'api', 'db'][i % 3] as string } } : { matchLabels: { app: `app-${(i * 7) % workloads}` } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [peers[i % 4] as Value], ports: [ports[i % 4] as Value] }, { from: [peers[(i + 1) % 4] as Value] }],
      egress: [{ to: [peers[(i + 2) % 4] as Value], ports: [ports[(i + 1) % 4] as Value] }, { to: [peers[(i + 3) % 4] as Value] }],
    },
  }
}

interface Facts {
  readonly workloads: readonly Workload[]
  readonly namespaces: ReturnType<typeof namespacesOf>
  readonly services: ReturnType<typeof servicesOf>
}

export function lookup(objects: readonly KubeObject[]): (kind: string) => readonly KubeObject[] {
  const byKind = new Map<string, KubeObject[]>()
  for (const object of objects) {
    const list = byKind.get(object.groupKind)
    if (list) list.push(object)
    else byKind.set(object.groupKind, [object])
  }
  return (kind) => byKind.get(kind) ?? NO_OBJECTS
}

const NO_OBJECTS: readonly KubeObject[] = []

export function factsOf(objects: readonly KubeObject[]): Facts {
  const of = lookup(objects)
  const workloads = of('apps/Deployment').flatMap((object) => workloadOf(object) ?? [])
  return { workloads, namespaces: namespacesOf(of, { workloads }), services: servicesOf(of, { workloads }) }
}

/** How many pairs of different workloads may connect at all. */
function allPairs(reachability: Reachability): number {
  let total = 0
  reachability.forEachPair((from, to, _, may) => {
    if (from !== to && may !== NONE && isWorkload(reachability, from) && isWorkload(reachability, to)) total++
  })
  return total
}

function isWorkload({ space }: Reachability, index: number): boolean {
  return space.endpoints[index]?.workload !== undefined
}

/** All pairs cold and warm, one policy edited, and the memory that is held. */
export function benchNetwork(workloads: number, policies: number): void {
  const { objects, policies: before } = cluster(workloads, policies)
  const facts = factsOf(objects)
  const time = (what: string, run: () => number): void => {
    const start = process.cpuUsage()
    const wall = performance.now()
    const result = run()
    const { user, system } = process.cpuUsage(start)
    console.log(
      `${workloads} workloads x ${policies} policies: ${what}: ${((user + system) / 1000).toFixed(1)} ms of one core, ${(performance.now() - wall).toFixed(1)} ms (${result})`,
    )
  }
  const fresh = (list: readonly KubeObject[]): readonly KubeObject[] =>
    list.map((object) => makeObject(object.body, object.unit, object.file) as KubeObject)
  const start = (list: readonly KubeObject[], previous?: Reachability): Reachability =>
    reachabilityOf(lookup([...objects, ...list]), facts, previous)
  time('cold, all pairs', () => allPairs(start(before)))
  for (let i = 0; i < 4; i++) {
    const again = fresh(before)
    time('warm, all pairs', () => allPairs(start(again)))
  }
  let known = start(before)
  for (let i = 0; i < facts.workloads.length; i++) for (const direction of ['ingress', 'egress'] as const) known.row(i, direction)
  for (let i = 0; i < 6; i++) {
    const edited = [...before]
    const at = (policies >> 1) + i
    edited[at] = makeObject(
      {
        ...(policy(at + 1, Math.max(1, Math.round(workloads / 20)), workloads) as object),
        metadata: { name: `p-${at}`, namespace: before[at]?.namespace ?? '' },
      },
      'bench.yaml',
      'bench.yaml',
    ) as KubeObject
    const of = lookup([...objects, ...edited])
    const had = known.layers[0]?.computed ?? 0
    time('one policy edited, its rows', () => {
      known = reachabilityOf(of, facts, known)
      for (let i = 0; i < facts.workloads.length; i++) for (const direction of ['ingress', 'egress'] as const) known.row(i, direction)
      return known.layers[0]?.computed ?? had
    })
  }
  ;(globalThis as { gc?: () => void }).gc?.()
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage()
  const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`
  console.log(
    `${workloads} workloads x ${policies} policies: heap ${mb(heapUsed)}, buffers ${mb(arrayBuffers)}, external ${mb(external)}, resident ${mb(rss)}`,
  )
}
