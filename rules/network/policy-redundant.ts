import type { Facts } from '../../server/model/facts.ts'
import type { Bounds, LayerRows, Say } from '../../server/model/network/evaluate.ts'
import type { Direction, Policy, Rule } from '../../server/model/network/policy.ts'
import { equalRows } from '../../server/model/network/rows.ts'
import { isEmpty, members } from '../../server/model/network/sets/bits.ts'
import type { Space } from '../../server/model/network/space.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { equal as equalValues, get, items } from '../../server/model/value.ts'

interface Data {
  readonly whole: boolean
}

/** Of more pods it is not asked: the answer would keep whoever types waiting. */
const MOST_PODS = 200

export default defineRule<'object', 'reachability', Data>({
  name: 'policy-redundant',
  title: 'Policy or rule that changes nothing',
  pillar: 'network',
  severity: 'hint',
  controls: { nist80053: ['CM-6'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts }) {
    const [policy] = facts.reachability.of(object)
    const layer = facts.reachability.layers.find(
      ({ layer: { tiers } }) => policy && tiers.some(({ policies }) => policies.includes(policy)),
    )
    if (!policy || !layer || policy.invalid) return
    const pods = podsOf(policy, facts)
    if (pods.length === 0 || pods.length > MOST_PODS) return
    const { space, policies } = facts.reachability
    if ([...policy.ingress, ...policy.egress].every((rule) => isMet(rule, space)) && equalWithout(layer, policy, pods)) {
      // Of policies that say the same each is needless only while another stays: the first one by name.
      const twins = policies.kubernetes.filter(({ object: other }) => other !== object && saysTheSame(other, object))
      if (twins.length > 0 && twins.every(({ object: other }) => other.id > object.id)) return
      yield {
        object,
        path: ['metadata', 'name'],
        part: 'value',
        unnecessary: true,
        message: `${describe(object)} changes nothing: other policies isolate the same pods and allow all that it allows.`,
        data: { whole: true },
      }
      return
    }
    for (const direction of ['ingress', 'egress'] as const) {
      for (const rule of policy[direction]) {
        if (policy.applies[direction] !== true || !isMet(rule, space) || !isRedundant(layer, direction, rule, pods)) continue
        const twin = policy[direction].length > 1
        yield {
          object,
          path: rule.path,
          part: 'value',
          unnecessary: true,
          discriminator: `${direction} ${JSON.stringify(items(object.body, 'spec', direction)[Number(rule.path.at(-1))])}`,
          message: `This rule of ${describe(object)} changes nothing: ${twin ? 'other rules allow' : 'other policies allow'} all that it allows. Narrow those, or take it out.`,
          data: { whole: false },
        }
        // Of two that say the same each is needless only while the other stays.
        break
      }
    }
  },
  *fix({ object, path, data }) {
    if (!data || data.whole) return
    yield {
      title: 'Take the rule out: others allow the same to the pods that are here',
      applicability: 'hardening',
      changes: [{ op: 'remove', object, path }],
      leaves: ['policy-redundant', ...SAME_RULE],
    }
  },
})

/** What others may then say of the rule that covers this one. */
const SAME_RULE = ['policy-isolates-nothing', 'network-policy-broad-ipblock', 'metadata-endpoint-reachable']

function saysTheSame(a: KubeObject, b: KubeObject): boolean {
  return a.namespace === b.namespace && equalValues(get(a.body, 'spec'), get(b.body, 'spec'))
}

function podsOf({ selects }: Policy, { reachability: { space } }: Pick<Facts, 'reachability'>): number[] {
  const { must, may } = space.match(selects)
  // A pod without labels stands for those to come: what is needless for it too is needless.
  return must === may ? members(must) : []
}

/** A rule for peers that are not in the files says something about those that may come. */
function isMet(rule: Rule, space: Space): boolean {
  return (
    rule.uncertain !== true &&
    rule.peers.every(({ test }) => {
      const { must, mustAddresses } = space.match(test)
      return !isEmpty(must) || mustAddresses.length > 0
    })
  )
}

function equalWithout(layer: LayerRows, policy: Policy, pods: readonly number[]): boolean {
  return (['ingress', 'egress'] as const).every((direction) =>
    pods.every((index) => {
      const says = layer.says(index, direction)
      const others = says.filter((say) => say.policy !== policy)
      if (others.length === says.length) return true
      return others.some(isolates(direction)) && equal(layer.row(index, direction), layer.rowWith(index, direction, others))
    }),
  )
}

const isolates =
  (direction: Direction) =>
  ({ policy, certain }: Say): boolean =>
    certain && policy.isolates[direction] === true

function isRedundant(layer: LayerRows, direction: Direction, rule: Rule, pods: readonly number[]): boolean {
  return pods.every((index) => equal(layer.row(index, direction), layer.rowWith(index, direction, layer.says(index, direction), rule)))
}

function equal(a: Bounds, b: Bounds): boolean {
  return equalRows(a.must, b.must) && equalRows(a.may, b.may)
}
