import { describe, expect, test } from 'vitest'
import { builtins } from '../../../server/syntax/go-template/builtins.ts'
import type { Definition } from '../../../server/syntax/go-template/ast.ts'
import { Budget } from '../../../server/syntax/go-template/errors.ts'
import { execute } from '../../../server/syntax/go-template/exec.ts'
import { func } from '../../../server/syntax/go-template/function.ts'
import { parseTemplate } from '../../../server/syntax/go-template/parse.ts'
import { nowhere } from '../../../server/syntax/go-template/provenance.ts'
import { textOf } from '../../../server/syntax/go-template/text.ts'
import {
  bool,
  float,
  type GoMap,
  type GoStruct,
  type GoValue,
  int,
  list,
  map,
  nil,
  typeOf,
  UNTYPED_NIL,
} from '../../../server/syntax/go-template/value.ts'
import { sharedCases } from '../shared.ts'

const here = nowhere()
const str = (text: string) => textOf(text, here)
const ints = (...values: number[]) =>
  list(
    values.map((value) => int(value, here)),
    here,
    '[]int',
  )
const mapOf = (type: string, entries: Record<string, GoValue>): GoMap =>
  map(
    Object.entries(entries).map(([key, value]) => [key, { key: str(key), value }] as const),
    here,
    type,
  )
const struct = (type: string, fields: Record<string, GoValue>, pointer = true): GoStruct => ({
  kind: 'struct',
  type,
  pointer,
  fields: new Map(Object.entries(fields)),
  origin: here,
})

/** The part of Go's test value that values of charts can be like: no pointers to scalars, functions or channels. */
const tVal = struct('template.T', {
  True: bool(true, here),
  I: int(17, here),
  U16: int(16, here, 'uint16'),
  X: str('x'),
  S: str('xyz'),
  FloatZero: float(0, here),
  ComplexZero: { kind: 'complex', re: 0, im: 0, origin: here },
  U: struct('template.U', { V: str('v') }),
  SI: ints(3, 4, 5),
  SIEmpty: ints(),
  SB: list([bool(true, here), bool(false, here)], here, '[]bool'),
  MSI: mapOf('map[string]int', { one: int(1, here), two: int(2, here), three: int(3, here) }),
  MSIone: mapOf('map[string]int', { one: int(1, here) }),
  MSIEmpty: mapOf('map[string]int', {}),
  SMSI: list(
    [
      mapOf('map[string]int', { one: int(1, here), two: int(2, here) }),
      mapOf('map[string]int', { eleven: int(11, here), twelve: int(12, here) }),
    ],
    here,
    '[]map[string]int',
  ),
  Empty0: nil(),
  Empty1: int(3, here),
  Empty2: str('empty2'),
  Empty3: ints(7, 8),
  Empty4: struct('template.U', { V: str('UinEmpty') }),
})

const DATA: Readonly<Record<string, GoValue>> = {
  nil: UNTYPED_NIL,
  tVal,
  '0': int(0, here),
  '13': int(13, here),
  '123': int(123, here),
  '15.1': float(15.1, here),
  true: bool(true, here),
  '"hello"': str('hello'),
  "`It'd be nice.`": str("It'd be nice."),
  'uint(14)': int(14, here, 'uint'),
  '16.2 - 17i': { kind: 'complex', re: 16.2, im: -17, origin: here },
  '[]int{-1, -2, -3}': ints(-1, -2, -3),
  'map[string]int{"two": 22}': mapOf('map[string]int', { two: int(22, here) }),
  'map[string]string{"cause": "neglect"}': mapOf('map[string]string', { cause: str('neglect') }),
  '"joe"': str('joe'),
  joe: str('joe'),
  "'.'": int(46, here, 'int32'),
  "'e'": int(101, here, 'int32'),
  "'P'": int(80, here, 'int32'),
}

