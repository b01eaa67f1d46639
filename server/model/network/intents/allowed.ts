import type { Tri } from '../../tri.ts'
import type { Workload } from '../../workload.ts'
import { API_SERVER_ID } from '../cluster.ts'
import { NAME_LABEL } from '../endpoint.ts'
import type { Intent } from './intents.ts'
import type { PodPort } from './names.ts'
import { testLabels } from '../labels.ts'
import { nameMatches, PUBLIC_V4 } from '../matching.ts'
import type { PeerTest } from '../peers.ts'
import type { Bounds } from '../evaluate.ts'
import type { Direction, PortTest, Rule } from '../policy.ts'
import type { Reachability } from '../reachability.ts'
import { atEndpoint, endpointsWhere, isFull, type Row } from '../rows.ts'
import {
  addressesWhere,
  type Addresses,
  EVERY_ADDRESS,
  intersectAddresses,
  isAddressSubset,
  parseCidrOrAddress,
} from '../sets/addresses.ts'
import { has, isSubset } from '../sets/bits.ts'
import {
  ALL,
  type Connections,
  intersection,
  isWithin,
  NONE,
  PROTOCOL_NUMBERS,
  ports as portRange,
  TCP,
  union,
} from '../sets/connections.ts'

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

/** The Service of the API server leads to one of these. */
const API_SERVER: Connections = union(portRange(TCP, 443), portRange(TCP, 6443))

/**
 * Whether the policies of one end of an intent, without those of the other end, let it be: true when all of it
 * certainly is, false when certainly none of it is.
 */
export function allows(intent: Intent, workload: Workload, direction: Direction, reachability: Reachability): Tri {
  const index = reachability.indexOf(workload)
  if (index === undefined) return true
  return allowsBy(intent, index, direction, reachability.row(index, direction), reachability)
}

/** The same for an endpoint with some row of its own: that of one layer, or of some of its policies. */
export function allowsBy(intent: Intent, index: number, direction: Direction, row: Bounds, reachability: Reachability): Tri {
  return new Judge(intent, index, direction, row, reachability).answer()
}

class Judge {
  readonly #intent: Intent
  readonly #index: number
  readonly #direction: Direction
  readonly #reachability: Reachability
  readonly #wanted: Connections
  readonly #must: Row
  readonly #may: Row

  constructor(intent: Intent, index: number, direction: Direction, { must, may }: Bounds, reachability: Reachability) {
    this.#intent = intent
    this.#index = index
    this.#direction = direction
    this.#reachability = reachability
    const api = direction === 'egress' && intent.to.type === 'apiserver'
    this.#wanted = api ? API_SERVER : wantedPorts(intent, reachability)
    this.#must = must
    this.#may = may
  }

