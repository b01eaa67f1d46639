import { ANY_LABELS, type LabelTest } from './labels.ts'

/** Which labels a selector sees: Calico adds its own to those that are written. */
export type Dialect = 'kubernetes' | 'calico'

/** Endpoints by namespace, labels and account, all of which must hold. */
export interface Selected {
  readonly op: 'selected'
  readonly dialect: Dialect
  /** `own`: of the namespace with this name. Else of namespaces with these labels; `outside`: also what is in no namespace. */
  readonly where: { readonly own: string } | { readonly labels: LabelTest; readonly outside: boolean }
  readonly labels: LabelTest
  readonly accounts?: { readonly names?: readonly string[]; readonly labels?: LabelTest }
}

/**
 * A question about the other end of a connection, in the one form into which the peers of every dialect are
 * read. It is plain data: its text is its identity.
 */
export type PeerTest =
  | { readonly op: 'everything' }
  | { readonly op: 'nothing' }
  | { readonly op: 'unknown' }
  | { readonly op: 'type'; readonly types: readonly string[] }
  | Selected
  /** `pods`: whether it also means pods by their address, where the dialect and not the plugin decides it. */
  | { readonly op: 'cidr'; readonly cidrs: readonly string[]; readonly except: readonly string[]; readonly pods?: boolean }
  /** The cluster's nodes, and pods on their network; `some`: only nodes that nobody can tell. */
  | { readonly op: 'nodes'; readonly some: boolean }
  /** Cilium's and Kubernetes' names for addresses outside the cluster. */
  | { readonly op: 'names'; readonly patterns: readonly string[] }
  | { readonly op: 'service'; readonly namespace: string; readonly name: string }
  /** By the identity that a mesh proves: namespace and account, each exact, `x*`, `*x` or `*`. */
  | { readonly op: 'identity'; readonly namespaces?: readonly string[]; readonly principals?: readonly string[] }
  | { readonly op: 'mesh' }
  /** Endpoints that carry a profile of Calico. */
  | { readonly op: 'profile'; readonly name: string }
  | { readonly op: 'not'; readonly of: PeerTest }
  | { readonly op: 'and' | 'or'; readonly of: readonly PeerTest[] }

/** In any namespace. */
export const ANY_NAMESPACE: Selected['where'] = { labels: ANY_LABELS, outside: false }

export const EVERYTHING: PeerTest = { op: 'everything' }
export const NOTHING: PeerTest = { op: 'nothing' }
export const UNKNOWN_PEER: PeerTest = { op: 'unknown' }

export function anyOf(of: readonly PeerTest[]): PeerTest {
  if (of.some((test) => test.op === 'everything')) return EVERYTHING
  const rest = of.filter((test) => test.op !== 'nothing')
  return rest.length === 0 ? NOTHING : rest.length === 1 ? (rest[0] as PeerTest) : { op: 'or', of: rest }
}

export function allOf(of: readonly PeerTest[]): PeerTest {
  const rest = of.filter((test) => test.op !== 'everything')
  if (rest.some((test) => test.op === 'nothing')) return NOTHING
  return rest.length === 0 ? EVERYTHING : rest.length === 1 ? (rest[0] as PeerTest) : { op: 'and', of: rest }
}
