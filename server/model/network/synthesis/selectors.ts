import type { Labels } from '../../object.ts'
import { matchesSelector } from '../../selector.ts'
import { get, isMap, type Value } from '../../value.ts'
import type { Workload } from '../../workload.ts'

/** Labels by which a policy can select the pods of a workload. */
export interface PodSelector {
  readonly labels: Labels
  /** Other workloads of the namespace that it selects as well. */
  readonly also: readonly Workload[]
}

/** Labels that change with every release, or that controllers make up. */
const VOLATILE =
  /^(pod-template-hash|rollouts-pod-template-hash|controller-revision-hash|pod-template-generation|version|app\.kubernetes\.io\/version|helm\.sh\/chart|app\.kubernetes\.io\/managed-by|chart|heritage)$/

/**
 * The fewest changing labels that select the pods of a workload and, where that is possible, no others.
 *
 * @param beside the workloads of its namespace
 * @returns no labels when its pods have none: then only all pods of the namespace can be selected. Undefined when nobody knows them.
 */
export function selectorOf(workload: Workload, beside: readonly Workload[]): PodSelector | undefined {
  const { labels } = workload
  if (labels === 'unknown') return undefined
  const pods = beside.filter((other) => other !== workload && get(other.spec, 'hostNetwork') !== true)
  let best: PodSelector = { labels: {}, also: pods }
  for (const candidate of [ownSelector(workload, labels), stable(labels), labels]) {
    if (candidate === undefined || Object.keys(candidate).length === 0) continue
    const also = pods.filter((other) => matchesSelector({ matchLabels: candidate }, other.labels) !== false)
    if (also.length === 0) return { labels: candidate, also }
    if (also.length < best.also.length || Object.keys(best.labels).length === 0) best = { labels: candidate, also }
  }
  return best
}

/** What the workload itself selects its pods by. */
function ownSelector({ object }: Workload, labels: Labels): Labels | undefined {
  const written = get(object.body, 'spec', 'selector')
  const matched: Value | undefined = isMap(get(written, 'matchLabels')) ? get(written, 'matchLabels') : written
  if (!isMap(matched)) return undefined
  const pairs = Object.entries(matched).flatMap(([key, value]): [string, string][] => (typeof value === 'string' ? [[key, value]] : []))
  const usable = pairs.length === Object.keys(matched).length && pairs.every(([key, value]) => labels[key] === value)
  return usable ? Object.fromEntries(pairs) : undefined
}

function stable(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !VOLATILE.test(key)))
}
