import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, halfRisk, type HeldRisk, roleRisk, sayHolders } from '../../server/model/access/role-risks.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

/** Signs certificates with which people and programs log in. */
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client'

const { risks: WHOLE, halves: HALF } = ROLE_RISKS['rbac-csr-signing']

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-csr-signing',
  title: 'Role issues certificates for any user',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.11'], nist80053: ['SC-17', 'IA-5(2)'], attack: ['T1098'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts }) {
    const found = roleRisk(object, WHOLE, facts, signsClients)
    const half = found ? undefined : halfRisk(object, HALF, WHOLE, facts)
    if (half) {
      yield {
        object,
        path: half.path,
        part: half.part,
        severity: 'hint',
        message: `${describe(object)} grants \`${half.power.verbs[0]}\` on ${half.power.resource}, a part of what it takes to issue certificates for any user. Name the signer it is for with \`resourceNames\`.`,
      }
    }
    if (!found) return
    const does = found.worst.risk.name === 'approve-certificates' ? 'request, approve and so get' : 'sign'
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can ${does} client certificates in the name of any user, with that user's rights. Name the signer it is for with \`resourceNames\`, such as \`kubernetes.io/kubelet-serving\`.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['approve', 'sign'])
    if (changes)
      yield {
        title: 'Take `approve` and `sign` away: its requests wait for somebody else',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})

function signsClients({ risk }: HeldRisk): boolean {
  const signer = risk.evidence.find(({ power }) => power.name.startsWith('signers-'))
  const names = signer?.power.names
  return names === undefined || names.includes(CLIENT_SIGNER) || names.includes('kubernetes.io/*')
}
