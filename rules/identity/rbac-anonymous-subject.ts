import { BINDING_KINDS } from '../../server/model/access/access.ts'
import { ANONYMOUS, UNAUTHENTICATED } from '../../server/model/access/identity.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'

/** What Kubernetes itself lets anybody see. */
const PUBLIC: ReadonlySet<string> = new Set([
  'system:public-info-viewer',
  'system:service-account-issuer-discovery',
  'kubeadm:bootstrap-signer-clusterinfo',
])

export default defineRule<'object', 'access'>({
  name: 'rbac-anonymous-subject',
  title: 'Binding gives rights to requests without a login',
  pillar: 'identity',
  severity: 'error',
  controls: { cis: ['1.2.1', '5.1.1'], nsa: ['Auth'], nist80053: ['AC-14', 'IA-2'], attack: ['T1078.001'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: BINDING_KINDS,
  reads: ['access'],
  *check(object, { facts }) {
    const binding = facts.access.binding(object)
    const anonymous = binding?.subjects.find(({ kind, name }) => (kind === 'User' ? name === ANONYMOUS : name === UNAUTHENTICATED))
    if (!binding || !anonymous || PUBLIC.has(binding.role.name)) return
    // Old clusters did this on their own; it shows what the API server can do.
    const discovery = ['system:discovery', 'system:basic-user'].includes(binding.role.name)
    yield {
      object,
      path: ['subjects', anonymous.index, 'name'],
      part: 'value',
      severity: discovery ? 'hint' : 'error',
      message: `${describe(object)} lets anybody who reaches the API server do what \`${binding.role.name}\` grants, without a login. Name who needs it.`,
    }
  },
  *fix({ object, path }) {
    yield {
      title: 'Take requests without a login out: they are refused',
      applicability: 'hardening',
      changes: [{ op: 'remove', object, path: path.slice(0, 2) }],
      leaves: ['rbac-anonymous-subject', 'rbac-binding-dangling'],
    }
  },
})
