import type { EntryPoint } from '../network/exposure.ts'
import type { Reachability } from '../network/reachability.ts'
import { isRowEmpty } from '../network/rows.ts'
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

/** Of those that the outside reaches, how many are asked whether they connect. */
const MOST_ASKED = 200

/** @param open the way in to each workload that the outside reaches */
export function reachOf(workload: Workload, open: ReadonlyMap<Workload, EntryPoint>, network: Reachability): Reach {
  const own = open.get(workload)
  if (own) return kept(outside, own, 'outside')
  const index = network.indexOf(workload)
  if (index === undefined) return PODS
  if (isRowEmpty(network.row(index, 'ingress').may)) return meansSomebody(network, index) ? PODS : NOBODY
  let asked = 0
  for (const [client, entry] of open) {
    const other = network.indexOf(client)
    if (other !== undefined && network.allowed(other, index).may !== NONE) return kept(over, entry, 'over')
    if (++asked >= MOST_ASKED) break
  }
  return PODS
}

/** Whom a rule lets in need not be in the files. */
function meansSomebody({ layers }: Reachability, index: number): boolean {
  return layers.some((layer) => layer.says(index, 'ingress').some(({ policy }) => policy.ingress.some(({ action }) => action === 'allow')))
}

function kept(known: WeakMap<EntryPoint, Reach>, entry: EntryPoint, by: 'outside' | 'over'): Reach {
  const before = known.get(entry)
  if (before) return before
  const reach: Reach = { by, entry }
  known.set(entry, reach)
  return reach
}
