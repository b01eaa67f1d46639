import type { KubeObject } from '../../../model/object.ts'
import type { ObjectChange } from '../../../model/rule.ts'
import { equal, hasUnknown, isList, isMap, type Path, type Value } from '../../../model/value.ts'
import { applyChange } from '../../../syntax/yaml/index.ts'
import type { Files, Rewriting } from '../../unit.ts'
import type { Entry } from '../objects.ts'
import { attempts, switches } from './change.ts'
import { admitsAll, closings, creations } from './create.ts'
import { type Attempt, type Render, type Rendered, State } from './state.ts'

type Change = Exclude<ObjectChange, { readonly op: 'create' }>
type Creation = Extract<ObjectChange, { readonly op: 'create' }>

/** Which of several ways that work is taken. */
type Fit = 'exactly' | 'and more' | 'no'

interface Preference {
  readonly prefers: (attempt: Attempt) => boolean
  /** A policy that the chart itself has may admit everything: what makes it do so is switched off too. */
  readonly tightens?: boolean
  /** New objects are written anew, even if the chart has one that is switched off. */
  readonly anew?: boolean
}

/** Branches inside each other that are opened for one object. */
const MAX_GATES = 2

/** Renderings that one question may cost. */
const MAX_RENDERINGS = 40

/** More changes than this are not tried in more than one way. */
const MAX_ALTERNATIVES_FOR = 6

export interface Writing {
  readonly rendered: Rendered
  render(files: Files): Rendered
  /** The chart's folder. */
  readonly folder: string
  /** The values file of the variant, where there is one. */
  readonly variant: string | undefined
}

/** The ways to make changes true, each tried out by rendering the chart again. */
export function rewriteChart(changes: readonly ObjectChange[], writing: Writing): readonly Rewriting[] | { readonly refused: string } {
  if (changes.some((change) => change.op !== 'remove' && hasUnknown(change.op === 'create' ? change.body : change.value)))
    return { refused: 'what would be written is not wholly known' }
  let left = MAX_RENDERINGS
  const render: Render = (files) => (left-- > 0 ? writing.render(files) : undefined)
  const solver = new Solver(render, changes)
  const start = new State(writing.rendered)
  const found: Rewriting[] = []
  for (const preference of preferences(writing, changes)) {
    const state = solver.solve(start, changes, preference)
    if (!state) continue
    const rewriting = { edits: state.edits, created: state.created, suffix: suffixOf(state, writing.folder) }
    if (!found.some((known) => JSON.stringify(known) === JSON.stringify(rewriting))) found.push(rewriting)
  }
  return found.length > 0 ? found : { refused: 'no value and no line of the chart makes it so' }
}

/** As a maintainer would: in the value where there is one, else in the template; and in the variant's own values. */
function preferences({ variant }: Writing, changes: readonly ObjectChange[]): Preference[] {
  const all: Preference[] = [{ prefers: () => true }]
  if (changes.some(({ op }) => op === 'create')) all.push({ prefers: () => true, tightens: true }, { prefers: () => true, anew: true })
  if (changes.length > MAX_ALTERNATIVES_FOR) return all
  // Who asks for one environment alone means its own values.
  if (variant !== undefined) all.unshift({ prefers: ({ edits }) => edits.every(({ file }) => file === variant) })
  return all
}

function suffixOf({ edits, created }: State, folder: string): string {
  const files = [...new Set([...edits.map(({ file }) => file), ...created.map(({ file }) => file)])]
  const inside = folder === '' ? '' : `${folder}/`
  return `in ${files.map((file) => (file.startsWith(inside) ? file.slice(inside.length) : file)).join(' and ')}`
}

class Solver {
  readonly #render: Render
  readonly #changes: readonly ObjectChange[]
  /** What an attempt led to: the same one is tried once. */
  readonly #tried = new WeakMap<State, Map<string, State | undefined>>()

  constructor(render: Render, changes: readonly ObjectChange[]) {
    this.#render = render
    this.#changes = changes
  }

