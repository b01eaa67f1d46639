import type { Span } from '../../text/span.ts'
import type { BranchNode } from './ast.ts'
import type { GoText } from './text.ts'

/** One template text: a file, or a string that `tpl` was given. */
export interface TemplateSource {
  /** What messages call it: the path inside the chart, `gotpl` for `tpl`. */
  readonly name: string
  /** The file it stands in; absent for the text of a `tpl` call. */
  readonly file?: string
  readonly text: string
  /** Where the text of a `tpl` call came from. */
  readonly given?: GoText
}

/** A range of a template: literal text, a constant, or a function's name for what the function adds. */
export interface Literal {
  readonly kind: 'literal'
  readonly source: TemplateSource
  readonly start: number
  readonly end: number
}

/** A document that values were read from: a values file, `Chart.yaml`, `--set`. */
export interface CellSource {
  readonly name: string
  readonly file?: string
}

/**
 * A value of such a document. `missing` when it was asked for and is not there; its parent is then where it
 * would have to stand.
 */
export interface Cell {
  readonly kind: 'cell'
  readonly source: CellSource
  readonly parent: Cell | undefined
  readonly step: string | number
  readonly missing?: boolean
  /** The key itself, not its value. */
  readonly isKey?: boolean
}

/** Something the engine provides: `.Release.Name`, `.Capabilities.KubeVersion`. */
export interface BuiltIn {
  readonly kind: 'built-in'
  readonly name: string
}

/** The content of a file read by `.Files`. */
export interface FileContent {
  readonly kind: 'file'
  readonly file: string
}

/** Computed from other values. `chosen` tells the one that was passed on unchanged, e.g. by `default`. */
export interface Computed {
  readonly kind: 'computed'
  readonly chosen: Origin | undefined
  readonly inputs: readonly Origin[]
  /** Texts among the inputs that templates wrote: what decided whether they did has a say too. */
  readonly texts?: readonly GoText[]
  /** Where it was put into a map: the branches round that have a say too. */
  readonly frames?: readonly Frame[]
}

/** What only a run in a cluster, or a throw of dice, could tell. Its text is a stand-in. */
export interface Opaque {
  readonly kind: 'opaque'
  readonly name: string
}

/** A branch that was not taken, at the place where its text would stand. */
export interface Gate {
  readonly kind: 'gate'
  readonly frame: Frame
  /** Its `list` is what was left out. */
  readonly branch: BranchNode
}

export type Origin = Literal | Cell | BuiltIn | FileContent | Computed | Opaque | Gate

/**
 * What is being executed, innermost first: an action, the branch and the range round it, the call that led
 * to its template, the file. Never changed once its pipeline was evaluated.
 */
export interface Frame {
  readonly parent: Frame | undefined
  readonly source: TemplateSource
  readonly start: number
  readonly end: number
  /** Of a branch, to the end of its `{{ end }}`. */
  readonly whole: Span
  /** The values that were looked at to evaluate the pipeline. */
  reads: Origin[] | undefined
  /** The frames in which the variables that it uses were set. */
  uses: Frame[] | undefined
  /** What the templates wrote that its pipeline called. */
  called: GoText[] | undefined
}

export function frameOf(parent: Frame | undefined, source: TemplateSource, { start, end }: Span, whole: Span = { start, end }): Frame {
  return { parent, source, start, end, whole, reads: undefined, uses: undefined, called: undefined }
}

/** Keeps what a called template wrote, and answers it. */
export function noteCall(frame: Frame, text: GoText): GoText {
  if (frame.called) frame.called.push(text)
  else frame.called = [text]
  return text
}

/** Every value that had a say in whether and how a frame was executed. */
export function readsOf(frame: Frame | undefined): Set<Origin> {
  const says = new Says()
  if (frame) says.frame(frame, false)
  return says.origins
}

/** Collects who has a say, each frame and text once. */
class Says {
  readonly origins = new Set<Origin>()
  readonly #frames = new Set<Frame>()
  readonly #values = new Set<Frame>()
  readonly #texts = new Set<GoText>()

  origin(origin: Origin): void {
    if (origin.kind !== 'computed') {
      this.origins.add(origin)
      return
    }
    if (origin.chosen) this.origin(origin.chosen)
    for (const input of origin.inputs) this.origin(input)
    for (const text of origin.texts ?? []) this.#text(text)
    for (const frame of origin.frames ?? []) this.frame(frame, false)
  }

