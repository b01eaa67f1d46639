import { type Rendering, renderChart } from '../../../server/sources/chart/render.ts'
import { isValueSource } from '../../../server/sources/chart/source.ts'
import type { Files, SourceFile } from '../../../server/sources/unit.ts'
import { type Cell, cellPath, flatten, type Origin, readsOf } from '../../../server/syntax/go-template/provenance.ts'
import type { GoText, Piece } from '../../../server/syntax/go-template/text.ts'
import { editYaml, findNode } from '../../../server/syntax/yaml/index.ts'
import { isList, isMap, type Path, type Value } from '../../../server/model/value.ts'
import { applyEdits } from '../../../server/text/edit.ts'

/** What is wrong with the provenance of a chart: output that changed without naming the value that was changed, or the other way round. */
export interface Fault {
  readonly value: string
  readonly template: string
  readonly what: string
}

export function render(files: Files, folder: string): Rendering {
  return renderChart(files, folder, { helm: 3, release: { name: 'rel', namespace: 'ns' } })
}

/** All values of a values file that are no list or map, with another value of the same type. */
export function mutations(
  file: SourceFile,
  source: { readonly text: string; readonly body: Value | undefined },
): { path: Path; file: SourceFile }[] {
  return leaves(source.body ?? null, []).flatMap(({ path, value }) => {
    const other =
      typeof value === 'boolean'
        ? !value
        : typeof value === 'number'
          ? value + 977
          : typeof value === 'string' && value !== ''
            ? `${value}x`
            : undefined
    if (other === undefined) return []
    const result = editYaml(file.text, [{ op: 'set', path, value: other }])
    return 'refused' in result ? [] : [{ path, file: { path: file.path, text: applyEdits(file.text, result.edits) } }]
  })
}

function leaves(value: Value, path: Path): { path: Path; value: Value }[] {
  if (isList(value)) return value.flatMap((item, i) => leaves(item, [...path, i]))
  if (isMap(value)) return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]))
  return [{ path, value }]
}

/** Compares what a chart renders to before and after one value of `file` is another one. */
export function faultsOf(before: Rendering, after: Rendering, file: string, path: Path): Fault[] {
  const faults: Fault[] = []
  const value = path.join('.')
  const isIt = (origin: Origin): boolean => isCell(origin, file, path)
  for (const name of new Set([...before.rendered.keys(), ...after.rendered.keys()])) {
    const [old, now] = [before.rendered.get(name), after.rendered.get(name)]
    // Whether a template fails, or a subchart is there at all, is no question of its text.
    if (!old || !now) continue
    for (const hunk of hunksOf(old.text, now.text)) {
      const [from, to] = [old.text.slice(hunk.old.start, hunk.old.end), now.text.slice(hunk.now.start, hunk.now.end)]
      // Which of several empty lines came or went, nobody can tell.
      if (from.trim() + to.trim() === '' || names(old, hunk.old, isIt) || names(now, hunk.now, isIt)) continue
      const what = `changed without naming it: ${JSON.stringify(from.slice(0, 200))} to ${JSON.stringify(to.slice(0, 200))}`
      faults.push({ value, template: name, what })
    }
    const copied = copies(old, isIt)
    if (copied.length > 0 && old.text === now.text)
      faults.push({ value, template: name, what: `names it and stays: ${JSON.stringify(copied[0])}` })
  }
  return faults
}

function isCell(origin: Origin, file: string, path: Path): boolean {
  if (origin.kind !== 'cell' || !isValueSource(origin.source) || origin.source.file !== file) return false
  const own = cellPath(origin as Cell)
  // Who looks at a list or map looks at what is in it, and who asks whether a value is there looks at its parent.
  const common = Math.min(own.length, path.length)
  return path.slice(0, common).every((step, i) => own[i] === step)
}

