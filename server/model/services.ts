import type { Facts, ObjectsByKind } from './facts.ts'
import type { KubeObject } from './object.ts'
import { matchesLabels } from './selector.ts'
import { entries, get, isUnknown, items, text } from './value.ts'
import type { Workload } from './workload.ts'

/** A Service and the workloads behind it. */
export interface ServiceFacts {
  readonly object: KubeObject
  /** `ClusterIP` when it is not written; undefined when it is unknown. */
  readonly type: string | undefined
  /** Workloads that its selector certainly matches; none without a selector. */
  readonly workloads: readonly Workload[]
  /** Workloads that it may match, because labels or the selector are unknown. */
  readonly possible: readonly Workload[]
}

export interface Services {
  readonly all: readonly ServiceFacts[]
  get(namespace: string, name: string): ServiceFacts | undefined
  /** The Services that send connections to a workload. */
  of(workload: Workload): readonly ServiceFacts[]
}

export function servicesOf(of: ObjectsByKind, facts: Pick<Facts, 'workloads'>): Services {
  const index = labelIndex(facts.workloads)
  const all = of('/Service').map((object): ServiceFacts => {
    const selector = get(object.body, 'spec', 'selector')
    const pairs = entries(selector)
    const type = get(object.body, 'spec', 'type') ?? 'ClusterIP'
    const base = { object, type: typeof type === 'string' ? type : undefined }
    if (pairs.length === 0 && !isUnknown(selector)) return { ...base, workloads: [], possible: [] }
    const candidates = index(object.namespace, pairs[0])
    const workloads: Workload[] = []
    const possible: Workload[] = []
    for (const workload of candidates) {
      const matches = matchesLabels(selector, workload.labels)
      if (matches === true) workloads.push(workload)
      else if (matches === 'unknown') possible.push(workload)
    }
    return { ...base, workloads, possible }
  })
  const byName = new Map(all.map((service) => [`${service.object.namespace}/${service.object.name}`, service]))
  const byWorkload = new Map<Workload, ServiceFacts[]>()
  for (const service of all) {
    for (const workload of service.workloads) {
      const list = byWorkload.get(workload)
      if (list) list.push(service)
      else byWorkload.set(workload, [service])
    }
  }
  return {
    all,
    get: (namespace, name) => byName.get(`${namespace}/${name}`),
    of: (workload) => byWorkload.get(workload) ?? [],
  }
}

/** Workloads of a namespace that may carry a label: those with it, and those whose labels are unknown. */
function labelIndex(workloads: readonly Workload[]) {
  const byLabel = new Map<string, Workload[]>()
  const add = (key: string, workload: Workload): void => {
    const list = byLabel.get(key)
    if (list) list.push(workload)
    else byLabel.set(key, [workload])
  }
  for (const workload of workloads) {
    const namespace = workload.object.namespace
    add(namespace, workload)
    if (workload.labels === 'unknown') add(`${namespace}\n?`, workload)
    else for (const [key, value] of Object.entries(workload.labels)) add(`${namespace}\n${key}\n${value}`, workload)
  }
  return (namespace: string, pair: [string, unknown] | undefined): readonly Workload[] => {
    if (!pair || typeof pair[1] === 'object') return byLabel.get(namespace) ?? []
    return [...(byLabel.get(`${namespace}\n${pair[0]}\n${String(pair[1])}`) ?? []), ...(byLabel.get(`${namespace}\n?`) ?? [])]
  }
}

/** The container port number that a Service port leads to in a workload; undefined when it cannot be told. */
export function targetPort(service: KubeObject, port: { name?: string; number?: number }, workload: Workload): number | undefined {
  for (const entry of items(service.body, 'spec', 'ports')) {
    const number = get(entry, 'port')
    if (port.number !== undefined ? number !== port.number : text(entry, 'name') !== port.name) continue
    const target = get(entry, 'targetPort') ?? number
    if (typeof target === 'number') return target
    if (typeof target !== 'string') return undefined
    for (const container of workload.containers) {
      for (const declared of items(container.body, 'ports')) {
        const value = get(declared, 'containerPort')
        if (text(declared, 'name') === target && typeof value === 'number') return value
      }
    }
    return undefined
  }
  return undefined
}
