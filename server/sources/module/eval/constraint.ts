import { type Expression, parseHclExpression } from '../../../syntax/hcl/index.ts'
import type { Constraint } from './convert.ts'
import { Failure } from './failure.ts'
import type { Type } from './type.ts'
import type { Val } from './value.ts'

const ANY: Constraint = { type: 'dynamic' }
const MAX_DEPTH = 50

/**
 * The type that a variable is declared with. Throws a `Failure` where it is none.
 * @param standard evaluates the default of an attribute that may be left out
 */
export function readConstraint(node: Expression, standard: (node: Expression) => Val, depth = 0): Constraint {
  if (depth > MAX_DEPTH) throw new Failure('Invalid type specification', 'This type is nested too deeply.')
  const read = (inner: Expression): Constraint => readConstraint(inner, standard, depth + 1)
  if (node.kind === 'template') {
    // JSON, and the quoted types of old: `"string"`, `"list"`.
    const text = node.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    if (text === 'list' || text === 'map') return { type: { kind: text, of: 'dynamic' } }
    const { value, problems } = parseHclExpression(text)
    if (problems.length === 0 && value.kind !== 'template') return read(value)
  }
  if (node.kind === 'variable') {
    if (node.name === 'string' || node.name === 'number' || node.name === 'bool') return { type: node.name }
    if (node.name === 'any') return ANY
    if (node.name === 'list' || node.name === 'map' || node.name === 'set') return { type: { kind: node.name, of: 'dynamic' } }
  }
  if (node.kind === 'call') {
    const [arg] = node.args
    const name = node.name.text
    if ((name === 'list' || name === 'set' || name === 'map') && arg && node.args.length === 1) {
      const of = read(arg)
      return { type: { kind: name, of: of.type }, ...(of.inner ? { inner: new Map([['*', of]]) } : {}) }
    }
    if (name === 'tuple' && arg?.kind === 'tuple') {
      const of = arg.items.map(read)
      return { type: { kind: 'tuple', of: of.map(({ type }) => type) }, inner: new Map(of.map((each, i) => [String(i), each])) }
    }
    if (name === 'object' && arg?.kind === 'object') return readObject(arg, read, standard)
  }
  throw new Failure(
    'Invalid type specification',
    'This is no type: use string, number, bool, any, list(…), set(…), map(…), object({…}) or tuple([…]).',
  )
}

function readObject(
  node: Extract<Expression, { kind: 'object' }>,
  read: (node: Expression) => Constraint,
  standard: (node: Expression) => Val,
): Constraint {
  const of = new Map<string, Type>()
  const inner = new Map<string, Constraint>()
  const optional = new Map<string, Val | undefined>()
  for (const { key, value } of node.items) {
    const [part] = key.kind === 'template' ? key.parts : []
    if (part?.kind !== 'text') throw new Failure('Invalid type specification', 'The name of an attribute is a plain word.')
    const name = part.text
    const isOptional = value.kind === 'call' && value.name.text === 'optional'
    const [type, fallback] = isOptional ? value.args : [value]
    const constraint = type ? read(type) : ANY
    of.set(name, constraint.type)
    inner.set(name, constraint)
    if (isOptional) optional.set(name, fallback && standard(fallback))
  }
  const sorted = new Map([...of].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { type: { kind: 'object', of: sorted }, inner, optional }
}
