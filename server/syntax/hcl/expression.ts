import type { BinaryOperator, Expression, ForExpression, Name, ObjectItem } from './ast.ts'
import { isDigit, isLetter, MAX_DEPTH, type Reader } from './reader.ts'
import { bracketEnds } from './recover.ts'
import { parseHeredoc, parseQuoted } from './template.ts'

const LEVELS: readonly (readonly BinaryOperator[])[] = [['||'], ['&&'], ['==', '!='], ['<=', '>=', '<', '>'], ['+', '-'], ['*', '/', '%']]

/** An expression from here on. Where there is none it is `missing`, and a problem. */
export function parseExpression(r: Reader): Expression {
  if (r.depth >= MAX_DEPTH) {
    const start = r.at
    r.problem(start, start + 1, 'This is nested too deeply to be read.')
    r.at = r.lineEnd()
    return { kind: 'missing', start, end: r.at }
  }
  r.depth++
  const result = parseConditional(r)
  r.depth--
  return result
}

function parseConditional(r: Reader): Expression {
  const condition = parseBinary(r, 0)
  r.skip()
  if (r.code() !== 63) return condition
  r.at++
  const then = parseExpression(r)
  r.skip()
  let otherwise: Expression
  if (r.code() === 58) {
    r.at++
    otherwise = parseExpression(r)
  } else {
    r.problem(r.at, r.at + 1, 'Expected `:` and the value for when the condition is false.')
    otherwise = { kind: 'missing', start: r.at, end: r.at }
  }
  return { kind: 'conditional', condition, then, otherwise, start: condition.start, end: otherwise.end }
}

function parseBinary(r: Reader, level: number): Expression {
  const operators = LEVELS[level]
  if (!operators) return parseUnary(r)
  let left = parseBinary(r, level + 1)
  for (;;) {
    r.skip()
    const op = operatorAt(r, operators)
    if (!op) return left
    r.at += op.length
    const right = parseBinary(r, level + 1)
    left = { kind: 'binary', op, left, right, start: left.start, end: right.end }
  }
}

function operatorAt(r: Reader, operators: readonly BinaryOperator[]): BinaryOperator | undefined {
  const code = r.code()
  const next = r.code(1)
  for (const op of operators) {
    if (op.charCodeAt(0) !== code) continue
    if (op.length === 2 ? op.charCodeAt(1) === next : true) return op
  }
  return undefined
}

function parseUnary(r: Reader): Expression {
  r.skip()
  const start = r.at
  const code = r.code()
  if (code !== 33 && code !== 45) return parsePostfix(r, parseTerm(r))
  if (r.depth >= MAX_DEPTH) return parseExpression(r)
  r.at++
  r.depth++
  const operand = parseUnary(r)
  r.depth--
  return { kind: 'unary', op: code === 33 ? '!' : '-', operand, start, end: operand.end }
}

function missing(r: Reader, start: number): Expression {
  r.problem(start, start + (r.ended || r.code() === 10 ? 0 : 1), 'Expected a value.')
  return { kind: 'missing', start, end: start }
}

const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function parseTerm(r: Reader): Expression {
  r.skip()
  const start = r.at
  const code = r.code()
  if (isDigit(code)) {
    NUMBER.lastIndex = start
    const text = NUMBER.exec(r.text)?.[0] ?? ''
    r.at += text.length
    if (r.code() === 46 && isDigit(r.code(1))) r.problem(start, r.at, 'This is no number; a text needs quotes.')
    return { kind: 'number', text, start, end: r.at }
  }
  switch (code) {
    case 34:
      return parseQuoted(r)
    case 40:
      return parseParen(r)
    case 91:
      return parseTuple(r)
    case 123:
      return parseObject(r)
    case 60:
      if (r.code(1) === 60) return parseHeredoc(r) ?? missing(r, start)
      return missing(r, start)
  }
  if (r.flat && bracketEnds(r, '(')) return missing(r, start)
  let name = r.name()
  if (name === undefined) return missing(r, start)
  while (r.starts('::') && (isLetter(r.code(2)) || r.code(2) === 95)) {
    r.at += 2
    name += `::${r.name() ?? ''}`
  }
  const end = r.at
  r.skip()
  if (r.code() === 40) return parseCall(r, { text: name, start, end })
  r.at = end
  if (name === 'true' || name === 'false') return { kind: 'bool', value: name === 'true', start, end }
  if (name === 'null') return { kind: 'null', start, end }
  return { kind: 'variable', name, start, end }
}

/** Runs `read` where line breaks mean nothing, as inside brackets. */
function flat<T>(r: Reader, value: boolean, read: () => T): T {
  const before = r.flat
  r.flat = value
  const result = read()
  r.flat = before
  return result
}

