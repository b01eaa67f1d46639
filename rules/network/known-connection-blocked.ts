import type { Facts } from '../../server/model/facts.ts'
import { blockedIntents } from '../../server/model/network/intents/blocked.ts'
import type { Intent } from '../../server/model/network/intents/intents.ts'
import { POLICY_KINDS } from '../../server/model/network/layers.ts'
import type { Direction } from '../../server/model/network/policy.ts'
import { members } from '../../server/model/network/sets/bits.ts'
import { dialectOf, synthesise } from '../../server/model/network/synthesis/synthesis.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Fix, type ObjectChange } from '../../server/model/rule.ts'
import { get, items, type Path } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

type Reads = 'reachability' | 'intents' | 'workloads' | 'namespaces' | 'services' | 'objects'
type Known = Pick<Facts, Reads>

export default defineRule<'object', Reads>({
  name: 'known-connection-blocked',
  title: 'Network policy that closes a connection which is meant',
  pillar: 'network',
  severity: 'warning',
  controls: { nist80053: ['CM-6', 'AC-4'], nist800207: ['4'] },
  since: '0.1.0',
  each: 'object',
  kinds: POLICY_KINDS,
  reads: ['reachability', 'intents', 'workloads', 'namespaces', 'services', 'objects'],
  *check(object, { facts }) {
    const all = blockedIntents(facts).get(object) ?? []
    const ordered = [...all.filter(({ intent }) => isCertain(intent)), ...all.filter(({ intent }) => !isCertain(intent))]
    const intents = [...new Set(ordered.map(({ intent }) => intent))]
    const [first, ...more] = intents
    if (!first) return
    const sides = ordered.filter(({ intent }) => intent === first)
    const directions = new Set(all.map(({ direction }) => direction))
    const [direction] = directions
    yield {
      object,
      path: anchorOf(object, directions.size === 1 ? direction : undefined),
      part: 'key',
      certainty: isCertain(first) ? 'certain' : 'possible',
      message: `${describe(object)} closes ${say(first)}${more.length > 0 ? ` and ${more.length} more known ${more.length === 1 ? 'connection' : 'connections'}` : ''}: no rule for ${sides.map((side) => `${side.direction} of \`${side.workload.object.name}\``).join(' and none for ')} allows it. Allow it, or take out what names it.`,
      related: intents.flatMap(evidence),
    }
  },
  *fix({ object }, { facts }) {
    const fix = unblock(object, facts)
    if (fix) yield fix
  },
})

/** Where the controller of an Ingress runs, and which addresses a host has, the files do not say. */
function isCertain({ from, to }: Intent): boolean {
  return from.type !== 'controller' && to.type === 'workload'
}

/** The key of the direction, or what stands for it. */
function anchorOf({ body }: KubeObject, direction: Direction | undefined): Path {
  return (
    [...(direction ? [['spec', direction]] : []), ['spec', 'policyTypes'], ['spec', 'types'], ['spec']].find(
      (path) => get(body, ...path) !== undefined,
    ) ?? ['spec']
  )
}

function evidence(intent: Intent): (Anchor & { readonly message: string })[] {
  return intent.evidence.map(({ object, path, part, range, message }) => ({ object, path, part, ...(range ? { range } : {}), message }))
}

/** `web` to `db` on TCP 5432. */
function say({ from, to, ports }: Intent): string {
  const list = ports.flatMap(({ protocol, number, name }) => `${protocol} ${number ?? name}`)
  return `${endOf(from)} to ${endOf(to)}${list.length > 0 ? ` on ${list.join(', ')}` : ''}`
}

function endOf(end: Intent['from'] | Intent['to']): string {
  switch (end.type) {
    case 'workload':
      return `\`${end.workload.object.name}\``
    case 'outside':
      return end.internal ? "the company's network" : 'the outside'
    case 'controller':
      return 'the Ingress controller'
    case 'apiserver':
      return 'the API server'
    case 'scraper':
      return 'the metrics collector'
    case 'host':
      return `\`${end.name}\``
    case 'address':
      return `\`${end.address}\``
    case 'elsewhere':
      return `\`${end.name}\` of \`${end.namespace}\``
  }
}

/** Opens what is known and closed, at both ends. */
function unblock(object: KubeObject, facts: Known): Fix | undefined {
  const own = blockedIntents(facts).get(object) ?? []
  const intents = new Set(own.map(({ intent }) => intent))
  const changes: ObjectChange[] = []
  const wide = new Set<string>()
  for (const side of ['ingress', 'egress'] as const) {
    const ends = [...blockedIntents(facts).values()].flat().filter((each) => each.direction === side && intents.has(each.intent))
    const workloads = [...new Set(ends.map(({ workload }) => workload))]
    if (workloads.length === 0) continue
    const request = { workloads, namespaces: [], directions: [side], dialect: dialectOf(facts.objects) }
    const { policies, lost, broad } = synthesise(request, facts.objects, facts)
    if (lost.length > 0) return undefined
    for (const { why } of broad) wide.add(why)
    for (const { body, workloads: selected } of policies) {
      const rules = items(body, 'spec', side)
      const inPlace = own.some(({ direction }) => direction === side) && isFor(object, selected, facts)
      changes.push(...(inPlace ? append(object, side, rules) : [{ op: 'create' as const, beside: object, body }]))
    }
  }
  if (changes.length === 0) return undefined
  return {
    title: `Allow ${intents.size === 1 ? 'the known connection' : `the ${intents.size} known connections`}${wide.size > 0 ? `, and more (${[...wide].join('; ')})` : ''}`,
    applicability: 'assisted',
    changes,
    leaves: ['policy-redundant', 'network-policy-ipv6-forgotten', ...(wide.size > 0 ? WIDE : [])],
  }
}

/** What may be said of a rule that is wider than the connection. */
const WIDE = ['network-policy-broad-ipblock', 'policy-isolates-nothing', 'metadata-endpoint-reachable']

/** Whether a policy is about these workloads alone, and of the dialect in which rules are made. */
function isFor(object: KubeObject, workloads: readonly Workload[], { reachability, objects }: Known): boolean {
  if (object.groupKind !== 'networking.k8s.io/NetworkPolicy' || dialectOf(objects) !== 'kubernetes') return false
  const { space } = reachability
  const selected = reachability
    .of(object)
    .flatMap(({ selects }) => members(space.match(selects).must))
    .flatMap((index) => space.endpoints[index]?.workload ?? [])
  return selected.length === workloads.length && selected.every((workload) => workloads.includes(workload))
}

function append(object: KubeObject, direction: Direction, rules: readonly ReturnType<typeof items>[number][]): ObjectChange[] {
  const written = items(object.body, 'spec', direction)
  if (written.length === 0) return [{ op: 'set', object, path: ['spec', direction], value: [...rules] }]
  return rules.map((value, i) => ({ op: 'insert', object, path: ['spec', direction], index: written.length + i, value }))
}
