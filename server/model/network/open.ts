import { not, type Tri } from '../tri.ts'
import type { Workload } from '../workload.ts'
import type { Direction } from './policy.ts'
import type { Reachability } from './reachability.ts'
import { ALL } from './sets/connections.ts'

/** Whether a pod that may come to a namespace, without labels, is closed in a direction but for what a policy allows. */
export function deniesByDefault(namespace: string, direction: Direction, reachability: Reachability): Tri {
  const index = reachability.find(`fresh/${namespace}`)
  return index === undefined ? 'unknown' : not(isUnrestricted(index, direction, reachability))
}

/** Whether no policy isolates an endpoint in a direction, so that every port is open from (or to) somewhere. */
function isUnrestricted(index: number, direction: Direction, reachability: Reachability): Tri {
  let sure = true
  for (const layer of reachability.layers) {
    for (const { policy, certain } of layer.says(index, direction)) {
      if (policy.isolates[direction] === true && certain) return false
      if (policy.isolates[direction] !== false) sure = false
    }
  }
  const { must, may } = reachability.row(index, direction)
  if (!may.groups.some(({ connections }) => connections === ALL)) return false
  return sure && must.groups.some(({ connections }) => connections === ALL) ? true : 'unknown'
}

/** The workloads of which that is so, or may be. */
export function unrestricted(
  workloads: readonly Workload[],
  direction: Direction,
  reachability: Reachability,
): { readonly workload: Workload; readonly open: true | 'unknown' }[] {
  return workloads.flatMap((workload) => {
    const index = reachability.indexOf(workload)
    const open = index === undefined ? false : isUnrestricted(index, direction, reachability)
    return open === false ? [] : [{ workload, open }]
  })
}
