import { allPolicies } from '../../../server/model/network/layers.ts'
import type { Reachability } from '../../../server/model/network/reachability.ts'
import { members } from '../../../server/model/network/sets/bits.ts'

/** The workloads that a policy (`shop/deny`) certainly selects, as `namespace/name`. */
export function selectionOf({ policies, space }: Reachability, end: string): string[] {
  const policy = allPolicies(policies).find(({ object }) => `${object.namespace}/${object.name}` === end)
  if (!policy) throw new Error(`no policy ${end}`)
  return members(space.match(policy.selects).must)
    .map((index) => space.endpoints[index])
    .filter((endpoint) => endpoint?.workload !== undefined)
    .map((endpoint) => `${endpoint?.namespace}/${endpoint?.name}`)
}
