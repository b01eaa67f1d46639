import { CI_ISSUERS } from '../../server/model/issuers.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown, items, text, type Value } from '../../server/model/value.ts'

export default defineRule({
  name: 'oidc-ci-issuer-unrestricted',
  title: 'Anybody’s pipeline can log in to the cluster',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['IA-8', 'AC-3'], attack: ['T1078.004'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['apiserver.config.k8s.io/AuthenticationConfiguration'],
  reads: [],
  *check(object) {
    for (const [i, issuer] of items(object.body, 'jwt').entries()) {
      const url = text(issuer, 'issuer', 'url')
      const ci = CI_ISSUERS.find((each) => each.url.test(url ?? ''))
      if (!ci || url === undefined) continue
      if (isUnknown(get(issuer, 'claimValidationRules'))) {
        yield { notEvaluated: object, path: ['jwt', i, 'claimValidationRules'] }
        continue
      }
      if (expressionsOf(issuer).some((expression) => ci.claims.test(expression))) continue
      // A user for each job at least has to be bound by name.
      const bySubject = /\bsub\b/.test(
        text(issuer, 'claimMappings', 'username', 'claim') ?? text(issuer, 'claimMappings', 'username', 'expression') ?? '',
      )
      yield {
        object,
        path: ['jwt', i, 'issuer', 'url'],
        part: 'value',
        severity: bySubject ? 'information' : 'warning',
        discriminator: url,
        message: `Every pipeline on ${ci.name} can log in to this cluster, whoever it belongs to: no rule looks at whose it is. Add one, such as \`${ci.example}\`.`,
      }
    }
  },
  *fix({ object, path }) {
    const issuer = path.slice(0, 2)
    const ci = CI_ISSUERS.find((each) => each.url.test(text(object.body, ...issuer, 'issuer', 'url') ?? ''))
    if (!ci) return
    const rules = items(object.body, ...issuer, 'claimValidationRules')
    const value = { expression: ci.example, message: 'only pipelines of this organization log in' }
    const at = [...issuer, 'claimValidationRules']
    yield {
      title: 'Let in only your own pipelines: fill in whose',
      applicability: 'assisted',
      changes: [
        rules.length === 0
          ? { op: 'set', object, path: at, value: [value] }
          : { op: 'insert', object, path: at, index: rules.length, value },
      ],
    }
  },
})

/** What is asked of the claims: expressions, and claims that must have a value. */
function expressionsOf(issuer: Value): string[] {
  return items(issuer, 'claimValidationRules').flatMap((rule) => text(rule, 'expression') ?? text(rule, 'claim') ?? [])
}
