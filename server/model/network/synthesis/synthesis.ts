import type { Facts, ObjectsByKind } from '../../facts.ts'
import { type KubeObject, makeObject } from '../../object.ts'
import type { Tri } from '../../tri.ts'
import type { Value } from '../../value.ts'
import type { Workload } from '../../workload.ts'
import { type Dns, DNS_ID, dnsOf } from '../dns.ts'
import { allows, wantedPorts } from '../intents/allowed.ts'
import { type Intent, isMeant } from '../intents/intents.ts'
import type { PodPort } from '../intents/names.ts'
import type { Direction } from '../policy.ts'
import { HBONE, type Reachability, reachabilityOf } from '../reachability.ts'
import { atEndpoint } from '../rows.ts'
import { type Connections, difference, isWithin, NONE, ports as portRange, TCP, UDP, union } from '../sets/connections.ts'
import { writeCalicoPolicy } from './calico.ts'
import { writeCiliumPolicy } from './cilium.ts'
import { writeNetworkPolicy } from './kubernetes.ts'
import { type Draft, gather, type Opening, type Peer, sourcePeer, targetPeer } from './openings.ts'
import { type PodSelector, selectorOf } from './selectors.ts'

export type PolicyDialect = 'kubernetes' | 'calico' | 'cilium'

/** Whose connections are restricted to those that are known. */
export interface SynthesisRequest {
  readonly workloads: readonly Workload[]
  /** Namespaces whose other pods, known or not, lose every connection. */
  readonly namespaces: readonly string[]
  readonly directions: readonly Direction[]
  readonly dialect: PolicyDialect
}

/** An intent, and what is to be said about it. */
export interface Remark {
  readonly intent: Intent
  readonly why: string
}

export interface WrittenPolicy {
  readonly body: Value
  /** What it selects; none for all pods of its namespace. */
  readonly workloads: readonly Workload[]
}

export interface Synthesis {
  readonly policies: readonly WrittenPolicy[]
  /** What stays possible, checked. */
  readonly kept: readonly Intent[]
  /** What these policies close although it is meant. */
  readonly lost: readonly Remark[]
  /** Guesses that are not followed: they would open every port of a Service to every pod. */
  readonly ignored: readonly Intent[]
  /** What is opened wider than it is meant, because the dialect cannot say it. */
  readonly broad: readonly Remark[]
  /** Connections that the policies open and that nothing shows to be meant. Takes a look at all pairs. */
  surplus(): readonly Surplus[]
}

export interface Surplus {
  readonly from: Workload
  readonly to: Workload
  readonly connections: Connections
}

type Known = Pick<Facts, 'workloads' | 'namespaces' | 'services' | 'reachability' | 'intents'>

const WRITERS: Readonly<Record<PolicyDialect, { readonly kind: string; readonly write: (draft: Draft) => Value }>> = {
  kubernetes: { kind: 'networking.k8s.io/NetworkPolicy', write: writeNetworkPolicy },
  calico: { kind: 'projectcalico.org/NetworkPolicy', write: writeCalicoPolicy },
  cilium: { kind: 'cilium.io/CiliumNetworkPolicy', write: writeCiliumPolicy },
}

/** The dialect in which the files write their policies. */
export function dialectOf(of: ObjectsByKind): PolicyDialect {
  const counts = (Object.keys(WRITERS) as PolicyDialect[]).map((dialect) => ({ dialect, count: of(WRITERS[dialect].kind).length }))
  return counts.reduce((best, entry) => (entry.count > best.count ? entry : best)).dialect
}

/**
 * The least policies that, beside those there are, keep every known connection of some workloads and close the
 * rest. What they keep and open is not assumed but computed with them in place.
 */
export function synthesise(request: SynthesisRequest, of: ObjectsByKind, facts: Known): Synthesis {
  return new Synthesiser(request, of, facts).run()
}

/** What policies see of TCP between pods of an ambient mesh. Semantics: Istio's ambient mode and Kubernetes NetworkPolicy. */
const TUNNEL: readonly PodPort[] = [{ protocol: 'TCP', number: HBONE, name: undefined }]

/** Whether both ends, as far as they are pods of the files, are in an ambient mesh, the restricted one certainly. */
function isTunnelled({ from, to, ports }: Intent, workload: Workload, network: Reachability): boolean {
  if (ports.length === 0) return false
  const inMesh = (of: Workload): Tri => network.space.endpoints[network.indexOf(of) ?? -1]?.ambient ?? false
  const ends = [from, to].flatMap((end) => (end.type === 'workload' ? [end.workload] : []))
  return inMesh(workload) === true && ends.every((end) => inMesh(end) !== false)
}

class Synthesiser {
  readonly #request: SynthesisRequest
  readonly #of: ObjectsByKind
  readonly #facts: Known
  readonly #dns: Dns
  readonly #covered: ReadonlySet<Workload>
  readonly #lost: Remark[] = []
  readonly #broad: Remark[] = []

