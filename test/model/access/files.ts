import { type EnvironmentModel, environmentModel } from '../../../server/model/facts.ts'
import { evaluateManifest } from '../../../server/sources/manifest.ts'

/** The model of one file; placeholders are unknown. */
export function modelOf(text: string): EnvironmentModel {
  return environmentModel('test', evaluateManifest({ path: 'test.yaml', text }).objects, false)
}

/** RBAC objects from short lines, so that a table can hold them. */
export function rbac(...documents: readonly string[]): string {
  return documents.map((document) => `apiVersion: rbac.authorization.k8s.io/v1\n${document}`).join('\n---\n')
}

/** `role ns/name: rule; rule` with rules as `verbs groups resources [names]`; no namespace for a ClusterRole. */
export function role(name: string, ...rules: readonly string[]): string {
  return `kind: ${kindOf(name, 'Role')}\nmetadata: ${metadata(name)}\nrules:\n${rules.map((rule) => `  - ${ruleText(rule)}`).join('\n')}`
}

/** A binding `name` of `role` to subjects such as `ServiceAccount ns/name`. */
export function binding(name: string, bound: string, ...subjects: readonly string[]): string {
  const roleRef = `{ apiGroup: rbac.authorization.k8s.io, kind: ${kindOf(bound, 'Role')}, name: '${bound.split('/').at(-1)}' }`
  const list = subjects.map((subject) => {
    const [kind, who = ''] = subject.split(' ')
    return `{ kind: ${kind}, ${kind === 'ServiceAccount' ? account(who) : `name: '${who}'`} }`
  })
  return `kind: ${kindOf(name, 'RoleBinding')}\nmetadata: ${metadata(name)}\nroleRef: ${roleRef}\nsubjects: [${list.join(', ')}]`
}

function kindOf(name: string, kind: string): string {
  return name.includes('/') ? kind : `Cluster${kind}`
}

function metadata(name: string): string {
  const [namespace, own] = name.includes('/') ? name.split('/') : [undefined, name]
  return namespace ? `{ namespace: '${namespace}', name: '${own}' }` : `{ name: '${own}' }`
}

function account(who: string): string {
  const [namespace, name] = who.includes('/') ? who.split('/') : [undefined, who]
  return namespace ? `namespace: '${namespace}', name: '${name}'` : `name: '${name}'`
}

function ruleText(rule: string): string {
  const [verbs = '', groups = '', resources = '', names] = rule.split(' ')
  const list = (items: string): string =>
    `[${items
      .split(',')
      .map((item) => `'${item === 'core' ? '' : item}'`)
      .join(', ')}]`
  if (groups === 'url') return `{ verbs: ${list(verbs)}, nonResourceURLs: ${list(resources)} }`
  return `{ verbs: ${list(verbs)}, apiGroups: ${list(groups)}, resources: ${list(resources)}${names ? `, resourceNames: ${list(names)}` : ''} }`
}
