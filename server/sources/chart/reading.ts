import { equal, type Path } from '../../model/value.ts'
import { isEmpty } from '../../syntax/go-template/ast.ts'
import { flatten, type Frame } from '../../syntax/go-template/provenance.ts'
import type { GoText, Piece } from '../../syntax/go-template/text.ts'
import { parsedTemplate } from '../../syntax/go-template/parsed.ts'
import type { GoValue } from '../../syntax/go-template/value.ts'
import type { Span } from '../../text/span.ts'
import type { Location } from '../unit.ts'
import { knownFunctions } from './functions.ts'
import { cellAt, type Layer, layersOf, pathInRoot } from './layers.ts'
import { locateInSource, locatePiece } from './locate.ts'
import { isLibrary, valuesPrefix } from './model.ts'
import type { Rendering } from './render.ts'
import { locateCell } from './source.ts'
import { definedIn, type Word } from './word.ts'

/** A value that a template reads: what it is, and every line that has a say in it, the one that wins first. */
export interface ValueRead {
  /** In the values of the outermost chart. */
  readonly path: Path
  /** Undefined when nobody sets it. */
  readonly value: GoValue | undefined
  readonly places: readonly Location[]
}

/** Items of a loop that are told apart. */
const MAX_READ = 5

/** The values that a chain of fields in a template stands for: several in a loop, none for what is no value. */
export function valuesRead(rendering: Rendering, file: string, { names, span }: Extract<Word, { readonly kind: 'field' }>): ValueRead[] {
  const { chart, given, templates } = rendering
  const owner = templates.find((template) => template.file.path === file)
  if (!chart || !owner) return []
  const layers = layersOf(chart, given)
  const start = names.lastIndexOf('Values')
  // A library is run with the values of who uses it.
  const prefix = isLibrary(owner.chart) ? [] : valuesPrefix(owner.chart)
  const paths = start >= 0 ? [[...prefix, ...names.slice(start + 1)]] : pathsRead(rendering, layers, file, { names, span })
  return paths
    .filter((path) => path.length > 0)
    .map((path) => ({ path, value: valueAt(rendering.values, path), places: placesOf(layers, path) }))
}

/** Where the template of a name is written: the definition that wins. */
export function definitionOf({ templates }: Rendering, name: string, helm: 3 | 4): Location | undefined {
  let found: Location | undefined
  for (const { name: source, file } of templates) {
    const span = file.text.includes(name) ? definedIn(file.text).get(name) : undefined
    if (!span || file.path === undefined) continue
    const root = parsedTemplate({ name: source, text: file.text }, knownFunctions(helm)).definitions.get(name)?.root
    if (!found || (root && !isEmpty(root))) found = { file: file.path, span }
  }
  return found
}

/** What the actions on a line of a template have become, each text once; other lines stand for themselves. */
export function renderedFrom({ rendered }: Rendering, file: string, line: Span): string[] {
  const found = new Set<string>()
  for (const text of rendered.values()) {
    for (const { start, end } of runsFrom(text, file, line)) {
      // What begins a line of its own is no part of the one before.
      const own = start + (/^\n+/.exec(text.text.slice(start, end))?.[0].length ?? 0)
      const from = text.text.lastIndexOf('\n', own - 1) + 1
      const to = text.text.indexOf('\n', Math.max(end - 1, from))
      found.add(text.text.slice(from, to < 0 ? undefined : to))
    }
  }
  return [...found].filter((each) => each.trim() !== '')
}

/** Everything that a chart renders, in the order of the files, and the line of a template that each line comes from. */
export function printRendering({ chart, documents, hooks }: Rendering): {
  readonly text: string
  readonly lines: readonly { readonly line: number; readonly from: Location }[]
} {
  const lines: { line: number; from: Location }[] = []
  let text = ''
  let line = 0
  for (const document of chart ? [...documents, ...hooks] : []) {
    const head = `---\n# Source: ${document.template}\n`
    line += 2
    for (const from of placesOfLines(document.text)) {
      if (from) lines.push({ line, from })
      line++
    }
    text += `${head}${document.text.text}\n`
  }
  return { text, lines }
}

