/** Who sends a request, as the API server knows them after authentication. */
export interface Identity {
  readonly user: string
  readonly groups: readonly string[]
}

/** Its members may do everything, whatever the bindings say: a built-in authorizer comes before RBAC. */
export const MASTERS = 'system:masters'
export const AUTHENTICATED = 'system:authenticated'
export const UNAUTHENTICATED = 'system:unauthenticated'
export const ANONYMOUS = 'system:anonymous'
const ACCOUNTS = 'system:serviceaccounts'
const ACCOUNT = 'system:serviceaccount:'

export interface Subject {
  readonly kind: 'User' | 'Group' | 'ServiceAccount'
  /** Of a ServiceAccount; '' when it is left open. */
  readonly namespace: string
  readonly name: string
}

const identities = new WeakMap<Subject, Identity>()

/** The identity of a subject, with the groups that every such identity carries. That of a group is any member who is in no other. */
export function identityOf(subject: Subject): Identity {
  const before = identities.get(subject)
  if (before) return before
  const identity = readIdentity(subject)
  identities.set(subject, identity)
  return identity
}

function readIdentity({ kind, namespace, name }: Subject): Identity {
  switch (kind) {
    case 'ServiceAccount':
      return { user: accountUser(namespace, name), groups: [ACCOUNTS, `${ACCOUNTS}:${namespace}`, AUTHENTICATED] }
    case 'User': {
      const account = accountOf(name)
      if (account) return identityOf({ kind: 'ServiceAccount', ...account })
      return { user: name, groups: [name === ANONYMOUS ? UNAUTHENTICATED : AUTHENTICATED] }
    }
    case 'Group': {
      const wider = name.startsWith(`${ACCOUNTS}:`) ? [ACCOUNTS, AUTHENTICATED] : [AUTHENTICATED]
      return { user: '', groups: name === UNAUTHENTICATED || name === AUTHENTICATED ? [name] : [name, ...wider] }
    }
  }
}

/** The user name of a ServiceAccount. */
export function accountUser(namespace: string, name: string): string {
  return `${ACCOUNT}${namespace}:${name}`
}

/** The ServiceAccount whose user name this is. */
export function accountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(ACCOUNT)) return undefined
  const [namespace, name, ...rest] = user.slice(ACCOUNT.length).split(':')
  return namespace !== undefined && name && rest.length === 0 ? { namespace, name } : undefined
}

/** One text for each subject, the same for a ServiceAccount and the User that names it. */
export function subjectKey({ kind, namespace, name }: Subject): string {
  if (kind === 'Group') return `Group/${name}`
  return `User/${kind === 'ServiceAccount' ? accountUser(namespace, name) : name}`
}

/** A User that names a ServiceAccount is that ServiceAccount. */
export function canonical({ kind, namespace, name }: Subject): Subject {
  const account = kind === 'User' ? accountOf(name) : undefined
  return account ? { kind: 'ServiceAccount', ...account } : { kind, namespace, name }
}

/** The keys of the subjects that an identity is. */
export function keysOf({ user, groups }: Identity): string[] {
  return [`User/${user}`, ...groups.map((group) => `Group/${group}`)]
}

/** `ServiceAccount shop/cart`, `Group developers`: how a message names a subject. */
export function describeSubject({ kind, namespace, name }: Subject): string {
  return `${kind} ${kind === 'ServiceAccount' && namespace !== '' ? `${namespace}/` : ''}${name}`
}
