import type { Labels } from '../object.ts'
import type { Tri } from '../tri.ts'
import { type Endpoint, NAME_LABEL, type NamespaceLabels } from './endpoint.ts'
import { both, certainly, either, type Labelled, LabelIndex, type Match, testLabels } from './labels.ts'
import type { Dialect, PeerTest, Selected } from './peers.ts'
import { type Addresses, EVERY_ADDRESS, intersectAddresses, NO_ADDRESS, unionAddresses, withoutAddresses } from './sets/addresses.ts'
import { add, and, andNot, type Bits, bits, has, members, or } from './sets/bits.ts'
import { type Connections, PROTOCOL_NUMBERS, ports as portsOf, union } from './sets/connections.ts'
import { cidrMatches, podMatches, nameMatches, patternMatches, readBlock } from './matching.ts'

/** What the network plugin decides, because the API leaves it open. */
export interface Semantics {
  /** Whether an address block matches pods by their address. */
  readonly cidrMatchesPods: Tri
  /** Whether pods on their node's network are seen as the node or as pods like all others. */
  readonly hostNetwork: 'node' | 'pod'
}

/** The peers that a test certainly and possibly means: endpoints, and addresses outside the cluster. */
export interface PeerMatch extends Match {
  readonly mustAddresses: Addresses
  readonly mayAddresses: Addresses
}

/** What the labels of objects other than pods are. */
export interface Surroundings {
  readonly namespaces: ReadonlyMap<string, NamespaceLabels>
  /** By `namespace/name`; an account that is not listed may have any labels. */
  readonly accounts: ReadonlyMap<string, Labelled>
  /** What profiles of Calico hand on to their endpoints, by the profile's name. */
  readonly profiles: ReadonlyMap<string, Labels>
  /** Indices of the endpoints behind a Service: certainly and possibly. */
  readonly services: ReadonlyMap<string, { readonly must: readonly number[]; readonly may: readonly number[] }>
}

const MAX_MEMO = 50_000

/** All endpoints of a cluster with their indices; answers which of them a test means. */
export class Space {
  /** The same for spaces whose endpoints differ in nothing but the objects that they stand for. */
  readonly shape: object
  readonly endpoints: readonly Endpoint[]
  readonly semantics: Semantics
  /** Every endpoint that can be an end of a connection. */
  readonly ends: Bits
  readonly none: Bits
  /** Pods that policies see as pods. */
  readonly pods: Match
  /** What Calico's selectors see. */
  readonly #calico: Match
  readonly #all: Bits
  readonly #hasSets: boolean
  /** Endpoints of which it depends on themselves whether a block means them, and all others. */
  readonly #addressed: readonly number[]
  readonly #anonymous: Bits
  readonly #namespaced: Bits
  readonly #surroundings: Surroundings
  readonly #indices: Map<Dialect, LabelIndex>
  readonly #namespaceNames: readonly string[]
  readonly #namespaces: Readonly<Record<Dialect, LabelIndex>>
  readonly #byNamespace: Map<string, Bits>
  readonly #memo: WeakMap<PeerTest, PeerMatch>
  readonly #byText: Map<string, PeerMatch>
  readonly #ports: Map<string, PortGroups>
  readonly #portNames: Map<string, number[]>

