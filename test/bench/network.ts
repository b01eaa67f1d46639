import { type EnvironmentModel, environmentModel } from '../../server/model/facts.ts'
import { type KubeObject, makeObject } from '../../server/model/object.ts'
import type { Body, Value } from '../../server/model/value.ts'
import { percentile, row } from './report.ts'

const EDITS = 20

/** Who may connect to whom: all pairs from nothing, all rows after one edit of a policy, and what is held. */
export function network(workloads: number, policies: number): void {
  const made = cluster(workloads, policies)
  const what = `reachability, ${workloads} workloads x ${policies} policies`
  const held = memory()
  const cold: Time[] = []
  // Large clusters are asked once: what is held shall be that of one revision.
  const runs = workloads > 5000 ? 1 : 10
  for (let i = 0; i < runs; i++) {
    const objects = [...made.objects, ...made.policies].map(({ body }) => objectOf(body))
    const model = environmentModel('bench', objects, false)
    for (const fact of ['workloads', 'namespaces', 'services'] as const) void model.facts[fact]
    cold.push(timed(() => pairs(model)))
  }
  const warm = cold.length > 1 ? cold.slice(1) : cold
  row(what, `first ${cold[0]?.wall.toFixed(1)} ms`, `all pairs ${said(warm)}`)
  let objects: KubeObject[] = [...made.objects, ...made.policies]
  let model = environmentModel('bench', objects, false)
  rows(model)
  const now = memory()
  row(what, `heap ${now.heap - held.heap} MB`, `buffers ${now.buffers - held.buffers} MB`, `whole process at most ${peak()} MB`)
  const edits: Time[] = []
  for (let i = 0; i < EDITS; i++) {
    const at = made.objects.length + Math.floor(policies / 2) + i
    const { name = '', namespace = '' } = objects[at] ?? {}
    const edited = policy(at + 1, Math.max(1, Math.round(workloads / 20)), workloads)
    objects = objects.with(at, objectOf({ ...(edited as Body), metadata: { name, namespace } }))
    edits.push(
      timed(() => {
        model = environmentModel('bench', objects, false, model)
        rows(model)
      }),
    )
  }
  row(`${what}, one edit`, said(edits))
}

function pairs({ facts: { reachability } }: EnvironmentModel): number {
  let total = 0
  reachability.forEachPair(() => total++)
  return total
}

function rows({ facts: { reachability } }: EnvironmentModel): void {
  reachability.space.endpoints.forEach((_, index) => {
    reachability.row(index, 'ingress')
    reachability.row(index, 'egress')
  })
}

function memory(): { readonly heap: number; readonly buffers: number } {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heap: Math.round(heapUsed / 1e6), buffers: Math.round(arrayBuffers / 1e6) }
}

/** What was resident of the whole process, bodies of the objects and the runtime included. */
function peak(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024)
}

/** In milliseconds: by the clock, and of one core, which others on the machine change less. */
interface Time {
  readonly wall: number
  readonly core: number
}

function timed(run: () => unknown): Time {
  const before = process.cpuUsage()
  const start = performance.now()
  run()
  const { user, system } = process.cpuUsage(before)
  return { wall: performance.now() - start, core: (user + system) / 1000 }
}

function said(times: readonly Time[]): string {
  const [wall, core] = [times.map((time) => time.wall), times.map((time) => time.core)]
  return `p50 ${percentile(wall, 50)} ms  p95 ${percentile(wall, 95)} ms  of one core p50 ${percentile(core, 50)} ms`
}

function objectOf(body: Value): KubeObject {
  const object = makeObject(body, 'bench.yaml', 'bench.yaml')
  if (!object) throw new Error('no object')
  return object
}

/** A cluster of namespaces with default-deny, each workload with an app, a tier and a team, and policies of mixed selectors and rules. */
function cluster(
  workloads: number,
  policies: number,
): { readonly objects: readonly KubeObject[]; readonly policies: readonly KubeObject[] } {
  const namespaces = Math.max(1, Math.round(workloads / 20))
  const objects: KubeObject[] = []
  for (let i = 0; i < namespaces; i++) {
    objects.push(
      objectOf({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: `ns-${i}`, labels: { team: `team-${i % 7}`, stage: i % 2 ? 'prod' : 'dev' } },
      }),
    )
  }
  for (let i = 0; i < workloads; i++) {
    const labels = { app: `app-${i}`, tier: ['web', 'api', 'db'][i % 3] as string, team: `team-${i % 11}` }
    objects.push(
      objectOf({
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
  for (let i = 0; i < policies; i++) made.push(objectOf(policy(i, namespaces, workloads)))
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
