import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, type HeldRisk, roleRisk, sayHolders } from '../../server/model/access/role-risks.ts'
import { defineRule } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

/** ConfigMaps of kube-system by which names are resolved, traffic is led, and people become somebody. */
const SYSTEM = ['coredns', 'kube-dns', 'kube-proxy', 'kubeadm-config', 'aws-auth', 'extension-apiserver-authentication']

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-system-config-write',
  title: 'Role changes the configuration of the cluster',
  pillar: 'identity',
  severity: 'information',
  controls: { nist80053: ['AC-6', 'CM-5'], attack: ['T1557', 'T1098'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts, target }) {
    const found = roleRisk(object, ROLE_RISKS['rbac-system-config-write'].risks, facts, reachesSystem)
    if (!found) return
    const eks = target.platform === 'eks'
    const people = eks ? ', who may administer it (`aws-auth`)' : ''
    yield {
      ...foundRisk(
        found,
        `${sayHolders(found.held)} can change the ConfigMaps of \`kube-system\`: how the cluster resolves names (\`coredns\`)${people}. Grant it in the namespaces whose ConfigMaps it writes.`,
      ),
      ...(eks && !found.controllers ? { severity: 'warning' as const } : {}),
    }
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['update', 'patch'])
    if (changes)
      yield {
        title: 'Take `update` and `patch` away: its holders change none',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})

function reachesSystem({ risk }: HeldRisk): boolean {
  const names = risk.evidence[0]?.power.names
  return (
    (risk.namespace === undefined || risk.namespace === 'kube-system') &&
    (names === undefined || names.some((name) => SYSTEM.includes(name)))
  )
}
