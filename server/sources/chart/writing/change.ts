import type { ObjectChange } from '../../../model/rule.ts'
import { equal, isList, isMap, type Path, type Value } from '../../../model/value.ts'
import type { Frame, Gate } from '../../../syntax/go-template/provenance.ts'
import type { Piece } from '../../../syntax/go-template/text.ts'
import { slice } from '../../../syntax/go-template/text.ts'
import { decodeScalar, locateInScalar } from '../../../syntax/yaml/index.ts'
import type { Span } from '../../../text/span.ts'
import { contentSpan } from '../content.ts'
import type { Entry } from '../objects.ts'
import { decidedBy, gatesFor, nodeOf, piecesIn, valueIn } from '../trace.ts'
import type { Attempt, Rendered } from './state.ts'
import { changeTemplate, isWritable } from './template.ts'
import { changeValue, collectionIn, valueAt, valuesIn } from './values.ts'

type Change = Exclude<ObjectChange, { readonly op: 'create' }>

/**
 * The ways to make a change of one object that may lead to it, those first that a maintainer would take: the
 * value that decides, the value that opens or closes a branch, the template's own text. Whether one does is for
 * the caller to find out.
 */
export function* attempts(rendered: Rendered, entry: Entry, change: Change): Iterable<Attempt> {
  const { path } = change
  const node = nodeOf(entry, path)
  if (change.op === 'set' && node) yield* replace(rendered, entry, path, change.value)
  else if (change.op === 'set') yield* add(rendered, entry, path, change.value)
  else if (change.op === 'insert') yield* insert(rendered, entry, change)
  else yield* remove(rendered, entry, path)
  yield* changeTemplate(rendered, entry, change)
}

function piecesAt(entry: Entry, path: Path): readonly Piece[] {
  const node = nodeOf(entry, path)
  return node ? piecesIn(entry.document.text, node.value) : []
}

function* replace(rendered: Rendered, entry: Entry, path: Path, value: Value): Iterable<Attempt> {
  const old = valueIn(entry, path)
  const all = piecesAt(entry, path)
  if ((isMap(old) && Object.keys(old).length > 0) || (isList(old) && old.length > 0)) {
    const collection = collectionIn(rendered, all)
    if (collection) yield* changeValue(rendered, collection, { op: 'set', value })
    return
  }
  const deciding = valuesIn(rendered, new Set(all.map(({ origin }) => decidedBy(origin))))
  const [only] = deciding
  if (only && deciding.length === 1 && all.every(({ origin }) => decidedBy(origin).kind !== 'literal' || !isVerbatim(all)))
    yield* changeValue(rendered, only, { op: 'set', value })
  if (typeof old === 'string' && typeof value === 'string') yield* replacePart(rendered, entry, path, old, value)
  // A default in the template is overruled by the value that it is the default of.
  const others = valuesIn(
    rendered,
    all.map(({ origin }) => origin),
  ).filter((each) => !deciding.some((known) => known === each))
  for (const each of others) {
    const before = valueAt(rendered, each)
    yield* changeValue(rendered, each, { op: 'set', value })
    if (typeof before === 'boolean' && before !== value) continue
    if (typeof before === 'boolean') yield* changeValue(rendered, each, { op: 'set', value: !before })
  }
  yield* constant(rendered, all, value)
}

function isVerbatim(all: readonly Piece[]): boolean {
  return all.every(({ at }) => at >= 0)
}

/** A string that several values and the template wrote together: the part that differs is changed where it is written. */
function* replacePart(rendered: Rendered, entry: Entry, path: Path, old: string, value: string): Iterable<Attempt> {
  const node = nodeOf(entry, path)
  const { text } = entry.document
  if (!node || decodeScalar(text.text, node.value)?.value !== old) return
  const { start, end } = differenceOf(old, value)
  const part = { ...locateInScalar(text.text, node.value, { start, end: old.length - end }), by: value.slice(start, value.length - end) }
  const runs: Run[] = []
  let at = contentSpan(text.text, node.value).start
  for (const piece of piecesIn(text, node.value)) {
    runs.push({ piece, start: at, end: at + piece.length })
    at += piece.length
  }
  for (const [i, run] of runs.entries())
    if (run.start <= part.start && part.end <= run.end) yield* replaceRun(rendered, text.text, runs, i, part)
}

