/**
 * The ClusterRoles that every cluster has and that people bind, with what binding them means.
 * Source: Kubernetes' bootstrap policy.
 */
export interface BuiltInRole {
  /** Grants nothing beyond what every identity may do. */
  readonly harmless: boolean
  /** Reads Secrets of its scope. */
  readonly readsSecrets: boolean
  /** May do everything in its scope. */
  readonly everything: boolean
}

const PLAIN: BuiltInRole = { harmless: false, readsSecrets: false, everything: false }
const HARMLESS: BuiltInRole = { ...PLAIN, harmless: true }

const ROLES = new Map<string, BuiltInRole>([
  ['cluster-admin', { ...PLAIN, readsSecrets: true, everything: true }],
  ['admin', { ...PLAIN, readsSecrets: true }],
  ['edit', { ...PLAIN, readsSecrets: true }],
  ['view', PLAIN],
  ['system:discovery', HARMLESS],
  ['system:basic-user', HARMLESS],
  ['system:public-info-viewer', HARMLESS],
  ['system:service-account-issuer-discovery', HARMLESS],
])

/** Undefined when Kubernetes brings no ClusterRole of that name. Names that begin with `system:` are its own. */
export function builtInRole(name: string): BuiltInRole | undefined {
  return ROLES.get(name) ?? (name.startsWith('system:') ? PLAIN : undefined)
}
