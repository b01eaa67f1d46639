import type { Facts } from '../../server/model/facts.ts'
import { hasSelector, PEER_AUTHENTICATION, peerAuthenticationsIn, ROOT_NAMESPACE, selectedBy } from '../../server/model/mesh.ts'
import { type MeantLabel, meantLabel } from '../../server/model/network/meant-labels.ts'
import { likelyLabels } from '../../server/model/network/unseen-pods.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix, type Found, type Skipped } from '../../server/model/rule.ts'
import { matchesLabels } from '../../server/model/selector.ts'
import { targetPort } from '../../server/model/services.ts'
import { entries, equal, get, hasUnknown, isUnknown, items, type Path, text } from '../../server/model/value.ts'
import { WORKLOAD_KINDS, type Workload } from '../../server/model/workload.ts'

interface Data {
  readonly fix: Fix
}

type Asked = 'workloads' | 'namespaces' | 'services' | 'objects' | 'operated'
type Known = Pick<Facts, Asked>

const SELECTOR: Path = ['spec', 'selector']
const PORTS: Path = ['spec', 'portLevelMtls']

export default defineRule<'object', Asked, Data>({
  name: 'mesh-mtls-policy-ineffective',
  title: 'Policy for mutual TLS without effect',
  pillar: 'encryption',
  severity: 'warning',
  absence: true,
  nowhere: WORKLOAD_KINDS.map((kind) => kind.slice(kind.indexOf('/') + 1)),
  controls: { nist80053: ['SC-8', 'CM-6'], nist800207: ['2'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'object',
  kinds: [PEER_AUTHENTICATION],
  reads: ['workloads', 'namespaces', 'services', 'objects', 'operated'],
  *check(policy, { facts }) {
    const selector = get(policy.body, ...SELECTOR)
    if (hasUnknown(selector)) {
      yield { notEvaluated: policy, path: SELECTOR }
      return
    }
    yield* contradicted(policy, facts)
    if (!hasSelector(policy)) yield* portsWithoutSelector(policy)
    else if (policy.namespace === ROOT_NAMESPACE) yield* inRootNamespace(policy)
    else {
      const workloads = selectedBy(policy, facts.workloads)
      yield* workloads.length === 0 ? selectsNothing(policy, facts) : servicePorts(policy, workloads, facts)
    }
  },
  *fix({ data }) {
    if (data) yield data.fix
  },
})

/** Semantics: Istio (`ComposePeerAuthentication`): a policy of the root namespace with a selector is passed over. */
function* inRootNamespace(policy: KubeObject): Iterable<Found<Data>> {
  yield {
    object: policy,
    path: SELECTOR,
    part: 'key',
    message: `${describe(policy)} has no effect: in \`${ROOT_NAMESPACE}\` only a policy without \`selector\` counts, for the whole mesh. Move it to the namespace of those that it is for.`,
  }
}

/** Semantics: as above: ports are read of the policy with a selector that applies, and of no other. */
function* portsWithoutSelector(policy: KubeObject): Iterable<Found<Data>> {
  const ports = entries(policy.body, ...PORTS)
  if (ports.length === 0) return
  const protects = ports.some(([, value]) => get(value, 'mode') === 'STRICT')
  yield {
    object: policy,
    path: PORTS,
    part: 'key',
    severity: protects ? 'warning' : 'hint',
    unnecessary: true,
    message: `${describe(policy)} says something of ports that nobody reads: without a \`selector\` \`portLevelMtls\` does not count${protects ? ', and the ports stay as the mode of all is' : ''}. Give it the selector of those that it is for, or take it out.`,
    data: {
      fix: {
        title: 'Take out `portLevelMtls`, which does not count',
        applicability: 'assisted',
        changes: [{ op: 'remove', object: policy, path: PORTS }],
      },
    },
  }
}

/** Of several for the same pods the oldest counts, which nobody sees in files. */
function* contradicted(policy: KubeObject, { objects }: Known): Iterable<Found<Data>> {
  // In which namespace these end up is open: they need not meet.
  if (policy.namespace === '') return
  const mode = text(policy.body, 'spec', 'mtls', 'mode')
  const isSame = (other: KubeObject): boolean =>
    equal(get(other.body, ...SELECTOR, 'matchLabels') ?? {}, get(policy.body, ...SELECTOR, 'matchLabels') ?? {})
  const { selective, wide } = peerAuthenticationsIn(policy.namespace, objects)
  const same = [...wide, ...selective].filter(isSame)
  const other = same.find((each) => {
    const said = text(each.body, 'spec', 'mtls', 'mode')
    return said !== undefined && said !== 'UNSET' && said !== mode
  })
  if (!other || mode === undefined || mode === 'UNSET' || same.indexOf(other) > same.indexOf(policy)) return
  yield {
    object: policy,
    path: ['spec', 'mtls', 'mode'],
    part: 'value',
    message: `${describe(policy)} and ${describe(other)} are for the same pods, and disagree: the one that was created first counts. Keep one.`,
    related: [{ object: other, path: ['spec', 'mtls', 'mode'], part: 'value', message: 'The other one.' }],
  }
}

/** A port of the Service, where the policy counts those of the pod. */
function* servicePorts(policy: KubeObject, workloads: readonly Workload[], { services }: Known): Iterable<Found<Data> | Skipped> {
  for (const [key, setting] of entries(policy.body, ...PORTS)) {
    const number = Number(key)
    if (isUnknown(get(setting, 'mode'))) yield { notEvaluated: policy, path: [...PORTS, key] }
    if (!Number.isInteger(number) || workloads.some((workload) => listensOn(workload, number))) continue
    const leads = workloads.flatMap((workload) =>
      services.of(workload).flatMap(({ object }) => {
        const target = targetPort(object, { number }, workload)
        return target === undefined ? [] : [{ service: object, target }]
      }),
    )
    const [first] = leads
    if (!first || leads.some(({ target }) => target === number)) continue
    // One of the pods' own ports it may be behind another Service.
    if (workloads.some((workload) => services.of(workload).some(({ object }) => isTarget(object, number)))) continue
    const targets = new Set(leads.map(({ target }) => target))
    const taken = get(policy.body, ...PORTS, String(first.target)) !== undefined
    yield {
      object: policy,
      path: [...PORTS, key],
      part: 'key',
      discriminator: `port ${key}`,
      message: `${describe(policy)} says nothing of port ${key} of the pods, which is that of Service \`${first.service.name}\`: it leads to ${first.target}, and that is what counts here.`,
      ...(targets.size === 1 && !taken
        ? {
            data: {
              fix: {
                title: `Mean port ${first.target} of the pods: ${what(setting)} holds there then`,
                applicability: 'hardening',
                changes: [
                  { op: 'remove', object: policy, path: [...PORTS, key] },
                  { op: 'set', object: policy, path: [...PORTS, String(first.target)], value: setting },
                ],
              },
            },
          }
        : {}),
    }
  }
}

function what(setting: Parameters<typeof text>[0]): string {
  return `\`${text(setting, 'mode') ?? 'UNSET'}\``
}

function listensOn({ containers }: Workload, port: number): boolean {
  return containers.some(({ body }) => items(body, 'ports').some((entry) => get(entry, 'containerPort') === port))
}

function isTarget({ body }: KubeObject, port: number): boolean {
  return items(body, 'spec', 'ports').some((entry) => get(entry, 'targetPort') === port)
}

function* selectsNothing(policy: KubeObject, facts: Known): Iterable<Found<Data> | Skipped> {
  const here = facts.namespaces.get(policy.namespace)?.workloads ?? []
  const wanted = get(policy.body, ...SELECTOR, 'matchLabels')
  if (here.length === 0 || here.some(({ labels }) => matchesLabels(wanted, labels) !== false)) return
  const custom = facts.operated.filter(({ namespace }) => namespace === policy.namespace)
  if (custom.some((each) => matchesLabels(wanted, likelyLabels(each)) !== false)) return
  const meant: MeantLabel | undefined = meantLabel(
    get(policy.body, ...SELECTOR),
    here.flatMap(({ labels }) => (labels === 'unknown' ? [] : [labels])),
  )
  const closed = custom.length === 0 || meant !== undefined
  const where = policy.namespace === '' ? 'its namespace' : `\`${policy.namespace}\``
  const labels = entries(wanted).map(([key, value]) => `\`${key}: ${String(value)}\``)
  yield {
    object: policy,
    path: meant ? [...SELECTOR, ...meant.path] : SELECTOR,
    part: meant ? 'value' : 'key',
    severity: closed && policy.namespace !== '' ? 'warning' : 'hint',
    message: `${describe(policy)} is for nobody: no pod in ${where} has ${labels.join(' and ')}. ${meant ? `Is \`${meant.key}: ${meant.value}\` meant?` : 'Correct the selector, or take the policy out.'}`,
    ...(meant
      ? {
          data: {
            fix: {
              title: `Select \`${meant.key}: ${meant.value}\`: the policy holds for these pods then`,
              applicability: 'assisted',
              changes: [
                ...(meant.key === meant.written.key
                  ? []
                  : [{ op: 'remove' as const, object: policy, path: [...SELECTOR, 'matchLabels', meant.written.key] }]),
                { op: 'set', object: policy, path: [...SELECTOR, 'matchLabels', meant.key], value: meant.value },
              ],
              leaves: ['mesh-mtls-not-strict'],
            },
          },
        }
      : {}),
  }
}
