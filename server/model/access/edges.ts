import type { Facts, ObjectsByKind } from '../facts.ts'
import { type NodeAccess, nodeAccessOf } from '../node-access.ts'
import type { Anchor } from '../rule.ts'
import { get, text } from '../value.ts'
import type { Workload } from '../workload.ts'
import type { Grant } from './access.ts'
import type { Binding } from './bindings.ts'
import { deputationOf } from './deputies.ts'
import { identityOf, type Subject } from './identity.ts'
import { account, type Place, SYSTEM } from './places.ts'
import { powersOf } from './powers.ts'
import { type Evidence, type Risk, risksOf } from './risks.ts'
import { POLICY_ENGINES, stepsOf } from './steps.ts'

/** One step of an attacker. */
export interface Edge {
  readonly to: Place
  /** As the end of "whoever is there can …" or "… has …". */
  readonly how: string
  /** The permissions that allow it; empty when it needs none. */
  readonly evidence: readonly Evidence[]
  /** Where something else than a permission allows it. */
  readonly at?: Anchor
  /** 0 when it takes no action at all. */
  readonly cost: 0 | 1
  readonly sure: boolean
}

export type World = Pick<Facts, 'access' | 'tokens' | 'workloads' | 'namespaces'> & {
  readonly objects: ObjectsByKind
  risksOf(subject: Subject): readonly Risk[]
  /** A binding that is thought away. */
  readonly without?: Binding
}

/** The steps from a place. */
export function edgesFrom(place: Place, world: World): Edge[] {
  switch (place.kind) {
    case 'workload': {
      const tokens = world.tokens.of(place.workload).map(
        ({ namespace, name, held, object, path }): Edge => ({
          to: account(namespace, name),
          how: 'holds a token',
          evidence: [],
          at: { object, path, part: 'value' },
          cost: 0,
          sure: held === true,
        }),
      )
      const [out] = waysOut(place.workload)
      if (!out) return tokens
      return [...tokens, { to: { kind: 'node' }, how: out.how, evidence: [], at: out, cost: 1, sure: true }]
    }
    case 'subject': {
      const cloud = cloudOf(place.subject, world)
      const risks = world.risksOf(place.subject)
      if (risks.length === 0) return cloud
      const all = world.access.grantsOf(identityOf(place.subject))
      const grants = world.without ? all.filter(({ binding }) => binding !== world.without) : all
      return [...ofRisks(world.without ? risksOf(grants) : risks, grants, world), ...cloud]
    }
    case 'role': {
      const { role, namespace } = place
      const grants = role.rules.map(({ rule, sure }): Grant => ({ rule, namespace, binding: undefined, role, sure }))
      return ofRisks(risksOf(grants), grants, world)
    }
    case 'accounts':
      return toAccounts(place.namespace, world)
    case 'pods':
      return intoPods(place.namespace, world)
    case 'namespace': {
      const { namespace } = place
      return [
        without({ kind: 'accounts', namespace }, 'run pods as any ServiceAccount'),
        without({ kind: 'secrets', namespace, names: undefined }, 'read every Secret'),
        without({ kind: 'pods', namespace }, 'run commands in every pod'),
      ]
    }
    case 'secrets':
      return fromSecrets(place.namespace, place.names, world)
    case 'node':
      return world.workloads
        .filter(({ object }) => object.kind === 'DaemonSet')
        .flatMap((workload) => world.tokens.of(workload))
        .map(({ namespace, name, held }) => ({
          ...without(account(namespace, name), 'read the token of a pod on every node'),
          sure: held === true,
        }))
    case 'cloud':
    case 'cluster':
      return []
  }
}

/** All that the steps from a place are made of: while it is the same, they are. */
export function basisOf(place: Place, world: World): readonly unknown[] {
  const { access, tokens, workloads, objects } = world
  switch (place.kind) {
    case 'workload':
      return [place.workload, tokens.of(place.workload)]
    case 'subject': {
      const { kind, namespace, name } = place.subject
      const grants = access.grantsOf(identityOf(place.subject))
      const account = kind === 'ServiceAccount' ? access.serviceAccount(namespace, name) : undefined
      return world.risksOf(place.subject).length === 0 ? [grants, account] : [grants, account, ...surroundings(world)]
    }
    case 'role':
      return [place.role, ...surroundings(world)]
    case 'accounts': {
      const accounts = place.namespace === undefined ? [] : access.accountsIn(place.namespace)
      return accounts.flatMap((subject) => [subject, world.risksOf(subject), access.serviceAccount(subject.namespace, subject.name)])
    }
    case 'pods':
    case 'node':
      return [workloads, tokens]
    case 'secrets':
      return [objects('/Secret')]
    case 'namespace':
    case 'cloud':
    case 'cluster':
      return []
  }
}

