import type { Facts, ObjectsByKind } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import type { Tri } from '../tri.ts'
import { get, isList, isUnknown, items, type Path, text, type Value } from '../value.ts'
import { serviceAccountOf, type Workload } from '../workload.ts'
import { keepLists, sameItems } from './keep.ts'

/** A credential of a ServiceAccount that the pods of a workload can read. */
export interface Token {
  readonly namespace: string
  readonly name: string
  /** `mounted`: the one that every pod gets unless told otherwise. */
  readonly via: 'mounted' | 'projected' | 'secret'
  /** 'unknown' when the files do not decide whether it is there. */
  readonly held: Tri
  /** What decides it. */
  readonly object: KubeObject
  readonly path: Path
}

export interface Tokens {
  /** The tokens that the pods of a workload hold, or may hold. */
  of(workload: Workload): readonly Token[]
  /** The workloads that hold, or may hold, a token of an account. */
  holdersOf(namespace: string, name: string): readonly Workload[]
}

/** Whoever names no other account gets this one, which every namespace has. */
const DEFAULT = 'default'
const ACCOUNT_TOKEN = 'kubernetes.io/service-account-token'

/** What answers are made of, for those of the next revision. */
interface Made {
  readonly workloads: readonly Workload[]
  /** The lists that are known to give this answer. */
  accounts: readonly KubeObject[]
  listed: readonly KubeObject[]
  readonly secrets: ReadonlyMap<string, KubeObject>
  readonly found: ReadonlyMap<Workload, Held>
  readonly holders: ReadonlyMap<string, readonly Workload[]>
}

interface Held {
  /** The account that the pods run as, where the files define it. */
  readonly account: KubeObject | undefined
  readonly tokens: readonly Token[]
}

const made = new WeakMap<Tokens, Made>()
const NO_TOKENS: readonly Token[] = []
const NOBODY: readonly Workload[] = []

/** @param previous the answer of the revision before, which is the answer again when nothing that decides it changed */
export function tokensOf(of: ObjectsByKind, { workloads, access }: Pick<Facts, 'workloads' | 'access'>, previous?: Tokens): Tokens {
  const before = previous && made.get(previous)
  const listed = of('/Secret')
  const secrets = before?.listed === listed ? before.secrets : tokenSecrets(listed, before?.secrets)
  const sameWorkloads = before !== undefined && sameItems(before.workloads, workloads)
  const sameAccounts = before?.accounts === access.accounts
  if (previous && sameWorkloads && sameAccounts && before.secrets === secrets) return previous
  const found = new Map<Workload, Held>()
  let same = sameWorkloads && before.secrets === secrets
  for (const workload of workloads) {
    const known = before?.secrets === secrets ? before.found.get(workload) : undefined
    const account = known && sameAccounts ? known.account : runningAs(workload, access)
    const held = known && known.account === account ? known : { account, tokens: tokensIn(workload, account, secrets) }
    if (held !== known) same = false
    found.set(workload, held)
  }
  if (same && previous && before) {
    before.accounts = access.accounts
    before.listed = listed
    return previous
  }
  const grouped = new Map<string, Workload[]>()
  for (const [workload, { tokens }] of found) {
    for (const key of new Set(tokens.map(({ namespace, name }) => `${namespace}/${name}`))) {
      const list = grouped.get(key)
      if (list) list.push(workload)
      else grouped.set(key, [workload])
    }
  }
  const holders = keepLists(grouped, before?.holders)
  const tokens: Tokens = {
    of: (workload) => found.get(workload)?.tokens ?? NO_TOKENS,
    holdersOf: (namespace, name) => holders.get(`${namespace}/${name}`) ?? NOBODY,
  }
  made.set(tokens, { workloads, accounts: access.accounts, listed, secrets, found, holders })
  return tokens
}

function runningAs(workload: Workload, access: Facts['access']): KubeObject | undefined {
  const name = serviceAccountOf(workload)
  return name === undefined ? undefined : access.serviceAccount(workload.object.namespace, name)
}

function tokenSecrets(listed: readonly KubeObject[], before: Made['secrets'] | undefined): Made['secrets'] {
  const secrets = new Map<string, KubeObject>()
  for (const secret of listed) {
    if (text(secret.body, 'type') === ACCOUNT_TOKEN) secrets.set(`${secret.namespace}/${secret.name}`, secret)
  }
  const same = before?.size === secrets.size && [...secrets].every(([key, secret]) => before.get(key) === secret)
  return same ? before : secrets
}

