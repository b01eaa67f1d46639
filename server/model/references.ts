import type { ObjectsByKind } from './facts.ts'
import type { KubeObject, labelsOf } from './object.ts'
import { matchesLabels, matchesSelector } from './selector.ts'
import { entries, get, items, type Path, text, type Value } from './value.ts'
import { workloadOf } from './workload.ts'

/** A name (or a selector) in one object that stands for other objects. */
export interface Reference {
  readonly from: KubeObject
  /** Of the value that a person clicks. */
  readonly path: Path
  /** `group/Kind`s, any of which may be meant. */
  readonly kinds: readonly string[]
  readonly namespace: string
  /** Undefined for a selector. */
  readonly name: string | undefined
  readonly selects?: (object: KubeObject) => boolean
}

export interface References {
  /** What an object refers to, in the order of its text. */
  of(object: KubeObject): readonly Reference[]
  resolve(reference: Reference): readonly KubeObject[]
  /** Who refers to an object. */
  to(object: KubeObject): readonly Reference[]
}

export function referencesOf(of: ObjectsByKind, _facts: unknown, all: readonly KubeObject[]): References {
  const byId = new Map<string, KubeObject[]>()
  for (const object of all) {
    const list = byId.get(object.id)
    if (list) list.push(object)
    else byId.set(object.id, [object])
  }
  const resolve = (reference: Reference): readonly KubeObject[] => {
    if (reference.selects) return reference.kinds.flatMap((kind) => of(kind)).filter(reference.selects)
    return reference.kinds.flatMap((kind) => byId.get(`${kind}/${reference.namespace}/${reference.name}`) ?? [])
  }
  return {
    of: referencesFrom,
    resolve,
    to: (object) => all.flatMap((from) => referencesFrom(from).filter((reference) => resolve(reference).includes(object))),
  }
}

const known = new WeakMap<KubeObject, readonly Reference[]>()

function referencesFrom(object: KubeObject): readonly Reference[] {
  const found = known.get(object)
  if (found) return found
  const references = [...read(object)]
  known.set(object, references)
  return references
}

const RBAC = 'rbac.authorization.k8s.io'

function* read(object: KubeObject): Iterable<Reference> {
  const { body, namespace } = object
  const named = function* (kinds: readonly string[], path: Path, where = namespace): Iterable<Reference> {
    const name = text(body, ...path)
    if (name) yield { from: object, path, kinds, namespace: where, name }
  }
  yield* fromPodSpec(object)
  switch (object.groupKind) {
    case `${RBAC}/RoleBinding`:
    case `${RBAC}/ClusterRoleBinding`: {
      const role = text(body, 'roleRef', 'kind') === 'Role' ? 'Role' : 'ClusterRole'
      yield* named([`${RBAC}/${role}`], ['roleRef', 'name'], role === 'Role' ? namespace : '')
      for (const [i, subject] of items(body, 'subjects').entries()) {
        if (text(subject, 'kind') !== 'ServiceAccount') continue
        yield* named(['/ServiceAccount'], ['subjects', i, 'name'], text(subject, 'namespace') ?? namespace)
      }
      return
    }
    case '/Service': {
      const selector = get(body, 'spec', 'selector')
      if (entries(selector).length > 0)
        yield podSelector(object, ['spec', 'selector'], (labels) => matchesLabels(selector, labels) === true)
      return
    }
    case 'networking.k8s.io/NetworkPolicy': {
      const selector = get(body, 'spec', 'podSelector')
      if (selector !== undefined) yield podSelector(object, ['spec', 'podSelector'], (labels) => matchesSelector(selector, labels) === true)
      return
    }
    case 'networking.k8s.io/Ingress': {
      yield* named(['/Service'], ['spec', 'defaultBackend', 'service', 'name'])
      for (const [i, rule] of items(body, 'spec', 'rules').entries()) {
        for (const [j] of items(rule, 'http', 'paths').entries()) {
          yield* named(['/Service'], ['spec', 'rules', i, 'http', 'paths', j, 'backend', 'service', 'name'])
        }
      }
      for (const [i] of items(body, 'spec', 'tls').entries()) yield* named(['/Secret'], ['spec', 'tls', i, 'secretName'])
      yield* named(['networking.k8s.io/IngressClass'], ['spec', 'ingressClassName'], '')
      return
    }
    case 'gateway.networking.k8s.io/HTTPRoute': {
      for (const [i, parent] of items(body, 'spec', 'parentRefs').entries()) {
        yield* named(['gateway.networking.k8s.io/Gateway'], ['spec', 'parentRefs', i, 'name'], text(parent, 'namespace') ?? namespace)
      }
      for (const [i, rule] of items(body, 'spec', 'rules').entries()) {
        for (const [j, backend] of items(rule, 'backendRefs').entries()) {
          yield* named(['/Service'], ['spec', 'rules', i, 'backendRefs', j, 'name'], text(backend, 'namespace') ?? namespace)
        }
      }
      return
    }
    case 'autoscaling/HorizontalPodAutoscaler': {
      const version = text(body, 'spec', 'scaleTargetRef', 'apiVersion') ?? ''
      const group = version.includes('/') ? version.slice(0, version.indexOf('/')) : ''
      yield* named([`${group}/${text(body, 'spec', 'scaleTargetRef', 'kind') ?? ''}`], ['spec', 'scaleTargetRef', 'name'])
      return
    }
  }
}

