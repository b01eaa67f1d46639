/**
 * Rules about what a role leads to. Of those that fit only the one that says most speaks: a `*` stands for all of
 * them, whoever may take over the cluster needs nothing else, and an attack path tells of the role that it goes
 * through. So a fix of one may leave the others to be told.
 */
export const ROLE_RISKS: readonly string[] = [
  'attack-path-confused-deputy',
  'rbac-admission-control-write',
  'rbac-csr-signing',
  'rbac-escalate-or-bind',
  'rbac-impersonate',
  'rbac-namespace-relabel',
  'rbac-nodes-proxy',
  'rbac-persistentvolume-create',
  'rbac-pod-exec-attach',
  'rbac-secrets-read-broad',
  'rbac-system-config-write',
  'rbac-token-request',
  'rbac-workload-create-reaches-stronger-sa',
]