  constructor(request: SynthesisRequest, of: ObjectsByKind, facts: Known) {
    this.#request = request
    this.#of = of
    this.#facts = facts
    this.#dns = dnsOf(of, facts.workloads)
    this.#covered = new Set(
      request.workloads.filter((workload) => workload.spec['hostNetwork'] !== true && workload.object.kind !== 'PodTemplate'),
    )
  }

  run(): Synthesis {
    const closed = this.#drafts()
    const before = this.#reach(closed)
    const filled = closed.map((draft) => ({
      ...draft,
      openings: gather(this.#openings(draft, before), this.#request.dialect !== 'cilium'),
    }))
    // Where the whole namespace is closed, a policy that opens nothing says nothing.
    const drafts = filled.filter(
      ({ selector, openings, namespace }) => !selector || openings.length > 0 || !this.#request.namespaces.includes(namespace),
    )
    const after = this.#reach(drafts)
    const { kept, lost, ignored } = this.#check(after)
    return {
      policies: drafts.map((draft) => ({ body: WRITERS[this.#request.dialect].write(draft), workloads: draft.workloads })),
      kept,
      lost: [...this.#lost, ...lost],
      ignored,
      broad: this.#broad,
      surplus: () => this.#surplus(before, after),
    }
  }

  /** One for each namespace, and one for each selector of a workload. */
  #drafts(): readonly Draft[] {
    const { namespaces, directions } = this.#request
    const drafts: Draft[] = []
    const names = new Set(this.#of(WRITERS[this.#request.dialect].kind).map(({ namespace, name }) => `${namespace}/${name}`))
    const nameOf = (namespace: string, wanted: string): string => {
      let name = wanted
      for (let i = 2; names.has(`${namespace}/${name}`); i++) name = `${wanted}-${i}`
      names.add(`${namespace}/${name}`)
      return name
    }
    for (const namespace of namespaces) {
      const name = nameOf(namespace, 'default-deny')
      drafts.push({ namespace, name, selector: undefined, workloads: [], directions, openings: [] })
    }
    const bySelector = new Map<string, { selector: PodSelector; workloads: Workload[] }>()
    for (const workload of this.#covered) {
      const selector = this.#selectorOf(workload)
      const alone = selector && (Object.keys(selector.labels).length > 0 || namespaces.includes(workload.object.namespace))
      if (!alone) continue
      const key = `${workload.object.namespace} ${JSON.stringify(Object.entries(selector.labels).sort())}`
      const known = bySelector.get(key)
      if (known) known.workloads.push(workload)
      else bySelector.set(key, { selector, workloads: [workload] })
    }
    for (const { selector, workloads } of bySelector.values()) {
      const [first] = workloads
      if (!first) continue
      const { namespace, name } = first.object
      drafts.push({ namespace, name: nameOf(namespace, name || 'workload'), selector, workloads, directions, openings: [] })
    }
    return drafts
  }

  #selectorOf(workload: Workload): PodSelector | undefined {
    return selectorOf(workload, this.#facts.namespaces.get(workload.object.namespace)?.workloads ?? [])
  }

  /** The network with drafts in force. */
  #reach(drafts: readonly Draft[]): Reachability {
    const { kind, write } = WRITERS[this.#request.dialect]
    const added = drafts.flatMap((draft): KubeObject[] => {
      const object = makeObject(write(draft), '', '')
      return object ? [object] : []
    })
    const of: ObjectsByKind = (wanted) => (wanted === kind ? [...this.#of(kind), ...added] : this.#of(wanted))
    return reachabilityOf(of, this.#facts, this.#facts.reachability)
  }

  #openings(draft: Draft, before: Reachability): Opening[] {
    const openings: Opening[] = []
    for (const workload of draft.workloads) {
      if (draft.directions.includes('ingress')) {
        for (const intent of this.#facts.intents.to(workload)) this.#open(openings, draft, workload, intent, 'ingress', before)
      }
      if (draft.directions.includes('egress')) {
        const out = this.#facts.intents.from(workload).filter(isMeant)
        for (const intent of out) this.#open(openings, draft, workload, intent, 'egress', before)
        if (out.length > 0 && !this.#asksNames(workload, before)) openings.push(dnsOpening(this.#dns))
      }
    }
    return openings
  }

  #open(openings: Opening[], draft: Draft, workload: Workload, intent: Intent, direction: Direction, before: Reachability): void {
    if (!isMeant(intent) || allows(intent, workload, direction, before) === true) return
    const select = (other: Workload): PodSelector | undefined => this.#selectorOf(other)
    const peer = direction === 'ingress' ? sourcePeer(intent.from, draft.namespace, select) : targetPeer(intent.to, draft.namespace, select)
    if (!peer) {
      this.#lost.push({ intent, why: 'no label selects the pods at its other end' })
      return
    }
    const why = this.#breadth(peer, direction)
    if (why !== undefined) this.#broad.push({ intent, why })
    openings.push({ direction, peer, ports: intent.ports, intents: [intent] })
    if (isTunnelled(intent, workload, before)) openings.push({ direction, peer, ports: TUNNEL, intents: [intent] })
  }

  #asksNames(workload: Workload, before: Reachability): boolean {
    const index = before.indexOf(workload)
    const server = this.#dns.workload ? before.indexOf(this.#dns.workload) : before.find(DNS_ID)
    if (index === undefined || server === undefined) return true
    const { must } = before.row(index, 'egress')
    return isWithin(union(portRange(UDP, this.#dns.port), portRange(TCP, this.#dns.port)), atEndpoint(must, server))
  }

  /** Why a peer is wider than what is meant; undefined when it is not. */
  #breadth(peer: Peer, direction: Direction): string | undefined {
    const { dialect } = this.#request
    switch (peer.type) {
      case 'host':
        return dialect === 'cilium'
          ? undefined
          : `any address: ${dialect === 'calico' ? 'these policies' : 'NetworkPolicy'} cannot name hosts`
      case 'apiserver':
        if (direction === 'ingress') return dialect === 'cilium' ? 'the cluster' : 'any source: the address of the API server is not known'
        return dialect === 'kubernetes' ? 'any address: NetworkPolicy cannot name the API server' : undefined
      case 'everyPod':
        return 'every pod: whose these connections are is not in the files'
      case 'nodes':
        return direction === 'ingress' && dialect !== 'cilium' ? "any source: it is on its node's network" : 'every node'
      case 'pods':
        return Object.keys(peer.labels).length === 0 ? 'every pod of the namespace: its own have no labels' : undefined
      case 'namespace':
        return 'the whole namespace: the Service is not in the files'
      default:
        return undefined
    }
  }

  #check(after: Reachability): Pick<Synthesis, 'kept' | 'lost' | 'ignored'> {
    const [kept, ignored]: [Intent[], Intent[]] = [[], []]
    const lost: Remark[] = []
    const failed = new Set(this.#lost.map(({ intent }) => intent))
    for (const intent of this.#facts.intents.all) {
      const sides = this.#sides(intent)
      if (sides.length === 0 || failed.has(intent)) continue
      if (sides.every(([workload, direction]) => allows(intent, workload, direction, after) === true)) kept.push(intent)
      else if (isMeant(intent)) lost.push({ intent, why: 'another policy closes it' })
      else ignored.push(intent)
    }
    return { kept, lost, ignored }
  }

  /** The ends of an intent that are restricted. */
  #sides({ from, to }: Intent): (readonly [Workload, Direction])[] {
    const { directions } = this.#request
    return [
      ...(from.type === 'workload' && this.#covered.has(from.workload) && directions.includes('egress')
        ? [[from.workload, 'egress'] as const]
        : []),
      ...(to.type === 'workload' && this.#covered.has(to.workload) && directions.includes('ingress')
        ? [[to.workload, 'ingress'] as const]
        : []),
    ]
  }

  #surplus(before: Reachability, after: Reachability): readonly Surplus[] {
    const { endpoints } = after.space
    const wanted = this.#wanted(after)
    const surplus: Surplus[] = []
    after.forEachPair((from, to, _, may) => {
      const [source, target] = [endpoints[from]?.workload, endpoints[to]?.workload]
      if (!source || !target || (!this.#covered.has(source) && !this.#covered.has(target))) return
      const expected = union(wanted.get(`${from} ${to}`) ?? NONE, wanted.get(`* ${to}`) ?? NONE)
      const more = difference(may, union(before.allowed(from, to).may, expected))
      if (more !== NONE) surplus.push({ from: source, to: target, connections: more })
    })
    return surplus
  }

  /** What is meant, by pair of endpoints; from `*` where nobody knows who connects. */
  #wanted(after: Reachability): ReadonlyMap<string, Connections> {
    const wanted = new Map<string, Connections>()
    for (const intent of this.#facts.intents.all.filter(isMeant)) {
      if (intent.to.type !== 'workload') continue
      const to = after.indexOf(intent.to.workload)
      if (to === undefined) continue
      const known = intent.from.type === 'workload' && intent.from.workload.spec['hostNetwork'] !== true
      const key = `${known && intent.from.type === 'workload' ? after.indexOf(intent.from.workload) : '*'} ${to}`
      wanted.set(key, union(wanted.get(key) ?? NONE, wantedPorts(intent, after)))
    }
    return wanted
  }
}

function dnsOpening(dns: Dns): Opening {
  const ports = ['UDP', 'TCP'].map((protocol) => ({ protocol, number: dns.port, name: undefined }))
  return { direction: 'egress', peer: { type: 'dns', dns }, ports, intents: [] }
}
