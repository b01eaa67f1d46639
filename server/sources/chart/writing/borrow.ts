import type { Piece } from '../../../syntax/go-template/text.ts'
import { equal, isMap, type Path, type Value } from '../../../model/value.ts'
import type { Frame } from '../../../syntax/go-template/provenance.ts'
import type { Chart } from '../model.ts'
import { decidedBy, decisionOf, nodeOf, piecesIn, valueIn } from '../trace.ts'
import type { Entry } from '../objects.ts'
import type { Rendered } from './state.ts'

/** How a chart's templates write what a new object shares with those that they have. */
export interface Borrowed {
  /** The template text of a whole string, e.g. a name. */
  text(value: string, key: string): string | undefined
  /** The call that prints a whole map of labels, to be followed by `| nindent N }}`. */
  labels(map: Value): string | undefined
  /** How the objects here are named: the rendered text, and what writes it. */
  readonly names: readonly { readonly rendered: string; readonly written: string }[]
}

/** Where labels that others select by stand. */
const LABELS: readonly Path[] = [
  ['spec', 'selector', 'matchLabels'],
  ['spec', 'template', 'metadata', 'labels'],
  ['spec', 'selector'],
  ['metadata', 'labels'],
]

/** @param home the object that a new one goes with: what its template has is taken first */
export function borrowFrom({ objects }: Rendered, chart: Chart, home: Entry): Borrowed {
  const others = [...objects.values()].filter(({ document }) => document.chart === chart && document.file !== undefined)
  const entries = [home, ...others.sort((a, b) => Number(isNamedApart(a)) - Number(isNamedApart(b)))]
  const texts = new Map<string, string>()
  const names = new Map<string, string>()
  const maps: { value: Value; written: string }[] = []
  for (const entry of entries) {
    for (const path of LABELS) {
      const value = valueIn(entry, path)
      if (!isMap(value)) continue
      const call = labelsCall(entry, path)
      if (call !== undefined) maps.push({ value, written: call })
      for (const [key, label] of Object.entries(value)) {
        const written = typeof label === 'string' ? (writtenText(entry, [...path, key]) ?? releaseName(entry, [...path, key])) : undefined
        if (written !== undefined && !texts.has(`${key}\n${String(label)}`)) texts.set(`${key}\n${String(label)}`, written)
      }
    }
    for (const key of ['name', 'namespace']) {
      const value = valueIn(entry, ['metadata', key])
      const written = typeof value === 'string' ? writtenText(entry, ['metadata', key]) : undefined
      if (typeof value !== 'string' || written === undefined) continue
      if (!texts.has(`${key}\n${value}`)) texts.set(`${key}\n${value}`, written)
      if (key === 'name' && !names.has(value)) names.set(value, written)
    }
  }
  return {
    text: (value, key) => texts.get(`${key}\n${value}`),
    labels: (map) => maps.find(({ value }) => equal(value, map))?.written,
    names: [...names].map(([rendered, written]) => ({ rendered, written })).sort((a, b) => a.rendered.length - b.rendered.length),
  }
}

/** Whether an object's name is nobody else's, even if it happens to be the same. */
function isNamedApart(entry: Entry): boolean {
  return valueIn(entry, ['kind']) === 'ServiceAccount'
}

/** What a template has for a string, when it means the same anywhere in the chart. */
function writtenText(entry: Entry, path: Path): string | undefined {
  const node = nodeOf(entry, path)
  const { document } = entry
  if (!node) return undefined
  const all = piecesIn(document.text, node.value)
  if (!all.every(({ site }) => meansTheSameAnywhere(site))) return undefined
  const source = all[0]?.site && ownSource(all[0].site, document.file)
  const decision = decisionOf(document, node.value)
  const written = decision.kind === 'cell' ? undefined : decision.location
  const location = written?.file === document.file ? written?.span : undefined
  // What a value or a helper wrote, an action here has printed.
  const place = location ?? (all[0]?.site && ownFrame(all[0].site, document.file))
  if (!source || !place) return undefined
  const text = source.slice(place.start, place.end)
  // An action that prints more than this string stands in a line of its own, or behind another key.
  const before = source.slice(source.lastIndexOf('\n', place.start) + 1, place.start)
  if (before.trim().replace(/["']$/, '').trimEnd() !== `${String(path.at(-1))}:`) return undefined
  return text.includes('{{') && !text.includes('\n') && !/\$\w/.test(text) ? text : undefined
}

/** What stands for the name of the release, which a helper may have printed. */
function releaseName(entry: Entry, path: Path): string | undefined {
  const node = nodeOf(entry, path)
  const all = node ? piecesIn(entry.document.text, node.value) : []
  const isRelease = ({ origin }: Piece): boolean => {
    const decided = decidedBy(origin)
    return decided.kind === 'built-in' && decided.name === '.Release.Name'
  }
  return all.length > 0 && all.every(isRelease) ? '{{ .Release.Name }}' : undefined
}

/** The condition of the branches that all of an object stands in, as an operand; undefined for one that is always there. */
export function conditionOf({ document, prefix }: Entry): string | undefined {
  const node = nodeOf({ document, prefix }, ['kind'])
  const conditions: string[] = []
  for (let frame = node && piecesIn(document.text, node.value)[0]?.site; frame; frame = frame.parent) {
    if (frame.source.file !== document.file || frame.whole.end === frame.end) continue
    const action = frame.source.text.slice(frame.start, frame.end)
    const condition = /^\{\{-?\s*if\s+([^{}]+?)\s*-?\}\}$/.exec(action)?.[1]
    if (condition !== undefined && !/\$\w|\n/.test(condition)) conditions.unshift(condition)
  }
  const [only] = conditions
  if (conditions.length < 2) return only
  return `and ${conditions.map(operand).join(' ')}`
}

/** A pipeline as an argument of a function. */
export function operand(pipeline: string): string {
  return /^\.[\w.]*$/.test(pipeline) ? pipeline : `(${pipeline})`
}

/** The call of a helper that prints a whole map. */
function labelsCall(entry: Entry, path: Path): string | undefined {
  const node = nodeOf(entry, path)
  const { document } = entry
  if (!node) return undefined
  const frames = new Set(piecesIn(document.text, node.value).map(({ site }) => site && ownFrame(site, document.file)))
  const [only] = frames
  if (frames.size !== 1 || !only || !meansTheSameAnywhere(only)) return undefined
  const text = only.source.text.slice(only.start, only.end)
  const call = /^\{\{-?\s*(include\s[^|{}]+?)\s*\|\s*n?indent\s+\d+\s*-?\}\}$/.exec(text)?.[1]
  return call === undefined || /\$\w/.test(call) ? undefined : call
}

/** The frame in the object's own template that led to a piece. */
function ownFrame(site: Frame, file: string | undefined): Frame | undefined {
  for (let frame: Frame | undefined = site; frame?.parent; frame = frame.parent)
    if (frame.source.file === file && frame.whole.end === frame.end) return frame
  return undefined
}

function ownSource(site: Frame, file: string | undefined): string | undefined {
  for (let frame: Frame | undefined = site; frame; frame = frame.parent) if (frame.source.file === file) return frame.source.text
  return undefined
}

/** Inside a `range` or `with`, the dot is another one. */
function meansTheSameAnywhere(site: Frame | undefined): boolean {
  for (let frame = site; frame; frame = frame.parent)
    if (frame.whole.end > frame.end && /^\{\{-?\s*(range|with)\b/.test(frame.source.text.slice(frame.start, frame.start + 20))) return false
  return true
}
