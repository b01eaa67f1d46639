import type { Facts } from '../facts.ts'
import { items, texts } from '../value.ts'
import { account, type Place } from './places.ts'
import type { Power } from './powers.ts'
import type { Evidence } from './risks.ts'

/** A controller that does what custom resources tell it, with its own permissions. */
interface Deputy {
  readonly resources: readonly string[]
  /** As "… does what …": the controller's name for people. */
  readonly name: string
  /** The names that its ServiceAccount has in the project's own manifests; empty when the writer chooses a ServiceAccount. */
  readonly accounts: readonly string[]
  /** An argument of the controller with which it acts as a ServiceAccount of the resource's namespace. */
  readonly boundBy?: string
}

/**
 * Sources: the projects' documentation: Flux multi-tenancy, Argo CD projects, Argo Workflows and Tekton
 * (`serviceAccountName`), Knative, KEDA, Kyverno generate rules, Velero, Crossplane, OLM.
 */
const DEPUTIES: readonly Deputy[] = [
  {
    resources: ['kustomize.toolkit.fluxcd.io/kustomizations'],
    name: 'kustomize-controller',
    accounts: ['kustomize-controller'],
    boundBy: '--default-service-account',
  },
  {
    resources: ['helm.toolkit.fluxcd.io/helmreleases'],
    name: 'helm-controller',
    accounts: ['helm-controller'],
    boundBy: '--default-service-account',
  },
  {
    resources: ['argoproj.io/applications', 'argoproj.io/applicationsets', 'argoproj.io/appprojects'],
    name: 'argocd-application-controller',
    accounts: ['argocd-application-controller'],
  },
  { resources: ['argoproj.io/workflows', 'argoproj.io/cronworkflows'], name: 'Argo Workflows', accounts: [] },
  { resources: ['tekton.dev/taskruns', 'tekton.dev/pipelineruns'], name: 'Tekton', accounts: [] },
  { resources: ['argoproj.io/rollouts'], name: 'Argo Rollouts', accounts: [] },
  { resources: ['serving.knative.dev/services', 'serving.knative.dev/configurations'], name: 'Knative', accounts: [] },
  { resources: ['keda.sh/scaledjobs'], name: 'KEDA', accounts: [] },
  {
    resources: ['kyverno.io/clusterpolicies', 'kyverno.io/policies', 'policies.kyverno.io/generatingpolicies'],
    name: 'kyverno-background-controller',
    accounts: ['kyverno-background-controller', 'kyverno'],
  },
  { resources: ['velero.io/restores'], name: 'Velero', accounts: ['velero', 'velero-server'] },
  { resources: ['kubernetes.crossplane.io/objects'], name: 'Crossplane', accounts: ['provider-kubernetes'] },
  { resources: ['operators.coreos.com/subscriptions'], name: 'Operator Lifecycle Manager', accounts: ['olm-operator-serviceaccount'] },
]

/** Every resource of the catalogue, as `group/resource`. */
export const DEPUTY_RESOURCES: readonly string[] = DEPUTIES.flatMap(({ resources }) => resources)

/** Whether a deputy does no more than run pods as a ServiceAccount of the namespace: whoever may run pods there can do so anyway. */
export function onlyRunsPods({ group, resource }: Pick<Power, 'group' | 'resource'>): boolean {
  return DEPUTIES.some(({ resources, accounts }) => accounts.length === 0 && resources.includes(`${group}/${resource}`))
}

/** What writing a resource of the catalogue leads to. */
export interface Deputation {
  readonly evidence: Evidence
  readonly deputy: string
  readonly to: Place
  /** False when the controller, and so what it may do, is not in the files. */
  readonly sure: boolean
}

/** @param evidence of the power `deputies-write` */
export function deputationOf(evidence: Evidence, facts: Pick<Facts, 'access' | 'workloads'>): Deputation | undefined {
  const { group, resource } = evidence.power
  const deputy = DEPUTIES.find(({ resources }) => resources.includes(`${group}/${resource}`))
  if (!deputy) return undefined
  const { namespace } = evidence.grant
  const { name, accounts, boundBy } = deputy
  if (accounts.length === 0 || (boundBy !== undefined && runsWith(boundBy, accounts, facts)))
    return { evidence, deputy: name, to: { kind: 'accounts', namespace }, sure: true }
  const found = facts.access.subjects.find((subject) => subject.kind === 'ServiceAccount' && accounts.includes(subject.name))
  if (found) return { evidence, deputy: name, to: account(found.namespace, found.name), sure: true }
  return { evidence, deputy: name, to: { kind: 'cluster' }, sure: false }
}

function runsWith(flag: string, accounts: readonly string[], { workloads }: Pick<Facts, 'workloads'>): boolean {
  return workloads
    .filter(({ object }) => accounts.includes(object.name))
    .some(({ containers }) =>
      containers.some(({ body }) => [...texts(body, 'args'), ...items(body, 'command')].some((arg) => String(arg).startsWith(`${flag}=`))),
    )
}
