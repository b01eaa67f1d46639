import { coversRule } from '../../server/model/network/covers.ts'
import { type Action, DIRECTIONS, type Policy, type Rule } from '../../server/model/network/policy.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { text } from '../../server/model/value.ts'

export default defineRule<'object', 'reachability'>({
  name: 'policy-rule-shadowed',
  title: 'Rule of a policy that is never asked',
  pillar: 'network',
  severity: 'hint',
  controls: { nsa: ['Net'], nist80053: ['CM-6', 'AC-4'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  // Their rules are asked one after the other, and the first that matches decides.
  kinds: [
    ...['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy', 'ClusterNetworkPolicy'].map((kind) => `policy.networking.k8s.io/${kind}`),
    ...['NetworkPolicy', 'GlobalNetworkPolicy'].flatMap((kind) => [`projectcalico.org/${kind}`, `crd.projectcalico.org/${kind}`]),
  ],
  reads: ['reachability'],
  *check(object, { facts }) {
    for (const policy of facts.reachability.of(object)) {
      if (policy.invalid) continue
      for (const { rule, by } of shadowed(policy)) {
        const same = by.action === rule.action
        yield {
          object,
          path: rule.path,
          part: 'value',
          unnecessary: true,
          // One that was to refuse something is a control without effect.
          severity: same || rule.action === 'allow' ? 'hint' : 'warning',
          discriminator:
            text(object.body, ...rule.path, 'name') ?? `${rule.path[1]} ${JSON.stringify(rule.peer)} ${JSON.stringify(rule.ports)}`,
          message: `This rule of ${describe(object)} is never asked: one before it ${DOES[by.action]} all of it. ${same ? 'Take it out.' : 'Move it up, or take it out.'}`,
          related: [{ object, path: by.path, part: 'value', message: 'This rule decides.' }],
        }
      }
    }
  },
  *fix({ object, path }) {
    yield {
      title: 'Take the rule out: nothing changes',
      applicability: 'safe',
      changes: [{ op: 'remove', object, path }],
    }
  },
})

const DOES: Readonly<Record<Action, string>> = { allow: 'allows', deny: 'refuses', pass: 'passes on' }

/** Rules that an earlier one covers, whatever pods there are or will be. */
function shadowed(policy: Policy): { readonly rule: Rule; readonly by: Rule }[] {
  return DIRECTIONS.flatMap((direction) =>
    policy[direction].flatMap((rule, i) => {
      const by = policy[direction].slice(0, i).find((earlier) => coversRule(earlier, rule))
      return by && !rule.uncertain ? [{ rule, by }] : []
    }),
  )
}
