import type { EnvironmentModel } from '../../server/model/facts.ts'
import type { Direction } from '../../server/model/network/isolation.ts'
import { describe, type KubeObject, labelsOf } from '../../server/model/object.ts'
import { LEVELS, type Violation, violationsOf } from '../../server/model/pod-security/violations.ts'
import { defineRule, type Found, type ObjectChange, type Stage } from '../../server/model/rule.ts'
import { equal, get, isMap, isUnknown, items, type Path, type Value } from '../../server/model/value.ts'
import { type Workload, workloadOf } from '../../server/model/workload.ts'

interface Data {
  readonly title: string
  readonly changes: readonly ObjectChange[]
}

/** What one environment lacks of another one. */
type Difference = Found<Data> & { readonly discriminator: string }

/** The same thing of the same files in two environments. */
interface Pair<T> {
  readonly own: T
  readonly other: T
}

interface Comparison {
  readonly own: EnvironmentModel
  readonly other: EnvironmentModel
  readonly workloads: readonly Pair<Workload>[]
  readonly minor: number
}

const ENFORCE = 'pod-security.kubernetes.io/enforce'
const INGRESS = 'networking.k8s.io/Ingress'

export default defineRule<'stage', 'workloads' | 'isolation', Data>({
  name: 'weaker-than-earlier-environment',
  title: 'Environment lacks a control that an earlier one has',
  pillar: 'verification',
  severity: 'warning',
  controls: {
    nist80053: ['CM-2', 'CM-6', 'SA-10'],
    nist800207: ['5'],
  },
  since: '0.1.0',
  each: 'stage',
  kinds: ['/Namespace', INGRESS],
  reads: ['workloads', 'isolation'],
  *check({ environment, earlier }: Stage, { target }) {
    // What seems to be missing may stand in what was not understood.
    if (environment.incomplete) return
    const said = new Set<string>()
    for (const other of earlier) {
      const workloads = pairs(
        environment.facts.workloads.map(({ object }) => object),
        other.facts.workloads.map(({ object }) => object),
      ).flatMap(({ own, other }) => {
        const [a, b] = [workloadOf(own), workloadOf(other)]
        return a && b ? [{ own: a, other: b }] : []
      })
      const comparison = { own: environment, other, workloads, minor: target.minor }
      for (const difference of differences(comparison)) {
        const key = `${difference.about ?? difference.object.id}\n${difference.discriminator}`
        if (said.has(key)) continue
        said.add(key)
        yield difference
      }
    }
  },
  *fix({ data }) {
    if (data && data.changes.length > 0)
      yield { title: data.title, applicability: 'hardening', changes: data.changes, leaves: ['namespace-egress-open'] }
  },
})

function* differences(comparison: Comparison): Iterable<Difference> {
  yield* openTraffic(comparison, 'ingress')
  yield* openTraffic(comparison, 'egress')
  for (const pair of comparison.workloads) yield* looserPods(pair, comparison)
  yield* looserNamespaces(comparison)
  yield* withoutTls(comparison)
}

/** Objects that come from the same text: by name, and where the names differ, the only one of its kind in a file. */
function pairs(own: readonly KubeObject[], others: readonly KubeObject[]): Pair<KubeObject>[] {
  const candidates = byText(others)
  return [...byText(own)].flatMap(([key, objects]) => {
    const there = candidates.get(key) ?? []
    const [only] = there
    if (objects.length === 1 && there.length === 1 && objects[0] && only) return [{ own: objects[0], other: only }]
    return objects.flatMap((object) => {
      const other = there.find(({ name }) => name === object.name)
      return other ? [{ own: object, other }] : []
    })
  })
}

function byText(objects: readonly KubeObject[]): Map<string, KubeObject[]> {
  const groups = new Map<string, KubeObject[]>()
  for (const object of objects) {
    const key = `${object.file}\n${object.groupKind}`
    const group = groups.get(key)
    if (group) group.push(object)
    else groups.set(key, [object])
  }
  return groups
}

