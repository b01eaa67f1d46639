import { isMap, type Value } from '../../model/value.ts'
import { parseYaml, type YamlTree } from '../../syntax/yaml/index.ts'
import { compareBytes } from '../../syntax/go/utf8.ts'
import { basePath } from '../../syntax/go/path.ts'
import { trimSpaceRange } from '../../syntax/go/unicode.ts'
import { type GoText, slice } from '../../syntax/go-template/text.ts'
import { Memo } from '../../text/memo.ts'
import type { Problems } from './problem.ts'
import { locateText } from './locate.ts'

/** One document of a rendered template. */
export interface RenderedDocument {
  /** The template, as Helm names it. */
  readonly template: string
  readonly text: GoText
  readonly tree: YamlTree
  readonly kind: string
  /** The events of a hook; undefined for what is installed as usual. */
  readonly hook: readonly string[] | undefined
}

const EVENTS: ReadonlySet<string> = new Set([
  ...['pre-install', 'post-install', 'pre-delete', 'post-delete', 'pre-upgrade', 'post-upgrade', 'pre-rollback', 'post-rollback'],
  ...['test', 'test-success'],
])

/** The order in which Helm installs kinds; 4 puts webhooks last. */
const INSTALL_ORDER = [
  ...['PriorityClass', 'Namespace', 'NetworkPolicy', 'ResourceQuota', 'LimitRange', 'PodSecurityPolicy', 'PodDisruptionBudget'],
  ...['ServiceAccount', 'Secret', 'SecretList', 'ConfigMap', 'StorageClass', 'PersistentVolume', 'PersistentVolumeClaim'],
  ...['CustomResourceDefinition', 'ClusterRole', 'ClusterRoleList', 'ClusterRoleBinding', 'ClusterRoleBindingList', 'Role', 'RoleList'],
  ...['RoleBinding', 'RoleBindingList', 'Service', 'DaemonSet', 'Pod', 'ReplicationController', 'ReplicaSet', 'Deployment'],
  ...['HorizontalPodAutoscaler', 'StatefulSet', 'Job', 'CronJob', 'IngressClass', 'Ingress', 'APIService'],
]
const WEBHOOKS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']

export interface Manifests {
  readonly documents: readonly RenderedDocument[]
  readonly hooks: readonly RenderedDocument[]
}

/** Cuts rendered files into documents, tells hooks from the rest and sorts both as Helm installs them. */
export function sortManifests(rendered: ReadonlyMap<string, GoText>, helm: 3 | 4, problems: Problems): Manifests {
  const found: RenderedDocument[] = []
  for (const name of [...rendered.keys()].sort(compareBytes)) {
    const text = rendered.get(name)
    if (!text || basePath(name).startsWith('_') || text.text.trim() === '') continue
    for (const document of splitManifests(text)) {
      const read = readDocument(name, document, helm, problems)
      if (read) found.push(read)
    }
  }
  const order = new Map((helm === 4 ? [...INSTALL_ORDER, ...WEBHOOKS] : INSTALL_ORDER).map((kind, i) => [kind, i]))
  const sorted = (documents: RenderedDocument[]): RenderedDocument[] => documents.sort((a, b) => compareKinds(a.kind, b.kind, order))
  return { documents: sorted(found.filter(({ hook }) => !hook)), hooks: sorted(found.filter(({ hook }) => hook)) }
}

function compareKinds(a: string, b: string, order: ReadonlyMap<string, number>): number {
  const first = order.get(a)
  const second = order.get(b)
  if (first === undefined && second === undefined) return compareBytes(a, b)
  if (first === undefined) return 1
  return second === undefined ? -1 : first - second
}

