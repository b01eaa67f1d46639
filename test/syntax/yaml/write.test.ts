import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../../../server/model/value.ts'
import { parseYaml, stringifyYaml } from '../../../server/syntax/yaml/index.ts'
import { runs } from '../../properties/workspaces.ts'
import { value } from './arbitrary.ts'

describe('stringifyYaml', () => {
  it.each<[name: string, value: Value, text: string]>([
    ['a map', { a: 1, b: { c: true, d: null } }, 'a: 1\nb:\n  c: true\n  d: null\n'],
    ['a list', { a: ['x', { b: 1, c: 2 }, [1, 2]] }, 'a:\n  - x\n  - b: 1\n    c: 2\n  - - 1\n    - 2\n'],
    ['what is empty', { a: {}, b: [], c: '' }, 'a: {}\nb: []\nc: ""\n'],
    ['lines', { a: 'x\ny\n', b: ['x\n\n  y'] }, 'a: |\n  x\n  y\nb:\n  - |-\n    x\n\n      y\n'],
    ['lines that need an indicator, in quotes', { a: ' x\ny', b: 'x\n\n' }, 'a: " x\\ny"\nb: "x\\n\\n"\n'],
    [
      'what the decoder would not read as text',
      { a: 'yes', b: '0644', c: '1e3', d: 'null', e: '' },
      'a: "yes"\nb: "0644"\nc: "1e3"\nd: "null"\ne: ""\n',
    ],
    ['what other readers would not read as text', { a: '2001-01-01', b: '12:30:45' }, 'a: "2001-01-01"\nb: "12:30:45"\n'],
    [
      'what needs no quotes',
      { a: '10.0.0.0/8', b: 'nginx:1.2', c: '--port=80', d: 'a#b', e: '😀' },
      'a: 10.0.0.0/8\nb: nginx:1.2\nc: --port=80\nd: a#b\ne: 😀\n',
    ],
    ['signs that mean something', { a: '*', b: 'x: y', c: 'x #y', d: '- x', e: '{x' }, 'a: "*"\nb: "x: y"\nc: "x #y"\nd: "- x"\ne: "{x"\n'],
    ['double quotes in single ones', { a: '"x"' }, 'a: \'"x"\'\n'],
    ['what cannot be printed', { a: 'x\ty\u0001\u2028' }, 'a: "x\\ty\\u0001\\u2028"\n'],
    ['keys', { on: 1, '1': 2, 'a b': 3, 'c: d': 4, '': 5, '<<': 6 }, '"1": 2\n"on": 1\na b: 3\n"c: d": 4\n"": 5\n"<<": 6\n'],
    ['numbers', [0, -1, 1.5, 1e21, 1e-7], '- 0\n- -1\n- 1.5\n- 1e+21\n- 1e-7\n'],
    ['a scalar', 'x', 'x\n'],
  ])('writes %s', (_, value, text) => {
    expect(stringifyYaml(value)).toBe(text)
  })

  it.each([
    ['indentation', { indent: 4, listIndent: 0 }, 'a:\n    b:\n    - "y"\n'],
    ['single quotes', { quote: "'" as const }, "a:\n  b:\n    - 'y'\n"],
    ['line ends', { eol: '\r\n' as const }, 'a:\r\n  b:\r\n    - "y"\r\n'],
    ['lists in brackets', { flowLists: true }, 'a:\n  b: ["y"]\n'],
  ])('takes the style: %s', (_, style, text) => {
    expect(stringifyYaml({ a: { b: ['y'] } }, style)).toBe(text)
  })

  it('writes what is read back as the same, in every style', () => {
    const style = fc.record({
      indent: fc.integer({ min: 1, max: 4 }),
      listIndent: fc.integer({ min: 0, max: 4 }),
      quote: fc.constantFrom('"' as const, "'" as const),
      eol: fc.constantFrom('\n' as const, '\r\n' as const),
      flowLists: fc.boolean(),
    })
    fc.assert(
      fc.property(value, style, (value, style) => {
        const text = stringifyYaml(value, style)
        const tree = parseYaml(text)
        expect(tree.problems, text).toEqual([])
        expect(tree.body ?? null, text).toEqual(value)
      }),
      runs(500),
    )
  })
})
