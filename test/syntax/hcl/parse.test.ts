import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Expression, parseHcl, parseHclExpression, parseHclTemplate, type TemplatePart } from '../../../server/syntax/hcl/index.ts'

/** A tree as one line, with every step in brackets. */
function show(node: Expression): string {
  switch (node.kind) {
    case 'number':
      return node.text
    case 'bool':
      return String(node.value)
    case 'template':
      return `"${parts(node.parts)}"`
    case 'variable':
      return node.name
    case 'get':
      return `${show(node.of)}.${node.name}`
    case 'index':
      return `${show(node.of)}[${show(node.key)}]`
    case 'splat':
      return `${show(node.of)}[* ${show(node.each)}]`
    case 'call':
      return `${node.name.text}(${node.args.map(show).join(', ')}${node.expand ? '...' : ''})`
    case 'for':
      return `for ${node.keyName ?? '_'},${node.valueName} in ${show(node.collection)}: ${node.key ? `${show(node.key)}=>` : ''}${show(node.value)}${node.group ? '...' : ''}${node.condition ? ` if ${show(node.condition)}` : ''}`
    case 'conditional':
      return `(${show(node.condition)} ? ${show(node.then)} : ${show(node.otherwise)})`
    case 'binary':
      return `(${show(node.left)} ${node.op} ${show(node.right)})`
    case 'unary':
      return `(${node.op}${show(node.operand)})`
    case 'paren':
      return show(node.inner)
    case 'tuple':
      return `[${node.items.map(show).join(', ')}]`
    case 'object':
      return `{${node.items.map(({ key, value }) => `${show(key)}=${show(value)}`).join(', ')}}`
    default:
      return node.kind
  }
}

function parts(list: readonly TemplatePart[]): string {
  return list
    .map((part) => {
      if (part.kind === 'text') return part.text.replaceAll('\n', '⏎')
      if (part.kind === 'interpolation') return `<${show(part.value)}>`
      if (part.kind === 'if') return `<if ${show(part.condition)}|${parts(part.then)}|${parts(part.otherwise)}>`
      return `<for ${part.key ?? '_'},${part.value} in ${show(part.collection)}|${parts(part.body)}>`
    })
    .join('')
}

describe('an expression', () => {
  it.each([
    ['1 + 2 * 3 - 4', '((1 + (2 * 3)) - 4)'],
    ['a ? b : c ? d : e', '(a ? b : (c ? d : e))'],
    ['!a && -b < 3 || c == d', '(((!a) && ((-b) < 3)) || (c == d))'],
    ['a.b[0].c["x"].0.1', 'a.b[0].c["x"][0][1]'],
    ['a[*].b[0].c', 'a[* item.b[0].c]'],
    ['a.*.b[0]', 'a[* item.b][0]'],
    ['a[*].b[*].c', 'a[* item.b[* item.c]]'],
    ['f(a, b...)', 'f(a, b...)'],
    ['provider::kubernetes::manifest_decode(x)', 'provider::kubernetes::manifest_decode(x)'],
    ['[for k, v in m : v if k != "a"]', 'for k,v in m: v if (k != "a")'],
    ['{ for v in l : v.name => v... }', 'for _,v in l: v.name=>v...'],
    ['{ for = 1, "b c" : 2\n (d) = 3 }', '{"for"=1, "b c"=2, d=3}'],
    ['(\n1\n+\n2)', '(1 + 2)'],
    ['[\n1, # one\n2,\n]', '[1, 2]'],
    ['"a ${b} %{ if c }d%{ else }e%{ endif } $${f} %%{g} $h $$"', '"a <b> <if c|d|e> ${f} %{g} $h $$"'],
    ['"a ${~ b ~} c"', '"a<b>c"'],
    ['"%{ for i, x in y }${x}%{ endfor }"', '"<for i,x in y|<x>>"'],
    ['"${"${a}"}"', '"<"<a>">"'],
    ['"\\u00e9\\t\\\\"', '"é\t\\"'],
  ])('%s', (text, expected) => {
    const { value, problems } = parseHclExpression(text)
    expect(problems).toEqual([])
    expect(show(value)).toBe(expected)
  })

  it.each(['1 +', '{a=1 b=2}', '{a=1', '1.', '1_000', '[]...', '10.0.0.0/16', 'f(', '"a', '"\\$"', '"${a"', 'a ? b', '[for x in y]', '(1'])(
    'is refused: %s',
    (text) => expect(parseHclExpression(text).problems).not.toEqual([]),
  )
})

