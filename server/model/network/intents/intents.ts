import type { Facts, ObjectsByKind } from '../../facts.ts'
import type { Anchor } from '../../rule.ts'
import type { Workload } from '../../workload.ts'
import { CONFIGURATION_KINDS, configured } from './configured.ts'
import { DECLARING_KINDS, declared } from './declared.ts'
import type { PodPort } from './names.ts'

/** Who opens a connection. */
export type IntentSource =
  | { readonly type: 'workload'; readonly workload: Workload }
  /** From beyond the cluster, or from the company's network. */
  | { readonly type: 'outside'; readonly internal: boolean }
  /** The controller of a class of Ingresses, or of a Gateway; it is not in the files. */
  | { readonly type: 'controller'; readonly className: string }
  | { readonly type: 'apiserver' }
  /** Whatever in the cluster collects metrics. */
  | { readonly type: 'scraper' }

export type IntentTarget =
  | { readonly type: 'workload'; readonly workload: Workload }
  | { readonly type: 'host'; readonly name: string }
  | { readonly type: 'address'; readonly address: string }
  /** A Service in a namespace that the files do not contain; its port there, if it is named, is none of the pods'. */
  | { readonly type: 'elsewhere'; readonly namespace: string; readonly name: string }
  | { readonly type: 'apiserver' }

/** A place that shows that a connection is meant. */
export interface Evidence extends Anchor {
  /** Names what is written there, never a secret. */
  readonly message: string
}

/** A connection that the files show to be meant. Never all that an application needs: code connects too. */
export interface Intent {
  readonly from: IntentSource
  readonly to: IntentTarget
  /** Ports of the pods (or of the host) that are connected to; every port when nothing tells. */
  readonly ports: readonly PodPort[]
  /** `weak`: a word that is also the name of a Service. */
  readonly confidence: 'strong' | 'weak'
  readonly evidence: readonly Evidence[]
}

/** A guess that would open a port to every pod of the cluster is followed by nobody. */
export function isMeant({ from, confidence }: Intent): boolean {
  return confidence === 'strong' || from.type === 'workload'
}

export interface Intents {
  readonly all: readonly Intent[]
  /** Connections that start at a workload. */
  from(workload: Workload): readonly Intent[]
  /** Connections that end at a workload. */
  to(workload: Workload): readonly Intent[]
}

/** The kinds that show connections, as `group/Kind`. */
export const INTENT_KINDS: readonly string[] = [...CONFIGURATION_KINDS, ...DECLARING_KINDS]

export function intentsOf(
  of: ObjectsByKind,
  facts: Pick<Facts, 'workloads' | 'namespaces' | 'services' | 'exposure' | 'access' | 'tokens'>,
): Intents {
  const all = merge([...configured(of, facts), ...declared(of, facts)])
  const [from, to] = [new Map<Workload, Intent[]>(), new Map<Workload, Intent[]>()]
  for (const intent of all) {
    if (intent.from.type === 'workload') push(from, intent.from.workload, intent)
    if (intent.to.type === 'workload') push(to, intent.to.workload, intent)
  }
  return { all, from: (workload) => from.get(workload) ?? [], to: (workload) => to.get(workload) ?? [] }
}

function push(map: Map<Workload, Intent[]>, key: Workload, intent: Intent): void {
  const list = map.get(key)
  if (list) list.push(intent)
  else map.set(key, [intent])
}

/** One for each pair of ends and set of ports, with all that shows it. */
function merge(found: readonly Intent[]): readonly Intent[] {
  const byKey = new Map<string, Intent>()
  const ids = new Map<Workload, number>()
  const idOf = (workload: Workload): number => {
    const known = ids.get(workload)
    if (known !== undefined) return known
    ids.set(workload, ids.size)
    return ids.size - 1
  }
  const end = (of: IntentSource | IntentTarget): string => ('workload' in of ? String(idOf(of.workload)) : JSON.stringify(of))
  for (const intent of found) {
    const ports = intent.ports.map(({ protocol, number, name }) => `${protocol} ${number ?? name}`).sort()
    const key = `${end(intent.from)}>${end(intent.to)}:${ports.join()}`
    const known = byKey.get(key)
    if (!known) byKey.set(key, intent)
    else {
      const evidence = intent.evidence.filter((entry) => !known.evidence.some((other) => samePlace(entry, other)))
      byKey.set(key, {
        ...known,
        confidence: known.confidence === 'strong' ? 'strong' : intent.confidence,
        evidence: [...known.evidence, ...evidence],
      })
    }
  }
  return [...byKey.values()]
}

function samePlace(a: Evidence, b: Evidence): boolean {
  return a.object === b.object && a.path.join('\n') === b.path.join('\n') && a.range?.start === b.range?.start
}
