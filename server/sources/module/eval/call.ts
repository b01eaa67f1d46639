import type { Expression } from '../../../syntax/hcl/index.ts'
import { convert } from './convert.ts'
import { evaluate } from './expression.ts'
import { Failure, invalidArgument } from './failure.ts'
import { collections } from './functions/collections.ts'
import type { FunctionTable, Parameter, TerraformFunction } from './functions/define.ts'
import { encodings } from './functions/encoding.ts'
import { files } from './functions/files.ts'
import { hashes } from './functions/hashes.ts'
import { networks } from './functions/networks.ts'
import { numbers } from './functions/numbers.ts'
import { sets } from './functions/sets.ts'
import { strings } from './functions/strings.ts'
import { times } from './functions/times.ts'
import { types } from './functions/types.ts'
import { type Env, sourceOf } from './scope.ts'
import { kindOf, typeName } from './type.ts'
import { bool, hasSensitive, isNull, isWhollyKnown, items, reasonOf, unknownVal, type Val, withSource } from './value.ts'

const FUNCTIONS: ReadonlyMap<string, TerraformFunction> = new Map(
  [strings, numbers, collections, sets, encodings, files, hashes, networks, times, types].flatMap((table: FunctionTable) =>
    Object.entries(table),
  ),
)

type Call = Extract<Expression, { kind: 'call' }>

export function callFunction(node: Call, env: Env): Val {
  const name = node.name.text.startsWith('core::') ? node.name.text.slice(6) : node.name.text
  if (name === 'try') return tryFunction(node, env)
  if (name === 'can') return canFunction(node, env)
  const known = FUNCTIONS.get(name)
  const args = argumentsOf(node, env)
  const sources = args.map(({ source }) => source)
  if (!known) {
    // What a provider computes is not known here.
    if (name.startsWith('provider::')) return withSource(unknownVal('dynamic', `${name}()`), sourceOf(env, node, 'computed', sources))
    throw new Failure('Call to unknown function', `There is no function named ${JSON.stringify(node.name.text)}.`)
  }
  const result = apply(name, known, args, env)
  // What a file says comes from the file, not from its name.
  const { source } = result
  const from = source && (source.how === 'file' || name === 'templatefile') ? [source] : sources
  return withSource(result, sourceOf(env, node, 'computed', from))
}

function argumentsOf(node: Call, env: Env): Val[] {
  const args = node.args.map((arg) => evaluate(arg, env))
  if (!node.expand) return args
  const last = args.pop()
  const list = last && items(last)
  if (last && list) return [...args, ...list]
  if (last && last.data === undefined) return [...args, last]
  throw new Failure('Invalid expanding argument value', 'The expanding argument (indicated by ...) must be of a tuple, list, or set type.')
}

function apply(name: string, definition: TerraformFunction, given: readonly Val[], env: Env): Val {
  const { parameters, rest } = definition
  if (given.length < parameters.length) {
    throw new Failure(
      'Not enough function arguments',
      `Function ${JSON.stringify(name)} expects ${rest ? 'at least ' : ''}${parameters.length} argument(s).`,
    )
  }
  if (!rest && given.length > parameters.length)
    throw new Failure('Too many function arguments', `Function ${JSON.stringify(name)} expects only ${parameters.length} argument(s).`)
  let open: Val | undefined
  const args = given.map((value, i) => {
    const parameter = parameters[i] ?? rest
    if (!parameter) return value
    const converted = accept(value, parameter)
    if (!parameter.unknown && (converted.data === undefined || (parameter.whole && !isWhollyKnown(converted)))) open ??= converted
    return converted
  })
  const sensitive = definition.shallow ? args.some((arg) => arg.sensitive) : args.some(hasSensitive)
  const result = open ? unknownVal(definition.result, reasonOf(open), definition.notNull !== false) : definition.run(args, env)
  return sensitive && !definition.declassifies && !result.sensitive ? { ...result, sensitive: true } : result
}

function accept(value: Val, parameter: Parameter): Val {
  if (isNull(value)) {
    if (!parameter.nullable) throw invalidArgument(`Invalid value for "${parameter.name}" parameter: argument must not be null.`)
    return value
  }
  try {
    return convert(value, parameter.type)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    const wanted = kindOf(parameter.type)
    const reason =
      wanted === 'dynamic' || error.message.includes('given string') || error.message.startsWith('element')
        ? error.message
        : `${typeName(parameter.type)} required`
    throw invalidArgument(`Invalid value for "${parameter.name}" parameter: ${reason}.`)
  }
}

/** The first argument that can be evaluated. */
function tryFunction(node: Call, env: Env): Val {
  let last: Failure | undefined
  const { depth } = env.world.budget
  for (const arg of node.args) {
    try {
      const value = evaluate(arg, env)
      return withSource(value, sourceOf(env, node, 'computed', [value.source]))
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      env.world.budget.depth = depth
      last = error
    }
  }
  throw new Failure('Error in function call', `no expression succeeded${last ? `: ${last.message}` : ''}`)
}

function canFunction(node: Call, env: Env): Val {
  const { depth } = env.world.budget
  const [arg] = node.args
  if (!arg) throw new Failure('Not enough function arguments', 'Function "can" expects 1 argument(s).')
  try {
    const value = evaluate(arg, env)
    const known = value.data !== undefined
    return withSource(known ? bool(true) : unknownVal('bool', reasonOf(value), true), sourceOf(env, node, 'computed', [value.source]))
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    env.world.budget.depth = depth
    return bool(false, sourceOf(env, node, 'computed'))
  }
}