/** Takes a closing bracket; in recovery one that is missing was forgotten. */
function close(r: Reader, code: number, opened: number): number {
  r.skip()
  if (r.code() === code) {
    r.at++
    return r.at
  }
  r.problem(opened, opened + 1, `This bracket is not closed: \`${String.fromCharCode(code)}\` is missing.`)
  rewind(r, opened)
  return r.at
}

/** Back to the end of the line before, when what follows belongs to somebody else. */
function rewind(r: Reader, opened: number): void {
  if (!r.firstOnLine() && !r.ended) return
  let at = r.at
  while (at > opened + 1 && /\s/.test(r.text.charAt(at - 1))) at--
  r.at = at
}

function parseParen(r: Reader): Expression {
  const start = r.at
  r.at++
  const inner = flat(r, true, () => {
    const inner = parseExpression(r)
    close(r, 41, start)
    return inner
  })
  return { kind: 'paren', inner, start, end: r.at }
}

function parseCall(r: Reader, name: Name): Expression {
  const opened = r.at
  r.at++
  return flat(r, true, () => {
    const args: Expression[] = []
    let expand = false
    for (;;) {
      r.skip()
      if (r.code() === 41 || r.ended || bracketEnds(r, '(')) break
      const before = r.at
      args.push(parseExpression(r))
      r.skip()
      if (r.starts('...')) {
        expand = true
        r.at += 3
        r.skip()
        if (r.code() === 44) r.at++
        break
      }
      if (r.code() === 44) r.at++
      else if (r.code() === 41) break
      else if (!separator(r, before, 41, '(')) break
    }
    const end = close(r, 41, opened)
    return { kind: 'call', name, args, expand, start: name.start, end }
  })
}

/** A comma is missing. False when the bracket ends here; else what is in the way has been passed. */
function separator(r: Reader, before: number, closing: number, bracket: '(' | '[' | '{'): boolean {
  if (r.ended || bracketEnds(r, bracket)) return false
  r.problem(r.at, r.at + 1, `Expected \`,\` or \`${String.fromCharCode(closing)}\`.`)
  // A closing bracket of another kind ends this one too.
  const code = r.code()
  if (code === 41 || code === 93 || code === 125) return false
  if (r.at === before) r.at++
  return true
}

function parseTuple(r: Reader): Expression {
  const start = r.at
  r.at++
  return flat(r, true, () => {
    r.skip()
    if (isFor(r)) return parseFor(r, start, false)
    const items: Expression[] = []
    for (;;) {
      r.skip()
      if (r.code() === 93 || r.ended || bracketEnds(r, '[')) break
      const before = r.at
      items.push(parseExpression(r))
      r.skip()
      if (r.code() === 44) r.at++
      else if (r.code() === 93) break
      else if (!separator(r, before, 93, '[')) break
    }
    const end = close(r, 93, start)
    return { kind: 'tuple', items, start, end }
  })
}

function isFor(r: Reader): boolean {
  if (!r.starts('for')) return false
  const code = r.code(3)
  return (
    !(isLetter(code) || isDigit(code) || code === 95 || code === 45 || code === 61 || code === 58) &&
    !/^for\s*[=:](?!=)/.test(r.text.slice(r.at, r.at + 40))
  )
}

function parseObject(r: Reader): Expression {
  const start = r.at
  r.at++
  const loop = flat(r, true, () => {
    r.skip()
    return isFor(r) ? parseFor(r, start, true) : undefined
  })
  if (loop) return loop
  return flat(r, false, () => {
    const items: ObjectItem[] = []
    for (;;) {
      r.skipLines()
      if (r.code() === 125 || r.ended || bracketEnds(r, '{')) break
      const before = r.at
      items.push(parseObjectItem(r))
      r.skip()
      const code = r.code()
      if (code === 44) r.at++
      else if (code === 10 || code === 125) continue
      else {
        if (!separator(r, before, 125, '{')) break
        // The rest of this line is not understood.
        r.at = r.lineEnd()
      }
    }
    r.skipLines()
    const end = bracketEnds(r, '{') ? lost(r, start) : close(r, 125, start)
    return { kind: 'object', items, start, end }
  })
}

function lost(r: Reader, opened: number): number {
  r.problem(opened, opened + 1, 'This bracket is not closed: `}` is missing.')
  rewind(r, opened)
  return r.at
}

function parseObjectItem(r: Reader): ObjectItem {
  const start = r.at
  const name = r.name()
  let key: Expression
  let bare = false
  const end = r.at
  r.skip()
  if (name !== undefined && (r.code() === 61 || r.code() === 58)) {
    key = { kind: 'template', form: 'bare', parts: [{ kind: 'text', text: name, start, end }], start, end }
    bare = true
  } else {
    r.at = start
    key = parseExpression(r)
    r.skip()
  }
  if (r.code() !== 61 && r.code() !== 58) {
    r.problem(r.at, r.at + 1, 'Expected `=` and a value.')
    return { key, bare, value: { kind: 'missing', start: r.at, end: r.at }, start, end: r.at }
  }
  r.at++
  const value = parseExpression(r)
  return { key, bare, value, start, end: value.end }
}

