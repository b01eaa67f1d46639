import type { Direction, WrittenPeer } from '../../server/model/network/policy.ts'
import { andNot, isEmpty, or } from '../../server/model/network/sets/bits.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, type Path, type Value } from '../../server/model/value.ts'
import { isSelective } from '../../server/model/network/meant-labels.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

interface Data {
  /** Of the list of peers. */
  readonly list: Path
  readonly first: number
  readonly joined: Value
  readonly direction: Direction
}

export default defineRule<'object', 'reachability', Data>({
  name: 'and-or-peer-suspect',
  title: 'Two peers that look like one',
  pillar: 'network',
  severity: 'information',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'AC-6'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/NetworkPolicy'],
  reads: ['reachability'],
  *check(object, { facts }) {
    const { space } = facts.reachability
    for (const policy of facts.reachability.of(object)) {
      for (const direction of ['ingress', 'egress'] as const) {
        if (policy.applies[direction] !== true || isEmpty(space.match(policy.selects).may)) continue
        for (const { peers } of policy[direction]) {
          for (const [i, first] of peers.entries()) {
            const second = peers[i + 1]
            const pair = second && namespaceAndPods(object, first, second)
            if (!pair) continue
            const outer = space.match(pair.namespaces.test).must
            if (isEmpty(outer)) continue
            const inner = space.match(pair.pods.test).must
            // Pods like these in the namespaces that are named: what one peer with both selectors would mean.
            const meant = space.match(pair.both).must
            const extra = andNot(or(outer, inner), meant)
            if (isEmpty(meant) || isEmpty(extra)) continue
            yield {
              object,
              path: second.path,
              part: 'value',
              // Both may be meant where the policy's own namespace has such pods too.
              certainty: isEmpty(andNot(inner, meant)) ? 'certain' : 'possible',
              discriminator: `${direction} ${JSON.stringify(pair.joined)}`,
              message: `${describe(object)} allows these as two peers: every pod of the namespaces, and pods with these labels in \`${object.namespace || 'the policy’s namespace'}\`. If pods with these labels in those namespaces are meant, take out the \`-\` before this one.`,
              data: { list: first.path.slice(0, -1), first: Number(first.path.at(-1)), joined: pair.joined, direction },
            }
          }
        }
      }
    }
  },
  *fix({ object, data }) {
    if (!data) return
    const { list, first, joined, direction } = data
    yield {
      title: `Join the two peers: ${direction} ${direction === 'ingress' ? 'from' : 'to'} other pods of these namespaces closes`,
      applicability: 'hardening',
      changes: [
        { op: 'remove', object, path: [...list, first + 1] },
        { op: 'set', object, path: [...list, first], value: joined },
      ],
      leaves: [...POLICY_EFFECTS, 'and-or-peer-suspect'],
    }
  },
})

interface Pair {
  readonly namespaces: WrittenPeer
  readonly pods: WrittenPeer
  readonly joined: Value
  readonly both: Extract<WrittenPeer['test'], { op: 'selected' }>
}

/** Neighbours of which one has only a selector of namespaces and the other only one of pods. */
function namespaceAndPods({ body }: KubeObject, first: WrittenPeer, second: WrittenPeer): Pair | undefined {
  const selectors = (peer: WrittenPeer) => [get(body, ...peer.path, 'namespaceSelector'), get(body, ...peer.path, 'podSelector')] as const
  for (const [namespaces, pods] of [
    [first, second],
    [second, first],
  ] as const) {
    const [[outer, none], [nothing, inner]] = [selectors(namespaces), selectors(pods)]
    if (outer === undefined || inner === undefined || none !== undefined || nothing !== undefined) continue
    if (namespaces.test.op !== 'selected' || pods.test.op !== 'selected' || !isSelective(inner) || !isSelective(outer)) continue
    return {
      namespaces,
      pods,
      joined: { namespaceSelector: outer, podSelector: inner },
      both: { ...namespaces.test, labels: pods.test.labels },
    }
  }
  return undefined
}