  /** @param asValue what the frame's pipeline came to matters too, as it does for a branch or a variable */
  frame(frame: Frame, asValue: boolean): void {
    for (let at: Frame | undefined = frame; at; at = at.parent) {
      if ((at === frame && asValue) || at.whole.end > at.end) this.#value(at)
      if (this.#frames.has(at)) continue
      this.#frames.add(at)
      for (const read of at.reads ?? []) this.origin(read)
      for (const use of at.uses ?? []) this.frame(use, true)
    }
  }

  #value(frame: Frame): void {
    if (this.#values.has(frame)) return
    this.#values.add(frame)
    for (const text of frame.called ?? []) {
      this.#text(text)
      for (const { origin, length } of text.pieces) if (length > 0) this.origin(origin)
    }
  }

  #text(text: GoText): void {
    if (this.#texts.has(text)) return
    this.#texts.add(text)
    for (const { origin, site } of text.pieces) {
      if (origin.kind === 'gate') this.frame(origin.frame, true)
      if (site) this.frame(site, false)
    }
  }
}

/** More inputs than this are not told apart. */
const MAX_INPUTS = 1000

const NO_ORIGIN: BuiltIn = { kind: 'built-in', name: '' }

export function nowhere(): Origin {
  return NO_ORIGIN
}

/** The origin of what was computed from `inputs`; one input alone stands for itself. */
export function computedFrom(inputs: readonly Origin[], chosen?: Origin, written?: GoText): Origin {
  if (written || inputs.length > FEW || inputs.some(isCollected)) return collected(inputs, chosen, written)
  const distinct: Origin[] = []
  for (const origin of inputs) if (isTold(origin) && !distinct.includes(origin)) distinct.push(origin)
  return ofDistinct(inputs, distinct, chosen)
}

/** With so few inputs looking through them is faster than to remember them. */
const FEW = 8

/** Computed from several, which are told one by one. */
function isCollected(origin: Origin): origin is Computed {
  return origin.kind === 'computed' && !origin.chosen
}

/** What the function or the template adds itself needs no telling. */
function isTold(origin: Origin): boolean {
  return origin !== NO_ORIGIN && origin.kind !== 'literal'
}

function collected(inputs: readonly Origin[], chosen: Origin | undefined, written: GoText | undefined): Origin {
  const found = new Set<Origin>()
  const texts = new Set<GoText>(written ? [written] : [])
  const add = (origin: Origin): void => {
    // What is a stand-in must not be taken for what somebody wrote.
    if (isTold(origin) && (found.size < MAX_INPUTS || isOpaque(origin))) found.add(origin)
  }
  for (const origin of inputs) {
    if (!isCollected(origin)) add(origin)
    else {
      for (const input of origin.inputs) add(input)
      for (const text of origin.texts ?? []) texts.add(text)
    }
  }
  return texts.size > 0 ? { kind: 'computed', chosen, inputs: [...found], texts: [...texts] } : ofDistinct(inputs, [...found], chosen)
}

function ofDistinct(inputs: readonly Origin[], distinct: readonly Origin[], chosen: Origin | undefined): Origin {
  const [only] = distinct
  if (chosen)
    return distinct.length === 0 || (distinct.length === 1 && only === chosen) ? chosen : { kind: 'computed', chosen, inputs: distinct }
  if (distinct.length === 0) return inputs[0] ?? NO_ORIGIN
  return distinct.length === 1 && only && only.kind !== 'computed' ? only : { kind: 'computed', chosen: undefined, inputs: distinct }
}

/** The origins that have a say in `origin`, itself included; computed ones taken apart. */
export function flatten(origin: Origin): Set<Origin> {
  const says = new Says()
  says.origin(origin)
  return says.origins
}

export function isOpaque(origin: Origin): boolean {
  if (origin.kind === 'opaque') return true
  return origin.kind === 'computed' && (origin.chosen ? isOpaque(origin.chosen) : origin.inputs.some(isOpaque))
}

/** What is asked for and not there: where it would have to stand. */
export function missingIn(parent: Origin, step: string | number): Origin {
  if (parent.kind === 'cell') return { kind: 'cell', source: parent.source, parent, step, missing: true }
  return parent.kind === 'computed' && parent.chosen ? { ...parent, chosen: missingIn(parent.chosen, step) } : NO_ORIGIN
}

/** The origin of what was passed on inside a branch: nobody would see it, had the branch not been taken. */
export function passedOnIn(frame: Frame, origin: Origin): Origin {
  for (let at: Frame | undefined = frame; at; at = at.parent)
    if (at.whole.end > at.end) return { kind: 'computed', chosen: origin, inputs: [], frames: [frame] }
  return origin
}

/** The steps from the top of its document to a cell. */
export function cellPath(cell: Cell): (string | number)[] {
  const path: (string | number)[] = []
  for (let at: Cell | undefined = cell; at?.parent; at = at.parent) path.push(at.step)
  return path.reverse()
}
