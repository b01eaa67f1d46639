import { type ApiTable, apiTable } from './access/api-resources.ts'
import { ACCESS_KINDS, type Access, accessOf } from './access/access.ts'
import { ESCALATION_KINDS, type Escalation, escalationOf } from './access/paths.ts'
import { type Tokens, tokensOf } from './access/tokens.ts'
import { ENTRY_KINDS, type Exposure, exposureOf } from './network/exposure.ts'
import { INTENT_KINDS, type Intents, intentsOf } from './network/intents/intents.ts'
import { type Isolation, isolationOf } from './network/isolation.ts'
import { mayRunPods } from './network/unseen-pods.ts'
import { REACHABILITY_KINDS, type Reachability, reachabilityOf } from './network/reachability.ts'
import { type Namespaces, namespacesOf } from './namespaces.ts'
import type { KubeObject } from './object.ts'
import { type References, referencesOf } from './references.ts'
import { SECRET_SOURCES, type Secrets, secretsOf } from './secret-sources.ts'
import { type Services, servicesOf } from './services.ts'
import { WORKLOAD_KINDS, type Workload, workloadOf } from './workload.ts'

export type { NamespaceFacts } from './namespaces.ts'

/**
 * Every question that crosses objects, answered once for each state of an environment and shared by all
 * rules. Answers are never changed.
 */
export interface Facts {
  readonly workloads: readonly Workload[]
  readonly namespaces: Namespaces
  readonly services: Services
  /** Who is bound to which role, and what that permits. */
  readonly access: Access
  /** Whose tokens the pods of a workload hold. */
  readonly tokens: Tokens
  /** What permissions lead to, and the paths from outside to there. */
  readonly escalation: Escalation
  /** The resources of the API with their verbs: Kubernetes', well-known custom ones, and the CRDs of the files. */
  readonly api: ApiTable
  /** Which pods which NetworkPolicy selects. */
  readonly isolation: Isolation
  /** The ways into workloads from outside the cluster's pods. */
  readonly exposure: Exposure
  /** Who may connect to whom, by the policies of all dialects. */
  readonly reachability: Reachability
  /** The connections that the files show to be meant, each with its evidence. */
  readonly intents: Intents
  /** Custom objects for which an operator may run pods that no file describes. */
  readonly operated: readonly KubeObject[]
  /** What other objects an object names, and whether the workspace has them. */
  readonly references: References
  /** The Secrets that the files write, or have a controller make. */
  readonly secrets: Secrets
  /** Every object, by `group/Kind`: for rules about kinds that no other fact covers. */
  readonly objects: ObjectsByKind
}
export type FactName = keyof Facts

export type ObjectsByKind = (kind: string) => readonly KubeObject[]

/** The objects that end up in one cluster. */
export interface EnvironmentModel {
  readonly name: string
  readonly objects: readonly KubeObject[]
  /** By `group/Kind`. The list of a kind is the same one as before while no object of it changed. */
  readonly byKind: ReadonlyMap<string, readonly KubeObject[]>
  readonly facts: Facts
  /** Broken text or content that was not evaluated: what seems absent may be there. */
  readonly incomplete: boolean
}

interface FactDefinition<T> {
  /** The kinds it reads, as `group/Kind`; '*' for all. */
  readonly kinds: readonly string[] | '*'
  readonly uses: readonly FactName[]
  /** @param previous the answer of the revision before, for those that keep parts of it; the result is the same without it */
  compute(of: ObjectsByKind, facts: Facts, all: readonly KubeObject[], previous: T | undefined): T
}

const CRD = 'apiextensions.k8s.io/CustomResourceDefinition'

const DEFINITIONS: { readonly [K in FactName]: FactDefinition<Facts[K]> } = {
  workloads: {
    kinds: WORKLOAD_KINDS,
    uses: [],
    compute: (of) =>
      WORKLOAD_KINDS.flatMap((kind) => of(kind))
        .map(workloadOf)
        .filter((workload) => workload !== undefined),
  },
  namespaces: { kinds: ['/Namespace'], uses: ['workloads'], compute: namespacesOf },
  services: { kinds: ['/Service'], uses: ['workloads'], compute: servicesOf },
  access: { kinds: ACCESS_KINDS, uses: [], compute: (of, _, __, previous) => accessOf(of, previous) },
  tokens: { kinds: ['/Secret'], uses: ['workloads', 'access'], compute: (of, facts, _, previous) => tokensOf(of, facts, previous) },
  api: { kinds: [CRD], uses: [], compute: (of) => apiTable(of(CRD)) },
  isolation: { kinds: ['networking.k8s.io/NetworkPolicy'], uses: ['workloads'], compute: isolationOf },
  exposure: { kinds: ENTRY_KINDS, uses: ['services'], compute: exposureOf },
  escalation: {
    kinds: ESCALATION_KINDS,
    uses: ['access', 'tokens', 'workloads', 'namespaces', 'exposure', 'services', 'reachability'],
    compute: (of, facts, _, previous) => escalationOf(of, facts, previous),
  },
  reachability: {
    kinds: REACHABILITY_KINDS,
    uses: ['workloads', 'namespaces', 'services'],
    compute: (of, facts, _, previous) => reachabilityOf(of, facts, previous),
  },
  intents: { kinds: INTENT_KINDS, uses: ['workloads', 'namespaces', 'services', 'exposure', 'access', 'tokens'], compute: intentsOf },
  secrets: { kinds: SECRET_SOURCES, uses: [], compute: secretsOf },
  operated: { kinds: '*', uses: [], compute: (_, __, all, previous) => unlessSame(all.filter(mayRunPods), previous) },
  references: { kinds: '*', uses: [], compute: referencesOf },
  objects: { kinds: '*', uses: [], compute: (of) => of },
}

