import { parse } from 'yaml'
import { type EnvironmentModel, environmentModel } from '../../../server/model/facts.ts'
import type { Allowed, Reachability } from '../../../server/model/network/reachability.ts'
import { parseAddress } from '../../../server/model/network/sets/addresses.ts'
import { describeConnections, NONE } from '../../../server/model/network/sets/connections.ts'
import { type KubeObject, makeObject } from '../../../server/model/object.ts'
import type { Body, Value } from '../../../server/model/value.ts'

/** Ends of connections are written `shop/web`; '' stands for the namespace that is left open: `/web`. */
function split(end: string): { readonly name: string; readonly namespace?: string } {
  const slash = end.indexOf('/')
  const namespace = end.slice(0, Math.max(0, slash))
  return { name: end.slice(slash + 1), ...(namespace === '' ? {} : { namespace }) }
}

export function object(body: Value): KubeObject {
  const made = makeObject(body, 'test.yaml', 'test.yaml')
  if (!made) throw new Error('no object')
  return made
}

export function namespace(name: string, labels: Body = {}): KubeObject {
  return object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
}

interface PodParts {
  readonly ports?: readonly Value[]
  readonly spec?: Body
  readonly annotations?: Body
  readonly status?: Body
}

/** A pod with one container. */
export function pod(end: string, labels: Body = {}, { ports = [], spec = {}, annotations = {}, status = {} }: PodParts = {}): KubeObject {
  const containers: Value = [{ name: 'app', image: 'app', ports }]
  return object({ apiVersion: 'v1', kind: 'Pod', metadata: { ...split(end), labels, annotations }, spec: { containers, ...spec }, status })
}

/** A NetworkPolicy whose `spec` is written in YAML. */
export function policy(end: string, spec: string, kind = 'networking.k8s.io/v1/NetworkPolicy'): KubeObject {
  const slash = kind.lastIndexOf('/')
  return object({ apiVersion: kind.slice(0, slash), kind: kind.slice(slash + 1), metadata: split(end), spec: parse(spec) as Value })
}

/** Every document of a text. */
export function objects(yaml: string): KubeObject[] {
  return yaml.split(/^---$/m).flatMap((document) => {
    const body = parse(document) as Value
    return body === null ? [] : [object(body)]
  })
}

export function modelOf(list: readonly KubeObject[], previous?: EnvironmentModel): EnvironmentModel {
  return environmentModel('test', list, false, previous)
}

/** What is allowed from one end to the other: `shop/web`, an address, `a new pod of shop`, `node`, `apiserver`, `dns`, or a host name. */
export function between(reachability: Reachability, from: string, to: string): string {
  const [source, target] = [parseAddress(from), parseAddress(to)]
  if (source !== undefined) return say(reachability.allowedAddress(end(reachability, to), 'ingress', source))
  if (target !== undefined) return say(reachability.allowedAddress(end(reachability, from), 'egress', target))
  return say(reachability.allowed(end(reachability, from), end(reachability, to)))
}

function end({ space }: Reachability, name: string): number {
  const fresh = /^a new pod of (.*)$/.exec(name)
  const { name: own, namespace: where = '' } = split(name)
  const index = space.endpoints.findIndex((endpoint) => {
    if (fresh) return endpoint.id === `fresh/${fresh[1]}`
    if (name === 'node' || name === 'apiserver') return endpoint.type === name
    if (name === 'dns') return endpoint.id === 'dns/kube-dns'
    if (endpoint.type === 'name') return endpoint.name === name
    return endpoint.type !== 'fresh' && endpoint.name === own && endpoint.namespace === where
  })
  if (index < 0) throw new Error(`nothing is named ${name}`)
  return index
}

/** `TCP 80`, `nothing`; `possibly TCP 80` when it is not certain; `TCP 80, possibly every port` when more may be. */
function say({ must, may }: Allowed): string {
  if (must === may) return describeConnections(must)
  return `${must === NONE ? '' : `${describeConnections(must)}, `}possibly ${describeConnections(may)}`
}

/** A table of `from -> to` and what is allowed, in the order of the expectation. */
export function answers(list: readonly KubeObject[], expected: Readonly<Record<string, string>>): Record<string, string> {
  const { reachability } = modelOf(list).facts
  return Object.fromEntries(
    Object.keys(expected).map((pair) => {
      const [from = '', to = ''] = pair.split(' -> ')
      return [pair, between(reachability, from, to)]
    }),
  )
}
