import type { Body } from '../value.ts'
import { CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES } from './kubernetes.generated.ts'

/** A ClusterRole that every cluster has. Source: Kubernetes' bootstrap policy. */
export interface BuiltInRole {
  readonly name: string
  /** Undefined for Kubernetes' own roles that no person binds: their rules are not in the table. */
  readonly rules: readonly Body[] | undefined
  /** The roles whose `aggregate-to-` label it carries: `edit` for what is aggregated into edit. */
  readonly into: readonly string[]
  /** The roles' names whose `aggregate-to-` label it selects. */
  readonly from: readonly string[]
  /** Grants nothing beyond what every identity may do. */
  readonly harmless: boolean
  /** Reads Secrets of its scope. */
  readonly readsSecrets: boolean
  /** May do everything in its scope. */
  readonly everything: boolean
}

/** Aggregation into view, edit and admin goes by labels of this prefix, with the value `true`. */
export const AGGREGATE_LABEL = 'rbac.authorization.k8s.io/aggregate-to-'

const HARMLESS: ReadonlySet<string> = new Set([
  'system:discovery',
  'system:basic-user',
  'system:public-info-viewer',
  'system:service-account-issuer-discovery',
])
const READS_SECRETS: ReadonlySet<string> = new Set(['cluster-admin', 'admin', 'edit', 'system:aggregate-to-edit'])

const ROLES: ReadonlyMap<string, BuiltInRole> = new Map(
  CLUSTER_ROLES.trim()
    .split(/\n(?==)/)
    .map((block) => {
      const [head = '', ...lines] = block.split('\n')
      const [, name = '', ...labels] = head.split(' ')
      const marked = (sign: string): string[] => labels.filter((label) => label.startsWith(sign)).map((label) => label.slice(1))
      return [name, describeRole(name, lines.map(readRule), marked('>'), marked('<'))] as const
    }),
)

function readRule(line: string): Body {
  const [groups = '', verbs = '', resources = '', names] = line.split(' ')
  if (groups === 'url') return { nonResourceURLs: resources.split(','), verbs: verbs.split(',') }
  const rule = {
    apiGroups: groups.split(',').map((group) => (group === 'core' ? '' : group)),
    resources: resources.split(','),
    verbs: verbs.split(','),
  }
  return names ? { ...rule, resourceNames: names.slice(1).split(',') } : rule
}

function describeRole(name: string, rules: readonly Body[] | undefined, into: readonly string[], from: readonly string[]): BuiltInRole {
  return {
    name,
    rules,
    into,
    from,
    harmless: HARMLESS.has(name),
    readsSecrets: READS_SECRETS.has(name),
    everything: name === 'cluster-admin',
  }
}

/** Undefined when Kubernetes brings no ClusterRole of that name. Names that begin with `system:` are its own. */
export function builtInRole(name: string): BuiltInRole | undefined {
  return ROLES.get(name) ?? (name.startsWith('system:') ? describeRole(name, undefined, [], []) : undefined)
}

/** Whether Kubernetes or kubeadm brings a Role of that name. Source: the bootstrap policy of namespaces. */
export function isBuiltInRole(namespace: string, name: string): boolean {
  if (namespace !== 'kube-system' && namespace !== 'kube-public') return false
  return /^(system|kubeadm):/.test(name) || (namespace === 'kube-system' && name === 'extension-apiserver-authentication-reader')
}

/** The ClusterRoles whose rules are known. */
export const BUILT_IN_ROLES: readonly BuiltInRole[] = [...ROLES.values()]

export interface BuiltInBinding {
  readonly name: string
  readonly role: string
  readonly subjects: readonly { readonly kind: 'User' | 'Group'; readonly name: string }[]
}

/** The ClusterRoleBindings that every cluster has (since 1.14, discovery is not open to anonymous requests). */
export const BUILT_IN_BINDINGS: readonly BuiltInBinding[] = CLUSTER_ROLE_BINDINGS.trim()
  .split('\n')
  .map((line) => {
    const [name = '', role = '', ...subjects] = line.split(' ')
    return {
      name,
      role,
      subjects: subjects.map((subject) => {
        const colon = subject.indexOf(':')
        return { kind: subject.startsWith('User:') ? 'User' : 'Group', name: subject.slice(colon + 1) }
      }),
    }
  })
