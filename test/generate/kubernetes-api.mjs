// Writes server/model/access/kubernetes.generated.ts: the resources of the Kubernetes API with their verbs, and
// the ClusterRoles that every cluster has, in a compact form (read by api-resources.ts and built-in-roles.ts).
//
//   node test/generate/kubernetes-api.mjs <folder>
//
// The folder holds the facts as JSON: k8s-api-resources.json, derived from Kubernetes' OpenAPI document
// (api/openapi-spec/swagger.json, `x-kubernetes-action`, release 1.36) and the CRDs of well-known projects;
// k8s-default-clusterroles.json, from plugin/pkg/auth/authorizer/rbac/bootstrappolicy of the same repository.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
if (!folder) {
  console.error('usage: node test/generate/kubernetes-api.mjs <folder with k8s-api-resources.json>')
  process.exit(2)
}
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'))

/** In the order in which people write them. */
const LETTERS = { get: 'g', list: 'l', watch: 'w', create: 'c', update: 'u', patch: 'p', delete: 'd', deletecollection: 'D' }
const letters = (verbs) =>
  Object.entries(LETTERS)
    .filter(([verb]) => verbs.has(verb))
    .map(([, letter]) => letter)
    .join('')

function table(rows) {
  const groups = new Map()
  for (const row of rows) {
    const group = groups.get(row.group) ?? new Map()
    groups.set(row.group, group)
    const known = group.get(row.resource) ?? { ...row, verbs: new Set() }
    for (const verb of row.verbs) known.verbs.add(verb)
    group.set(row.resource, known)
  }
  const lines = []
  for (const [name, group] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`= ${name}`.trimEnd())
    for (const [resource, row] of [...group].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (resource.includes('/')) continue
      const verbs = letters(row.verbs)
      const words = [resource, row.kind]
      if (!row.namespaced) words.push('!')
      if (verbs !== 'glwcupdD') words.push(verbs)
      for (const [sub, { verbs: own }] of group) {
        if (!sub.startsWith(`${resource}/`)) continue
        const list = letters(own)
        words.push(sub.slice(resource.length) + (list === 'gup' ? '' : `:${list}`))
      }
      lines.push(words.join(' '))
    }
  }
  return lines.join('\n')
}

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-'

function roles({ clusterRoles }) {
  const lines = []
  for (const { name, labels = {}, aggregationRule, rules } of clusterRoles) {
    const into = Object.keys(labels).map((label) => `>${label.slice(AGGREGATE.length)}`)
    const from = (aggregationRule?.clusterRoleSelectors ?? []).flatMap(({ matchLabels }) =>
      Object.keys(matchLabels).map((label) => `<${label.slice(AGGREGATE.length)}`),
    )
    lines.push(['=', name, ...into, ...from].join(' '))
    for (const rule of rules) {
      const names = rule.resourceNames ? [`@${rule.resourceNames.join(',')}`] : []
      lines.push(
        rule.nonResourceURLs
          ? ['url', rule.verbs.join(','), rule.nonResourceURLs.join(',')].join(' ')
          : [rule.apiGroups.map((group) => group || 'core').join(','), rule.verbs.join(','), rule.resources.join(','), ...names].join(' '),
      )
    }
  }
  return lines.join('\n')
}

function bindings({ clusterRoleBindings }) {
  return clusterRoleBindings.map(({ name, role, subjects }) => [name, role, ...subjects].join(' ')).join('\n')
}

const api = read('k8s-api-resources.json')
const bootstrap = read('k8s-default-clusterroles.json')
const kubelet = api.kubeletSubresources.filter(({ resource }) => resource !== 'nodes/proxy')
const out = `// Written by test/generate/kubernetes-api.mjs; edits are lost.
// Sources: Kubernetes ${api.meta.kubernetes} OpenAPI, CRDs of well-known projects, Kubernetes' RBAC bootstrap policy.

/** Groups that Kubernetes serves, wholly. A line: resource, kind, ! when cluster-scoped, verbs unless all eight, subresources (:verbs unless get, update, patch). */
export const KUBERNETES_RESOURCES = \`
${table([...api.resources, ...kubelet])}
\`

/** Groups of custom resources, as far as known. */
export const CUSTOM_RESOURCES = \`
${table(api.crdResources)}
\`

/** \`= role >aggregated into <aggregated from\`, then its rules: groups verbs resources @names, or \`url\` verbs paths. */
export const CLUSTER_ROLES = \`
${roles(bootstrap)}
\`

/** binding, role, subjects. */
export const CLUSTER_ROLE_BINDINGS = \`
${bindings(bootstrap)}
\`
`
writeFileSync(new URL('../../server/model/access/kubernetes.generated.ts', import.meta.url), out)
