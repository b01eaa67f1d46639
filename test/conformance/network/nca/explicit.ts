import { LayerRows } from '../../../../server/model/network/evaluate.ts'
import { atEndpoint, EMPTY_ROW, intersectRows, type Row, uniformRow, unionRows } from '../../../../server/model/network/rows.ts'
import { type AddressMap, combineMaps } from '../../../../server/model/network/sets/addresses.ts'
import { type Connections, intersection, union } from '../../../../server/model/network/sets/connections.ts'
import type { Network } from './config.ts'

/**
 * What policies say explicitly, without what is allowed because no policy isolates: allowed by a rule of either
 * end and refused by nobody.
 */
export function explicitly(network: Network): Network {
  const { reachability } = network.known
  const { space } = reachability
  const layers = reachability.layers.map((layer) => {
    const closed = new LayerRows(space, { ...layer.layer, end: 'deny' })
    const domain = uniformRow(layer.layer.domain, space.ends)
    return { closed, domain }
  })
  const rows = new Map<string, Row>()
  const own = (index: number, direction: 'ingress' | 'egress'): Row => {
    const key = `${index}${direction}`
    let row = rows.get(key)
    if (!row) {
      row = layers
        .map(({ closed, domain }) =>
          closed.says(index, direction).length === 0 ? EMPTY_ROW : intersectRows(closed.row(index, direction).must, domain),
        )
        .reduce(unionRows, EMPTY_ROW)
      rows.set(key, row)
    }
    return row
  }
  const index = (pod: number): number => network.pods[pod]?.index ?? -1
  return {
    ...network,
    between: (from, to) => {
      const said: Connections = union(atEndpoint(own(index(from), 'egress'), index(to)), atEndpoint(own(index(to), 'ingress'), index(from)))
      return intersection(said, network.between(from, to))
    },
    outside: (pod, direction): AddressMap =>
      combineMaps(own(index(pod), direction).addresses, network.outside(pod, direction), intersection),
  }
}
