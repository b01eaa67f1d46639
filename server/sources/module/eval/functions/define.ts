import type { Env } from '../scope.ts'
import type { Type } from '../type.ts'
import type { Val } from '../value.ts'

export interface Parameter {
  readonly name: string
  readonly type: Type
  readonly nullable?: boolean
  /** The function copes with an unknown argument; else its result is unknown. */
  readonly unknown?: boolean
  /** The result is unknown while anything inside the argument is. */
  readonly whole?: boolean
}

export interface TerraformFunction {
  readonly parameters: readonly Parameter[]
  readonly rest?: Parameter
  readonly result: Type
  /** Sensitive items of a sensitive list do not make the whole result sensitive: they stay items. */
  readonly shallow?: boolean
  readonly declassifies?: boolean
  readonly notNull?: boolean
  run(args: readonly Val[], env: Env): Val
}

export type FunctionTable = Readonly<Record<string, TerraformFunction>>

const LIST_OF_STRING: Type = { kind: 'list', of: 'string' }
const TYPES: Readonly<Record<string, Type>> = {
  string: 'string',
  number: 'number',
  bool: 'bool',
  any: 'dynamic',
  strings: LIST_OF_STRING,
  numbers: { kind: 'list', of: 'number' },
  bools: { kind: 'list', of: 'bool' },
  list: { kind: 'list', of: 'dynamic' },
  set: { kind: 'set', of: 'dynamic' },
  map: { kind: 'map', of: 'dynamic' },
  'map-of-strings': { kind: 'map', of: LIST_OF_STRING },
}

/**
 * A function by its signature: `str:string lists:strings... -> string`. Behind a type, `?` takes null, `~` copes with
 * unknown arguments, `!` needs all of it known; `...` repeats.
 */
export function define(
  signature: string,
  run: TerraformFunction['run'],
  options: Partial<Pick<TerraformFunction, 'shallow' | 'declassifies' | 'notNull'>> = {},
): TerraformFunction {
  const [left = '', result = 'any'] = signature.split('->').map((part) => part.trim())
  const all = left.split(' ').filter((word) => word !== '')
  const read = (word: string): Parameter => {
    const [name = '', type = 'any'] = word.replace('...', '').split(':')
    return {
      name,
      type: TYPES[type.replace(/[?~!]/g, '')] ?? 'dynamic',
      nullable: type.includes('?'),
      unknown: type.includes('~'),
      whole: type.includes('!'),
    }
  }
  const rest = all.find((word) => word.endsWith('...'))
  const parameters = all.filter((word) => word !== rest).map(read)
  return { parameters, ...(rest ? { rest: read(rest) } : {}), result: TYPES[result] ?? 'dynamic', run, ...options }
}

/** The text of an argument that is one. */
export function str(value: Val | undefined): string {
  return typeof value?.data === 'string' ? value.data : ''
}
