import { isSelective, type MeantLabel, meantLabel } from '../../server/model/network/meant-labels.ts'
import { likelyLabels, makerOfPods } from '../../server/model/network/unseen-pods.ts'
import { isEmpty } from '../../server/model/network/sets/bits.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { matchesSelector } from '../../server/model/selector.ts'
import { entries, get, hasUnknown, type Value } from '../../server/model/value.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'
import { WORKLOAD_KINDS } from '../../server/model/workload.ts'

interface Data {
  readonly meant: MeantLabel | undefined
}

/** Where each kind has its selector. */
const SELECTORS: Readonly<Record<string, string>> = {
  'networking.k8s.io/NetworkPolicy': 'podSelector',
  'cilium.io/CiliumNetworkPolicy': 'endpointSelector',
}

export default defineRule<'object', 'reachability' | 'namespaces' | 'operated' | 'workloads' | 'access', Data>({
  name: 'policy-selects-nothing',
  title: 'Policy that selects no pod',
  pillar: 'network',
  severity: 'warning',
  absence: true,
  nowhere: WORKLOAD_KINDS.map((kind) => kind.slice(kind.indexOf('/') + 1)),
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'CM-6'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: Object.keys(SELECTORS),
  reads: ['reachability', 'namespaces', 'operated', 'workloads', 'access'],
  *check(object, { facts }) {
    const key = SELECTORS[object.groupKind]
    const selector = key === undefined ? undefined : get(object.body, 'spec', key)
    const [policy] = facts.reachability.of(object)
    if (key === undefined || !policy || !isSelective(selector)) return
    if (hasUnknown(selector)) {
      yield { notEvaluated: object, path: ['spec', key] }
      return
    }
    const { must, may } = facts.reachability.space.match(policy.selects)
    if (!isEmpty(may)) {
      if (isEmpty(must)) yield { notEvaluated: object, path: ['spec', key] }
      return
    }
    const here = facts.namespaces.get(object.namespace)?.workloads ?? []
    const custom = facts.operated.filter(({ namespace }) => namespace === object.namespace)
    if (custom.some((each) => matchesSelector(selector, likelyLabels(each)) !== false)) return
    const onNode = here.find((workload) => matchesSelector(selector, workload.labels) === true)
    if (onNode) {
      yield {
        object,
        path: ['spec', key],
        part: 'key',
        severity: 'information',
        certainty: 'possible',
        message: `${describe(object)} protects nothing: \`${onNode.object.name}\` is on the network of its node, where most plugins hold no policy. Give it a network of its own, or protect its ports on the nodes.`,
        data: { meant: undefined },
      }
      return
    }
    const meant = meantLabel(
      selector,
      here.flatMap(({ labels }) => (labels === 'unknown' ? [] : [labels])),
    )
    const maker = meant || here.length === 0 ? undefined : makerOfPods(object.namespace, facts)
    const closed = here.length > 0 && !maker && (custom.length === 0 || meant !== undefined)
    const where = object.namespace === '' ? 'its namespace' : `\`${object.namespace}\``
    yield {
      object,
      path: meant ? ['spec', key, ...meant.path] : ['spec', key],
      part: meant ? 'value' : 'key',
      severity: closed ? 'warning' : 'hint',
      message: `${describe(object)} protects nothing: no pod ${closed ? `in ${where} has` : 'in these files has'} ${said(selector)}. ${meant ? `Is \`${meant.key}: ${meant.value}\` meant?` : closed ? 'Correct the selector, or take the policy out.' : `The pods must come from elsewhere${maker ? `: \`${maker.object.name}\` may make some` : ''}.`}`,
      data: { meant },
    }
  },
  *fix({ object, data }) {
    const key = SELECTORS[object.groupKind]
    if (!data?.meant || key === undefined) return
    const { meant } = data
    const path = ['spec', key, 'matchLabels']
    yield {
      title: `Select \`${meant.key}: ${meant.value}\`: what the policy does not allow these pods then closes`,
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

function said(selector: Value | undefined): string {
  const pairs = entries(selector, 'matchLabels').map(([key, value]) => `\`${key}: ${String(value)}\``)
  return pairs.length > 0 ? `the label${pairs.length === 1 ? '' : 's'} ${pairs.join(' and ')}` : 'labels that its selector wants'
}
