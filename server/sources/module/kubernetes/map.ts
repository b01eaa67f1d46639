import type { Value } from '../../../model/value.ts'
import type { Source, Val } from '../eval/value.ts'
import { entries, items } from '../eval/value.ts'
import { plainOf } from '../plain.ts'
import { asWritten, branch, leaf, type Node } from '../tree.ts'
import type { ProviderKind } from './kinds.ts'
import { BOOLEANS, isBlockName, isListed, kubernetesName, MODES, NUMBER_OR_TEXT, NUMBERS, PROVIDER_ONLY } from './names.ts'

type Children = Map<string, Node>

/** The object that a resource of the `kubernetes` provider stands for. */
export function mapResource(value: Val, { apiVersion, kind, namespaced }: ProviderKind, header: Source | undefined): Node {
  const children: Children = new Map([
    ['apiVersion', implied(apiVersion, header)],
    ['kind', implied(kind, header)],
  ])
  mapInto(children, value, '')
  if (kind === 'Secret') asPlainText(children)
  if (kind === 'DaemonSet') rename(children, ['spec', 'strategy'], 'updateStrategy')
  if (kind === 'PersistentVolume') hoist(children, 'persistentVolumeSource')
  const metadata = children.get('metadata')
  if (namespaced && metadata?.children instanceof Map && !metadata.children.has('namespace')) {
    metadata.children.set('namespace', provided('default', metadata))
  }
  return branch(children, value, undefined, '', true)
}

/** What the type of the resource says. */
function implied(scalar: string, header: Source | undefined): Node {
  return { ...leaf(scalar, undefined, header), source: header }
}

/** A value that the provider sends though nobody wrote it. */
function provided(scalar: Value, near: Node): Node {
  return { ...leaf(scalar, undefined, undefined), source: near.source && { ...near.source, how: 'provider' } }
}

function mapInto(children: Children, value: Val, parent: string): void {
  for (const [name, item] of entries(value) ?? []) {
    if (PROVIDER_ONLY.has(name) || item.data === null) continue
    const key = value.keys?.get(name)
    const blocks = blocksOf(name, item)
    if (!blocks) children.set(kubernetesName(name, parent, false), argument(name, item, key, parent))
    else if (isListed(name, parent))
      children.set(
        kubernetesName(name, parent, true),
        branch(
          blocks.map((block) => mapBlock(block, name)),
          item,
          key,
          name,
        ),
      )
    else if (blocks[0]) children.set(kubernetesName(name, parent, true), { ...mapBlock(blocks[0], name), key })
  }
}

/** The blocks of a name; undefined for an argument. In JSON a block is written as an object or a list of them. */
function blocksOf(name: string, item: Val): readonly Val[] | undefined {
  const list = items(item)
  if (list?.every((each) => each.open !== undefined && entries(each)) && list.length > 0) return list
  if (!isBlockName(name) || name === 'selector' || name === 'parameters') return undefined
  if (list?.every((each) => entries(each))) return list
  return entries(item) ? [item] : undefined
}

function mapBlock(block: Val, name: string): Node {
  const children: Children = new Map()
  const node = branch(children, block, undefined, name, true)
  mapInto(children, block, name)
  if (name === 'container' || name === 'init_container') containerDefaults(children)
  if (name === 'seccomp_profile' && !children.has('type')) children.set('type', provided('Unconfined', node))
  if (name === 'subject' && children.get('kind')?.scalar === 'ServiceAccount' && !children.has('namespace'))
    children.set('namespace', provided('default', node))
  if (children.has('containers') && !children.has('automountServiceAccountToken'))
    children.set('automountServiceAccountToken', provided(true, node))
  return node
}

/** A security context that is there is sent whole. */
function containerDefaults(container: Children): void {
  const context = container.get('securityContext')
  if (!(context?.children instanceof Map)) return
  const children: Children = context.children
  for (const [field, standard] of [
    ['allowPrivilegeEscalation', true],
    ['privileged', false],
    ['readOnlyRootFilesystem', false],
  ] as const) {
    if (!children.has(field)) children.set(field, provided(standard, context))
  }
}

function argument(name: string, value: Val, key: Node['key'], parent: string): Node {
  const map = entries(value)
  // Labels, data, limits: keys of their own, and texts as values.
  if (map) {
    const children: Children = new Map()
    for (const [field, item] of map) {
      if (item.data === null || field.includes('\u0000')) continue
      const at = value.keys?.get(field) ?? item.source
      children.set(field, entries(item) || items(item) ? asWritten(item, at, field) : leaf(asText(plainOf(item)), item, at, field))
    }
    return branch(children, value, key, name)
  }
  const list = items(value)
  if (list)
    return branch(
      list.map((item) => asWritten(item, undefined)),
      value,
      key,
      name,
    )
  return leaf(scalarOf(name, plainOf(value), parent), value, key, name)
}

function asText(value: Value): Value {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}

function scalarOf(name: string, value: Value, parent: string): Value {
  if (name === 'value' && parent === 'env') return asText(value)
  if (typeof value !== 'string') return value
  if (MODES.has(name)) return /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : value
  if ((NUMBERS.has(name) || NUMBER_OR_TEXT.has(name)) && /^-?\d+$/.test(value)) return Number(value)
  if (BOOLEANS.has(name) && (value === 'true' || value === 'false')) return value === 'true'
  return value
}

/** The provider takes a Secret's `data` as plain text, and calls what is encoded `binary_data`. */
function asPlainText(children: Children): void {
  const plain = children.get('data') ?? children.get('dataWo')
  const binary = children.get('binaryData') ?? children.get('binaryDataWo')
  for (const name of ['data', 'dataWo', 'binaryData', 'binaryDataWo']) children.delete(name)
  if (plain) children.set('stringData', plain)
  if (binary) children.set('data', binary)
}

function rename(children: Children, [outer, from]: readonly [string, string], to: string): void {
  const inside = children.get(outer)?.children
  if (!(inside instanceof Map)) return
  const found = (inside as Children).get(from)
  if (!found) return
  ;(inside as Children).delete(from)
  ;(inside as Children).set(to, found)
}

/** The source of a volume stands in its specification. */
function hoist(children: Children, name: string): void {
  const spec = children.get('spec')?.children
  if (!(spec instanceof Map)) return
  const found = (spec as Children).get(name)
  if (!(found?.children instanceof Map)) return
  ;(spec as Children).delete(name)
  for (const [key, child] of found.children as Children) (spec as Children).set(key, child)
}
