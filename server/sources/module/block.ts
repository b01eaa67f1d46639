import type { Block, Body } from '../../syntax/hcl/index.ts'
import { attribute, blocks } from './config.ts'
import { evaluate } from './eval/expression.ts'
import { Failure } from './eval/failure.ts'
import { type Env, placeOf, sourceOf, withLocals } from './eval/scope.ts'
import { iterate } from './eval/traverse.ts'
import { blockOf, object, type Place, reasonOf, type Source, tuple, unknownVal, type Val, withSource } from './eval/value.ts'

/** Arguments that belong to Terraform and not to the resource. */
export const META: ReadonlySet<string> = new Set(['count', 'for_each', 'depends_on', 'provider', 'lifecycle', 'provisioner', 'connection'])
/** Those of a module call. */
export const CALL_META: ReadonlySet<string> = new Set(['count', 'for_each', 'depends_on', 'providers', 'source', 'version'])

export interface BodyOptions {
  readonly skip: ReadonlySet<string>
  /** Marks the object, and those of its blocks, as ones that have more attributes than are written. */
  readonly open?: string
  /** Told of what Terraform would refuse; the argument is unknown then. */
  failed(failure: Failure): void
}

/**
 * The content of a block: arguments by name, and blocks as a list by their type. Blocks that `dynamic` makes stand
 * among the others; where their number is unknown, the list is.
 */
export function evaluateBody(body: Body, env: Env, options: BodyOptions, source?: Source): Val {
  const result = new Map<string, Val>()
  let nested: Map<string, Val[]> | undefined
  let unknown: Map<string, Val> | undefined
  const keys = new Map<string, Place>()
  for (const item of body.items) {
    const name = item.kind === 'attribute' ? item.name.text : item.type.text
    if (options.skip.has(name)) continue
    const key = item.kind === 'attribute' ? item.name : item.type
    if (!keys.has(name)) keys.set(name, placeOf(env, key))
    if (item.kind === 'attribute') {
      result.set(
        name,
        guarded(options, item.name.text, () => evaluate(item.value, env)),
      )
    } else {
      nested ??= new Map()
      if (name === 'dynamic') {
        unknown ??= new Map()
        expandDynamic(item, env, options, nested, unknown)
      } else push(nested, name, content(item, item.body, env, options))
    }
  }
  for (const [name, list] of nested ?? []) result.set(name, tuple(list, list[0]?.source))
  for (const [name, value] of unknown ?? []) result.set(name, value)
  return blockOf(result, keys, options.open, source)
}

function push(into: Map<string, Val[]>, name: string, value: Val): void {
  const known = into.get(name)
  if (known) known.push(value)
  else into.set(name, [value])
}

/** A block's own place is its header. */
function content(block: Block, body: Body, env: Env, options: BodyOptions): Val {
  const inner = options.skip === NOTHING ? options : { ...options, skip: NOTHING }
  return evaluateBody(body, env, inner, sourceOf(env, { start: block.start, end: headerEnd(block) }, 'written'))
}

const NOTHING: ReadonlySet<string> = new Set()

function headerEnd(block: Block): number {
  return block.labels[block.labels.length - 1]?.end ?? block.type.end
}

function guarded(options: BodyOptions, what: string, run: () => Val): Val {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    options.failed(error)
    return unknownVal('dynamic', what)
  }
}

function expandDynamic(block: Block, env: Env, options: BodyOptions, nested: Map<string, Val[]>, unknown: Map<string, Val>): void {
  const type = block.labels[0]?.text
  const forEach = attribute(block.body, 'for_each')
  const [inner] = blocks(block.body, 'content')
  if (type === undefined || !forEach || !inner) return
  const iterator = attribute(block.body, 'iterator')?.value
  const name = iterator?.kind === 'variable' ? iterator.name : type
  const collection = guarded(options, type, () => evaluate(forEach.value, env))
  let pairs: ReturnType<typeof iterate>
  try {
    pairs = collection.data === null ? [] : iterate(collection)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    options.failed(error)
  }
  if (!pairs) {
    unknown.set(type, withSource(unknownVal('dynamic', reasonOf(collection)), sourceOf(env, block, 'computed', [collection.source])))
    return
  }
  for (const [key, value] of pairs) {
    env.world.budget.step(10)
    const item = object(
      new Map([
        ['key', key],
        ['value', value],
      ]),
    )
    push(nested, type, content(block, inner.body, withLocals(env, new Map([[name, item]])), options))
  }
}
