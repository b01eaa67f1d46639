import { BINDING_KINDS, ROLE_KINDS } from '../../server/model/access/access.ts'
import { replaceRule, ruleIndex, withoutResources } from '../../server/model/access/role-edits.ts'
import { foundRisk, roleRisk, sayHolders } from '../../server/model/access/role-risks.ts'
import { defineRule } from '../../server/model/rule.ts'
import { items, texts } from '../../server/model/value.ts'
import { leavesOf, ROLE_RISKS } from '../role-risks.ts'

/** What agents that collect metrics ask the kubelet for. */
const METRICS = ['nodes/metrics', 'nodes/stats']
/** Since 1.33 the kubelet tells these apart from everything else. */
const FINE_GRAINED = 33

export default defineRule<'object', 'access' | 'escalation' | 'tokens'>({
  name: 'rbac-nodes-proxy',
  title: 'Role reaches every container through the kubelet',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['5.1.10'], nist80053: ['AC-6', 'AU-12'], attack: ['T1609'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...ROLE_KINDS, ...BINDING_KINDS],
  reads: ['access', 'escalation', 'tokens'],
  *check(object, { facts }) {
    const found = roleRisk(object, ROLE_RISKS['rbac-nodes-proxy'].risks, facts)
    if (!found) return
    const verbs = found.worst.risk.evidence[0]?.power.verbs ?? []
    const enough = verbs.every((verb) => verb === 'get') ? ' `get` is enough for that.' : ''
    yield foundRisk(
      found,
      `${sayHolders(found.held)} can run commands in every container of every node through \`nodes/proxy\`, past admission and audit.${enough} Grant what it reads instead: \`nodes/metrics\`, \`nodes/stats\`.`,
    )
  },
  *fix({ object, path }, { facts, target }) {
    const index = ruleIndex(path)
    const rule = index === undefined ? undefined : items(object.body, 'rules')[index]
    if (index === undefined || rule === undefined || !texts(rule, 'resources').includes('nodes/proxy')) return
    const others = texts(rule, 'resources').filter((resource) => resource !== 'nodes/proxy')
    const verbs = texts(rule, 'verbs')
    const instead = (resources: readonly string[]): ReturnType<typeof replaceRule> => {
      const missing = resources.filter((resource) => !others.includes(resource))
      const wider = { ...(rule as Record<string, never>), resources: [...others, ...missing] }
      if (verbs.every((verb) => verb === 'get')) return replaceRule(object, index, [wider])
      return replaceRule(object, index, [
        ...withoutResources(rule, ['nodes/proxy']),
        { apiGroups: [''], resources: missing, verbs: ['get'] },
      ])
    }
    yield {
      title: 'Read metrics only: `nodes/metrics`, `nodes/stats`',
      applicability: 'assisted',
      changes: instead(METRICS),
      leaves: leavesOf(object, instead(METRICS), facts),
    }
    if (target.minor >= FINE_GRAINED) {
      const resources = [...METRICS, 'nodes/pods', 'nodes/healthz', 'nodes/configz']
      yield {
        title: 'Read all that the kubelet tells: metrics, pods, health and configuration',
        applicability: 'assisted',
        changes: instead(resources),
        leaves: leavesOf(object, instead(resources), facts),
      }
    }
  },
})
