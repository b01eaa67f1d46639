import type { Facts } from '../../server/model/facts.ts'
import {
  hasSelector,
  isMeshGateway,
  type Mtls,
  membersOf,
  mtlsOf,
  PEER_AUTHENTICATION,
  ROOT_NAMESPACE,
  selectedBy,
} from '../../server/model/mesh.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Found, type ObjectChange } from '../../server/model/rule.ts'
import { entries, get, type Path } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

interface Data {
  readonly workloads: readonly Workload[]
  readonly change: ObjectChange
}

type Asked = 'workloads' | 'namespaces' | 'objects' | 'intents'

const MODE: Path = ['spec', 'mtls', 'mode']

export default defineRule<'environment', Asked, Data>({
  name: 'mesh-mtls-not-strict',
  title: 'Pods of the mesh accept plain text',
  pillar: 'encryption',
  severity: 'warning',
  absence: true,
  nowhere: [PEER_AUTHENTICATION],
  controls: { nsa: ['Net'], nist80053: ['SC-8', 'IA-3'], nist800207: ['2'], attack: ['T1557', 'T1040'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'environment',
  reads: ['workloads', 'namespaces', 'objects', 'intents'],
  *check(_, { facts }) {
    const { byPolicy, byNamespace, unknown } = judge(facts)
    for (const policy of unknown) yield { notEvaluated: policy, path: MODE }
    for (const [policy, open] of byPolicy) yield decided(policy, open)
    for (const policy of facts.objects(PEER_AUTHENTICATION)) yield* portsInPlainText(policy, facts)
    for (const [name, workloads] of byNamespace) yield* undecided(facts.namespaces.get(name)?.object, name, workloads)
  },
  *fix({ data }, { facts }) {
    if (!data) return
    const isMember = membersOf(facts)
    const callers = data.workloads.flatMap((workload) =>
      facts.intents
        .to(workload)
        .flatMap(({ from }) => (from.type === 'workload' && isMember(from.workload) !== true ? [from.workload] : [])),
    )
    const names = [...new Set(callers.map(({ object }) => `\`${object.name}\``))]
    const who =
      names.length === 0
        ? 'calls in plain text, from outside the mesh, are refused'
        : `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''} may be outside the mesh, and refused then`
    yield {
      title: `Require mutual TLS (\`STRICT\`): ${who}`,
      applicability: 'hardening',
      changes: [data.change],
      // Callers that a DestinationRule has speak something else are told of there.
      leaves: ['mesh-mtls-client-conflict'],
    }
  },
})

interface Open {
  readonly mode: Mtls['mode']
  readonly workloads: Workload[]
  /** One of them is certainly in the mesh. */
  certain: boolean
}

/** The workloads that need no mutual TLS, by the policy that says so, or by namespace where none does. */
function judge(facts: Pick<Facts, 'workloads' | 'namespaces' | 'objects'>) {
  const isMember = membersOf(facts)
  const byPolicy = new Map<KubeObject, Open>()
  const byNamespace = new Map<string, Workload[]>()
  const unknown = new Set<KubeObject>()
  for (const workload of facts.workloads) {
    const { namespace, kind } = workload.object
    // Nobody calls a Job.
    if (SYSTEM_NAMESPACES.has(namespace) || /^(Cron|Scaled)?Job$/.test(kind) || isMeshGateway(workload)) continue
    const member = isMember(workload)
    if (member === false) continue
    const { mode, policy } = mtlsOf(workload, facts.objects)
    if (mode === 'STRICT') continue
    if (!policy) {
      if (member !== true) continue
      const workloads = byNamespace.get(namespace)
      if (workloads) workloads.push(workload)
      else byNamespace.set(namespace, [workload])
      // A policy of its own shows that a namespace whose labels nobody wrote is meant to be in the mesh.
    } else if (member === true || policy.namespace !== ROOT_NAMESPACE) {
      if (mode === 'unknown') unknown.add(policy)
      else {
        const open = byPolicy.get(policy) ?? { mode, workloads: [], certain: false }
        byPolicy.set(policy, open)
        open.workloads.push(workload)
        open.certain ||= member === true
      }
    }
  }
  return { byPolicy, byNamespace, unknown }
}

function decided(policy: KubeObject, { mode, workloads, certain }: Open): Found<Data> {
  const does = mode === 'DISABLE' ? 'accept nothing but plain text' : 'accept plain text beside mutual TLS'
  return {
    object: policy,
    path: MODE,
    part: 'value',
    certainty: certain ? 'certain' : 'possible',
    message: `${whoOf(workloads)} ${agree(does, workloads)}: ${describe(policy)} says ${mode}. Whoever reaches ${workloads.length === 1 ? 'it' : 'them'} can call without an identity, and be read on the way. Set STRICT once all that call are in the mesh.`,
    related: relatedTo(workloads),
    data: { workloads, change: { op: 'set', object: policy, path: MODE, value: 'STRICT' } },
  }
}

/** Ports whose TLS a policy takes away. PERMISSIVE is left to those that call from where no mesh is: the API server, kubelets. */
function* portsInPlainText(policy: KubeObject, facts: Pick<Facts, 'workloads' | 'namespaces'>): Iterable<Found<Data>> {
  const off = entries(policy.body, 'spec', 'portLevelMtls').filter(([, setting]) => get(setting, 'mode') === 'DISABLE')
  if (off.length === 0 || policy.namespace === ROOT_NAMESPACE || !hasSelector(policy)) return
  const isMember = membersOf(facts)
  const workloads = selectedBy(policy, facts.workloads).filter((workload) => isMember(workload) === true)
  if (workloads.length === 0) return
  for (const [port] of off) {
    const path: Path = ['spec', 'portLevelMtls', port, 'mode']
    yield {
      object: policy,
      path,
      part: 'value',
      severity: 'information',
      discriminator: `port ${port}`,
      message: `${whoOf(workloads)} ${agree('accept nothing but plain text', workloads)} on port ${port}: ${describe(policy)} says DISABLE. Set STRICT, or PERMISSIVE where who calls is not in the mesh.`,
      related: relatedTo(workloads),
      data: { workloads, change: { op: 'set', object: policy, path, value: 'STRICT' } },
    }
  }
}

function* undecided(namespace: KubeObject | undefined, name: string, workloads: readonly Workload[]): Iterable<Found<Data>> {
  const [first] = workloads
  if (!first) return
  const object = namespace ?? first.object
  const metadata = name === '' ? { name: 'default' } : { name: 'default', namespace: name }
  const body = { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication', metadata, spec: { mtls: { mode: 'STRICT' } } }
  yield {
    object,
    path: ['metadata', 'name'],
    part: 'value',
    severity: 'information',
    // A namespace that is chosen later may have its policy by then.
    certainty: name === '' ? 'possible' : 'certain',
    about: name === '' ? first.object.id : `namespace ${name}`,
    message: `${whoOf(workloads)}${name === '' ? '' : ` in \`${name}\``} ${agree('accept plain text beside mutual TLS', workloads)}: no PeerAuthentication asks for it. Add one that is STRICT.`,
    related: relatedTo(namespace ? workloads : workloads.slice(1)),
    data: { workloads, change: { op: 'create', beside: object, body } },
  }
}

function whoOf(workloads: readonly Workload[]): string {
  return workloads.length === 1 ? `\`${workloads[0]?.object.name}\`` : `${workloads.length} workloads`
}

function agree(does: string, { length }: readonly Workload[]): string {
  return length === 1 ? does.replace('accept', 'accepts') : does
}

function relatedTo(workloads: readonly Workload[]): (Anchor & { message: string })[] {
  return workloads.map(({ object }) => ({
    object,
    path: ['metadata', 'name'],
    part: 'value',
    message: `${object.kind} \`${object.name}\` is in the mesh.`,
  }))
}