/** One finding for each namespace and direction. */
function* openTraffic({ own, other, workloads }: Comparison, direction: Direction): Iterable<Difference> {
  const open = new Map<string, Pair<Workload>[]>()
  for (const pair of workloads) {
    if (own.facts.isolation.isolated(pair.own, direction) !== false) continue
    if (other.facts.isolation.isolated(pair.other, direction) !== true) continue
    const { namespace } = pair.own.object
    open.set(namespace, [...(open.get(namespace) ?? []), pair])
  }
  for (const [namespace, list] of open) {
    const [first] = list
    if (!first) continue
    const policies = policiesFor(list, other, direction)
    const who = list.length === 1 ? `\`${first.own.object.name}\`` : `${list.length} workloads`
    const verb = direction === 'ingress' ? 'accept traffic from every pod' : 'may connect to everything'
    yield {
      object: first.own.object,
      path: ['metadata', 'name'],
      part: 'value',
      about: `namespace ${namespace}`,
      discriminator: direction,
      message: `\`${own.name}\` is weaker than \`${other.name}\`: ${who} ${list.length === 1 ? verb.replace(/^accept/, 'accepts') : verb} here, and ${list.length === 1 ? 'is' : 'are'} isolated by a NetworkPolicy there. Bring the policies along.`,
      related: policies.map((object) => ({
        object,
        path: ['metadata', 'name'],
        part: 'value',
        message: `\`${other.name}\` has ${describe(object)}.`,
      })),
      data: bringPolicies(first.own.object, policies, own, other),
    }
  }
}

function policiesFor(open: readonly Pair<Workload>[], { facts: { isolation } }: EnvironmentModel, direction: Direction): KubeObject[] {
  const namespaces = new Set(open.map(({ other }) => other.object.namespace))
  return [...namespaces].flatMap((namespace) => isolation.policies(namespace).filter((policy) => says(policy, direction)))
}

function says(policy: KubeObject, direction: Direction): boolean {
  const types = items(policy.body, 'spec', 'policyTypes')
  return direction === 'ingress' ? types.length === 0 || types.includes('Ingress') : types.includes('Egress') || types.length === 0
}

function bringPolicies(beside: KubeObject, policies: readonly KubeObject[], own: EnvironmentModel, other: EnvironmentModel): Data {
  const names = new Set(own.facts.isolation.policies(beside.namespace).map(({ name }) => name))
  const missing = policies.filter(({ name }) => !names.has(name))
  // A policy that names its own namespace means another one here.
  const bound = missing.some(({ namespace, body }) => namespace !== '' && JSON.stringify(body['spec'] ?? null).includes(`"${namespace}"`))
  const title = `Bring ${missing.length === 1 ? 'the NetworkPolicy' : `the ${missing.length} NetworkPolicies`} of \`${other.name}\`: closes what ${missing.length === 1 ? 'it does' : 'they do'} not allow`
  if (bound) return { title, changes: [] }
  return {
    title,
    changes: missing.map(({ apiVersion, kind, name, body }) => ({
      op: 'create',
      beside,
      body: {
        apiVersion,
        kind,
        metadata: beside.namespace === '' ? { name } : { name, namespace: beside.namespace },
        spec: body['spec'] ?? {},
      },
    })),
  }
}

/** Fields because of which pods meet a lower level here than there. */
function* looserPods({ own: here, other: there }: Pair<Workload>, { own, other, minor }: Comparison): Iterable<Difference> {
  if (equal(here.spec, there.spec)) return
  const meets = violationsOf(there, minor)
  const kept = new Set(meets.map((violation) => keyOf(there, violation)))
  const looser = violationsOf(here, minor).filter((violation) => !violation.unknown && !kept.has(keyOf(here, violation)))
  // A container that is not there has no field that could be stricter.
  const compared = looser.filter(({ path }) => pathIn(there, here, path) !== undefined)
  const [first] = compared
  if (!first) return
  const more = compared.length > 1 ? ` and ${compared.length - 1} more` : ''
  yield {
    object: here.object,
    path: first.path,
    part: 'value',
    discriminator: 'pods',
    message: `\`${own.name}\` is weaker than \`${other.name}\`: ${here.object.kind} \`${here.object.name}\` ${first.how}${more} here, and not there. Write it as there.`,
    related: compared.flatMap(({ path, control, how }) => [
      ...(path === first.path ? [] : [{ object: here.object, path, part: 'value' as const, message: `${control}: ${how}.` }]),
      {
        object: there.object,
        path: pathIn(there, here, path) ?? path,
        part: 'value' as const,
        message: `${control} in \`${other.name}\`.`,
      },
    ]),
    data: {
      title: `Write ${compared.length === 1 ? 'it' : 'them'} as in \`${other.name}\``,
      changes: compared.map(({ path }) => asThere(here, there, path)),
    },
  }
}

