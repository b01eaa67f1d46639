import { describe, expect, test } from 'vitest'
import { isEmpty } from '../../../server/syntax/go-template/ast.ts'
import { type Delimiters, Lexer, type Token } from '../../../server/syntax/go-template/lex.ts'
import { parseNumber } from '../../../server/syntax/go-template/number.ts'
import { parseTemplate } from '../../../server/syntax/go-template/parse.ts'
import { printList } from '../../../server/syntax/go-template/print.ts'
import { sharedCases } from '../shared.ts'

interface LexCase {
  readonly name: string
  readonly input: string
  readonly items: readonly { readonly type: string; readonly val: string; readonly pos?: number; readonly line?: number }[]
}

function tokens(input: string, delimiters?: Delimiters): Token[] {
  const lexer = new Lexer(input, true, delimiters)
  const found: Token[] = []
  for (;;) {
    const token = lexer.next()
    found.push(token)
    if (token.type === 'EOF' || token.type === 'error') return found
  }
}

const named = (token: Token) => ({ type: token.type === 'text' ? 'item20' : token.type, val: token.type === 'EOF' ? '' : token.value })

describe.each([
  ['lex.json', undefined],
  ['lex_delim.json', { left: '$$', right: '@@' }],
] as const)('tokens of %s', (file, delimiters) => {
  test.each(sharedCases<LexCase>(`helm/${file}`))('$name', ({ input, items }) => {
    expect(tokens(input, delimiters).map(named)).toEqual(items.map(({ type, val }) => ({ type, val })))
  })
})

test.each(sharedCases<LexCase>('helm/lex_pos.json'))('positions of tokens: $name', ({ input, items }) => {
  const found = tokens(input).map((token) => ({ ...named(token), pos: token.pos, line: token.line }))
  expect(found).toEqual(items.map(({ type, val, pos, line }) => ({ type, val, pos, line })))
})

const functions = new Set(['printf', 'contains', 'ge', 'lt'])
const parse = (text: string, name = 'test') => parseTemplate({ name, text }, { functions, ...(name === 'test' ? {} : {}) })

test.each(sharedCases<{ name: string; input: string; ok: boolean; result: string }>('helm/parse.json'))(
  'tree: $name',
  ({ input, ok, result }) => {
    const { definitions, problem } = parseTemplate(
      { name: 'test', text: input },
      { functions, ...(result.includes('max expression depth') ? { maxParens: 3 } : {}) },
    )
    expect(problem === undefined).toBe(ok)
    const root = definitions.get('test')?.root
    if (root) expect(printList(root, (text) => JSON.stringify(text))).toBe(result)
  },
)

test.each(sharedCases<{ name: string; input: string; result: string }>('helm/parse_errors.json'))(
  'error: $name',
  ({ name, input, result }) => {
    const { problem } = parse(input, name)
    expect(problem && `${name}:${problem.line}: ${problem.message}`).toContain(result)
  },
)

test.each(sharedCases<{ input: string; empty: boolean }>('helm/isEmpty.json'))('empty: $input', ({ input, empty }) => {
  const root = parse(input).definitions.get('test')?.root
  expect(root && isEmpty(root)).toBe(empty)
})

interface NumberCase {
  readonly text: string
  readonly isInt: boolean
  readonly isUint: boolean
  readonly isFloat: boolean
  readonly isComplex: boolean
  readonly int?: number
  readonly uint?: number
  readonly float?: string
}

test.each(sharedCases<NumberCase>('helm/number.json'))('number: $text', (expected) => {
  const type = expected.text.startsWith("'") ? 'charconst' : /\d[+-]\d.*i$/.test(expected.text) ? 'complex' : 'number'
  const found = parseNumber(expected.text, type)
  if ('error' in found) {
    expect(expected.isInt || expected.isUint || expected.isFloat || expected.isComplex).toBe(false)
    return
  }
  expect({
    int: found.int !== undefined,
    uint: found.uint !== undefined,
    float: found.float !== undefined,
    complex: found.complex !== undefined,
  }).toEqual({
    int: expected.isInt,
    uint: expected.isUint,
    float: expected.isFloat,
    complex: expected.isComplex,
  })
  if (expected.isInt) expect(Number(found.int)).toBe(expected.int)
  if (expected.isFloat) expect(found.float).toBeCloseTo(Number(expected.float), 10)
})
