import type { Facts, ObjectsByKind } from './facts.ts'
import { type KubeObject, type Labels, labelsOf } from './object.ts'
import type { Workload } from './workload.ts'

/** A namespace in which the files put something. */
export interface NamespaceFacts {
  /** '' is the namespace that whoever applies the files chooses. */
  readonly name: string
  readonly object: KubeObject | undefined
  /** 'unknown' when the Namespace is not in the files. */
  readonly labels: Labels | 'unknown'
  readonly workloads: readonly Workload[]
}

export interface Namespaces {
  readonly all: readonly NamespaceFacts[]
  get(name: string): NamespaceFacts | undefined
}

/** System namespaces belong to the cluster's makers, not to the authors of the files. */
export const SYSTEM_NAMESPACES: ReadonlySet<string> = new Set(['kube-system', 'kube-public', 'kube-node-lease'])

export function namespacesOf(of: ObjectsByKind, facts: Pick<Facts, 'workloads'>): Namespaces {
  const workloads = new Map<string, Workload[]>()
  for (const workload of facts.workloads) {
    const namespace = workload.object.namespace
    const list = workloads.get(namespace)
    if (list) list.push(workload)
    else workloads.set(namespace, [workload])
  }
  const byName = new Map<string, NamespaceFacts>()
  for (const object of of('/Namespace')) {
    if (object.name === '' || byName.has(object.name)) continue
    const written = labelsOf(object.body, 'metadata', 'labels')
    const labels = written === 'unknown' ? written : { ...written, 'kubernetes.io/metadata.name': object.name }
    byName.set(object.name, { name: object.name, object, labels, workloads: workloads.get(object.name) ?? [] })
  }
  for (const [name, list] of workloads) {
    if (!byName.has(name)) byName.set(name, { name, object: undefined, labels: 'unknown', workloads: list })
  }
  return { all: [...byName.values()], get: (name) => byName.get(name) }
}
