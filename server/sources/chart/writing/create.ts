import type { KubeObject } from '../../../model/object.ts'
import type { ObjectChange } from '../../../model/rule.ts'
import { matchesLabels } from '../../../model/selector.ts'
import { equal, get, isList, isMap, items, type Path, text, type Value } from '../../../model/value.ts'
import { workloadOf } from '../../../model/workload.ts'
import type { ListNode } from '../../../syntax/go-template/ast.ts'
import { type Gate, readsOf } from '../../../syntax/go-template/provenance.ts'
import { editYaml, parseYaml, stringifyYaml } from '../../../syntax/yaml/index.ts'
import { dirname } from '../../../text/path.ts'
import type { FileEdit } from '../../unit.ts'
import { type Chart, valuesPrefix } from '../model.ts'
import type { Entry } from '../objects.ts'
import { isOurs } from '../ours.ts'
import { type Borrowed, borrowFrom, conditionOf, operand } from './borrow.ts'
import { openGates } from './change.ts'
import type { Attempt, Rendered } from './state.ts'
import { changeValue, valueAt, valuesIn } from './values.ts'

/** A way to have a new object, and how to tell that it is there. */
export interface Creation {
  readonly attempt: Attempt
  /** It opens a branch, behind which there may be another one. */
  readonly opens: boolean
  fits(object: KubeObject): boolean
}

/** The ways to have a new object in a chart: one of the kind that the chart has but switches off, else a template of its own. */
export function* creations(rendered: Rendered, beside: Entry, body: Value, others: readonly ObjectChange[]): Iterable<Creation> {
  const { chart } = beside.document
  const kind = text(body, 'kind') ?? ''
  const group = groupKindOf(body)
  for (const attempt of openGates(rendered, gatesOf(rendered, chart, kind), undefined)) {
    yield { attempt, opens: true, fits: (object) => object.groupKind === group }
  }
  const attempt = isOurs(chart) ? newTemplate(rendered, beside, body, others) : undefined
  if (attempt) yield { attempt, opens: false, fits: (object) => object.groupKind === group && sameBut(object.body, body) }
}

function groupKindOf(body: Value): string {
  const [group, version] = (text(body, 'apiVersion') ?? '').split('/')
  return `${version === undefined ? '' : group}/${text(body, 'kind') ?? ''}`
}

/** Everything but the name and labels, which are the chart's own. */
function sameBut(a: Value, b: Value): boolean {
  return (
    isMap(a) &&
    isMap(b) &&
    equal({ ...a, metadata: text(a, 'metadata', 'namespace') ?? null }, { ...b, metadata: text(b, 'metadata', 'namespace') ?? null })
  )
}

/** The branches that were not taken and would have written an object of a kind. */
function gatesOf({ rendering }: Rendered, chart: Chart, kind: string): Gate[] {
  const pattern = new RegExp(`^kind:\\s*["']?${kind.replace(/[^A-Za-z]/g, '')}["']?\\s*$`, 'm')
  const gates: Gate[] = []
  for (const template of rendering.templates) {
    if (template.chart !== chart) continue
    for (const { origin } of rendering.rendered.get(template.name)?.pieces ?? [])
      if (origin.kind === 'gate' && writes(origin.branch.list, pattern)) gates.push(origin)
  }
  return gates
}

function writes(list: ListNode, pattern: RegExp): boolean {
  return list.nodes.some((node) => {
    if (node.kind === 'text') return pattern.test(node.text)
    if (node.kind !== 'if' && node.kind !== 'with' && node.kind !== 'range') return false
    return writes(node.list, pattern) || (node.otherwise !== undefined && writes(node.otherwise, pattern))
  })
}

/** Whether a policy that isolates pods lets everybody in all the same. */
export function admitsAll({ groupKind, body }: KubeObject): boolean {
  if (groupKind !== 'networking.k8s.io/NetworkPolicy') return false
  return items(body, 'spec', 'ingress').some((rule) => !isMap(rule) || items(rule, 'from').length === 0)
}

/** What was switched on of the values that had a say in an object: each may be switched off. */
export function* closings(rendered: Rendered, object: KubeObject): Iterable<Attempt> {
  const entry = rendered.objects.get(object)
  const reads = new Set(entry?.document.text.pieces.flatMap(({ site }) => [...readsOf(site)]))
  const paths = valuesIn(rendered, reads).filter((path) => path.at(-1) !== 'enabled' && valueAt(rendered, path) === true)
  for (const path of paths) yield* changeValue(rendered, path, { op: 'set', value: false })
}