/** A piece and where it stands in its document. */
interface Run extends Span {
  readonly piece: Piece
}

/** How much two strings have in common at their starts and ends. */
function differenceOf(a: string, b: string): { start: number; end: number } {
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++
  return { start, end }
}

function* replaceRun(
  rendered: Rendered,
  text: string,
  runs: readonly Run[],
  i: number,
  part: Span & { readonly by: string },
): Iterable<Attempt> {
  const run = runs[i]
  if (!run) return
  const { piece } = run
  const changed = (start: number, end: number): string => text.slice(start, part.start) + part.by + text.slice(part.end, end)
  const [target] = valuesIn(rendered, [decidedBy(piece.origin)])
  const before = target && valueAt(rendered, target)
  if (target && typeof before === 'string' && piece.at >= 0) {
    const whole = before.slice(0, piece.at) + changed(run.start, run.end) + before.slice(piece.at + piece.length)
    yield* changeValue(rendered, target, { op: 'set', value: whole })
  }
  // What took part (the value that the chart's own version is the default for) decides all that it took part in.
  for (const each of valuesIn(rendered, [piece.origin])) {
    const has = (other: Run | undefined): boolean =>
      other !== undefined && valuesIn(rendered, [other.piece.origin]).some((path) => equal([...path], [...each]))
    let [from, to] = [i, i]
    while (has(runs[from - 1])) from--
    while (has(runs[to + 1])) to++
    yield* changeValue(rendered, each, { op: 'set', value: changed(runs[from]?.start ?? run.start, runs[to]?.end ?? run.end) })
  }
  yield* constant(rendered, [piece], changed(run.start, run.end))
}

/** A constant inside an action. */
function* constant(rendered: Rendered, all: readonly Piece[], value: Value): Iterable<Attempt> {
  const [piece, ...more] = all
  if (!piece || more.length > 0 || (typeof value === 'object' && value !== null)) return
  const origin = decidedBy(piece.origin)
  if (origin.kind !== 'literal' || origin.source.file === undefined) return
  const { file, text } = origin.source
  if (!isWritable(rendered, file)) return
  const start = origin.start + Math.max(piece.at, 0)
  const end = piece.at < 0 ? origin.end : start + piece.length
  const quoted = text.charAt(origin.start - 1) === '"'
  if (quoted || text.charAt(origin.start - 1) === '`') {
    const plain = String(value)
    if (!quoted && plain.includes('`')) return
    yield { edits: [{ file, span: { start, end }, text: quoted ? JSON.stringify(plain).slice(1, -1) : plain }] }
  } else if (/^(true|false|-?\d+)$/.test(text.slice(start, end)) && typeof value !== 'string') {
    yield { edits: [{ file, span: { start, end }, text: String(value) }] }
  }
}

function* add(rendered: Rendered, entry: Entry, path: Path, value: Value): Iterable<Attempt> {
  let depth = path.length - 1
  while (depth > 0 && !nodeOf(entry, path.slice(0, depth))) depth--
  const above = path.slice(0, depth)
  const rest = path.slice(depth)
  const old = valueIn(entry, above)
  yield* openGates(rendered, gatesFor(entry, path), { key: String(rest[0] ?? ''), path: rest.slice(1), value })
  const all = piecesAt(entry, above)
  if (depth > 0 && isEmpty(old)) {
    const target = valuesIn(
      rendered,
      all.map(({ origin }) => decidedBy(origin)),
    )
    if (target.length === 1 && target[0]) yield* setBelow(rendered, target[0], rest, value)
  } else if (depth > 0) {
    const collection = collectionIn(rendered, all)
    if (collection) yield* changeValue(rendered, [...collection, ...rest], { op: 'set', value })
  }
}

/**
 * Sets a value below a map of the values. What a layer adds to a map is merged with what the others have, so
 * it goes where most of the map is; a list or nothing at all is replaced.
 */
function* setBelow(rendered: Rendered, map: Path, path: Path, value: Value): Iterable<Attempt> {
  const known = path.findIndex((step) => typeof step === 'number')
  const keys = known < 0 ? path : path.slice(0, known)
  yield* changeValue(rendered, [...map, ...keys], { op: 'set', value: nested(path.slice(keys.length), value) })
}

