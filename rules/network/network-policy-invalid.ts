import { POLICY_KINDS } from '../../server/model/network/layers.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { POLICY_EFFECTS } from '../policy-effects.ts'

export default defineRule<'object', 'reachability', string | number>({
  name: 'network-policy-invalid',
  title: 'Policy that is refused, or does not say what it seems to',
  pillar: 'network',
  severity: 'error',
  controls: { nsa: ['Net'], nist80053: ['AC-4', 'CM-6'] },
  since: '0.1.0',
  each: 'object',
  kinds: POLICY_KINDS,
  reads: ['reachability'],
  *check(object, { facts }) {
    const seen = new Set<string>()
    for (const { path, message, refused, instead } of facts.reachability.of(object).flatMap(({ problems }) => problems)) {
      const discriminator = `${path.filter((step) => typeof step === 'string').join('.')} ${message}`
      if (seen.has(discriminator)) continue
      seen.add(discriminator)
      yield {
        object,
        path,
        part: 'value',
        severity: refused ? 'error' : 'warning',
        discriminator,
        message: `${describe(object)}: ${message}`,
        ...(instead === undefined ? {} : { data: instead }),
      }
    }
  },
  *fix({ object, path, data }) {
    if (data === undefined) return
    yield {
      title: `Write ${typeof data === 'string' ? `\`${data}\`` : data}: the policy then comes into force`,
      applicability: 'hardening',
      changes: [{ op: 'set', object, path, value: data }],
      leaves: [...POLICY_EFFECTS, 'network-policy-invalid', 'policy-rules-ignored', 'policy-selects-nothing'],
    }
  },
})
