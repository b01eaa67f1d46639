import { Memo } from '../../text/memo.ts'
import type { Definition } from './ast.ts'
import type { Functions } from './function.ts'
import { type ParsedTemplate, parseTemplate } from './parse.ts'
import type { TemplateSource } from './provenance.ts'

/** Trees by their text: many charts hold a copy of the same library. */
const trees = new WeakMap<Functions, Memo<ParsedTemplate>>()

/** In characters of the texts; their trees take thirty times as much. */
const KEPT = 8_000_000

/** `parseTemplate`, each text once. */
export function parsedTemplate(source: TemplateSource, functions: Functions): ParsedTemplate {
  const known = trees.get(functions) ?? new Memo<ParsedTemplate>(KEPT)
  trees.set(functions, known)
  const { definitions, problem } = known.get(source.text, () => parseTemplate({ name: UNNAMED, text: source.text }, { functions }))
  // Messages name the template.
  if (problem || definitions.has(source.name)) return parseTemplate(source, { functions })
  const own = new Map<string, Definition>()
  for (const { name, root } of definitions.values()) {
    const named = name === UNNAMED ? source.name : name
    own.set(named, { name: named, source, root })
  }
  return { definitions: own }
}

/** No template can have this name. */
const UNNAMED = '\0'
