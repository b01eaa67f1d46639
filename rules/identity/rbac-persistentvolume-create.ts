import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { foundRisk, roleRisk, sayHolders } from '../../server/model/access/role-risks.ts'
import { isNodeAgent } from '../../server/model/node-agents.ts'
import { defineRule } from '../../server/model/rule.ts'
import { text } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-persistentvolume-create',
  title: 'Role offers folders of nodes as volumes',
  pillar: 'identity',
  severity: 'information',
  controls: { cis: ['5.1.9'], nist80053: ['AC-6'], attack: ['T1611'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts }) {
    const found = roleRisk(object, ROLE_RISKS['rbac-persistentvolume-create'].risks, facts, ({ subject }) => {
      const workloads = facts.tokens.holdersOf(subject.namespace, subject.name)
      return workloads.length === 0 || !workloads.every(isProvisioner)
    })
    if (!found) return
    const what = found.worst.risk.evidence[0]?.power.resource
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can create ${what}: any folder of a node can be offered as a volume, which Pod Security does not see. Ask for storage with PersistentVolumeClaims.`,
    )
  },
  *fix({ object, path }, { facts }) {
    const changes = takeVerbs(object, path, ['create'])
    if (changes)
      yield {
        title: 'Take `create` away: volumes come from claims only',
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
  },
})

/** Whose work it is to create volumes. */
function isProvisioner(workload: Workload): boolean {
  return (
    isNodeAgent(workload) ||
    workload.containers.some(({ body }) => /csi|provisioner|storage|longhorn|rook|ceph|openebs/i.test(text(body, 'image') ?? ''))
  )
}
