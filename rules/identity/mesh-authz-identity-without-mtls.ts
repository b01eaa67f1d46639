import { actionOf, mtlsModeOf, PEER_AUTHENTICATION, selectedBy } from '../../server/model/mesh.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, items, type Path } from '../../server/model/value.ts'

const IDENTITIES = ['principals', 'namespaces', 'serviceAccounts']
const OTHERS = ['notPrincipals', 'notNamespaces', 'notServiceAccounts']

export default defineRule<'object', 'workloads' | 'objects'>({
  name: 'mesh-authz-identity-without-mtls',
  title: 'Policy about identities that nobody has to prove',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist800207: ['2', '6'], nist80053: ['AC-3', 'SC-8', 'IA-3'], attack: ['T1557'], owasp: ['K05'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['security.istio.io/AuthorizationPolicy'],
  reads: ['workloads', 'objects'],
  *check(policy, { facts }) {
    const field = identityIn(policy)
    const workloads = selectedBy(policy, facts.workloads)
    if (!field || guardsPlainText(policy) || workloads.length === 0) return
    const modes = workloads.map((workload) => mtlsModeOf(workload, facts.objects))
    if (modes.includes('unknown')) {
      yield { notEvaluated: policy, path: ['spec', 'rules'] }
      return
    }
    const open = workloads.filter((_, i) => modes[i] !== 'STRICT')
    const [first] = open
    if (!first) return
    const refuses = actionOf(policy) === 'DENY' || OTHERS.includes(String(field.at(-1)))
    const said = modes.some((mode) => mode === 'PERMISSIVE' || mode === 'DISABLE')
    yield {
      object: policy,
      path: field,
      part: 'key',
      severity: refuses ? 'warning' : 'hint',
      // Somebody else may ask for mutual TLS in the whole mesh.
      certainty: said ? 'certain' : 'possible',
      message: refuses
        ? `Whoever calls \`${first.object.name}\` in plain text has no identity, and so is not among those that ${describe(policy)} keeps out. Require mutual TLS (\`STRICT\`).`
        : `Whoever calls \`${first.object.name}\` in plain text is refused by ${describe(policy)}, whoever it is. Require mutual TLS (\`STRICT\`), so that all of them come with an identity.`,
    }
  },
  *fix({ object: policy }) {
    const { namespace, name } = policy
    if (items(policy.body, 'spec', 'targetRefs').length > 0) return
    const selector = get(policy.body, 'spec', 'selector')
    yield {
      title: 'Require mutual TLS of those that call: calls in plain text are refused',
      applicability: 'assisted',
      changes: [
        {
          op: 'create',
          beside: policy,
          body: {
            apiVersion: 'security.istio.io/v1',
            kind: PEER_AUTHENTICATION.slice(PEER_AUTHENTICATION.indexOf('/') + 1),
            metadata: namespace === '' ? { name } : { name, namespace },
            spec: { ...(selector === undefined ? {} : { selector }), mtls: { mode: 'STRICT' } },
          },
        },
      ],
    }
  },
})

/** The first field that asks who calls; those that name whom they do not mean first. */
function identityIn(policy: KubeObject): Path | undefined {
  const places = items(policy.body, 'spec', 'rules').flatMap((rule, i) =>
    items(rule, 'from').flatMap((from, j) =>
      [...OTHERS, ...IDENTITIES]
        .filter((field) => items(from, 'source', field).length > 0)
        .map((field): Path => ['spec', 'rules', i, 'from', j, 'source', field]),
    ),
  )
  return places.find((path) => OTHERS.includes(String(path.at(-1)))) ?? places[0]
}

/** Refuses whoever has no identity at all. */
function guardsPlainText(policy: KubeObject): boolean {
  return (
    actionOf(policy) === 'DENY' &&
    items(policy.body, 'spec', 'rules').some((rule) =>
      items(rule, 'from').some((from) => OTHERS.some((field) => items(from, 'source', field).includes('*'))),
    )
  )
}
