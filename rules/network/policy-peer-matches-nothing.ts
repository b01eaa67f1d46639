import type { Facts } from '../../server/model/facts.ts'
import { isSelective, type MeantLabel, meantLabel } from '../../server/model/network/meant-labels.ts'
import type { Direction, WrittenPeer } from '../../server/model/network/policy.ts'
import { isEmpty } from '../../server/model/network/sets/bits.ts'
import { likelyLabels, makerOfPods } from '../../server/model/network/unseen-pods.ts'
import { describe, type KubeObject, type Labels } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { matchesSelector } from '../../server/model/selector.ts'
import { entries, get, hasUnknown, type Path, type Value } from '../../server/model/value.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'
import { WORKLOAD_KINDS } from '../../server/model/workload.ts'

interface Data {
  readonly direction: Direction
  /** Of the selector in which `meant` is. */
  readonly selector: Path
  readonly meant: MeantLabel
}

type Reads = 'reachability' | 'namespaces' | 'operated' | 'workloads' | 'access'

/** Which part of a peer finds nothing, and what may have been meant. */
interface Dead {
  readonly path: Path
  readonly selector: Value | undefined
  readonly meant: MeantLabel | undefined
  readonly where: string
}

export default defineRule<'object', Reads, Data>({
  name: 'policy-peer-matches-nothing',
  title: 'Peer of a policy that is nobody',
  pillar: 'network',
  severity: 'hint',
  absence: true,
  nowhere: WORKLOAD_KINDS.map((kind) => kind.slice(kind.indexOf('/') + 1)),
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'CM-6'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability', 'namespaces', 'operated', 'workloads', 'access'],
  *check(object, { facts }) {
    for (const policy of facts.reachability.of(object)) {
      for (const direction of ['ingress', 'egress'] as const) {
        if (policy.applies[direction] !== true) continue
        for (const peer of policy[direction].flatMap(({ peers }) => peers)) {
          const dead = deadPart(object, peer, facts)
          if (!dead) continue
          const { meant, where } = dead
          yield {
            object,
            path: meant ? [...dead.path, ...meant.path] : dead.path,
            part: 'value',
            severity: meant ? 'warning' : 'hint',
            unnecessary: !meant,
            discriminator: `${direction} ${JSON.stringify(dead.selector)}`,
            message: `A peer of ${describe(object)} is nobody: ${where} has ${said(dead.selector)}. ${meant ? `Is \`${meant.key}: ${meant.value}\` meant?` : 'Correct it, or take it out.'}`,
            ...(meant ? { data: { direction, selector: dead.path, meant } } : {}),
          }
        }
      }
    }
  },
  *fix({ object, data }) {
    if (!data) return
    const { direction, selector, meant } = data
    const path = [...selector, 'matchLabels']
    yield {
      title: `Write \`${meant.key}: ${meant.value}\`: ${direction} ${direction === 'ingress' ? 'from' : 'to'} these opens`,
      applicability: 'assisted',
      changes:
        meant.key === meant.written.key
          ? [{ op: 'set', object, path: [...path, meant.key], value: meant.value }]
          : [
              { op: 'remove', object, path: [...path, meant.written.key] },
              { op: 'set', object, path: [...path, meant.key], value: meant.value },
            ],
      leaves: POLICY_EFFECTS,
    }
  },
})

/** Undefined when the peer is somebody, or may be somebody that is not in the files. */
function deadPart(policy: KubeObject, { path, test }: WrittenPeer, facts: Pick<Facts, Reads>): Dead | undefined {
  const { space } = facts.reachability
  const pods = get(policy.body, ...path, 'podSelector')
  const namespaces = get(policy.body, ...path, 'namespaceSelector')
  if (test.op !== 'selected' || hasUnknown(pods) || hasUnknown(namespaces) || !isEmpty(space.match(test).may)) return undefined
  const all = facts.namespaces.all.filter(({ name, labels, workloads }) => {
    if (namespaces === undefined) return name === policy.namespace && workloads.length > 0
    return workloads.length > 0 && matchesSelector(namespaces, labelsOf(name, labels)) === true
  })
  if (all.length === 0) return namespaces === undefined ? undefined : deadNamespace(path, namespaces, facts)
  if (!isSelective(pods)) return undefined
  const here = new Set(all.map(({ name }) => name))
  if (facts.operated.some((each) => here.has(each.namespace) && matchesSelector(pods, likelyLabels(each)) !== false)) return undefined
  const workloads = all.flatMap((namespace) => namespace.workloads)
  // Pods on the network of their node are somebody, though policies do not see them.
  if (workloads.some(({ labels }) => matchesSelector(pods, labels) !== false)) return undefined
  const labels = workloads.flatMap((workload) => (workload.labels === 'unknown' ? [] : [workload.labels]))
  const [name = ''] = here
  const where =
    here.size > 1 ? 'no pod of the namespaces that it selects' : name === '' ? 'no pod in its namespace' : `no pod in \`${name}\``
  const meant = meantLabel(pods, labels)
  if (!meant && [...here].some((each) => makerOfPods(each, facts))) return undefined
  return { path: [...path, 'podSelector'], selector: pods, meant, where }
}

/** The files may not contain the namespace; only one that is nearly the same tells that it is mistyped. */
function deadNamespace(path: Path, selector: Value, { namespaces }: Pick<Facts, Reads>): Dead | undefined {
  const labels = namespaces.all
    .map((namespace) => labelsOf(namespace.name, namespace.labels))
    .filter((each) => Object.keys(each).length > 0)
  if (labels.some((each) => matchesSelector(selector, each) !== false)) return undefined
  const meant = meantLabel(selector, labels)
  return meant && { path: [...path, 'namespaceSelector'], selector, meant, where: 'no namespace here' }
}

function labelsOf(name: string, labels: Labels | 'unknown'): Labels {
  if (labels !== 'unknown') return labels
  return name === '' ? {} : { 'kubernetes.io/metadata.name': name }
}

function said(selector: Value | undefined): string {
  const pairs = entries(selector, 'matchLabels').map(([key, value]) => `\`${key}: ${String(value)}\``)
  return pairs.length > 0 ? pairs.join(' and ') : 'the labels that it wants'
}