function copies({ pieces, text }: GoText, isIt: (origin: Origin) => boolean): string[] {
  const found: string[] = []
  let at = 0
  for (const { length, origin, at: from } of pieces) {
    if (
      length > 0 &&
      from === 0 &&
      origin.kind === 'cell' &&
      !origin.isKey &&
      isIt(origin) &&
      typeof valueIn(origin) === 'string' &&
      valueIn(origin) === text.slice(at, at + length)
    )
      found.push(text.slice(at, at + length))
    at += length
  }
  return found
}

function valueIn(cell: Cell): Value | undefined {
  if (!isValueSource(cell.source) || !findNode(cell.source.tree, cellPath(cell))) return undefined
  let at: Value | undefined = cell.source.tree.body
  for (const step of cellPath(cell)) at = isList(at) ? at[Number(step)] : isMap(at) ? at[step] : undefined
  return at
}

interface Range {
  readonly start: number
  readonly end: number
}

function names(text: GoText, { start, end }: Range, isIt: (origin: Origin) => boolean): boolean {
  return piecesAt(text, start, end).some(
    ({ origin, site }) =>
      [...flatten(origin)].some((each) => isIt(each) || (each.kind === 'gate' && [...readsOf(each.frame)].some(isIt))) ||
      [...readsOf(site)].some(isIt),
  )
}

/** The pieces of a range, and the marks at either end of it. */
function piecesAt({ pieces }: GoText, start: number, end: number): Piece[] {
  const found: Piece[] = []
  let at = 0
  for (const piece of pieces) {
    const until = at + piece.length
    if (piece.length === 0 ? start <= at && at <= end : at < end && start < until) found.push(piece)
    at = until
  }
  return found
}

/** The parts of two texts that differ, line by line: of all ways to tell it one of the shortest (Myers). */
export function hunksOf(a: string, b: string): { old: Range; now: Range }[] {
  const [left, right] = [linesOf(a), linesOf(b)]
  const hunks: { old: Range; now: Range }[] = []
  let [i, j] = [0, 0]
  for (const [x, y] of [...commonLines(left, right), [left.length, right.length] as const]) {
    if (x > i || y > j) hunks.push({ old: rangeOf(left, i, x, a), now: rangeOf(right, j, y, b) })
    i = x + 1
    j = y + 1
  }
  return hunks
}

/** Pairs of lines that are the same, in order. */
function commonLines(a: readonly { text: string }[], b: readonly { text: string }[]): (readonly [number, number])[] {
  const max = a.length + b.length
  const furthest = new Map<number, number>([[1, 0]])
  const trace: Map<number, number>[] = []
  // Texts that have little in common are one difference.
  for (let d = 0; d <= Math.min(max, 600); d++) {
    trace.push(new Map(furthest))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1))
      let x = down ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1
      while (x < a.length && x - k < b.length && a[x]?.text === b[x - k]?.text) x++
      furthest.set(k, x)
      if (x >= a.length && x - k >= b.length) return backwards(trace, a.length, b.length)
    }
  }
  return []
}

function backwards(trace: readonly Map<number, number>[], endX: number, endY: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = []
  let [x, y] = [endX, endY]
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = trace[d] ?? new Map<number, number>()
    const k = x - y
    const down = k === -d || (k !== d && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1))
    const before = down ? k + 1 : k - 1
    const fromX = furthest.get(before) ?? 0
    const fromY = fromX - before
    while (x > fromX && y > fromY && x > 0 && y > 0) pairs.push([--x, --y])
    if (d > 0) [x, y] = [fromX, fromY]
  }
  return pairs.reverse()
}

function linesOf(text: string): { text: string; start: number }[] {
  let start = 0
  return text.split(/(?<=\n)/).map((line) => {
    const found = { text: line, start }
    start += line.length
    return found
  })
}

function rangeOf(lines: readonly { start: number }[], from: number, to: number, text: string): Range {
  return { start: lines[from]?.start ?? text.length, end: lines[to]?.start ?? text.length }
}
