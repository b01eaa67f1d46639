import { BINDING_KINDS } from '../../server/model/access/access.ts'
import type { Binding } from '../../server/model/access/bindings.ts'
import { bindIn } from '../../server/model/access/role-edits.ts'
import type { Facts } from '../../server/model/facts.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { items, text, texts } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

export default defineRule<'object', 'access' | 'api' | 'tokens' | 'namespaces'>({
  name: 'rbac-cluster-binding-narrowable',
  title: 'Rights everywhere for a program of one namespace',
  pillar: 'identity',
  severity: 'hint',
  controls: { cis: ['5.1.1'], nist80053: ['AC-6'], nist800207: ['3'] },
  since: '0.1.0',
  each: 'object',
  kinds: BINDING_KINDS,
  reads: ['access', 'api', 'tokens', 'namespaces'],
  *check(object, { facts }) {
    const binding = facts.access.binding(object)
    const namespace = binding && homeOf(binding)
    if (!binding || namespace === undefined || !isNamespaced(binding, facts)) return
    const workloads = binding.subjects.flatMap((subject) => facts.tokens.holdersOf(namespace, subject.name))
    if (workloads.length === 0 || !workloads.every((workload) => looksOnlyAt(namespace, workload))) return
    yield {
      object,
      path: ['kind'],
      part: 'value',
      severity: 'information',
      message: `${describe(object)} gives rights in every namespace, and \`${workloads[0]?.object.name}\` is told to look at \`${namespace}\` only. Bind the role there.`,
    }
  },
  *fix({ object }, { facts }) {
    const binding = facts.access.binding(object)
    const namespace = binding && homeOf(binding)
    if (!binding || namespace === undefined) return
    yield {
      title: `Bind \`${binding.role.name}\` in \`${namespace}\` only: takes the subjects from the ClusterRoleBinding, which is then to be deleted`,
      applicability: 'assisted',
      changes: bindIn(namespace, binding),
      leaves: ['rbac-binding-dangling'],
    }
  },
})

/** The namespace in which all of those who are bound live. */
function homeOf({ namespace, subjects }: Binding): string | undefined {
  const homes = new Set(subjects.map((subject) => (subject.kind === 'ServiceAccount' && subject.applies ? subject.namespace : '')))
  const [home] = homes
  return namespace === undefined && homes.size === 1 && home !== '' ? home : undefined
}

/** Whether a role grants nothing that a RoleBinding could not give. */
function isNamespaced({ role }: Binding, { api }: Pick<Facts, 'api'>): boolean {
  const rules = role.facts?.open === false ? role.facts.rules : []
  return (
    rules.length > 0 &&
    rules.every(
      ({ rule: { groups, resources, urls } }) =>
        urls.list.length === 0 &&
        groups.list.length > 0 &&
        groups.list.every((group) => resources.list.every((resource) => resource !== '*' && api.isNamespaced(group, resource) !== false)) &&
        resources.list.every((resource) => groups.list.some((group) => api.isNamespaced(group, resource) === true)),
    )
  )
}

const FLAGS = /^--?(namespace|watch-namespace|namespaces|watch-namespaces)(?:=(.*))?$/
const VARIABLES = new Set(['WATCH_NAMESPACE', 'WATCH_NAMESPACES'])

/** What a program is told by its arguments, or by its environment: a namespace by name, or its own. */
function looksOnlyAt(namespace: string, { containers }: Workload): boolean {
  return containers.some(({ body }) => {
    const words = [...texts(body, 'command'), ...texts(body, 'args')]
    const told = words.some((word, i) => {
      const match = FLAGS.exec(word)
      return match !== null && [namespace, '$(POD_NAMESPACE)', '$(NAMESPACE)'].includes(match[2] ?? words[i + 1] ?? '')
    })
    return (
      told ||
      items(body, 'env').some(
        (variable) =>
          VARIABLES.has(text(variable, 'name') ?? '') &&
          (text(variable, 'value') === namespace || text(variable, 'valueFrom', 'fieldRef', 'fieldPath') === 'metadata.namespace'),
      )
    )
  })
}
