import { actionOf, hasSelector, ROOT_NAMESPACE } from '../../server/model/mesh.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { equal, get, items, text } from '../../server/model/value.ts'

export default defineRule<'object', 'objects'>({
  name: 'mesh-jwt-not-required',
  title: 'Requests without a token are let through',
  pillar: 'identity',
  severity: 'warning',
  absence: true,
  controls: { nist80053: ['IA-2', 'AC-3'], nist800207: ['6'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['security.istio.io/RequestAuthentication'],
  reads: ['objects'],
  *check(authentication, { facts }) {
    if (items(authentication.body, 'spec', 'jwtRules').length === 0) return
    const policies = facts.objects('security.istio.io/AuthorizationPolicy').filter((policy) => isFor(policy, authentication))
    if (policies.some(asksForToken)) return
    yield {
      object: authentication,
      path: ['spec', 'jwtRules'],
      part: 'key',
      message: `A request without a token passes ${describe(authentication)}: it refuses only wrong ones. Add an AuthorizationPolicy that refuses requests without \`requestPrincipals\`.`,
    }
  },
  *fix({ object: authentication }) {
    const { namespace, name } = authentication
    const selector = get(authentication.body, 'spec', 'selector')
    const targets = get(authentication.body, 'spec', 'targetRefs')
    yield {
      title: 'Refuse requests without a token: health checks and public paths are to be left out by you',
      applicability: 'assisted',
      changes: [
        {
          op: 'create',
          beside: authentication,
          body: {
            apiVersion: 'security.istio.io/v1',
            kind: 'AuthorizationPolicy',
            metadata: { name: `${name}-required`, ...(namespace === '' ? {} : { namespace }) },
            spec: {
              ...(selector === undefined ? {} : { selector }),
              ...(targets === undefined ? {} : { targetRefs: targets }),
              action: 'DENY',
              rules: [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }],
            },
          },
        },
      ],
    }
  },
})

/** Whether a policy counts wherever an authentication does. */
function isFor(policy: KubeObject, authentication: KubeObject): boolean {
  if (policy.namespace !== authentication.namespace && policy.namespace !== ROOT_NAMESPACE) return false
  if (!hasSelector(policy)) return true
  return ['selector', 'targetRefs', 'targetRef'].every((field) =>
    equal(get(policy.body, 'spec', field), get(authentication.body, 'spec', field)),
  )
}

/** A policy that hands requests to an authorizer of its own is taken to ask. */
function asksForToken(policy: KubeObject): boolean {
  if (actionOf(policy) === 'CUSTOM') return true
  return items(policy.body, 'spec', 'rules').some(
    (rule) =>
      items(rule, 'from').some((from) =>
        ['requestPrincipals', 'notRequestPrincipals'].some((field) => items(from, 'source', field).length > 0),
      ) || items(rule, 'when').some((condition) => (text(condition, 'key') ?? '').startsWith('request.auth.')),
  )
}
