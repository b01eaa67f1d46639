import type { BinaryOperator } from '../../../syntax/hcl/index.ts'
import { convert } from './convert.ts'
import { equals } from './equal.ts'
import { Failure } from './failure.ts'
import { add, compareNumbers, divide, modulo, multiply, negate, type Num, subtract } from './number.ts'
import { type Type, typeName } from './type.ts'
import { bool, hasSensitive, isNull, number, reasonOf, unknownVal, type Val } from './value.ts'

function operand(value: Val, type: Type, side: string): Val {
  if (isNull(value)) throw new Failure('Operation failed', `Error during operation: argument must not be null.`)
  try {
    return convert(value, type)
  } catch (error) {
    if (error instanceof Failure) throw new Failure('Invalid operand', `Unsuitable value for ${side}operand: ${typeName(type)} required.`)
    throw error
  }
}

export function binary(op: BinaryOperator, left: Val, right: Val): Val {
  const result =
    op === '==' || op === '!=' ? equality(op, left, right) : op === '&&' || op === '||' ? logic(op, left, right) : numeric(op, left, right)
  return hasSensitive(left) || hasSensitive(right) ? { ...result, sensitive: true } : result
}

function equality(op: '==' | '!=', left: Val, right: Val): Val {
  const same = equals(left, right)
  if (same === undefined) return unknownVal('bool', reasonOf(left) || reasonOf(right), true)
  return bool(same === (op === '=='))
}

function logic(op: '&&' | '||', a: Val, b: Val): Val {
  const left = operand(a, 'bool', 'left ')
  const right = operand(b, 'bool', 'right ')
  // Terraform does not know the result while one side is unknown, whatever the other one is.
  if (left.data === undefined || right.data === undefined) return unknownVal('bool', reasonOf(left) || reasonOf(right), true)
  const decides = op === '||'
  if (left.data === decides || right.data === decides) return bool(decides)
  return bool(!decides)
}

function numeric(op: Exclude<BinaryOperator, '==' | '!=' | '&&' | '||'>, a: Val, b: Val): Val {
  const left = operand(a, 'number', 'left ')
  const right = operand(b, 'number', 'right ')
  const compares = op === '<' || op === '<=' || op === '>' || op === '>='
  if (left.data === undefined || right.data === undefined)
    return unknownVal(compares ? 'bool' : 'number', reasonOf(left) || reasonOf(right), true)
  const [x, y] = [left.data as Num, right.data as Num]
  switch (op) {
    case '+':
      return number(add(x, y))
    case '-':
      return number(subtract(x, y))
    case '*':
      return number(multiply(x, y))
    case '/': {
      const result = divide(x, y)
      if (result === undefined) throw new Failure('Operation failed', 'Error during operation: zero cannot be divided by zero.')
      return number(result)
    }
    case '%':
      return number(modulo(x, y))
    default: {
      const order = compareNumbers(x, y)
      return bool(op === '<' ? order < 0 : op === '<=' ? order <= 0 : op === '>' ? order > 0 : order >= 0)
    }
  }
}

export function unary(op: '!' | '-', value: Val): Val {
  const given = operand(value, op === '!' ? 'bool' : 'number', '')
  const result =
    given.data === undefined
      ? unknownVal(given.type, reasonOf(given), true)
      : op === '!'
        ? bool(given.data === false)
        : number(negate(given.data as Num))
  return given.sensitive ? { ...result, sensitive: true } : result
}