function newTemplate(rendered: Rendered, beside: Entry, body: Value, others: readonly ObjectChange[]): Attempt | undefined {
  if (!isMap(body) || JSON.stringify(body).includes('{{')) return undefined
  const home = homeOf(rendered, beside, body)
  const { chart, file } = home.document
  if (file === undefined) return undefined
  const borrowed = borrowFrom(rendered, chart, home)
  // What selects every pod of the namespace is about no single object.
  const own = equal(get(body, 'spec', 'podSelector') ?? null, {}) ? undefined : conditionOf(home)
  const written = writeObject(named(body, borrowed, others), borrowed, {
    home,
    condition: (part) => peerCondition(rendered, chart, part, own),
  })
  const guard = guardOf(rendered, chart, text(body, 'kind') ?? '')
  const path = freePath(rendered, file, body)
  const conditions = [...(own === undefined ? [] : [own]), ...(guard ? [`.Values.${guard.path.join('.')}`] : [])]
  const condition = conditions.length < 2 ? conditions[0] : `and ${conditions.map(operand).join(' ')}`
  const content = condition === undefined ? written : `{{- if ${condition} }}\n${written}{{- end }}\n`
  return { edits: guard?.edits ?? [], created: [{ file: path, text: content }] }
}

/** The object whose pods a new one is about; else the one that it was asked for beside. */
function homeOf({ objects }: Rendered, beside: Entry, body: Value): Entry {
  const selector = get(body, 'spec', 'podSelector')
  const selected = selectedBy(objects, selector, beside.document.chart)
  return selected.length === 0 || selected.includes(beside) ? beside : (selected[0] ?? beside)
}

/** The workloads of a chart whose pods labels select. */
function selectedBy(objects: Rendered['objects'], selector: Value | undefined, chart: Chart): Entry[] {
  const labels = get(selector, 'matchLabels')
  if (!isMap(labels) || Object.keys(labels).length === 0) return []
  return [...objects].flatMap(([object, entry]) => {
    const pods = workloadOf(object)?.labels
    return entry.document.chart === chart && pods !== undefined && matchesLabels(labels, pods) === true ? [entry] : []
  })
}

/** On what it depends whether those are there that a rule of a policy names; undefined where that is no question. */
function peerCondition({ objects }: Rendered, chart: Chart, rule: Value, own: string | undefined): string | undefined {
  const peers = [...items(rule, 'from'), ...items(rule, 'to')]
  const [peer, ...more] = peers
  if (!isMap(peer) || more.length > 0 || 'namespaceSelector' in peer) return undefined
  const conditions = new Set(selectedBy(objects, peer['podSelector'], chart).map(conditionOf))
  const [condition] = conditions
  return conditions.size === 1 && condition !== own ? condition : undefined
}

/** Stands for template text while YAML is written; no value looks like it. */
const mark = (i: number): string => `KZT${i}KZT`

/** The name of a new object begins as the others' do, so that two releases can live in one namespace. */
function named(body: Value, { names }: Borrowed, others: readonly ObjectChange[]): Value {
  const name = text(body, 'metadata', 'name')
  const [first] = names
  if (!isMap(body) || !isMap(body['metadata']) || name === undefined || !first) return body
  if (names.some(({ rendered }) => name.includes(rendered)) || JSON.stringify(others).includes(JSON.stringify(name))) return body
  return { ...body, metadata: { ...body['metadata'], name: `${first.rendered}-${name}` } }
}

interface Around {
  readonly home: Entry
  /** What a part of the object depends on. */
  condition(part: Value): string | undefined
}

function writeObject(body: Value, borrowed: Borrowed, { home, condition }: Around): string {
  const snippets: string[] = []
  const keep = (snippet: string): string => mark(snippets.push(snippet) - 1)
  const visit = (value: Value, path: Path): Value => {
    const key = String(path.at(-1) ?? '')
    if (typeof value === 'string') return scalar(value, key, path, borrowed, keep)
    if (isList(value))
      return value.flatMap((item, i) => {
        const written = visit(item, [...path, i])
        const onlyIf = condition(item)
        return onlyIf === undefined ? [written] : [keep(`{{- if ${onlyIf} }}`), written, keep('{{- end }}')]
      })
    if (!isMap(value)) return value
    const call = key === 'matchLabels' || key === 'labels' || key === 'selector' ? borrowed.labels(value) : undefined
    if (call !== undefined) return { [keep(call)]: '' }
    return Object.fromEntries(Object.entries(value).map(([step, item]) => [step, visit(item, [...path, step])]))
  }
  const plain = stringifyYaml(withLabels(visit(body, []), borrowed, home, keep))
  return plain
    .split('\n')
    .map((line) => withSnippets(line, snippets))
    .join('\n')
}