function pathsRead(
  rendering: Rendering,
  layers: readonly Layer[],
  file: string,
  { names, span }: Omit<Extract<Word, { kind: 'field' }>, 'kind'>,
): Path[] {
  const paths: Path[] = []
  const seen = new Set<Frame>()
  const look = (frame: Frame | undefined): void => {
    for (let at = frame; at && !seen.has(at); at = at.parent) {
      seen.add(at)
      for (const use of at.uses ?? []) look(use)
      if (at.source.file !== file || span.start < at.start || span.end > at.end) continue
      for (const read of at.reads ?? []) {
        for (const origin of flatten(read)) {
          const path = origin.kind === 'cell' && !origin.isKey ? pathInRoot(layers, origin) : undefined
          const ends = path && equal(path.slice(-names.length), [...names])
          if (ends && !paths.some((known) => equal([...known], [...path]))) paths.push(path)
        }
      }
    }
  }
  for (const { pieces } of rendering.rendered.values()) {
    for (const { site, origin } of pieces) {
      if (paths.length >= MAX_READ) return paths
      look(origin.kind === 'gate' ? origin.frame : site)
    }
  }
  return paths
}

function valueAt(values: GoValue, path: Path): GoValue | undefined {
  let at: GoValue | undefined = values
  for (const step of path)
    at = at?.kind === 'map' ? at.entries.get(String(step))?.value : at?.kind === 'list' ? at.items[Number(step)] : undefined
  return at
}

function placesOf(layers: readonly Layer[], path: Path): Location[] {
  return layers.flatMap(({ source, prefix }) => {
    if (path.length <= prefix.length || !prefix.every((step, i) => path[i] === step)) return []
    return locateCell(cellAt(source, path.slice(prefix.length))) ?? []
  })
}

/** The runs of a text that actions on a line wrote. */
function runsFrom({ pieces }: GoText, file: string, line: Span): Span[] {
  const runs: Span[] = []
  let at = 0
  for (const piece of pieces) {
    const last = runs.at(-1)
    const end = at + piece.length
    if (piece.length > 0 && isBy(piece, file, line)) {
      if (last?.end === at) runs[runs.length - 1] = { start: last.start, end }
      else runs.push({ start: at, end })
    }
    at = end
  }
  return runs
}

/** Whether an action on a line wrote a piece. */
function isBy({ site }: Piece, file: string, line: Span): boolean {
  for (let frame = site; frame?.parent; frame = frame.parent) {
    const isAction = frame.whole.end === frame.end && frame.source.file === file
    if (isAction && frame.start < line.end && frame.end > line.start) return true
  }
  return false
}

/** Of each line the first place in a template that wrote something of it. */
function placesOfLines({ text, pieces }: GoText): (Location | undefined)[] {
  const places: (Location | undefined)[] = [undefined]
  let at = 0
  for (const piece of pieces) {
    const end = at + piece.length
    let from = at
    for (let to = text.indexOf('\n', from); from < end; to = text.indexOf('\n', from)) {
      const stop = to < 0 || to >= end ? end : to
      const last = places.length - 1
      if (places[last] === undefined && text.slice(from, stop).trim() !== '') places[last] = placeIn(piece, from - at, stop - at)
      if (stop === end && (to < 0 || to >= end)) break
      places.push(undefined)
      from = stop + 1
    }
    at = end
  }
  return places
}

function placeIn(piece: Piece, start: number, end: number): Location | undefined {
  if (piece.origin.kind === 'literal') return locatePiece({ ...piece, at: piece.at < 0 ? -1 : piece.at + start, length: end - start })
  for (let frame = piece.site; frame?.parent; frame = frame.parent) {
    const found = locateInSource(frame.source, frame)
    if (found) return found
  }
  return locatePiece(piece)
}
