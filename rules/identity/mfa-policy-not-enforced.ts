import { cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown, type Path, texts } from '../../server/model/value.ts'

const WANTED = 'enabled'

export default defineRule({
  name: 'mfa-policy-not-enforced',
  title: 'Policy that asks for a second factor is not in force',
  pillar: 'identity',
  severity: 'information',
  controls: { cis: ['Azure 1.2.3'], nist80053: ['IA-2(1)', 'IA-2(2)'], nist800207: ['6'], attack: ['T1078.004'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/azuread_conditional_access_policy'],
  reads: [],
  *check(object) {
    const policy = cloudResource(object)
    if (!policy) return
    const { value, path } = policy.read('state')
    if (isUnknown(value)) yield { notEvaluated: object, path }
    if (typeof value !== 'string' || value === WANTED) return
    const grant: Path = ['spec', 'grant_controls', 0]
    const asks =
      texts(object.body, ...grant, 'built_in_controls').includes('mfa') ||
      get(object.body, ...grant, 'authentication_strength_policy_id') !== undefined
    if (asks)
      yield {
        object,
        path,
        part: 'value',
        message: `\`${object.name}\` asks nobody for a second factor: it ${value === 'disabled' ? 'is switched off' : 'only reports'}. Set \`state\` to enabled.`,
      }
  },
  *fix({ object, path }) {
    yield {
      title: 'Put the policy in force: who has no second factor is refused',
      applicability: 'hardening',
      changes: [{ op: 'set', object, path, value: WANTED }],
    }
  },
})
