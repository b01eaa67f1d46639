import { describe, type KubeObject } from '../../server/model/object.ts'
import { isBootstrap, type RoleFacts } from '../../server/model/access/roles.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { entries, get, items } from '../../server/model/value.ts'

export default defineRule<'object', 'access', readonly KubeObject[]>({
  name: 'rbac-aggregation-circular',
  title: 'Roles that are aggregated into each other',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['AC-6', 'CM-6'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['rbac.authorization.k8s.io/ClusterRole'],
  reads: ['access'],
  *check(object, { facts }) {
    const role = facts.access.roles.of(object)
    if (!role || isBootstrap(object)) return
    const members = circleOf(role, facts.access.roles.get)
    // One of them tells it for all.
    if (members.length < 2 || members.some(({ name }) => name < role.name)) return
    const others = members.filter(({ name }) => name !== role.name)
    const objects = others.flatMap((other) => other.object ?? [])
    yield {
      object,
      path: ['aggregationRule'],
      part: 'key',
      message: `${describe(object)} and ${others.map(({ name }) => `\`${name}\``).join(', ')} are aggregated into each other: what either was ever given stays in both, also when the role that it came from is deleted. Take the label away that puts one into the other.`,
      related: objects.map((other) => ({
        object: other,
        path: ['aggregationRule'],
        part: 'key' as const,
        message: `${describe(other)} is in the circle.`,
      })),
      data: objects,
    }
  },
  *fix({ object, data: others = [] }) {
    for (const other of others) {
      const changes = labelsFor(object, other)
      if (changes.length === 0) continue
      yield {
        title: `Take \`${other.name}\` out of \`${object.name}\`: whoever has \`${object.name}\` loses what comes through it`,
        applicability: 'hardening',
        changes,
        leaves: ['rbac-aggregation-circular', 'rbac-role-unbound'],
      }
    }
  },
})

/** The roles into which a role goes and that go into it, with itself; itself alone where there is no circle. */
function circleOf(role: RoleFacts, find: (kind: string, namespace: string, name: string) => RoleFacts | undefined): readonly RoleFacts[] {
  if (!role.aggregates.some(({ name }) => name === role.name)) return [role]
  const others = role.aggregates.flatMap(({ name }) => (name === role.name ? [] : (find('ClusterRole', '', name) ?? [])))
  return [role, ...others.filter((other) => other.aggregates.some(({ name }) => name === role.name))]
}

/** Takes the labels away by which one role is selected by another. */
function labelsFor(parent: KubeObject, child: KubeObject): ObjectChange[] {
  const wanted = items(parent.body, 'aggregationRule', 'clusterRoleSelectors').flatMap((selector) => entries(selector, 'matchLabels'))
  const keys = new Set(wanted.flatMap(([key, value]) => (get(child.body, 'metadata', 'labels', key) === value ? [key] : [])))
  return [...keys].map((key) => ({ op: 'remove', object: child, path: ['metadata', 'labels', key] }))
}