/** A value at the end of a way of keys that are not there yet. */
function nested(path: Path, value: Value): Value {
  return path.reduceRight<Value>((inner, step) => (typeof step === 'number' ? [inner] : { [step]: inner }), value)
}

function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || (isList(value) && value.length === 0) || (isMap(value) && Object.keys(value).length === 0)
}

/** What is wanted behind a branch: a key, and a value below it. */
interface Wanted {
  readonly key: string
  readonly path: Path
  readonly value: Value
}

/** The values that would open a branch: what the branch prints, or whether it is taken; those named like the key first. */
export function* openGates(rendered: Rendered, gates: readonly Gate[], wanted: Wanted | undefined): Iterable<Attempt> {
  const tries = gates.flatMap(({ frame, branch }) =>
    valuesIn(rendered, frame.reads ?? []).map((path) => ({ path, kind: branch.kind, closed: isFalse(valueAt(rendered, path)) })),
  )
  const key = wanted?.key.toLowerCase() ?? ''
  const isNamed = ({ path }: { path: Path }): boolean => key !== '' && String(path.at(-1)).toLowerCase().includes(key)
  for (const { path, kind, closed } of [...tries.filter(isNamed), ...tries.filter((each) => !isNamed(each))]) {
    if (wanted && (kind !== 'if' || closed)) yield* setBelow(rendered, path, wanted.path, wanted.value)
    if (closed) yield* changeValue(rendered, path, { op: 'set', value: true })
  }
}

/** As a template's `if` sees it. */
function isFalse(value: Value | undefined): boolean {
  return isEmpty(value) || value === false || value === '' || value === 0
}

function* insert(rendered: Rendered, entry: Entry, { path, index, value }: Extract<Change, { readonly op: 'insert' }>): Iterable<Attempt> {
  const old = valueIn(entry, path)
  if (isEmpty(old)) {
    yield* nodeOf(entry, path) ? replace(rendered, entry, path, [value]) : add(rendered, entry, path, [value])
    return
  }
  const collection = collectionIn(rendered, piecesAt(entry, path))
  if (collection) yield* changeValue(rendered, collection, { op: 'insert', index, value })
}

function* remove(rendered: Rendered, entry: Entry, path: Path): Iterable<Attempt> {
  if (!nodeOf(entry, path)) return
  yield* switches(rendered, entry, path)
  const collection = collectionIn(rendered, piecesAt(entry, path))
  const parent = collectionIn(rendered, piecesAt(entry, path.slice(0, -1)))
  const last = path.at(-1)
  if (parent && last !== undefined) yield* changeValue(rendered, [...parent, last], { op: 'remove' })
  else if (collection) yield* changeValue(rendered, collection, { op: 'remove' })
}

/** The values that say whether what stands at a path is written at all. */
export function* switches(rendered: Rendered, entry: Entry, path: Path): Iterable<Attempt> {
  const node = nodeOf(entry, path)
  if (!node) return
  const { text } = entry.document
  // A branch may write a list with all its items.
  const above = nodeOf(entry, path.slice(0, typeof path.at(-1) === 'number' ? -2 : -1))
  const own = slice(text, (node.key ?? node.value).start, (node.key ?? node.value).end).pieces.find(({ length }) => length > 0)
  const outer = above?.key && slice(text, above.key.start, above.key.end).pieces.find(({ length }) => length > 0)
  for (const frame of branchesBetween(own?.site, outer?.site)) {
    for (const each of valuesIn(rendered, frame.reads ?? [])) {
      const before = valueAt(rendered, each)
      if (typeof before === 'boolean') yield* changeValue(rendered, each, { op: 'set', value: !before })
      else if (before !== undefined) yield* changeValue(rendered, each, { op: 'remove' })
    }
  }
}

/** The branches that one place stands in and another, further out, does not; the innermost first. */
function branchesBetween(inner: Frame | undefined, outer: Frame | undefined): Frame[] {
  const branches: Frame[] = []
  for (let frame = inner; frame && frame !== outer && frame.parent; frame = frame.parent)
    if (frame.whole.end > frame.end) branches.push(frame)
  return branches
}