function unlessSame(list: readonly KubeObject[], previous: readonly KubeObject[] | undefined): readonly KubeObject[] {
  return previous?.length === list.length && list.every((object, i) => object === previous[i]) ? previous : list
}

export const FACT_NAMES = Object.keys(DEFINITIONS) as FactName[]

/** What a fact was computed from; equal inputs give the same answer, so it is kept. */
interface Memo {
  readonly inputs: readonly unknown[]
  readonly value: unknown
}

const NONE: readonly KubeObject[] = []

/**
 * The model of an environment. Lists and answers of `previous` that no changed object concerns are kept,
 * identical: a rule whose facts are all identical need not run again.
 */
export function environmentModel(
  name: string,
  objects: readonly KubeObject[],
  incomplete: boolean,
  previous?: EnvironmentModel,
): EnvironmentModel {
  const byKind = groupByKind(objects, previous)
  const same = previous !== undefined && previous.byKind === byKind
  const all = same ? previous.objects : objects
  if (same && previous.name === name && previous.incomplete === incomplete) return previous
  return { name, objects: all, byKind, facts: lazyFacts(byKind, all, previous), incomplete }
}

function groupByKind(objects: readonly KubeObject[], previous: EnvironmentModel | undefined): ReadonlyMap<string, readonly KubeObject[]> {
  const touched = previous && kindsTouched(previous.objects, objects)
  const groups = new Map<string, KubeObject[]>()
  for (const object of objects) {
    if (touched && !touched.has(object.groupKind)) continue
    const group = groups.get(object.groupKind)
    if (group) group.push(object)
    else groups.set(object.groupKind, [object])
  }
  if (!previous) return groups
  if (touched) return touched.size === 0 ? previous.byKind : new Map([...previous.byKind, ...groups])
  let changed = groups.size !== previous.byKind.size
  const result = new Map<string, readonly KubeObject[]>()
  for (const [kind, group] of groups) {
    const before = previous.byKind.get(kind)
    const kept = before && before.length === group.length && before.every((object, i) => object === group[i])
    if (!kept) changed = true
    result.set(kind, kept ? before : group)
  }
  return changed ? result : previous.byKind
}

/** The kinds whose lists differ, when objects were only replaced by others of their kind; undefined when more changed. */
function kindsTouched(before: readonly KubeObject[], after: readonly KubeObject[]): ReadonlySet<string> | undefined {
  if (before.length !== after.length) return undefined
  const touched = new Set<string>()
  for (let i = 0; i < after.length; i++) {
    const object = after[i]
    if (object === before[i]) continue
    if (object?.groupKind !== before[i]?.groupKind) return undefined
    if (object) touched.add(object.groupKind)
  }
  return touched
}

/** What each facts object has answered, and what the one before it had. */
const memos = new WeakMap<Facts, { readonly now: Map<FactName, Memo>; before: ReadonlyMap<FactName, Memo> | undefined }>()

/**
 * Lets go of the answers of the revision before. Answers refer to the facts that they were made of, so
 * without this every revision would keep all earlier ones.
 */
export function settle({ facts }: EnvironmentModel): void {
  const memo = memos.get(facts)
  if (memo) memo.before = undefined
}

function lazyFacts(byKind: EnvironmentModel['byKind'], all: readonly KubeObject[], previous: EnvironmentModel | undefined): Facts {
  const of: ObjectsByKind = (kind) => byKind.get(kind) ?? NONE
  const memo = { now: new Map<FactName, Memo>(), before: previous && memos.get(previous.facts)?.now }
  const { now } = memo
  const facts = {} as Facts
  for (const name of FACT_NAMES) {
    Object.defineProperty(facts, name, { enumerable: true, get: () => answer(name) })
  }
  const failed = new Map<FactName, unknown>()
  const answer = (name: FactName): unknown => {
    const answered = now.get(name)
    if (answered) return answered.value
    // Many ask for it, and it would fail again.
    if (failed.has(name)) throw failed.get(name)
    try {
      return compute(name)
    } catch (error) {
      failed.set(name, error)
      throw error
    }
  }
  const compute = (name: FactName): unknown => {
    const definition: FactDefinition<unknown> = DEFINITIONS[name]
    const inputs = [...(definition.kinds === '*' ? [byKind] : definition.kinds.map(of)), ...definition.uses.map((used) => answer(used))]
    const old = memo.before?.get(name)
    const same = old !== undefined && old.inputs.length === inputs.length && old.inputs.every((input, i) => input === inputs[i])
    const known = same ? old : { inputs, value: definition.compute(of, facts, all, old?.value) }
    now.set(name, known)
    return known.value
  }
  memos.set(facts, memo)
  return facts
}