  /** @param like a space whose endpoints have the same signatures: all that it knows is known here */
  constructor(endpoints: readonly Endpoint[], surroundings: Surroundings, semantics: Semantics, like?: Space) {
    this.endpoints = endpoints
    this.semantics = semantics
    this.#surroundings = surroundings
    this.shape = like ? like.shape : {}
    this.#indices = like ? like.#indices : new Map()
    this.#byNamespace = like ? like.#byNamespace : new Map()
    this.#memo = like ? like.#memo : new WeakMap()
    this.#byText = like ? like.#byText : new Map()
    this.#ports = like ? like.#ports : new Map()
    this.#portNames = like ? like.#portNames : new Map()
    if (like) {
      this.none = like.none
      this.ends = like.ends
      this.pods = like.pods
      this.#calico = like.#calico
      this.#anonymous = like.#anonymous
      this.#addressed = like.#addressed
      this.#hasSets = like.#hasSets
      this.#all = like.#all
      this.#namespaced = like.#namespaced
      this.#namespaceNames = like.#namespaceNames
      this.#namespaces = like.#namespaces
      return
    }
    this.none = bits(endpoints.length)
    this.ends = this.where((endpoint) => endpoint.type !== 'set').must
    this.pods = this.where((endpoint) => isPod(endpoint, semantics))
    this.#calico = this.where((endpoint) => (endpoint.type === 'host' || endpoint.type === 'set' ? true : isPod(endpoint, semantics)))
    this.#anonymous = this.where(
      ({ type, addresses }) => addresses.length === 0 && (type === 'pod' || type === 'fresh' || type === 'host'),
    ).must
    this.#addressed = members(andNot(this.ends, this.#anonymous))
    this.#hasSets = endpoints.some((endpoint) => endpoint.type === 'set')
    this.#all = this.where(() => true).must
    this.#namespaced = this.where((endpoint) => endpoint.namespaced).must
    this.#namespaceNames = [...surroundings.namespaces.keys()]
    const namespaces = [...surroundings.namespaces.values()]
    this.#namespaces = { kubernetes: new LabelIndex(namespaces), calico: new LabelIndex(namespaces.map(withCalicoName)) }
    endpoints.forEach((endpoint, index) => {
      if (endpoint.namespaced) {
        let set = this.#byNamespace.get(endpoint.namespace)
        if (!set) {
          set = bits(endpoints.length)
          this.#byNamespace.set(endpoint.namespace, set)
        }
        add(set, index)
      }
      for (const { name } of endpoint.ports) {
        const list = this.#portNames.get(name)
        if (!list) this.#portNames.set(name, [index])
        else if (list.at(-1) !== index) list.push(index)
      }
    })
  }

  /** The endpoints for which a condition holds. */
  where(condition: (endpoint: Endpoint, index: number) => Tri): Match {
    const must = bits(this.endpoints.length)
    const may = bits(this.endpoints.length)
    this.endpoints.forEach((endpoint, index) => {
      const holds = condition(endpoint, index)
      if (holds === true) add(must, index)
      if (holds !== false) add(may, index)
    })
    return certainly({ must, may })
  }

  inNamespace(name: string): Bits {
    return this.#byNamespace.get(name) ?? this.none
  }

  match(test: PeerTest): PeerMatch {
    const known = this.#memo.get(test)
    if (known) return known
    const text = JSON.stringify(test)
    let match = this.#byText.get(text)
    if (!match) {
      match = normal(this.#compute(test))
      if (this.#byText.size > MAX_MEMO) this.#byText.clear()
      this.#byText.set(text, match)
    }
    this.#memo.set(test, match)
    return match
  }

  #compute(test: PeerTest): PeerMatch {
    switch (test.op) {
      case 'everything':
        return { must: this.ends, may: this.ends, mustAddresses: EVERY_ADDRESS, mayAddresses: EVERY_ADDRESS }
      case 'nothing':
        return this.#endpointsOnly({ must: this.none, may: this.none })
      case 'unknown':
        return { must: this.none, may: this.ends, mustAddresses: NO_ADDRESS, mayAddresses: EVERY_ADDRESS }
      case 'type':
        return this.#endpointsOnly(this.where((endpoint) => test.types.includes(endpoint.type)))
      case 'selected':
        return this.#selected(test)
      case 'cidr':
        return this.#cidr(test.cidrs, test.except, test.pods)
      case 'nodes':
        return this.#endpointsOnly(
          this.where((endpoint) => {
            const node = endpoint.type === 'node' || (endpoint.type === 'pod' && isPod(endpoint, this.semantics) === false)
            return node && test.some ? 'unknown' : node
          }),
        )
      case 'names':
        return this.#endpointsOnly(this.where((endpoint) => endpoint.type === 'name' && nameMatches(test.patterns, endpoint.name)))
      case 'service': {
        const behind = this.#surroundings.services.get(`${test.namespace}/${test.name}`)
        if (!behind && test.namespace === 'default' && test.name === 'kubernetes') return this.match({ op: 'type', types: ['apiserver'] })
        if (!behind) return this.match({ op: 'unknown' })
        const set = (indices: readonly number[]): Bits => {
          const result = bits(this.endpoints.length)
          for (const index of indices) add(result, index)
          return result
        }
        return this.#endpointsOnly({ must: set(behind.must), may: set(behind.may) })
      }
      case 'identity':
        return this.#endpointsOnly(
          this.where((endpoint) => {
            if (endpoint.type !== 'pod' && endpoint.type !== 'fresh') return false
            const { namespace, serviceAccount, mesh } = endpoint
            const inNamespace =
              !test.namespaces || (namespace === '' ? 'unknown' : test.namespaces.some((pattern) => patternMatches(pattern, namespace)))
            const account =
              namespace === '' || serviceAccount === undefined ? undefined : `cluster.local/ns/${namespace}/sa/${serviceAccount}`
            const isPrincipal =
              !test.principals || (account === undefined ? 'unknown' : test.principals.some((pattern) => patternMatches(pattern, account)))
            if (inNamespace === false || isPrincipal === false || mesh === false) return false
            return inNamespace === true && isPrincipal === true && mesh === true ? true : 'unknown'
          }),
        )
      case 'profile':
        return this.#endpointsOnly(this.where(({ profiles }) => profiles.includes(test.name)))
      case 'mesh':
        return this.#endpointsOnly(this.where((endpoint) => endpoint.mesh))
      case 'not': {
        const { must, may, mustAddresses, mayAddresses } = this.match(test.of)
        return {
          must: andNot(this.ends, may),
          may: andNot(this.ends, must),
          mustAddresses: withoutAddresses(EVERY_ADDRESS, mayAddresses),
          mayAddresses: withoutAddresses(EVERY_ADDRESS, mustAddresses),
        }
      }
      case 'and':
        return test.of
          .map((part) => this.match(part))
          .reduce((a, b) => ({
            ...both(a, b),
            mustAddresses: intersectAddresses(a.mustAddresses, b.mustAddresses),
            mayAddresses: intersectAddresses(a.mayAddresses, b.mayAddresses),
          }))
      case 'or':
        return test.of
          .map((part) => this.match(part))
          .reduce((a, b) => ({
            ...either(a, b),
            mustAddresses: unionAddresses(a.mustAddresses, b.mustAddresses),
            mayAddresses: unionAddresses(a.mayAddresses, b.mayAddresses),
          }))
    }
  }

  #endpointsOnly(match: Match): PeerMatch {
    return { ...match, mustAddresses: NO_ADDRESS, mayAddresses: NO_ADDRESS }
  }

  #selected(test: Selected): PeerMatch {
    let match = both(this.#where(test.where, test.dialect), this.#index(test.dialect).match(test.labels))
    match = both(match, test.dialect === 'kubernetes' ? this.pods : this.#calico)
    const { accounts } = test
    if (accounts) {
      match = both(
        match,
        this.where((endpoint, index) => (has(match.may, index) ? this.#account(endpoint, accounts) : false)),
      )
    }
    return {
      must: and(match.must, this.ends),
      may: and(match.may, this.ends),
      mustAddresses: this.#ofSets(match.must),
      mayAddresses: this.#ofSets(match.may),
    }
  }

  /** The addresses of the network sets among the members of a set. */
  #ofSets(set: Bits): Addresses {
    if (!this.#hasSets) return NO_ADDRESS
    let result = NO_ADDRESS
    this.endpoints.forEach((endpoint, index) => {
      if (endpoint.type === 'set' && has(set, index)) result = unionAddresses(result, endpoint.addresses)
    })
    return result
  }

  #where(where: Selected['where'], dialect: Dialect): Match {
    if ('own' in where) {
      const must = this.inNamespace(where.own)
      // Files without a namespace may be meant for one that the other files name, where nothing else is theirs.
      const hidden = this.#byNamespace.has(where.own) ? undefined : where.own === '' ? this.#namespaced : this.inNamespace('')
      return { must, may: hidden ? or(must, hidden) : must }
    }
    if (where.labels.op === 'all') {
      const set = where.outside ? this.#all : this.#namespaced
      return { must: set, may: set }
    }
    const { must, may } = this.#namespaces[dialect].match(where.labels)
    const outside = where.outside ? andNot(this.#all, this.#namespaced) : this.none
    const inside = or(this.#members(must), outside)
    return { must: inside, may: must === may ? inside : or(this.#members(may), outside) }
  }

  #members(namespaces: Bits): Bits {
    const result = bits(this.endpoints.length)
    this.#namespaceNames.forEach((name, i) => {
      const own = has(namespaces, i) ? this.#byNamespace.get(name) : undefined
      if (own) for (let word = 0; word < own.length; word++) result[word] = (result[word] as number) | (own[word] as number)
    })
    return result
  }

  #account(endpoint: Endpoint, { names, labels }: NonNullable<Selected['accounts']>): Tri {
    const name = endpoint.serviceAccount
    if (name === undefined) return endpoint.type === 'pod' ? 'unknown' : false
    if (names && !names.includes(name)) return false
    if (!labels) return true
    const account = this.#surroundings.accounts.get(`${endpoint.namespace}/${name}`)
    return testLabels(labels, account ?? { labels: {}, open: true, unknownKeys: [] })
  }

  #index(dialect: Dialect): LabelIndex {
    let index = this.#indices.get(dialect)
    if (!index) {
      index = new LabelIndex(dialect === 'kubernetes' ? this.endpoints : this.endpoints.map((endpoint) => this.#withCalicoLabels(endpoint)))
      this.#indices.set(dialect, index)
    }
    return index
  }

  /** Semantics: projectcalico.org/v3: workload endpoints carry their namespace, orchestrator and account, and inherit from the profiles of both. */
  #withCalicoLabels(endpoint: Endpoint): Labelled {
    if (endpoint.type !== 'pod' && endpoint.type !== 'fresh') return endpoint
    const { namespace, serviceAccount } = endpoint
    const inherited: Record<string, string> = {}
    const outer = this.#surroundings.namespaces.get(namespace)
    for (const [key, value] of Object.entries(outer ? withCalicoName(outer).labels : {})) inherited[`pcns.${key}`] = value
    for (const profile of endpoint.profiles) Object.assign(inherited, this.#surroundings.profiles.get(profile))
    const account = serviceAccount === undefined ? undefined : this.#surroundings.accounts.get(`${namespace}/${serviceAccount}`)
    for (const [key, value] of Object.entries(account?.labels ?? {})) inherited[`pcsa.${key}`] = value
    return {
      labels: {
        ...inherited,
        ...endpoint.labels,
        ...(namespace === '' ? {} : { 'projectcalico.org/namespace': namespace }),
        'projectcalico.org/orchestrator': 'k8s',
        ...(serviceAccount === undefined ? {} : { 'projectcalico.org/serviceaccount': serviceAccount }),
      },
      open: endpoint.open,
      unknownKeys: endpoint.unknownKeys,
    }
  }

  #cidr(cidrs: readonly string[], except: readonly string[], pods: boolean | undefined): PeerMatch {
    const block = readBlock(cidrs, except)
    const semantics = pods === undefined ? this.semantics : { ...this.semantics, cidrMatchesPods: pods }
    const must = bits(this.endpoints.length)
    const may = bits(this.endpoints.length)
    for (const index of this.#addressed) {
      const matches = cidrMatches(block, this.endpoints[index] as Endpoint, semantics)
      if (matches === true) add(must, index)
      if (matches !== false) add(may, index)
    }
    // Of pods whose addresses nobody knows the same can be said.
    const others = podMatches(block, NO_ADDRESS, semantics)
    return {
      must: others === true ? or(must, this.#anonymous) : must,
      may: others === false ? may : or(may, this.#anonymous),
      mustAddresses: block,
      mayAddresses: block,
    }
  }

  /** Where a named port leads, by endpoint. Without a protocol the port's own counts. */
  namedPort(name: string, protocol: string | undefined): PortGroups {
    const key = `${protocol ?? ''}/${name}`
    let groups = this.#ports.get(key)
    if (!groups) {
      groups = this.#resolve(name, protocol)
      this.#ports.set(key, groups)
    }
    return groups
  }

  #resolve(name: string, protocol: string | undefined): PortGroups {
    const must = new Map<Connections, Bits>()
    const may = new Map<Connections, Bits>()
    const put = (map: Map<Connections, Bits>, connections: Connections, index: number): void => {
      let set = map.get(connections)
      if (!set) {
        set = bits(this.endpoints.length)
        map.set(connections, set)
      }
      add(set, index)
    }
    for (const index of this.#portNames.get(name) ?? []) {
      const targets = (this.endpoints[index] as Endpoint).ports
        .filter((port) => port.name === name && (protocol === undefined || port.protocol === protocol))
        .map((port) => portsOf(PROTOCOL_NUMBERS.get(port.protocol) ?? 0, port.number))
      // Containers may give one name to different ports: plugins take the first one, or all.
      if (targets.length > 0) {
        put(must, targets[0] as Connections, index)
        put(may, targets.reduce(union), index)
      }
    }
    this.endpoints.forEach((endpoint, index) => {
      if (!endpoint.portsOpen) return
      for (const number of protocol === undefined ? [6, 17, 132] : [PROTOCOL_NUMBERS.get(protocol) ?? 6])
        put(may, portsOf(number, 1, 65_535), index)
    })
    return { must: [...must], may: [...may] }
  }
}

/** Connections with the endpoints to which they lead; an endpoint may be in several groups of `may`. */
export interface PortGroups {
  readonly must: readonly (readonly [Connections, Bits])[]
  readonly may: readonly (readonly [Connections, Bits])[]
}

/** Whether policies see an endpoint as a pod. */
export function isPod(endpoint: Endpoint, semantics: Semantics): Tri {
  if (endpoint.type !== 'pod' && endpoint.type !== 'fresh') return false
  if (semantics.hostNetwork === 'pod') return true
  return endpoint.hostNetwork === 'unknown' ? 'unknown' : !endpoint.hostNetwork
}

/** Semantics: projectcalico.org/v3: namespaces carry their name as a label. */
function withCalicoName(namespace: NamespaceLabels): NamespaceLabels {
  const { name, labels, unknownKeys } = namespace
  const known = Object.hasOwn(labels, NAME_LABEL)
  return {
    ...namespace,
    labels: known ? { ...labels, [CALICO_NAME]: name } : labels,
    unknownKeys: known ? unknownKeys : [...unknownKeys, CALICO_NAME],
  }
}

const CALICO_NAME = 'projectcalico.org/name'

function normal(match: PeerMatch): PeerMatch {
  const { mustAddresses, mayAddresses } = match
  const same = mustAddresses.length === mayAddresses.length && mustAddresses.every((address, i) => address === mayAddresses[i])
  return { ...certainly(match), mustAddresses, mayAddresses: same ? mustAddresses : mayAddresses }
}
