import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isList, items } from '../../server/model/value.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

export default defineRule({
  name: 'cilium-section-without-rules',
  title: 'Policy of Cilium whose empty list closes nothing',
  pillar: 'network',
  severity: 'error',
  controls: { cis: ['5.3.2'], nsa: ['Net'], nist80053: ['CM-6', 'AC-4', 'SC-7'], nist800207: ['4'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['cilium.io/CiliumNetworkPolicy', 'cilium.io/CiliumClusterwideNetworkPolicy'],
  reads: [],
  *check(object) {
    for (const section of ['ingress', 'egress']) {
      const rules = get(object.body, 'spec', section)
      if (!isList(rules) || rules.length > 0 || get(object.body, 'spec', 'enableDefaultDeny', section) === true) continue
      if (items(object.body, 'spec', `${section}Deny`).length > 0) continue
      yield {
        object,
        path: ['spec', section],
        part: 'value',
        discriminator: section,
        message: `${describe(object)} does not close ${section}: to Cilium an empty list is as good as none. Write a rule that allows nothing (\`- {}\`).`,
      }
    }
  },
  *fix({ object, path }) {
    yield {
      title: 'Write a rule that allows nothing: all else is closed',
      applicability: 'hardening',
      changes: [{ op: 'set', object, path, value: [{}] }],
      leaves: POLICY_EFFECTS,
    }
  },
})