/** What decides where risks lead, besides the permissions. */
function surroundings({ access, namespaces, workloads, objects }: World): readonly unknown[] {
  return [access.subjects, access.roles.all, namespaces, workloads, ...POLICY_ENGINES.map(objects)]
}

/** Ways that stay open: init containers are gone when somebody gets in. */
function waysOut(workload: Workload): NodeAccess[] {
  return nodeAccessOf(workload).filter(({ path }) => !path.includes('initContainers'))
}

function without(to: Place, how: string, cost: 0 | 1 = 1): Edge {
  return { to, how, evidence: [], cost, sure: true }
}

function ofRisks(risks: readonly Risk[], grants: readonly Grant[], world: World): Edge[] {
  const edges = risks.flatMap((risk) => stepsOf(risk, grants, world))
  if (!risks.some(({ name }) => name === 'use-deputies')) return edges
  const deputations = grants.flatMap((grant) =>
    powersOf(grant.rule).flatMap((power) => (power.name === 'deputies-write' ? (deputationOf({ grant, power }, world) ?? []) : [])),
  )
  return [
    ...edges,
    ...deputations.map(
      ({ evidence, deputy, to, sure }): Edge => ({
        to,
        how: `tell ${deputy} what to do through ${evidence.power.resource}`,
        evidence: [evidence],
        cost: 1,
        sure: sure && evidence.grant.sure && evidence.power.sure,
      }),
    ),
  ]
}

/** To the accounts that lead on; where Kubernetes' own controllers are among them, nothing is worth looking for besides. */
function toAccounts(namespace: string | undefined, world: World): Edge[] {
  if (namespace === undefined || namespace === SYSTEM) {
    return [without({ kind: 'cluster' }, `choose a controller of Kubernetes in \`${SYSTEM}\` that may escalate`, 0)]
  }
  return world.access
    .accountsIn(namespace)
    .filter((subject) => world.risksOf(subject).length > 0 || cloudOf(subject, world).length > 0)
    .map((subject) => without({ kind: 'subject', subject }, 'choose it', 0))
}

function intoPods(namespace: string | undefined, { tokens, workloads }: World): Edge[] {
  const inside = workloads.filter(({ object }) => namespace === undefined || object.namespace === namespace)
  const edges = inside.flatMap((workload) => [
    ...tokens.of(workload).map(({ namespace: home, name, held }) => ({
      ...without(account(home, name), `read the token of \`${workload.object.name}\``, 0),
      sure: held === true,
    })),
    ...waysOut(workload)
      .slice(0, 1)
      .map(({ how, ...at }): Edge => ({ ...without({ kind: 'node' }, `use \`${workload.object.name}\`, which ${how}`), at })),
  ])
  if (namespace !== undefined && namespace !== SYSTEM) return edges
  return [...edges, without({ kind: 'node' }, `use a privileged pod of \`${SYSTEM}\` such as kube-proxy`)]
}

const ACCOUNT_TOKEN = 'kubernetes.io/service-account-token'

function fromSecrets(namespace: string | undefined, names: readonly string[] | undefined, { objects }: World): Edge[] {
  return objects('/Secret').flatMap((secret): Edge[] => {
    if (namespace !== undefined && secret.namespace !== namespace) return []
    if (names && !names.includes(secret.name)) return []
    const name =
      text(secret.body, 'type') === ACCOUNT_TOKEN
        ? text(secret.body, 'metadata', 'annotations', 'kubernetes.io/service-account.name')
        : undefined
    if (!name) return []
    const at: Anchor = { object: secret, path: ['metadata', 'name'], part: 'value' }
    return [{ ...without(account(secret.namespace, name), `use the token in Secret \`${secret.name}\``, 0), at }]
  })
}

const CLOUD_ANNOTATIONS = ['eks.amazonaws.com/role-arn', 'iam.gke.io/gcp-service-account', 'azure.workload.identity/client-id']

function cloudOf({ kind, namespace, name }: Subject, { access }: World): Edge[] {
  const object = kind === 'ServiceAccount' ? access.serviceAccount(namespace, name) : undefined
  if (!object) return []
  return CLOUD_ANNOTATIONS.flatMap((key): Edge[] => {
    const path = ['metadata', 'annotations', key]
    const identity = get(object.body, ...path)
    if (typeof identity !== 'string') return []
    return [{ ...without({ kind: 'cloud', identity }, 'act as its cloud identity', 0), at: { object, path, part: 'value' } }]
  })
}