  /** Makes one change after the other, each on what the ones before have left. */
  solve(start: State, changes: readonly ObjectChange[], preference: Preference): State | undefined {
    let state: State | undefined = start
    for (const change of changes) {
      if (!state) return undefined
      state = change.op === 'create' ? this.#create(state, change, preference) : this.#change(state, change, preference)
    }
    return state
  }

  #change(state: State, change: Change, preference: Preference): State | undefined {
    const { rendered } = state
    const object = sameObject(rendered, change.object)
    const entry = object && rendered.objects.get(object)
    const expected = object && applyChange(object.body, change)
    if (!object || !entry || !expected || 'refused' in expected) return undefined
    if (equal(object.body, expected.body)) return state
    const wanted = valueAt(expected.body ?? null, change.path)
    const works = (after: Rendered): Fit => {
      if (!keepsOthers(rendered, after)) return 'no'
      if ([...after.objects.keys()].some((each) => alike(each.body, expected.body))) return 'exactly'
      const same = sameObject(after, object)
      if (!same || (!isSwitched(change) && !isSameItem(expected.body ?? null, same.body, change.path))) return 'no'
      return (change.op === 'remove' ? isWithout(same, object, change.path) : alike(valueAt(same.body, change.path), wanted))
        ? 'and more'
        : 'no'
    }
    const direct = this.#first(state, attemptsFor(rendered, entry, { ...change, object }), preference, works)
    if (direct || change.op !== 'set') return direct
    const parts = partsOf(object, change.path, valueAt(object.body, change.path), change.value)
    return parts ? this.solve(state, parts, preference) : undefined
  }

  /** @param depth how many branches inside each other may be opened */
  #create(state: State, change: Creation, preference: Preference, depth = MAX_GATES): State | undefined {
    const beside = sameObject(state.rendered, change.beside)
    const entry = beside && state.rendered.objects.get(beside)
    if (!entry) return undefined
    const others = this.#changes.filter((each) => each !== change)
    const before = new Set([...state.rendered.objects.keys()].map(({ id }) => id))
    const made = (after: Rendered): KubeObject[] => [...after.objects.keys()].filter(({ id }) => !before.has(id))
    let other: State | undefined
    for (const { attempt, opens, fits } of creations(state.rendered, entry, change.body, others)) {
      if (!opens && depth < MAX_GATES) break
      if (opens && preference.anew) continue
      const preferred = preference.prefers(attempt)
      if (!preferred && other) continue
      const after = this.#try(state, attempt)
      if (!after || !keepsOthers(state.rendered, after.rendered)) continue
      const objects = made(after.rendered)
      // A switch that brings other objects too is not about the one that is wanted.
      const [object] = objects.every(fits) ? objects : []
      const found = object
        ? this.#tightened(after, object, preference)
        : opens && depth > 0
          ? this.#create(after, change, preference, depth - 1)
          : undefined
      if (found && preferred) return found
      other ??= found
    }
    return other
  }

  #tightened(state: State, object: KubeObject, { tightens }: Preference): State {
    if (!tightens || !admitsAll(object)) return state
    for (const attempt of closings(state.rendered, object)) {
      const after = this.#try(state, attempt)
      const now = after && sameObject(after.rendered, object)
      if (after && now && !admitsAll(now) && keepsOthers(state.rendered, after.rendered)) return after
    }
    return state
  }

  /** The first attempt that makes the change and nothing else, one that is preferred before others; else one with consequences. */
  #first(state: State, all: Iterable<Attempt>, { prefers }: Preference, works: (after: Rendered) => Fit): State | undefined {
    const found = new Map<string, State>()
    for (const attempt of all) {
      const preferred = prefers(attempt)
      const key = `${preferred}`
      if (found.has(`${key} exactly`)) continue
      const after = this.#try(state, attempt)
      const fit = after ? works(after.rendered) : 'no'
      if (!after || fit === 'no') continue
      if (preferred && fit === 'exactly') return after
      if (!found.has(`${key} ${fit}`)) found.set(`${key} ${fit}`, after)
    }
    return found.get('true and more') ?? found.get('false exactly') ?? found.get('false and more')
  }

  #try(state: State, attempt: Attempt): State | undefined {
    const known = this.#tried.get(state) ?? new Map<string, State | undefined>()
    this.#tried.set(state, known)
    const key = JSON.stringify(attempt)
    if (!known.has(key)) known.set(key, state.after(attempt, this.#render))
    return known.get(key)
  }
}

