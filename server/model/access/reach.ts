import type { EntryPoint } from '../network/exposure.ts'
import { neighboursOf } from '../network/neighbours.ts'
import type { Reachability } from '../network/reachability.ts'
import { NONE } from '../network/sets/connections.ts'
import type { Workload } from '../workload.ts'

/** From where connections to a workload may come: `over` another that the outside reaches, from `pods`, or from nobody. */
export type Reach =
  | { readonly by: 'outside' | 'over'; readonly entry: EntryPoint }
  | { readonly by: 'pods' | 'nobody'; readonly entry: undefined }

const PODS: Reach = { by: 'pods', entry: undefined }
const NOBODY: Reach = { by: 'nobody', entry: undefined }
/** The same answers while the ways in are. */
const outside = new WeakMap<EntryPoint, Reach>()
const over = new WeakMap<EntryPoint, Reach>()

/** @param open the way in to each workload that the outside reaches */
export function reachOf(workload: Workload, open: ReadonlyMap<Workload, EntryPoint>, network: Reachability): Reach {
  const own = open.get(workload)
  if (own) return kept(outside, own, 'outside')
  const index = network.indexOf(workload)
  if (index === undefined) return PODS
  const clients = neighboursOf(network, index).reachedBy.filter(({ index: other, may }) => other !== index && may !== NONE)
  for (const { index: other } of clients) {
    const client = network.space.endpoints[other]?.workload
    const entry = client && open.get(client)
    if (entry) return kept(over, entry, 'over')
  }
  // Whom a rule means need not be in the files.
  const means = network.layers.some((layer) =>
    layer.says(index, 'ingress').some(({ policy }) => policy.ingress.some(({ action }) => action === 'allow')),
  )
  return clients.length > 0 || means ? PODS : NOBODY
}

function kept(known: WeakMap<EntryPoint, Reach>, entry: EntryPoint, by: 'outside' | 'over'): Reach {
  const before = known.get(entry)
  if (before) return before
  const reach: Reach = { by, entry }
  known.set(entry, reach)
  return reach
}