function tokensIn(workload: Workload, account: KubeObject | undefined, secrets: Made['secrets']): readonly Token[] {
  return [...mounted(workload, account), ...fromVolumes(workload, secrets), ...fromEnvironment(workload, secrets)]
}

/** Semantics: the ServiceAccount admission plugin: what the pod says wins over what its account says. */
function* mounted(workload: Workload, account: KubeObject | undefined): Iterable<Token> {
  const name = serviceAccountOf(workload)
  if (name === undefined) return
  const { namespace } = workload.object
  const own = get(workload.spec, 'automountServiceAccountToken')
  const written = { namespace, name, via: 'mounted' as const, object: workload.object, path: [...workload.specPath, 'serviceAccountName'] }
  if (own !== undefined) {
    if (own !== false) yield { ...written, held: isUnknown(own) ? 'unknown' : true }
    return
  }
  const setting = account && get(account.body, 'automountServiceAccountToken')
  if (setting === false) return
  const sure = account ? !isUnknown(setting) : name === DEFAULT
  yield { ...written, held: sure ? true : 'unknown' }
}

/** Projected tokens for the API server, and Secrets that hold a token, where a container mounts them. */
function* fromVolumes(workload: Workload, secrets: ReadonlyMap<string, KubeObject>): Iterable<Token> {
  const { object, spec, specPath } = workload
  const account = serviceAccountOf(workload)
  for (const [i, volume] of items(spec, 'volumes').entries()) {
    const held = isMounted(workload, text(volume, 'name'))
    if (held === false) continue
    const secret = secretToken(object.namespace, text(volume, 'secret', 'secretName'), secrets)
    const path = [...specPath, 'volumes', i]
    if (secret) yield { ...secret, via: 'secret', held, object, path: [...path, 'secret', 'secretName'] }
    for (const [j, source] of items(volume, 'projected', 'sources').entries()) {
      const at = [...path, 'projected', 'sources', j]
      const projected = get(source, 'serviceAccountToken')
      const forApi = isForApiServer(projected)
      if (account !== undefined && projected !== undefined && forApi !== false) {
        const sure: Tri = forApi === true ? held : 'unknown'
        yield { namespace: object.namespace, name: account, via: 'projected', held: sure, object, path: [...at, 'serviceAccountToken'] }
      }
      const inside = secretToken(object.namespace, text(source, 'secret', 'name'), secrets)
      if (inside) yield { ...inside, via: 'secret', held, object, path: [...at, 'secret', 'name'] }
    }
  }
}

function* fromEnvironment({ object, containers }: Workload, secrets: ReadonlyMap<string, KubeObject>): Iterable<Token> {
  for (const { body, path } of containers) {
    const sources = [
      ...items(body, 'env').map((_, i) => ['env', i, 'valueFrom', 'secretKeyRef', 'name'] as const),
      ...items(body, 'envFrom').map((_, i) => ['envFrom', i, 'secretRef', 'name'] as const),
    ]
    for (const source of sources) {
      const secret = secretToken(object.namespace, text(body, ...source), secrets)
      if (secret) yield { ...secret, via: 'secret', held: true, object, path: [...path, ...source] }
    }
  }
}

/** Tokens for another audience (a cloud, a vault) are refused by the API server. */
function isForApiServer(projected: Value | undefined): Tri {
  const audience = get(projected, 'audience')
  if (isUnknown(projected) || isUnknown(audience)) return 'unknown'
  return audience === undefined || audience === '' || (typeof audience === 'string' && /kubernetes(\.default)?(\.svc|$)/.test(audience))
}

function isMounted(workload: Workload, volume: string | undefined): Tri {
  let result: Tri = false
  for (const { body } of workload.containers) {
    const mounts = get(body, 'volumeMounts')
    if (isUnknown(mounts)) result = 'unknown'
    if (isList(mounts) && volume !== undefined && mounts.some((mount) => text(mount, 'name') === volume)) return true
  }
  return result
}

function secretToken(
  namespace: string,
  name: string | undefined,
  secrets: ReadonlyMap<string, KubeObject>,
): Pick<Token, 'namespace' | 'name'> | undefined {
  const secret = name === undefined ? undefined : secrets.get(`${namespace}/${name}`)
  const account = text(secret?.body, 'metadata', 'annotations', 'kubernetes.io/service-account.name')
  return account === undefined ? undefined : { namespace, name: account }
}