/** What is switched is no matter of the template's text. */
function attemptsFor(rendered: Rendered, entry: Entry, change: Change): Iterable<Attempt> {
  return isSwitched(change) ? switches(rendered, entry, change.path) : attempts(rendered, entry, change)
}

/** The object of a state that was another one before the changes. */
function sameObject({ objects }: Rendered, object: KubeObject): KubeObject | undefined {
  if (objects.has(object)) return object
  return [...objects.keys()].find((each) => each.id === object.id && each.file === object.file)
}

function isSwitched(change: Change): boolean {
  return change.op === 'remove' && change.switched === true
}

/** Whether the indices of a path mean the same items: a list that grew or shrank has others there. */
function isSameItem(a: Value, b: Value, path: Path): boolean {
  return path.every((step, i) => {
    if (typeof step !== 'number') return true
    const [before, after] = [valueAt(a, path.slice(0, i)), valueAt(b, path.slice(0, i))]
    return isList(before) && isList(after) && before.length === after.length
  })
}

/** Whether what stood at a path is not there any more; of an item, whether the list has none that is equal. */
function isWithout(after: KubeObject, before: KubeObject, path: Path): boolean {
  if (typeof path.at(-1) !== 'number') return isNothing(valueAt(after.body, path) ?? null)
  const [list, item] = [valueAt(after.body, path.slice(0, -1)), valueAt(before.body, path)]
  return !isList(list) || !list.some((each) => equal(each, item ?? null))
}

/** Nothing broke, and nothing is gone. */
function keepsOthers(before: Rendered, after: Rendered): boolean {
  const fatal = ({ rendering }: Rendered): number => rendering.problems.filter((problem) => problem.fatal).length
  return fatal(after) <= fatal(before) && after.objects.size >= before.objects.size
}

/** Equal, where a template writes nothing below a key that is left without entries. */
function alike(a: Value | undefined, b: Value | undefined): boolean {
  if (isNothing(a) && isNothing(b)) return true
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => alike(item, b[i]))
  if (!isMap(a) || !isMap(b)) return equal(a, b)
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && alike(a[key], b[key]))
}

function isNothing(value: Value | undefined): boolean {
  return value === null || (isList(value) && value.length === 0) || (isMap(value) && Object.keys(value).length === 0)
}

function valueAt(body: Value, path: Path): Value | undefined {
  let at: Value | undefined = body
  for (const step of path) at = isList(at) ? at[Number(step)] : isMap(at) ? at[step] : undefined
  return at
}

/** A new list or map as changes of its parts; undefined when it has none that are the same. */
function partsOf(object: KubeObject, path: Path, old: Value | undefined, value: Value): Change[] | undefined {
  const parts: Change[] = []
  const set = (step: string | number, before: Value | undefined, after: Value): void => {
    if (!equal(before, after)) parts.push({ op: 'set', object, path: [...path, step], value: after })
  }
  if (isMap(old) && isMap(value)) {
    for (const key of Object.keys(old)) if (!Object.hasOwn(value, key)) parts.push({ op: 'remove', object, path: [...path, key] })
    for (const [key, after] of Object.entries(value)) set(key, old[key], after)
  } else if (isList(old) && isList(value) && old.length > 0) {
    const common = Math.min(old.length, value.length)
    // From the end, so that no index moves.
    for (let i = old.length - 1; i >= common; i--) parts.push({ op: 'remove', object, path: [...path, i] })
    for (const [i, after] of value.entries()) {
      if (i < common) set(i, old[i], after)
      else parts.push({ op: 'insert', object, path, index: i, value: after })
    }
  } else return undefined
  return parts
}
