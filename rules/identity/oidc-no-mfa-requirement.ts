import { APISERVER_KINDS, apiServerOf } from '../../server/model/apiserver.ts'
import { CI_ISSUERS } from '../../server/model/issuers.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown, items, text } from '../../server/model/value.ts'

/** Claims that say how somebody logged in. */
const FACTORS = /\b(amr|acr|acrs)\b/

export default defineRule({
  name: 'oidc-no-mfa-requirement',
  title: 'Logins are taken without a second factor',
  pillar: 'identity',
  severity: 'hint',
  auditOnly: true,
  controls: { nist80053: ['IA-2(1)', 'IA-2(2)'], nist800207: ['6'], nsa: ['Auth'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...APISERVER_KINDS, 'apiserver.config.k8s.io/AuthenticationConfiguration'],
  reads: [],
  *check(object) {
    const flags = apiServerOf(object)?.flags
    const url = flags?.get('oidc-issuer-url')
    if (url && !FACTORS.test(flags?.get('oidc-required-claim')?.value ?? '')) {
      yield {
        object,
        path: url.path,
        part: 'value',
        message:
          'Whoever has a password gets in, unless the identity provider asks for more: no claim about the login is required (`--oidc-required-claim`). Ask for one if your provider sends it.',
      }
    }
    for (const [i, issuer] of items(object.body, 'jwt').entries()) {
      const address = text(issuer, 'issuer', 'url')
      if (address === undefined || CI_ISSUERS.some((ci) => ci.url.test(address))) continue
      if (isUnknown(get(issuer, 'claimValidationRules'))) {
        yield { notEvaluated: object, path: ['jwt', i, 'claimValidationRules'] }
        continue
      }
      const asked = items(issuer, 'claimValidationRules').flatMap((rule) => text(rule, 'expression') ?? text(rule, 'claim') ?? [])
      if (asked.some((each) => FACTORS.test(each))) continue
      yield {
        object,
        path: ['jwt', i, 'issuer', 'url'],
        part: 'value',
        discriminator: address,
        message: `Whoever has a password of ${address} gets in, unless it asks for more: no rule looks at how they logged in. Require \`amr\` or \`acr\` if it sends them.`,
      }
    }
  },
  *fix({ object, path }) {
    if (path[0] !== 'jwt') return
    const at = [...path.slice(0, 2), 'claimValidationRules']
    const rules = items(object.body, ...at)
    const value = { expression: "'mfa' in claims.amr", message: 'a second factor is required' }
    yield {
      title: 'Require `mfa` among the methods (`amr`): confirm that the provider sends them, else nobody gets in',
      applicability: 'assisted',
      changes: [
        rules.length === 0
          ? { op: 'set', object, path: at, value: [value] }
          : { op: 'insert', object, path: at, index: rules.length, value },
      ],
    }
  },
})