function keyOf(workload: Workload, { path, control }: Violation): string {
  const container = workload.containers.find((each) => each.path.every((step, i) => path[i] === step))
  return [control, container?.name ?? '', ...(container ? path.slice(container.path.length) : path)].join('\n')
}

/** The same field in the other workload: its container may stand elsewhere in the list. */
function pathIn(there: Workload, here: Workload, path: Path): Path | undefined {
  const container = here.containers.find((each) => each.path.every((step, i) => path[i] === step))
  if (!container) return path
  const same = there.containers.find(({ name, type }) => name === container.name && type === container.type)
  return same && [...same.path, ...path.slice(container.path.length)]
}

function asThere(here: Workload, there: Workload, path: Path): ObjectChange {
  const value = get(there.object.body, ...(pathIn(there, here, path) ?? path))
  const { object } = here
  return value === undefined || isUnknown(value) ? { op: 'remove', object, path } : { op: 'set', object, path, value }
}

function* looserNamespaces({ own, other }: Comparison): Iterable<Difference> {
  for (const { own: here, other: there } of pairs(own.byKind.get('/Namespace') ?? [], other.byKind.get('/Namespace') ?? [])) {
    const [a, b] = [labelsOf(here.body, 'metadata', 'labels'), labelsOf(there.body, 'metadata', 'labels')]
    if (a === 'unknown' || b === 'unknown') continue
    const wanted = b[ENFORCE] ?? ''
    if (rank(a[ENFORCE]) >= rank(wanted)) continue
    const path = ['metadata', 'labels', ENFORCE]
    yield {
      object: here,
      path,
      part: 'value',
      discriminator: 'namespace',
      message: `\`${own.name}\` is weaker than \`${other.name}\`: Namespace \`${here.name}\` enforces ${a[ENFORCE] ?? 'no Pod Security level'} here, and ${wanted} there. Enforce ${wanted}.`,
      related: [{ object: there, path, part: 'value', message: `\`${other.name}\` enforces ${wanted}.` }],
      data: {
        title: `Enforce \`${wanted}\` as in \`${other.name}\`: pods that do not meet it are refused`,
        changes: [{ op: 'set', object: here, path, value: wanted }],
      },
    }
  }
}

function rank(level: string | undefined): number {
  const known: readonly (string | undefined)[] = LEVELS
  return Math.max(0, known.indexOf(level))
}

function* withoutTls({ own, other }: Comparison): Iterable<Difference> {
  for (const { own: here, other: there } of pairs(own.byKind.get(INGRESS) ?? [], other.byKind.get(INGRESS) ?? [])) {
    if (hasTls(here) !== false || hasTls(there) !== true) continue
    yield {
      object: here,
      path: ['spec'],
      part: 'key',
      discriminator: 'tls',
      message: `\`${own.name}\` is weaker than \`${other.name}\`: Ingress \`${here.name}\` has no \`tls\` here, and has it there. Serve its hosts with TLS.`,
      related: [{ object: there, path: ['spec', 'tls'], part: 'key', message: `\`${other.name}\` has \`tls\`.` }],
    }
  }
}

function hasTls({ body }: KubeObject): boolean | undefined {
  const tls: Value | undefined = get(body, 'spec', 'tls')
  if (isUnknown(tls)) return undefined
  return tls !== undefined && !isMap(tls) && items(tls).length > 0
}
