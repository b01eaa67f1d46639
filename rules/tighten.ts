import type { Facts } from '../server/model/facts.ts'
import type { Direction } from '../server/model/network/policy.ts'
import { type BroadRule, tighten } from '../server/model/network/synthesis/tighten.ts'
import type { Fix, ObjectChange } from '../server/model/rule.ts'
import { items, type Value } from '../server/model/value.ts'
import { POLICY_EFFECTS } from './policy-effects.ts'

/** What `allowOnlyKnown` asks. */
export type TightenFacts = 'objects' | 'workloads' | 'namespaces' | 'services' | 'reachability' | 'intents'

/** Of what broad rules of different policies allow, only what is known to be needed stays. */
export function* allowOnlyKnown(open: readonly BroadRule[], direction: Direction, facts: Pick<Facts, TightenFacts>): Iterable<Fix> {
  if (open.some(({ object }) => object.groupKind !== 'networking.k8s.io/NetworkPolicy')) return
  const tightened = tighten(open, direction, facts.objects, facts)
  if (!tightened || tightened.lost.length > 0) return
  const changes = tightened.instead.map(({ rule, rules }) => replaceRule(rule, rules))
  const { length } = tightened.kept
  const kept =
    length === 0
      ? 'no connection is known to be needed'
      : `keeps ${length === 1 ? 'the known connection' : `the ${length} known connections`}`
  yield {
    title: `Allow only known ${direction === 'ingress' ? 'sources' : 'destinations'}: ${kept}, the rest closes`,
    applicability: length === 0 ? 'assisted' : 'hardening',
    changes,
    leaves: POLICY_EFFECTS,
  }
}

/** Other rules in the place of one; none is inserted beside a change, so that edits cannot meet. */
export function replaceRule({ object, path }: Pick<BroadRule, 'object' | 'path'>, rules: readonly Value[]): ObjectChange {
  const [list, index] = [path.slice(0, -1), Number(path.at(-1))]
  const others = items(object.body, ...list).filter((_, i) => i !== index)
  const [first, ...rest] = rules
  if (others.length > 0 && first === undefined) return { op: 'remove', object, path }
  if (others.length > 0 && first !== undefined && rest.length === 0) return { op: 'set', object, path, value: first }
  return { op: 'set', object, path: list, value: [...others, ...rules] }
}