function withSnippets(line: string, snippets: readonly string[]): string {
  const branch = /^( *)- KZT(\d+)KZT$/.exec(line)
  const action = branch && snippets[Number(branch[2])]
  if (action?.startsWith('{{-')) return `${branch?.[1] ?? ''}${action}`
  const call = /^( *)KZT(\d+)KZT: (""|'')$/.exec(line)
  if (call) return `${call[1]}{{- ${snippets[Number(call[2])]} | nindent ${call[1]?.length ?? 0} }}`
  return line.replace(/KZT(\d+)KZT/g, (_, i) => snippets[Number(i)] ?? '')
}

function scalar(value: string, key: string, path: Path, { text: textFor, names }: Borrowed, keep: (snippet: string) => string): string {
  const isLabel = path.at(-2) === 'labels' || path.at(-2) === 'matchLabels'
  const whole = isLabel || key === 'namespace' || key === 'name' ? textFor(value, key) : undefined
  if (whole !== undefined) return keep(whole)
  if (key !== 'name') return value
  // The longest name inside is the nearest.
  const inside = names.findLast(({ rendered }) => value.includes(rendered))
  return inside ? value.replace(inside.rendered, keep(inside.written)) : value
}

/** The labels that the chart gives every object. */
function withLabels(body: Value, borrowed: Borrowed, { document, prefix }: Entry, keep: (snippet: string) => string): Value {
  const metadata = isMap(body) ? body['metadata'] : undefined
  if (!isMap(body) || !isMap(metadata) || 'labels' in metadata || prefix.length > 0) return body
  const own = isMap(document.tree.body) ? document.tree.body['metadata'] : undefined
  const call = isMap(own) && isMap(own['labels']) ? borrowed.labels(own['labels']) : undefined
  return call === undefined ? body : { ...body, metadata: { ...metadata, labels: { [keep(call)]: '' } } }
}

interface Guard {
  readonly path: readonly string[]
  readonly edits: readonly FileEdit[]
}

const COMMENTS = /\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g
const GUARD = /^\s*\{\{-?\s*if\s[^}]{0,200}\.Values\.[\w.]{0,100}enabled/i

/** Whether a template is a whole object behind a switch. */
function isGuarded(text: string): boolean {
  return GUARD.test(text.slice(0, 3000).replace(COMMENTS, ''))
}

/** A value that switches the new object, in a chart that does so with others. */
function guardOf(rendered: Rendered, chart: Chart, kind: string): Guard | undefined {
  const own = chart.templates.filter(({ name }) => /\.ya?ml$/.test(name))
  if (!own.some(({ text }) => isGuarded(text))) return undefined
  const path = [kind.charAt(0).toLowerCase() + kind.slice(1), 'enabled']
  const inRoot = [...valuesPrefix(chart), ...path]
  if (valueAt(rendered, inRoot) === true) return { path, edits: [] }
  const above = valueAt(rendered, inRoot.slice(0, -1))
  if (above !== undefined && !isMap(above)) return undefined
  const [attempt] = changeValue(rendered, inRoot, { op: 'set', value: true })
  return attempt && { path, edits: [...attempt.edits, ...schemaEdits(chart, path)] }
}

/** A schema that allows nothing else has to allow the new value. */
function schemaEdits({ schema }: Chart, [first = '', second = '']: readonly string[]): FileEdit[] {
  const { body } = parseYaml(schema?.text ?? '')
  if (schema?.path === undefined || !isMap(body) || body['additionalProperties'] !== false) return []
  const property = { type: 'object', properties: { [second]: { type: 'boolean' } } }
  const result = editYaml(schema.text, [{ op: 'set', path: ['properties', first], value: property }])
  const file = schema.path
  return 'refused' in result ? [] : result.edits.map(({ start, end, text }) => ({ file, span: { start, end }, text }))
}

/** A file beside the template of the object that the new one goes with. */
function freePath({ files }: Rendered, template: string, body: Value): string {
  const kind = (text(body, 'kind') ?? 'object').toLowerCase()
  const name = text(body, 'metadata', 'name') ?? 'new'
  const folder = dirname(template)
  for (const base of [kind, `${kind}-${name}`]) if (!files.has(`${folder}/${base}.yaml`)) return `${folder}/${base}.yaml`
  for (let i = 2; ; i++) if (!files.has(`${folder}/${kind}-${name}-${i}.yaml`)) return `${folder}/${kind}-${name}-${i}.yaml`
}
