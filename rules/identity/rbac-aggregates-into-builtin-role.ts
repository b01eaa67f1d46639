import type { Grant } from '../../server/model/access/access.ts'
import { AGGREGATE_LABEL } from '../../server/model/access/built-in-roles.ts'
import { onlyRunsPods } from '../../server/model/access/deputies.ts'
import { powersOf } from '../../server/model/access/powers.ts'
import { type Risk, type RiskName, risksOf } from '../../server/model/access/risks.ts'
import { isBootstrap, type RoleFacts } from '../../server/model/access/roles.ts'
import type { Facts } from '../../server/model/facts.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { entries } from '../../server/model/value.ts'

/** From the least to the most that people expect of it. */
const ROLES = ['view', 'edit', 'admin'] as const
/** `edit` has these itself, so nobody is surprised. */
const IN_EDIT: readonly RiskName[] = [
  'run-pods',
  'change-pods',
  'exec',
  'exec-by-get',
  'list-secrets',
  'get-secrets',
  'mint-tokens',
  'request-tokens',
  'impersonate-accounts',
  'redirect-services',
  'take-host-names',
  'reach-ports',
  'change-system-config',
  'delete-events',
]
const READS = ['get', 'list', 'watch']

export default defineRule<'object', 'access'>({
  name: 'rbac-aggregates-into-builtin-role',
  title: 'Role widens `view`, `edit` or `admin` for everybody',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['AC-6', 'CM-3'], attack: ['T1098.006'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['rbac.authorization.k8s.io/ClusterRole'],
  reads: ['access'],
  *check(object, { facts }) {
    const role = facts.access.roles.of(object)
    const into = ROLES.find((name) =>
      entries(object.body, 'metadata', 'labels').some(([key, value]) => key === AGGREGATE_LABEL + name && String(value) === 'true'),
    )
    if (!role || !into || isBootstrap(object)) return
    const widened = into === 'view' ? beyondReading(role) : beyondEditing(role)
    if (!widened) return
    const bindings = boundTo(into, facts)
    yield {
      object,
      path: ['metadata', 'labels', AGGREGATE_LABEL + into],
      part: 'value',
      message: `${describe(object)} is a part of \`${into}\`, and so lets everybody who has that role ${widened}. Take the label away, or move what goes too far to a role of its own.`,
      related: bindings.map((binding) => ({
        object: binding,
        path: ['roleRef', 'name'],
        part: 'value' as const,
        message: `${describe(binding)} is widened by it.`,
      })),
    }
  },
  *fix({ object, path }) {
    const name = String(path.at(-1)).slice(AGGREGATE_LABEL.length)
    yield {
      title: `Take it out of \`${name}\`: whoever has that role loses what this one grants`,
      applicability: 'hardening',
      changes: [{ op: 'remove', object, path }],
      leaves: ['rbac-role-unbound', 'rbac-aggregates-into-builtin-role'],
    }
  },
})

function risksIn(role: RoleFacts): Risk[] {
  return risksOf(role.rules.map(({ rule, sure }): Grant => ({ rule, namespace: undefined, binding: undefined, role, sure })))
}

function beyondReading(role: RoleFacts): string | undefined {
  const secrets = risksIn(role).find(({ name }) => name === 'list-secrets' || name === 'get-secrets')
  if (secrets) return 'read Secrets, which it keeps out on purpose'
  for (const { rule } of role.rules) {
    const verb = rule.verbs.list.find((each) => !READS.includes(each))
    if (verb !== undefined)
      return `${verb === '*' ? 'do everything with' : verb} ${rule.resources.list.join(', ')}, though it is meant for reading`
  }
  return undefined
}

function beyondEditing(role: RoleFacts): string | undefined {
  return risksIn(role).find(
    ({ name, level }) => !IN_EDIT.includes(name) && level !== 'low' && (name !== 'use-deputies' || commandsDeputy(role)),
  )?.how
}

/** Running pods in the namespace is what `edit` is for, whoever starts them. */
function commandsDeputy(role: RoleFacts): boolean {
  return role.rules.some(({ rule }) => powersOf(rule).some((power) => power.name === 'deputies-write' && !onlyRunsPods(power)))
}

/** The bindings of a built-in role and of those that it is a part of. */
function boundTo(name: (typeof ROLES)[number], { access }: Pick<Facts, 'access'>): KubeObject[] {
  const wider: readonly string[] = ROLES.slice(ROLES.indexOf(name))
  return access.bindings.filter(({ role }) => role.kind === 'ClusterRole' && wider.includes(role.name)).map(({ object }) => object)
}