  answer(): Tri {
    const end = this.#direction === 'ingress' ? this.#intent.from : this.#intent.to
    switch (end.type) {
      case 'workload':
        return this.#at(this.#reachability.indexOf(end.workload))
      case 'apiserver': {
        const said = this.#at(this.#reachability.find(API_SERVER_ID))
        // To some plugins it is a pod of a namespace, e.g. of OpenShift's for the network of hosts.
        const possible = this.#rules().some(
          ({ action, peer, ports }) => action === 'allow' && leavesNamespace(peer) && mayMean(ports, this.#wanted),
        )
        return said === false && possible ? 'unknown' : said
      }
      case 'outside':
        return this.#atAddresses(PUBLIC_V4, EVERY_ADDRESS)
      case 'controller': {
        const index = this.#reachability.find(`ingress/${end.className}`)
        return index === undefined ? this.#atEveryPod() : this.#at(index)
      }
      case 'scraper':
        return this.#atEveryPod()
      case 'address': {
        const addresses = parseCidrOrAddress(end.address) ?? []
        return this.#atAddresses(addresses, addresses)
      }
      case 'host': {
        if (this.#rules().some(({ peer }) => namesHost(peer, end.name))) return this.#atName(end.name)
        // Databases of clouds have public names and private addresses.
        return this.#atAddresses(PUBLIC_V4, EVERY_ADDRESS)
      }
      case 'elsewhere':
        if (isFull(this.#must, this.#reachability.space.ends)) return true
        if (this.#rules().some(({ peer, ports, action }) => action === 'allow' && isEvery(ports) && meansNamespace(peer, end.namespace)))
          return true
        return this.#rules().some(({ peer }) => leavesNamespace(peer)) ? 'unknown' : false
    }
  }

  #at(index: number | undefined): Tri {
    if (index === undefined) return true
    if (isWithin(this.#wanted, atEndpoint(this.#must, index))) return true
    return intersection(this.#wanted, atEndpoint(this.#may, index)) === NONE ? false : 'unknown'
  }

  #atName(name: string): Tri {
    const index = this.#reachability.find(`name/${name}`)
    return index === undefined ? 'unknown' : this.#at(index)
  }

  /** From everywhere in `all`, or from nowhere in `some`. */
  #atAddresses(all: Addresses, some: Addresses): Tri {
    const open = addressesWhere(this.#must.addresses, (connections) => isWithin(this.#wanted, connections))
    if (isAddressSubset(all, open)) return true
    const possible = addressesWhere(this.#may.addresses, (connections) => intersection(this.#wanted, connections) !== NONE)
    return intersectAddresses(some, possible).length === 0 ? false : 'unknown'
  }

  /** Whoever it is may be a pod that the files do not contain, and any selector may mean it. */
  #atEveryPod(): Tri {
    const { space } = this.#reachability
    const open = endpointsWhere(this.#must, space.none, (connections) => isWithin(this.#wanted, connections))
    if (isSubset(space.pods.must, open)) return true
    return this.#rules().some(({ peer, ports }) => meansPods(peer) && mayMean(ports, this.#wanted)) ? 'unknown' : false
  }

  /** The rules that may have a say. */
  #rules(): readonly Rule[] {
    const says = this.#reachability.layers.flatMap((layer) => layer.says(this.#index, this.#direction))
    return says.flatMap(({ policy }) => policy[this.#direction])
  }
}

function isEvery({ certain, ports, notPorts, sources, notSources }: PortTest): boolean {
  return certain === ALL && !ports && !notPorts && !sources && !notSources
}

function mayMean({ base, ports }: PortTest, wanted: Connections): boolean {
  if (!ports || ports.named.length > 0) return intersection(base, wanted) !== NONE
  return intersection(intersection(base, union(ports.fixed, ports.possible)), wanted) !== NONE
}

function meansPods(test: PeerTest): boolean {
  if (test.op === 'or' || test.op === 'and') return test.of.some(meansPods)
  return test.op !== 'nothing' && test.op !== 'cidr' && test.op !== 'names'
}

function namesHost(test: PeerTest, name: string): boolean {
  if (test.op === 'or') return test.of.some((part) => namesHost(part, name))
  return test.op === 'names' && nameMatches(test.patterns, name) !== false
}

/** Whether a test means pods outside of the policy's own namespace. */
function leavesNamespace(test: PeerTest): boolean {
  switch (test.op) {
    case 'selected':
      return 'labels' in test.where
    case 'or':
    case 'and':
      return test.of.some(leavesNamespace)
    case 'nothing':
    case 'cidr':
    case 'names':
      return false
    default:
      return true
  }
}

/** Whether a test means every pod of a namespace that the files do not contain. */
function meansNamespace(test: PeerTest, namespace: string): boolean {
  switch (test.op) {
    case 'everything':
      return true
    case 'or':
      return test.of.some((part) => meansNamespace(part, namespace))
    case 'and':
      return test.of.every((part) => meansNamespace(part, namespace))
    case 'selected': {
      if (test.labels.op !== 'all' || test.accounts) return false
      if ('own' in test.where) return test.where.own === namespace
      const labels = { [NAME_LABEL]: namespace, 'projectcalico.org/name': namespace }
      return testLabels(test.where.labels, { labels, open: true, unknownKeys: [] }) === true
    }
    default:
      return false
  }
}
