import { type Definition, isEmpty } from './ast.ts'
import type { Budget } from './errors.ts'
import type { Functions, Methods } from './function.ts'
import type { Frame } from './provenance.ts'

/** A set of templates that see each other. `tpl` works on a set of its own, on top of another. */
export interface TemplateSet {
  readonly definitions: Map<string, Definition>
  readonly below: TemplateSet | undefined
}

export interface Engine {
  readonly functions: Functions
  readonly methods: Methods
  readonly budget: Budget
  /** `range` over an integer, as Go can since 1.24. */
  readonly rangeOverInt: boolean
  /** Called for each action, branch and call with what it looked at, in the order of execution. */
  readonly trace?: (frame: Frame, taken: boolean | undefined) => void
}

export function find(templates: TemplateSet, name: string): Definition | undefined {
  for (let set: TemplateSet | undefined = templates; set; set = set.below) {
    const found = set.definitions.get(name)
    if (found) return found
  }
  return undefined
}

/** An empty redefinition never replaces a template. */
export function withoutEmptyRedefinitions(definitions: ReadonlyMap<string, Definition>, below: TemplateSet): Map<string, Definition> {
  return new Map([...definitions].filter(([name, { root }]) => !isEmpty(root) || !find(below, name)))
}
