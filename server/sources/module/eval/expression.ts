import type { Expression, ForExpression, ObjectItem, TemplatePart } from '../../../syntax/hcl/index.ts'
import { convert } from './convert.ts'
import { equals } from './equal.ts'
import { Failure } from './failure.ts'
import { callFunction } from './call.ts'
import { parseNumber, type Num, numberText } from './number.ts'
import { binary, unary } from './operators.ts'
import { type Env, findLocal, placeOf, sourceOf, type Step, withLocals } from './scope.ts'
import { getAttribute, getIndex, iterate, splat } from './traverse.ts'
import { isPrimitive, type Type, unify } from './type.ts'
import {
  bool,
  isNull,
  NULL,
  nameOf,
  number,
  object,
  type Place,
  reasonOf,
  type Source,
  text,
  tuple,
  unknownVal,
  type Val,
  withSensitive,
  withSource,
} from './value.ts'

/** The value of an expression. Throws a `Failure` where Terraform reports an error, and `Exhausted` beyond the budget. */
export function evaluate(node: Expression, env: Env): Val {
  const { budget } = env.world
  budget.step()
  budget.down()
  try {
    return evaluateNode(node, env)
  } catch (error) {
    if (error instanceof Failure && !error.at && !env.placeless) error.at = placeOf(env, node)
    throw error
  } finally {
    budget.up()
  }
}

function evaluateNode(node: Expression, env: Env): Val {
  switch (node.kind) {
    case 'number':
      return number(parseNumber(node.text) ?? 0, sourceOf(env, node, 'written'))
    case 'bool':
      return bool(node.value, sourceOf(env, node, 'written'))
    case 'null':
      return withSource(NULL, sourceOf(env, node, 'written'))
    case 'template':
      return template(node, env)
    case 'variable':
    case 'get':
    case 'index':
      return traversal(node, env)
    case 'item':
      return env.item ?? NULL
    case 'splat': {
      const of = evaluate(node.of, env)
      return withSource(
        splat(of, (item) => evaluate(node.each, { ...env, item })),
        sourceOf(env, node, 'computed', [of.source]),
      )
    }
    case 'call':
      return callFunction(node, env)
    case 'for':
      return forExpression(node, env)
    case 'conditional':
      return conditional(node, env)
    case 'binary':
      return binaryExpression(node, env)
    case 'unary': {
      const operand = evaluate(node.operand, env)
      return withSource(unary(node.op, operand), sourceOf(env, node, 'computed', [operand.source]))
    }
    case 'paren':
      return evaluate(node.inner, env)
    case 'tuple':
      return tuple(
        node.items.map((item) => evaluate(item, env)),
        sourceOf(env, node, 'written'),
      )
    case 'object':
      return objectConstructor(node, env)
    default:
      throw new Failure('Missing expression', 'A value is missing here.')
  }
}

function objectConstructor(node: { readonly items: readonly ObjectItem[]; readonly start: number; readonly end: number }, env: Env): Val {
  const result = new Map<string, Val>()
  const keys = new Map<string, Place>()
  const partial = new Map<string, Val>()
  let open: Val | undefined
  for (const item of node.items) {
    const key = evaluate(item.key, env)
    const value = evaluate(item.value, env)
    if (isNull(key)) throw new Failure('Null value as key', "Can't use a null value as a key.")
    const name = convertKey(key)
    if (name.data === undefined) {
      open = name
      partial.set(nameOf(name) ?? '*', value)
    } else {
      result.set(name.data as string, value)
      if (!env.placeless) keys.set(name.data as string, placeOf(env, item.key))
    }
  }
  if (open) {
    const known = object(new Map([...result, ...partial]))
    return { ...unknownVal('dynamic', reasonOf(open), true), source: sourceOf(env, node, 'written'), partial: known }
  }
  return { ...object(result, sourceOf(env, node, 'written')), keys }
}

function convertKey(key: Val): Val {
  try {
    return convert(key, 'string')
  } catch (error) {
    if (error instanceof Failure) throw new Failure('Incorrect key type', `Can't use this value as a key: ${error.message}.`)
    throw error
  }
}

function binaryExpression(node: Extract<Expression, { kind: 'binary' }>, env: Env): Val {
  const left = evaluate(node.left, env)
  const right = attempt(node.right, env)
  if (!right.value) {
    // What decides alone spares the other side, as it does since Terraform 1.12.
    const decides = node.op === '||' ? true : node.op === '&&' ? false : undefined
    if (decides === undefined || left.data !== decides) throw right.failure
    return withSource(left, sourceOf(env, node, 'computed', [left.source]))
  }
  return withSource(binary(node.op, left, right.value), sourceOf(env, node, 'computed', [left.source, right.value.source]))
}

