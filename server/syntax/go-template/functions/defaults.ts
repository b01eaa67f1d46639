import { deepEqual } from '../compare.ts'
import { func, type GoFunction } from '../function.ts'
import { textOf } from '../text.ts'
import { bool, chosen, computedOf, type GoValue, kindOf, nil, originOfValue, typeOf } from '../value.ts'
import { text, value } from './args.ts'
import { isEmpty } from './lists.ts'

type Named = readonly (readonly [string, GoFunction])[]

const ANY = 'interface {}'

export const DEFAULTS: Named = [
  [
    'default',
    func(`${ANY}, ...${ANY}`, ([otherwise = nil(), ...given]) => {
      const [first] = given
      return first === undefined || isEmpty(first) ? chosen(otherwise, given.slice(0, 1)) : first
    }),
  ],
  ['empty', func(ANY, (args) => bool(isEmpty(value(args, 0)), originOfValue(value(args, 0))))],
  [
    'coalesce',
    func(`...${ANY}`, (args) => {
      const found = args.findIndex((arg) => !isEmpty(arg))
      return found < 0 ? nil() : chosen(value(args, found), args.slice(0, found))
    }),
  ],
  [
    'ternary',
    func(`${ANY}, ${ANY}, bool`, (args) => {
      const test = value(args, 2)
      return chosen(test.kind === 'bool' && test.value ? value(args, 0) : value(args, 1), [test])
    }),
  ],
  ['typeOf', func(ANY, (args) => textOf(nameOfType(value(args, 0)), originOfValue(value(args, 0))))],
  ['typeIs', func(`string, ${ANY}`, (args) => bool(text(args, 0).text === nameOfType(value(args, 1)), computedOf(args)))],
  [
    'typeIsLike',
    func(`string, ${ANY}`, (args) => {
      const type = nameOfType(value(args, 1))
      return bool(text(args, 0).text === type || `*${text(args, 0).text}` === type, computedOf(args))
    }),
  ],
  ['kindOf', func(ANY, (args) => textOf(kindOf(value(args, 0)), originOfValue(value(args, 0))))],
  ['kindIs', func(`string, ${ANY}`, (args) => bool(text(args, 0).text === kindOf(value(args, 1)), computedOf(args)))],
  ['deepEqual', func(`${ANY}, ${ANY}`, (args) => bool(deepEqual(value(args, 0), value(args, 1)), computedOf(args)))],
]

function nameOfType(given: GoValue): string {
  return given.kind === 'nil' ? '<nil>' : typeOf(given)
}
