import type { Workload } from '../../workload.ts'
import { API_SERVER_ID } from '../cluster.ts'
import { NAME_LABEL } from '../endpoint.ts'
import type { Intent } from '../intents/intents.ts'
import type { PodPort } from '../intents/names.ts'
import { PUBLIC_V4 } from '../matching.ts'
import { testLabels } from '../labels.ts'
import type { PeerTest } from '../peers.ts'
import type { Direction, PortTest } from '../policy.ts'
import type { Reachability } from '../reachability.ts'
import { atEndpoint, endpointsWhere, isFull, type Row } from '../rows.ts'
import { addressesWhere, type Addresses, isAddressSubset, parseCidrOrAddress } from '../sets/addresses.ts'
import { has, isSubset } from '../sets/bits.ts'
import { ALL, type Connections, isWithin, NONE, PROTOCOL_NUMBERS, ports as portRange, TCP, union } from '../sets/connections.ts'

/** The connections that an intent means, as the pods at its end see them. */
export function wantedPorts({ ports, to }: Intent, reachability: Reachability): Connections {
  if (ports.length === 0) return ALL
  const index = to.type === 'workload' ? reachability.indexOf(to.workload) : undefined
  return ports.map((port) => portOf(port, reachability, index)).reduce(union, NONE)
}

function portOf({ protocol, number, name }: PodPort, { space }: Reachability, index: number | undefined): Connections {
  if (number !== undefined) return portRange(PROTOCOL_NUMBERS.get(protocol) ?? 6, number)
  if (name === undefined || index === undefined) return ALL
  return space.namedPort(name, protocol).must.find(([, endpoints]) => has(endpoints, index))?.[0] ?? ALL
}

/** Whether what policies say of one end of an intent, without those of the other end, certainly lets it be. */
export function isKept(intent: Intent, workload: Workload, direction: Direction, reachability: Reachability): boolean {
  const index = reachability.indexOf(workload)
  if (index === undefined) return true
  const wanted = wantedPorts(intent, reachability)
  const { must } = reachability.row(index, direction)
  return direction === 'ingress' ? admits(must, intent, wanted, reachability) : lets(must, workload, intent, wanted, reachability)
}

function admits(row: Row, { from }: Intent, wanted: Connections, reachability: Reachability): boolean {
  switch (from.type) {
    case 'workload':
      return atWorkload(row, from.workload, wanted, reachability)
    case 'outside':
      return atAddresses(row, PUBLIC_V4, wanted)
    case 'controller': {
      const index = reachability.find(`ingress/${from.className}`)
      return index === undefined ? fromEveryPod(row, wanted, reachability) : isWithin(wanted, atEndpoint(row, index))
    }
    case 'scraper':
      return fromEveryPod(row, wanted, reachability)
    case 'apiserver':
      return atApiServer(row, wanted, reachability)
  }
}

function lets(row: Row, workload: Workload, { to }: Intent, wanted: Connections, reachability: Reachability): boolean {
  switch (to.type) {
    case 'workload':
      return atWorkload(row, to.workload, wanted, reachability)
    case 'host': {
      const index = reachability.find(`name/${to.name}`)
      return (index !== undefined && isWithin(wanted, atEndpoint(row, index))) || atAddresses(row, PUBLIC_V4, wanted)
    }
    case 'address':
      return atAddresses(row, parseCidrOrAddress(to.address) ?? [], wanted)
    case 'apiserver':
      return atApiServer(row, API_SERVER, reachability)
    case 'elsewhere':
      return isFull(row, reachability.space.ends) || namesNamespace(workload, to.namespace, reachability)
  }
}

const API_SERVER: Connections = union(portRange(TCP, 443), portRange(TCP, 6443))

function atWorkload(row: Row, other: Workload, wanted: Connections, reachability: Reachability): boolean {
  const index = reachability.indexOf(other)
  return index === undefined || isWithin(wanted, atEndpoint(row, index))
}

function atApiServer(row: Row, wanted: Connections, reachability: Reachability): boolean {
  const index = reachability.find(API_SERVER_ID)
  return index === undefined || isWithin(wanted, atEndpoint(row, index))
}

function fromEveryPod(row: Row, wanted: Connections, { space }: Reachability): boolean {
  return isSubset(
    space.pods.must,
    endpointsWhere(row, space.none, (connections) => isWithin(wanted, connections)),
  )
}

function atAddresses(row: Row, addresses: Addresses, wanted: Connections): boolean {
  return isAddressSubset(
    addresses,
    addressesWhere(row.addresses, (connections) => isWithin(wanted, connections)),
  )
}

/** Whether some rule lets a workload reach every pod of a namespace that the files do not contain. */
function namesNamespace(workload: Workload, namespace: string, reachability: Reachability): boolean {
  const index = reachability.indexOf(workload)
  if (index === undefined) return true
  const says = reachability.layers.flatMap((layer) => layer.says(index, 'egress'))
  return says.some(
    ({ policy, certain }) =>
      certain && policy.egress.some(({ action, peer, ports }) => action === 'allow' && isEvery(ports) && means(peer, namespace)),
  )
}

function isEvery({ certain, ports, notPorts, sources, notSources }: PortTest): boolean {
  return certain === ALL && !ports && !notPorts && !sources && !notSources
}

function means(test: PeerTest, namespace: string): boolean {
  switch (test.op) {
    case 'everything':
      return true
    case 'or':
      return test.of.some((part) => means(part, namespace))
    case 'and':
      return test.of.every((part) => means(part, namespace))
    case 'selected':
      if (test.labels.op !== 'all' || test.accounts) return false
      if ('own' in test.where) return test.where.own === namespace
      return (
        testLabels(test.where.labels, {
          labels: { [NAME_LABEL]: namespace, 'projectcalico.org/name': namespace },
          open: true,
          unknownKeys: [],
        }) === true
      )
    default:
      return false
  }
}