/** `a.b[c]`: the name at its root, and the steps from it. */
function traversal(node: Expression, env: Env): Val {
  const steps: Extract<Expression, { kind: 'get' | 'index' }>[] = []
  let root = node
  while (root.kind === 'get' || root.kind === 'index') {
    steps.push(root)
    root = root.of
  }
  steps.reverse()
  env.world.budget.step(steps.length)
  let value: Val
  let used = 0
  if (root.kind === 'variable') {
    const local = findLocal(env, root.name)
    if (local) value = local
    else
      ({ value, used } = env.scope.reference(
        root.name,
        steps.map((step): Step => (step.kind === 'get' ? step.name : () => evaluate(step.key, env))),
      ))
  } else value = evaluate(root, env)
  for (const step of steps.slice(used)) {
    value = step.kind === 'get' ? getAttribute(value, step.name) : getIndex(value, evaluate(step.key, env))
  }
  return withSource(value, sourceOf(env, node, 'computed', [value.source]))
}

function conditional(node: Extract<Expression, { kind: 'conditional' }>, env: Env): Val {
  const given = evaluate(node.condition, env)
  if (isNull(given)) throw new Failure('Null condition', 'The condition value is null. Conditions must either be true or false.')
  let condition: Val
  try {
    condition = convert(given, 'bool')
  } catch (error) {
    if (error instanceof Failure) throw new Failure('Incorrect condition type', 'The condition expression must be of type bool.')
    throw error
  }
  const then = attempt(node.then, env)
  const otherwise = attempt(node.otherwise, env)
  const sources = [given.source]
  if (condition.data === undefined) {
    // A way that fails may be the one that is not taken.
    if (!then.value || !otherwise.value) {
      if (!then.value && !otherwise.value) throw then.failure
      return withSource(
        unknownVal((then.value ?? otherwise.value)?.type ?? 'dynamic', reasonOf(condition)),
        sourceOf(env, node, 'computed', sources),
      )
    }
    const [a, b] = unified(then.value, otherwise.value)
    if (equals(a, b) === true) return withSource(a, sourceOf(env, node, 'computed', [...sources, a.source]))
    const notNull = (value: Val): boolean => (value.data === undefined ? value.unknown?.notNull === true : value.data !== null)
    const type = a.type === b.type ? a.type : (unify([a.type, b.type]) ?? 'dynamic')
    return withSource(
      unknownVal(type, reasonOf(condition), notNull(a) && notNull(b)),
      sourceOf(env, node, 'computed', [...sources, a.source, b.source]),
    )
  }
  const [chosen, other] = condition.data === true ? [then, otherwise] : [otherwise, then]
  if (!chosen.value) throw chosen.failure
  const [value] = other.value ? unified(chosen.value, other.value) : [chosen.value]
  const result = withSensitive(value, value.sensitive || condition.sensitive)
  return withSource(result, sourceOf(env, node, 'computed', [value.source, ...sources]))
}

/** Both ways are evaluated, and only that of the one that is taken matters. */
function attempt(
  node: Expression,
  env: Env,
): { readonly value: Val; readonly failure?: never } | { readonly value?: never; readonly failure: Failure } {
  const { depth } = env.world.budget
  try {
    return { value: evaluate(node, env) }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    env.world.budget.depth = depth
    return { failure: error }
  }
}

function unified(chosen: Val, other: Val): [Val, Val] {
  const type: Type | undefined = unify([chosen.type, other.type])
  if (type === undefined)
    throw new Failure('Inconsistent conditional result types', 'The true and false result expressions must have consistent types.')
  return [convert(chosen, type), convert(other, type)]
}

function forExpression(node: ForExpression, env: Env): Val {
  const collection = evaluate(node.collection, env)
  const source = sourceOf(env, node, 'computed', [collection.source])
  const pairs = iterate(collection)
  if (!pairs) return withSource(unknownVal('dynamic', reasonOf(collection)), source)
  const results: Val[] = []
  const byKey = new Map<string, Val[]>()
  let open: Val | undefined
  for (const [key, value] of pairs) {
    const names = new Map([[node.valueName, value]])
    if (node.keyName !== undefined) names.set(node.keyName, key)
    const inner = withLocals(env, names)
    if (node.condition) {
      const wanted = condition(evaluate(node.condition, inner))
      if (wanted.data === undefined) {
        open = wanted
        continue
      }
      if (wanted.data === false) continue
    }
    if (!node.key) {
      results.push(evaluate(node.value, inner))
      continue
    }
    const given = evaluate(node.key, inner)
    if (isNull(given)) throw new Failure('Invalid object key', "Key expression in 'for' expression must not produce a null value.")
    const name = convertKey(given)
    if (name.data === undefined) {
      open = name
      continue
    }
    const result = evaluate(node.value, inner)
    const same = byKey.get(name.data as string)
    if (!same) byKey.set(name.data as string, [result])
    else if (node.group) same.push(result)
    else
      throw new Failure(
        'Duplicate object key',
        `Two different items produced the key ${JSON.stringify(name.data)} in this 'for' expression.`,
      )
  }
  if (open) return withSource(unknownVal('dynamic', reasonOf(open)), source)
  const made = node.key
    ? object(new Map([...byKey].map(([key, values]) => [key, node.group ? tuple(values) : (values[0] ?? NULL)])))
    : tuple(results)
  return withSource(withSensitive(made, collection.sensitive), source)
}