/** Helm's own cut: at each `---` that begins a line, even where more follows; white space round it goes. */
export function splitManifests(given: GoText): GoText[] {
  const { start, end } = trimSpaceRange(given.text)
  const text = given.text.slice(start, end)
  const ranges: { start: number; end: number }[] = []
  let from = 0
  let search = 0
  for (;;) {
    const marker = nextMarker(text, search)
    if (marker < 0) break
    let before = marker
    while (before > search && isSpace(text.charCodeAt(before - 1))) before--
    ranges.push({ start: from, end: before })
    let after = marker + 3
    while (after < text.length && isSpace(text.charCodeAt(after))) after++
    from = after
    search = after
  }
  ranges.push({ start: from, end: text.length })
  return ranges
    .filter((range) => range.end > range.start)
    .map((range) => {
      const trimmed = trimSpaceRange(text.slice(range.start, range.end))
      return slice(given, start + range.start + trimmed.start, start + range.start + trimmed.end)
    })
}

/** A `---` at the beginning of the text, or behind a line feed that no marker before has taken. */
function nextMarker(text: string, from: number): number {
  if (from === 0 && text.startsWith('---')) return 0
  const at = text.indexOf('\n---', from)
  return at < 0 ? -1 : at + 1
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9 || code === 10 || code === 12 || code === 13
}

/** A document whose text is as before is not read again. */
const trees = new Memo<YamlTree>(30_000_000)

function readDocument(template: string, text: GoText, helm: 3 | 4, problems: Problems): RenderedDocument | undefined {
  const tree = trees.get(text.text, () => parseYaml(text.text))
  const broken = tree.problems.find(({ harmless }) => !harmless)
  const fail = (reason: string, at: { start: number; end: number }): undefined => {
    problems.fatal(`YAML parse error on ${template}: ${reason}`, locateText(text, at))
    return undefined
  }
  if (broken) {
    const line = text.text.slice(0, broken.start).split('\n').length
    return fail(`error converting YAML to JSON: yaml: line ${line}: ${broken.message}`, broken)
  }
  const head = readHead(tree.body, helm)
  if (typeof head === 'string')
    return fail(`error unmarshaling JSON: while decoding JSON: json: ${head}`, { start: 0, end: Math.min(text.text.length, 1) })
  const hook = head.annotations?.['helm.sh/hook']
  if (hook === undefined) return { template, text, tree, kind: head.kind, hook: undefined }
  const events = hook.split(',').map((event) => event.trim().toLowerCase())
  // Helm drops the document without a word.
  return events.every((event) => EVENTS.has(event)) ? { template, text, tree, kind: head.kind, hook: events } : undefined
}

/** The few fields that Helm decodes; a string is the reason why it cannot. */
function readHead(body: Value | undefined, helm: 3 | 4): { kind: string; annotations?: Readonly<Record<string, string>> } | string {
  if (body === undefined || body === null) return { kind: '' }
  if (!isMap(body)) return `cannot unmarshal ${kindOf(body)} into Go value of type ${helm === 4 ? 'util' : 'releaseutil'}.SimpleHead`
  for (const key of ['apiVersion', 'kind'] as const) {
    if (!isScalar(body[key])) return `cannot unmarshal ${kindOf(body[key])} into Go struct field SimpleHead.${key} of type string`
  }
  const metadata = body['metadata'] ?? null
  const kind = textOf(body['kind'])
  if (metadata === null) return { kind }
  if (!isMap(metadata)) return `cannot unmarshal ${kindOf(metadata)} into Go struct field SimpleHead.metadata of type struct`
  if (!isScalar(metadata['name'])) return `cannot unmarshal ${kindOf(metadata['name'])} into Go struct field .metadata.name of type string`
  const annotations = metadata['annotations'] ?? null
  if (annotations === null) return { kind }
  if (!isMap(annotations))
    return `cannot unmarshal ${kindOf(annotations)} into Go struct field .metadata.annotations of type map[string]string`
  for (const value of Object.values(annotations)) {
    if (!isScalar(value)) return `cannot unmarshal ${kindOf(value)} into Go struct field .metadata.annotations of type string`
  }
  return { kind, annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, textOf(value)])) }
}

function isScalar(value: Value | undefined): boolean {
  return value === undefined || value === null || typeof value !== 'object'
}

function textOf(value: Value | undefined): string {
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}

function kindOf(value: Value | undefined): string {
  return Array.isArray(value) ? 'array' : isMap(value) ? 'object' : typeof value === 'boolean' ? 'bool' : typeof value
}