function podSelector(from: KubeObject, path: Path, matches: (labels: ReturnType<typeof labelsOf>) => boolean): Reference {
  return {
    from,
    path,
    kinds: [
      '/Pod',
      'apps/Deployment',
      'apps/StatefulSet',
      'apps/DaemonSet',
      'apps/ReplicaSet',
      '/ReplicationController',
      'batch/Job',
      'batch/CronJob',
      'argoproj.io/Rollout',
    ],
    namespace: from.namespace,
    name: undefined,
    selects: (object) => {
      const workload = workloadOf(object)
      return workload !== undefined && object.namespace === from.namespace && matches(workload.labels)
    },
  }
}

function* fromPodSpec(object: KubeObject): Iterable<Reference> {
  const workload = workloadOf(object)
  if (!workload) return
  const { spec, specPath } = workload
  const refer = function* (kind: string, holder: Value | undefined, inside: Path, path: Path): Iterable<Reference> {
    const name = text(holder, ...inside)
    if (name) yield { from: object, path: [...path, ...inside], kinds: [kind], namespace: object.namespace, name }
  }
  yield* refer('/ServiceAccount', spec, ['serviceAccountName'], specPath)
  for (const [i] of items(spec, 'imagePullSecrets').entries()) yield* refer('/Secret', spec, ['imagePullSecrets', i, 'name'], specPath)
  for (const [i, volume] of items(spec, 'volumes').entries()) {
    const path = [...specPath, 'volumes', i]
    yield* refer('/Secret', volume, ['secret', 'secretName'], path)
    yield* refer('/ConfigMap', volume, ['configMap', 'name'], path)
    yield* refer('/PersistentVolumeClaim', volume, ['persistentVolumeClaim', 'claimName'], path)
    for (const [j] of items(volume, 'projected', 'sources').entries()) {
      yield* refer('/Secret', volume, ['projected', 'sources', j, 'secret', 'name'], path)
      yield* refer('/ConfigMap', volume, ['projected', 'sources', j, 'configMap', 'name'], path)
    }
  }
  for (const container of workload.containers) {
    for (const [i] of items(container.body, 'env').entries()) {
      yield* refer('/Secret', container.body, ['env', i, 'valueFrom', 'secretKeyRef', 'name'], container.path)
      yield* refer('/ConfigMap', container.body, ['env', i, 'valueFrom', 'configMapKeyRef', 'name'], container.path)
    }
    for (const [i] of items(container.body, 'envFrom').entries()) {
      yield* refer('/Secret', container.body, ['envFrom', i, 'secretRef', 'name'], container.path)
      yield* refer('/ConfigMap', container.body, ['envFrom', i, 'configMapRef', 'name'], container.path)
    }
  }
}