describe('a heredoc', () => {
  it.each([
    ['<<EOT\n  a\n    b\n  EOT\n', '"  a⏎    b⏎"'],
    ['<<-EOT\n    a\n      b ${c}\n\n    EOT\n', '"a⏎  b <c>⏎⏎"'],
    ['<<-EOT\n  x\n y\n    z\n  EOT\n', '" x⏎y⏎   z⏎"'],
    ['<<-EOT\n    %{ for v in l ~}\n    ${v}\n    %{ endfor ~}\n    end\n  EOT\n', '"<for _,v in l|    <v>⏎>    end⏎"'],
    ['<<EOT\r\na\r\nEOT\r\n', '"a\r⏎"'],
    ['<<EOT\n"q" \\n # no comment\nEOT\n', '""q" \\n # no comment⏎"'],
  ])('%j', (text, expected) => {
    const { body, problems } = parseHcl(`x = ${text}`)
    expect(problems).toEqual([])
    const [item] = body.items
    expect(item?.kind === 'attribute' && show(item.value)).toBe(expected)
  })
})

it('a template file is read line by line', () => {
  const { value, problems } = parseHclTemplate('%{ for p in ports ~}\n- ${p}\n%{ endfor ~}\nend\n')
  expect(problems).toEqual([])
  expect(parts(value.parts)).toBe('<for _,p in ports|- <p>⏎>end⏎')
})

describe('a file', () => {
  it('has blocks with labels, arguments and comments at their places', () => {
    const text = '\ufeff# one\r\nresource aws_x "y" { // two\r\n  a = 1 /* three */\r\n  b {}\r\n  c { d = 2 }\r\n}\r\n'
    const { body, comments, problems } = parseHcl(text)
    expect(problems).toEqual([])
    expect(comments.map((comment) => comment.text)).toEqual(['# one', '// two', '/* three */'])
    const [block] = body.items
    if (block?.kind !== 'block') throw new Error('no block')
    expect(block.labels.map((label) => label.text)).toEqual(['aws_x', 'y'])
    expect(text.slice(block.start, block.end)).toMatch(/^resource[\s\S]*\}$/)
    expect(block.body.items.map(({ start, end }) => text.slice(start, end))).toEqual(['a = 1', 'b {}', 'c { d = 2 }'])
  })

  it.each([
    ['a = 1\na = 2\n', 'twice'],
    ['a = 1 b = 2\n', 'end of the line'],
    ['x "${y}" {}\n', 'label'],
    ['x {\n  a = 1}\n', 'end of the line'],
    ['x { a = 1, b = 2 }\n', 'one line'],
    ['/* a', 'no end'],
    ['}', 'no open block'],
    ['a = <<EOT\n', 'no end'],
  ])('%j is refused', (text, message) => {
    expect(parseHcl(text).problems[0]?.message).toContain(message)
  })

  it('is never too deep', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['(', ')'],
      ['{ a = ', '}'],
      ['"${', '}"'],
      ['-', ''],
      ['!', ''],
      ['a ? b : ', 'c'],
      ['f(', ')'],
    ] as const) {
      const { problems } = parseHcl(`x = ${open.repeat(20_000)}1${close.repeat(20_000)}\n`)
      expect(problems.length, open).toBeGreaterThan(0)
    }
    expect(parseHcl('a {\n'.repeat(20_000)).problems.length).toBeGreaterThan(0)
  })

  it('is read whatever it is, and every place is inside', () => {
    const word = fc.constantFrom(
      'a',
      ' = ',
      '{',
      '}',
      '"',
      '${',
      '%{ if ',
      '~}',
      '[',
      ']',
      '(',
      ')',
      '\n',
      '<<-X\n',
      'X',
      '  ',
      '.',
      '*',
      ',',
      '?',
      ':',
      '#',
      '/*',
      'for ',
      ' in ',
      '1',
      '\\',
      'resource "b" ',
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const text = words.join('')
        const { body, problems } = parseHcl(text)
        for (const { start, end } of [...problems, ...body.items]) {
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeLessThanOrEqual(text.length + 1)
          expect(end).toBeGreaterThanOrEqual(start)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
