import { actionOf } from '../../server/model/mesh.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { type Body, get, isUnknown, items, text, type Value } from '../../server/model/value.ts'

const PARTS = ['from', 'to', 'when']
const ANYWHERE: ReadonlySet<unknown> = new Set(['0.0.0.0/0', '::/0'])

export default defineRule<'object', 'objects'>({
  name: 'mesh-authz-allows-all',
  title: 'Policy of the mesh that lets everybody in',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist800207: ['6'], nist80053: ['AC-3'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['security.istio.io/AuthorizationPolicy', 'policy.linkerd.io/AuthorizationPolicy', 'policy.linkerd.io/Server'],
  reads: ['objects'],
  *check(policy, { facts }) {
    if (policy.group === 'security.istio.io') yield* istio(policy)
    else if (policy.kind === 'Server') yield* server(policy)
    else yield* linkerd(policy, facts.objects('policy.linkerd.io/NetworkAuthentication'))
  },
  *fix({ object, path }) {
    if (object.kind === 'Server') {
      yield {
        title: 'Let in only meshed callers of this cluster: others are refused',
        applicability: 'hardening',
        changes: [{ op: 'set', object, path, value: 'cluster-authenticated' }],
      }
    } else if (path.at(-1) === 'istio.io/dry-run') {
      yield {
        title: 'Put the policy in force: what it does not allow is refused',
        applicability: 'hardening',
        changes: [{ op: 'remove', object, path }],
      }
    } else if (object.group === 'security.istio.io' && typeof path[2] === 'number') {
      const joined = join(object, path[2])
      if (joined) yield joined
    }
  },
})

function* istio(policy: KubeObject): Iterable<Found<undefined>> {
  if (text(policy.body, 'metadata', 'annotations', 'istio.io/dry-run') === 'true') {
    yield {
      object: policy,
      path: ['metadata', 'annotations', 'istio.io/dry-run'],
      part: 'value',
      severity: 'information',
      discriminator: 'dry-run',
      message: `${describe(policy)} refuses nothing: it is a dry run, which only writes down what it would refuse. Put it in force.`,
    }
  }
  if (actionOf(policy) !== 'ALLOW') return
  const rules = items(policy.body, 'spec', 'rules')
  for (const [i, rule] of rules.entries()) {
    if (isUnknown(rule)) continue
    const split = splitFrom(rules, i)
    if (!isEmpty(rule) && !split) continue
    yield {
      object: policy,
      path: ['spec', 'rules', i],
      part: 'value',
      severity: split || rules.length > 1 ? 'warning' : 'information',
      discriminator: split ? 'split' : 'empty',
      message: split
        ? `${describe(policy)} allows what its rules say one by one, not together: this one lets everybody do ${split === 'to' ? 'what it names' : 'everything from where it says'}. Write \`from\` and \`to\` in one rule.`
        : `${describe(policy)} lets everybody do everything: a rule without \`from\`, \`to\` and \`when\` matches each request. Say who may do what.`,
    }
  }
}

function isEmpty(rule: Value): boolean {
  return PARTS.every((part) =>
    items(rule, part).every((item) => Object.values(item ?? {}).every((value) => value === null || Object.keys(value).length === 0)),
  )
}

/** A list that was split by one dash too many: one rule has only `from`, the next only `to`. */
function splitFrom(rules: readonly Value[], i: number): 'to' | undefined {
  const only = (rule: Value | undefined, part: string): boolean =>
    rule !== undefined && items(rule, part).length > 0 && PARTS.every((other) => other === part || get(rule, other) === undefined)
  return rules.length === 2 && i === 1 && only(rules[0], 'from') && only(rules[1], 'to') ? 'to' : undefined
}

function join(policy: KubeObject, index: number) {
  const rules = items(policy.body, 'spec', 'rules')
  if (splitFrom(rules, index) === undefined) return undefined
  const to = get(rules[index], 'to')
  if (to === undefined) return undefined
  return {
    title: 'Make one rule of both: only who is named may do what is named',
    applicability: 'assisted' as const,
    changes: [{ op: 'set' as const, object: policy, path: ['spec', 'rules'], value: [{ ...(rules[index - 1] as Body), to }] }],
  }
}

function* server(policy: KubeObject): Iterable<Found<undefined>> {
  const access = text(policy.body, 'spec', 'accessPolicy')
  if (access !== 'all-unauthenticated' && access !== 'audit') return
  yield {
    object: policy,
    path: ['spec', 'accessPolicy'],
    part: 'value',
    discriminator: 'accessPolicy',
    message: `${describe(policy)} lets everybody in, with or without an identity (\`${access}\`). Let in \`cluster-authenticated\` or name who may.`,
  }
}

/** All that a policy asks for is an address, and any address will do. */
function* linkerd(policy: KubeObject, networks: readonly KubeObject[]): Iterable<Found<undefined>> {
  const required = items(policy.body, 'spec', 'requiredAuthenticationRefs')
  const open = required.every((reference) => {
    if (text(reference, 'kind') !== 'NetworkAuthentication') return false
    const network = networks.find(
      ({ name, namespace }) => name === text(reference, 'name') && namespace === (text(reference, 'namespace') ?? policy.namespace),
    )
    return items(network?.body, 'spec', 'networks').some((each) => ANYWHERE.has(text(each, 'cidr')))
  })
  if (required.length === 0 || !open) return
  yield {
    object: policy,
    path: ['spec', 'requiredAuthenticationRefs', 0, 'name'],
    part: 'value',
    discriminator: 'network',
    message: `${describe(policy)} lets everybody in: it asks for an address only, and any will do. Ask for an identity (MeshTLSAuthentication).`,
  }
}