function condition(value: Val): Val {
  if (isNull(value)) throw new Failure("Invalid 'for' condition", "The value of the 'if' clause must not be null.")
  try {
    return convert(value, 'bool')
  } catch (error) {
    if (error instanceof Failure) throw new Failure("Invalid 'for' condition", "The value of the 'if' clause must be true or false.")
    throw error
  }
}

function template(node: Extract<Expression, { kind: 'template' }>, env: Env): Val {
  const [only] = node.parts
  if (only === undefined) return text('', sourceOf(env, node, 'written'))
  if (node.parts.length === 1) {
    if (only.kind === 'text') return text(only.text, sourceOf(env, node, 'written'))
    if (only.kind === 'interpolation' && node.form !== 'heredoc') {
      const value = evaluate(only.value, env)
      return withSource(value, sourceOf(env, node, 'computed', [value.source]))
    }
  }
  const out = new Pieces(env)
  writeParts(node.parts, env, out)
  return withSource(out.value(), sourceOf(env, node, 'computed', out.sources))
}

/** A text that is put together; what is unknown in it stays a hole. */
class Pieces {
  readonly sources: Source[] = []
  readonly #env: Env
  #parts: (string | undefined)[] = []
  #open: Val | undefined
  #sensitive = false

  constructor(env: Env) {
    this.#env = env
  }

  text(data: string): void {
    this.#env.world.budget.take(data.length)
    const last = this.#parts.length - 1
    const before = this.#parts[last]
    if (before === undefined) this.#parts.push(data)
    else this.#parts[last] = before + data
  }

  add(value: Val): void {
    if (value.source && this.sources.length < 50) this.sources.push(value.source)
    if (value.sensitive) this.#sensitive = true
    if (isNull(value))
      throw new Failure(
        'Invalid template interpolation value',
        'The expression result is null. Cannot include a null value in a string template.',
      )
    if (!isPrimitive(value.type) && !(value.type === 'dynamic' && value.data === undefined))
      throw new Failure('Invalid template interpolation value', 'Cannot include the given value in a string template: string required.')
    if (value.data === undefined) this.hole(value)
    else
      this.text(
        typeof value.data === 'string' ? value.data : typeof value.data === 'boolean' ? String(value.data) : numberText(value.data as Num),
      )
  }

  hole(value: Val): void {
    this.#open ??= value
    const parts = value.type === 'string' ? value.unknown?.parts : undefined
    for (const part of parts ?? [undefined]) {
      if (part !== undefined) this.text(part)
      else if (this.#parts.length === 0 || this.#parts[this.#parts.length - 1] !== undefined) this.#parts.push(undefined)
    }
  }

  value(): Val {
    const result = this.#open ? unknownVal('string', reasonOf(this.#open), true, this.#parts) : text(this.#parts[0] ?? '')
    return this.#sensitive ? { ...result, sensitive: true } : result
  }
}

function writeParts(parts: readonly TemplatePart[], env: Env, out: Pieces): void {
  for (const part of parts) {
    env.world.budget.step()
    if (part.kind === 'text') out.text(part.text)
    else if (part.kind === 'interpolation') out.add(evaluate(part.value, env))
    else if (part.kind === 'if') writeIf(part, env, out)
    else {
      const collection = evaluate(part.collection, env)
      const pairs = iterate(collection)
      if (!pairs) out.hole(collection)
      for (const [key, value] of pairs ?? []) {
        const names = new Map([[part.value, value]])
        if (part.key !== undefined) names.set(part.key, key)
        writeParts(part.body, withLocals(env, names), out)
      }
    }
  }
}

function writeIf(part: Extract<TemplatePart, { kind: 'if' }>, env: Env, out: Pieces): void {
  const given = evaluate(part.condition, env)
  const chosen = condition(given)
  if (chosen.data === undefined) out.hole(chosen)
  else writeParts(chosen.data === true ? part.then : part.otherwise, env, out)
}
