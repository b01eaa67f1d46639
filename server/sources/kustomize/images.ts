import { isList, isMap, type Value } from '../../model/value.ts'
import { applySpecs, type FieldSpec, type Report } from './fieldspec.ts'
import { type MapNode, type Node, type Origin, replacing, type Scalar } from './node.ts'
import { scalar } from './reading.ts'
import { goRegExp } from './regexp.ts'
import { type Resource, withNode } from './resource.ts'

/** One entry of `images`. */
export interface ImageChange {
  readonly name: string
  readonly newName: Scalar | undefined
  readonly newTag: Scalar | undefined
  readonly digest: Scalar | undefined
  readonly tagSuffix: Scalar | undefined
}

export function imageChange(node: Node): ImageChange {
  return {
    name: scalar(node, 'name')?.text ?? '',
    newName: scalar(node, 'newName'),
    newTag: scalar(node, 'newTag'),
    digest: scalar(node, 'digest'),
    tagSuffix: scalar(node, 'tagSuffix'),
  }
}

/** Changes images in lists named `containers` and `initContainers` wherever they are, and in the fields of the specs. */
export function changeImages(
  resources: readonly Resource[],
  change: ImageChange,
  specs: readonly FieldSpec[],
  by: Origin,
  report: Report,
): Resource[] {
  return resources.map((resource) => {
    if (resource.id.kind === 'CustomResourceDefinition') return resource
    const anywhere = inContainers(resource.node, change) as MapNode
    const set = (node: Node): Node => (node.kind === 'scalar' ? changed(node, change) : node)
    return withNode(resource, applySpecs(anywhere, specs, { set, by, report }))
  })
}

const LISTS: ReadonlySet<string> = new Set(['containers', 'initContainers'])

function inContainers(node: Node, change: ImageChange): Node {
  if (node.kind === 'scalar' || (node.own && !holdsContainers(node.value))) return node
  if (node.kind === 'list') {
    let result = node
    node.items.forEach((item, i) => {
      result = result.with(i, inContainers(item, change))
    })
    return result
  }
  let result = node
  for (const [key, value] of node.entries) {
    let next = inContainers(value, change)
    if (LISTS.has(key) && next.kind === 'list') {
      for (const [i, item] of next.items.entries()) {
        const image = item.kind === 'map' ? item.get('image') : undefined
        if (item.kind === 'map' && image?.kind === 'scalar' && image.tag !== 'null')
          next = next.with(i, item.with('image', changed(image, change)))
      }
    }
    result = result.with(key, next)
  }
  return result
}

const held = new WeakMap<object, boolean>()

function holdsContainers(value: Value): boolean {
  if (typeof value !== 'object' || value === null) return false
  const known = held.get(value)
  if (known !== undefined) return known
  const holds = isList(value)
    ? value.some(holdsContainers)
    : isMap(value) && Object.entries(value).some(([key, item]) => LISTS.has(key) || holdsContainers(item))
  held.set(value, holds)
  return holds
}

function changed(node: Scalar, change: ImageChange): Scalar {
  if (!isImage(node.text, change.name)) return node
  const old = splitImage(node.text)
  const name = change.newName?.text ?? old.name
  let { tag, digest } = old
  if (change.newTag || change.digest) {
    tag = change.newTag?.text ?? ''
    digest = change.digest?.text ?? ''
  } else if (change.tagSuffix) {
    tag += change.tagSuffix.text
    digest = ''
  }
  const text = `${name}${tag ? `:${tag}` : ''}${digest ? `@${digest}` : ''}`
  const by = change.digest ?? change.newTag ?? change.tagSuffix ?? change.newName
  if (!by || text === node.text) return node
  return replacing({ kind: 'scalar', text, tag: 'str', quoted: node.quoted, from: by.from }, node)
}

const TAG_AND_DIGEST = /^(?::[a-zA-Z0-9_.{}-]*)?(?:@sha256:[a-zA-Z0-9_.{}-]*)?$/

/** Whether an image is of this name, whatever its tag or digest. The name is part of a regular expression. */
function isImage(image: string, name: string): boolean {
  if (name === '') return false
  if (/^[\w./:@-]+$/.test(name)) return startsLike(image, name) && TAG_AND_DIGEST.test(image.slice(name.length))
  return goRegExp(`^${name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`)?.matcher(image).find() ?? false
}

/** A dot stands for any character. */
function startsLike(text: string, pattern: string): boolean {
  if (text.length < pattern.length) return false
  for (let i = 0; i < pattern.length; i++) if (pattern[i] !== '.' && pattern[i] !== text[i]) return false
  return true
}

function splitImage(image: string): { name: string; tag: string; digest: string } {
  const slash = Math.max(0, image.indexOf('/'))
  const at = image.indexOf('@', slash)
  const colon = image.indexOf(':', slash)
  const digest = at < 0 ? '' : image.slice(at + 1)
  if (colon >= 0 && (at < 0 || colon < at))
    return { name: image.slice(0, colon), tag: image.slice(colon + 1, at < 0 ? undefined : at), digest }
  return { name: at < 0 ? image : image.slice(0, at), tag: '', digest }
}