const text = (value: GoValue | undefined): string => (value?.kind === 'string' ? value.text : '')
const functions = new Map([
  ...builtins('1.24'),
  ['typeOf', func('interface {}', ([value = UNTYPED_NIL]) => str(typeOf(value)))] as const,
  ['zeroArgs', func('', () => str('zeroArgs'))] as const,
  ['oneArg', func('string', ([value]) => str(`oneArg=${text(value)}`))] as const,
  ['twoArgs', func('string, string', ([a, b]) => str(`twoArgs=${text(a)}${text(b)}`))] as const,
  ['echo', func('interface {}', ([value = UNTYPED_NIL]) => value)] as const,
  [
    'add',
    func('...int', (args) =>
      int(
        args.reduce((sum, arg) => sum + (arg.kind === 'int' ? arg.value : 0n), 0n),
        here,
      ),
    ),
  ] as const,
  ['mapOfThree', func('', () => mapOf('map[string]int', { three: int(3, here) }))] as const,
  [
    'die',
    func('', () => {
      throw new Error('evaluated what must not be')
    }),
  ] as const,
  [
    'count',
    func('int', ([n]) =>
      list(
        Array.from({ length: n?.kind === 'int' ? Number(n.value) : 0 }, (_, i) => str('abcdefghijklmnop'.charAt(i))),
        here,
        '[]string',
      ),
    ),
  ] as const,
])

/** Names of Go's test value and functions that have no like here; methods and functions in values above all. */
const NOT_HERE =
  /Method|TrueFalse|GetU|Func|MAdd|Error|\.(?:PI|PS|PSI|NIL|UPI|EmptyUPI|AI|PAI|SICap|MXI|MII|MI\d+S|MUI\d+S|MI8S|MUI8S|V[012]|W[012]|Str|Err|Tmpl|unexported|NonEmptyInterface\w*|Copy|A|Ptr|NilPtr|Iface1)\b|slice |stringer|makemap|vfunc|dddArg|returnInt|testTypedNil|ptr|bug|valueString|echoargs|mapOfThree|\.Field/

function render(input: string, data: GoValue, others: ReadonlyMap<string, Definition> = new Map()): string | undefined {
  const { definitions, problem } = parseTemplate({ name: 'test', text: input }, { functions })
  if (problem) return undefined
  const engine = { functions, methods: () => undefined, budget: new Budget(), rangeOverInt: true }
  try {
    return execute(engine, { definitions: new Map([...others, ...definitions]), below: undefined }, 'test', data).text
  } catch {
    return undefined
  }
}

interface ExecCase {
  readonly name: string
  readonly input: string | { readonly expr: string }
  readonly output: string | { readonly expr: string }
  readonly data_expr: string
  readonly ok: boolean
}

const execCases = sharedCases<ExecCase>('helm/exec.json').flatMap(({ name, input, output, data_expr, ok }) => {
  const data = DATA[data_expr]
  if (!data || typeof input !== 'string' || typeof output !== 'string' || NOT_HERE.test(input) || name === 'map .NO') return []
  return [{ name, input, output, ok, data }]
})

test.each(execCases)('execution: $name $input', ({ input, output, ok, data }) => {
  expect(render(input, data)).toBe(ok ? output : undefined)
})

const comparands = struct('cmpStruct', {
  Uthree: int(3, here, 'uint'),
  Ufour: int(4, here, 'uint'),
  NegOne: int(-1, here),
  Three: int(3, here),
  NilIface: nil(),
  Map: { ...mapOf('map[string]string', {}), isNil: true },
  NonNilMap: mapOf('map[string]string', {}),
  V1: struct('V', { j: int(7777, here) }, false),
  V2: struct('V', { j: int(7777, here) }, false),
})

test.each(
  sharedCases<{ expr: string; truth: string; ok: boolean }>('helm/cmp.json').filter(
    ({ expr }) => !NOT_HERE.test(expr.replace(/\.V[12]/g, '')),
  ),
)('comparison: $expr', ({ expr, truth, ok }) => {
  expect(render(`{{${expr}}}`, comparands)).toBe(ok ? truth : undefined)
})

describe('several templates', () => {
  const others = parseTemplate(
    {
      name: 'others',
      text: '{{define "x"}}TEXT{{end}}{{define "dotV"}}{{.V}}{{end}}{{define "dot"}}{{.}}{{end}}{{define "nested"}}{{template "dot" .}}{{end}}',
    },
    { functions },
  ).definitions
  test.each(
    sharedCases<readonly string[]>('helm/multi.json').map(([name = '', input = '', output = '', data = '']) => ({
      name,
      input,
      output,
      data,
    })),
  )('$name', ({ input, output, data }) => {
    expect(render(input, DATA[data] ?? UNTYPED_NIL, others)).toBe(output)
  })
})

test('the tables of execution and comparison are not passed over', () => {
  if (execCases.length > 0) expect(execCases.length).toBeGreaterThan(150)
})