function parseFor(r: Reader, start: number, object: boolean): ForExpression {
  r.at += 3
  r.skip()
  let valueName = r.name() ?? ''
  let keyName: string | undefined
  r.skip()
  if (r.code() === 44) {
    r.at++
    r.skip()
    keyName = valueName
    valueName = r.name() ?? ''
    r.skip()
  }
  if (valueName === '') r.problem(r.at, r.at + 1, '`for` needs the name of a variable.')
  if (/^in(?![\w-])/.test(r.text.slice(r.at, r.at + 3))) r.at += 2
  else r.problem(r.at, r.at + 1, 'Expected `in` and a collection.')
  const collection = parseExpression(r)
  r.skip()
  if (r.code() === 58) r.at++
  else r.problem(r.at, r.at + 1, 'Expected `:` and what to make of each item.')
  let value = parseExpression(r)
  let key: Expression | undefined
  r.skip()
  if (object) {
    key = value
    if (r.starts('=>')) r.at += 2
    else r.problem(r.at, r.at + 1, 'Expected `=>` and a value.')
    value = parseExpression(r)
    r.skip()
  }
  const group = object && r.starts('...')
  if (group) {
    r.at += 3
    r.skip()
  }
  let condition: Expression | undefined
  if (/^if(?![\w-])/.test(r.text.slice(r.at, r.at + 3))) {
    r.at += 2
    condition = parseExpression(r)
  }
  const end = close(r, object ? 125 : 93, start)
  return { kind: 'for', keyName, valueName, collection, key, value, condition, group, start, end }
}

const LEGACY_INDEX = /\d+/y

/** What is asked of a value: `.name`, `[key]`, `.0`, `.*` and `[*]`. */
export function parsePostfix(r: Reader, term: Expression): Expression {
  let of = term
  const start = term.start
  for (;;) {
    const before = r.at
    r.skip()
    const code = r.code()
    if (code === 46 && r.code(1) !== 46) {
      r.at++
      r.skip()
      const next = r.code()
      if (next === 42) {
        r.at++
        of = attributeSplat(r, of, start)
        continue
      }
      if (isDigit(next)) {
        of = { kind: 'index', of, key: legacyIndex(r), start, end: r.at }
        continue
      }
      const name = r.name()
      if (name === undefined) {
        r.problem(before, r.at, 'Expected the name of an attribute behind the dot.')
        r.at = before + 1
        return { kind: 'get', of, name: '', start, end: r.at }
      }
      of = { kind: 'get', of, name, start, end: r.at }
      continue
    }
    if (code !== 91) {
      r.at = before
      return of
    }
    const opened = r.at
    r.at++
    if (/^\s*\*/.test(r.text.slice(r.at, r.at + 20)) && splatCloses(r)) {
      const item: Expression = { kind: 'item', start: opened, end: r.at }
      const each = parsePostfix(r, item)
      return { kind: 'splat', of, each, start, end: r.at }
    }
    const key = flat(r, true, () => {
      const key = parseExpression(r)
      close(r, 93, opened)
      return key
    })
    of = { kind: 'index', of, key, start, end: r.at }
  }
}

/** Takes `*]`; false, and nothing is taken, when it is none. */
function splatCloses(r: Reader): boolean {
  const match = /^\s*\*\s*\]/.exec(r.text.slice(r.at, r.at + 60))
  if (!match) return false
  r.at += match[0].length
  return true
}

/** `.*` is about names, and numbers behind dots: an index in brackets is asked of the whole list. */
function attributeSplat(r: Reader, of: Expression, start: number): Expression {
  let each: Expression = { kind: 'item', start: r.at - 1, end: r.at }
  for (;;) {
    const before = r.at
    if (r.code() !== 46) break
    r.at++
    const digits = isDigit(r.code()) ? legacyIndex(r) : undefined
    if (digits) {
      each = { kind: 'index', of: each, key: digits, start: each.start, end: r.at }
      continue
    }
    const name = r.name()
    if (name === undefined) {
      r.at = before
      break
    }
    each = { kind: 'get', of: each, name, start: each.start, end: r.at }
  }
  return { kind: 'splat', of, each, start, end: r.at }
}

/** `.0` of old; `.0.1` is two steps, not a fraction. */
function legacyIndex(r: Reader): Expression {
  LEGACY_INDEX.lastIndex = r.at
  const text = LEGACY_INDEX.exec(r.text)?.[0] ?? ''
  const start = r.at
  r.at += text.length
  return { kind: 'number', text, start, end: r.at }
}
