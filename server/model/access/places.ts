import type { Workload } from '../workload.ts'
import { describeSubject, type Subject, subjectKey } from './identity.ts'
import type { RoleFacts } from './roles.ts'

/** Where an attacker can stand, and what they can have there. Undefined namespaces mean all of them. */
export type Place =
  | { readonly kind: 'workload'; readonly workload: Workload }
  | { readonly kind: 'subject'; readonly subject: Subject }
  /** Any ServiceAccount of a namespace, at choice. */
  | { readonly kind: 'accounts'; readonly namespace: string | undefined }
  /** Inside any pod of a namespace, at choice. */
  | { readonly kind: 'pods'; readonly namespace: string | undefined }
  /** Whatever a role grants, in a namespace or everywhere. */
  | { readonly kind: 'role'; readonly role: RoleFacts; readonly namespace: string | undefined }
  | { readonly kind: 'secrets'; readonly namespace: string | undefined; readonly names: readonly string[] | undefined }
  | { readonly kind: 'namespace'; readonly namespace: string | undefined }
  | { readonly kind: 'cloud'; readonly identity: string }
  | { readonly kind: 'node' }
  | { readonly kind: 'cluster' }

/** kube-system is always there: its controllers may escalate, and its pods run on every node with access to it. */
export const SYSTEM = 'kube-system'

export function account(namespace: string, name: string): Place {
  return { kind: 'subject', subject: { kind: 'ServiceAccount', namespace, name } }
}

/** One text for each place. */
export function placeKey(place: Place): string {
  switch (place.kind) {
    case 'workload':
      return `workload ${place.workload.object.id} ${place.workload.object.file}`
    case 'subject':
      return `subject ${subjectKey(place.subject)}`
    case 'role':
      return `role ${place.role.kind}/${place.role.namespace}/${place.role.name} ${scope(place.namespace)}`
    case 'secrets':
      return `secrets ${scope(place.namespace)} ${place.names?.join(',') ?? '*'}`
    case 'cloud':
      return `cloud ${place.identity}`
    case 'node':
    case 'cluster':
      return place.kind
    default:
      return `${place.kind} ${scope(place.namespace)}`
  }
}

/** As the end of "from there to …". */
export function describePlace(place: Place): string {
  switch (place.kind) {
    case 'workload':
      return `${place.workload.object.kind} \`${place.workload.object.name}\``
    case 'subject':
      return `${describeSubject(place.subject).replace(' ', ' `')}\``
    case 'accounts':
      return `every ServiceAccount ${inNamespace(place.namespace)}`
    case 'pods':
      return `every pod ${inNamespace(place.namespace)}`
    case 'role':
      return `what ${place.role.kind} \`${place.role.name}\` grants`
    case 'secrets':
      return place.names
        ? `${place.names.length === 1 ? 'Secret' : 'Secrets'} ${place.names.map((name) => `\`${name}\``).join(', ')}`
        : `every Secret ${inNamespace(place.namespace)}`
    case 'namespace':
      return place.namespace === undefined ? 'everything in every namespace' : `everything in ${namespaceName(place.namespace)}`
    case 'cloud':
      return `the cloud identity \`${place.identity}\``
    case 'node':
      return 'the nodes'
    case 'cluster':
      return 'the whole cluster'
  }
}

export function inNamespace(namespace: string | undefined): string {
  return namespace === undefined ? 'of the cluster' : `of ${namespaceName(namespace)}`
}

function namespaceName(namespace: string): string {
  return namespace === '' ? 'its namespace' : `\`${namespace}\``
}

function scope(namespace: string | undefined): string {
  return namespace === undefined ? '*' : `=${namespace}`
}
