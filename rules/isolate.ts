import type { Facts, NamespaceFacts } from '../server/model/facts.ts'
import type { Direction } from '../server/model/network/policy.ts'
import { dialectOf, synthesise } from '../server/model/network/synthesis/synthesis.ts'
import type { KubeObject } from '../server/model/object.ts'
import type { Fix } from '../server/model/rule.ts'
import { get, type Value } from '../server/model/value.ts'
import type { Workload } from '../server/model/workload.ts'

/** What `isolate` asks. */
export type IsolationFacts = 'objects' | 'namespaces' | 'workloads' | 'services' | 'reachability' | 'intents'

/** Pods on the node's own network are not under the control of policies. */
export function podsOf(namespace: NamespaceFacts): readonly Workload[] {
  return namespace.workloads.filter((workload) => get(workload.spec, 'hostNetwork') !== true)
}

/** What such policies may leave, or bring where they are written for one environment of several. */
const LEAVES = ['policy-redundant', 'network-policy-ipv6-forgotten', 'namespace-egress-open', 'weaker-than-earlier-environment']

/** The whole namespace first; where it is kept elsewhere, the workloads that are seen here. */
export function* isolate(
  namespace: NamespaceFacts,
  choices: readonly (readonly Direction[])[],
  beside: KubeObject,
  facts: Pick<Facts, IsolationFacts>,
): Iterable<Fix> {
  const pods = podsOf(namespace)
  const whole = namespace.name === '' ? 'the namespace' : `\`${namespace.name}\``
  const few = pods.length === 1 ? `\`${pods[0]?.object.name}\`` : `the ${pods.length} workloads seen here`
  if (!namespace.object) yield* keepingWhatIsKnown(`Isolate ${few}`, '', choices, pods, [], beside, facts)
  const unseen = namespace.object ? '' : '; also affects pods that are not in this workspace'
  yield* keepingWhatIsKnown(`Isolate ${whole}`, unseen, choices, pods, [namespace.name], beside, facts)
}

function* keepingWhatIsKnown(
  what: string,
  unseen: string,
  choices: readonly (readonly Direction[])[],
  workloads: readonly Workload[],
  namespaces: readonly string[],
  beside: KubeObject,
  facts: Pick<Facts, IsolationFacts>,
): Iterable<Fix> {
  for (const directions of choices) {
    const request = { workloads, namespaces, directions, dialect: dialectOf(facts.objects) }
    const { policies, kept, lost, broad } = synthesise(request, facts.objects, facts)
    if (policies.length === 0) continue
    const known = kept.length === 0 ? 'no connection is known' : `keeps ${kept.length} known connection${kept.length === 1 ? '' : 's'}`
    const names = kept.length > 0 && policies.some(({ body }) => opensDns(body)) ? ' and DNS' : ''
    const closed = lost.length === 0 ? '' : `; ${lost.length} known ${lost.length === 1 ? 'one is' : 'ones are'} closed too`
    const wide = [...new Set(broad.map(({ why }) => why))]
    const opened = wide.length === 0 ? '' : `; opens some of them wider (${wide.join('; ')})`
    yield {
      title: `${what}${directions.length > 1 ? '' : ` for ${directions[0]}`}: ${known}${names}, closes the rest${closed}${opened}${unseen}`,
      applicability: unseen === '' && lost.length === 0 && wide.length === 0 ? 'hardening' : 'assisted',
      changes: policies.map(({ body }) => ({ op: 'create', beside, body })),
      // What narrower policies allow already, one of these may allow too.
      leaves: [...LEAVES, ...(wide.length === 0 ? [] : ['network-policy-broad-ipblock', 'policy-isolates-nothing'])],
    }
  }
}

function opensDns(policy: Value): boolean {
  return /"port":"?53"?[,}]|"ports":\[53\b/.test(JSON.stringify(policy))
}
