import { quote, unquote } from '../go/quote.ts'
import {
  type BranchNode,
  type CommandNode,
  type Definition,
  isEmpty,
  type ListNode,
  type Node,
  type Operand,
  type PipeNode,
  type VariableNode,
} from './ast.ts'
import { describeToken, Lexer, type Token, type TokenType } from './lex.ts'
import { parseNumber } from './number.ts'
import { printOperand } from './print.ts'
import type { TemplateSource } from './provenance.ts'
import type { Span } from '../../text/span.ts'

/** Why a template cannot be used, with Go's words. */
export interface ParseProblem {
  readonly message: string
  /** One-based, as Go counts it. */
  readonly line: number
  readonly start: number
  readonly end: number
}

export interface ParsedTemplate {
  /** The file itself and what it defines, by name. Empty when there is a problem, as in Go. */
  readonly definitions: ReadonlyMap<string, Definition>
  readonly problem?: ParseProblem
}

export interface ParseOptions {
  /** Undefined: any function. */
  readonly functions?: { has(name: string): boolean }
  readonly comments?: boolean
  readonly maxParens?: number
}

/** Parentheses and blocks nested deeper than this are refused: Go allows 10,000, nobody writes 20. */
const MAX_NESTING = 500

/** Parses a template exactly as Go's `text/template/parse`. Never throws. */
export function parseTemplate(source: TemplateSource, options: ParseOptions = {}): ParsedTemplate {
  const parser = new Parser(source, options)
  try {
    parser.file()
    return { definitions: parser.definitions }
  } catch (error) {
    if (error instanceof ParseError) return { definitions: new Map(), problem: error.problem }
    throw error
  }
}

class ParseError extends Error {
  readonly problem: ParseProblem

  constructor(problem: ParseProblem) {
    super(problem.message)
    this.problem = problem
  }
}

type Stop = { readonly kind: 'end' | 'else'; readonly pos: number }

function isStop(node: Node | Stop): node is Stop {
  return node.kind === 'end' || node.kind === 'else'
}

function spanOf({ pos, value }: Token): Span {
  return { start: pos, end: pos + value.length }
}

/** Trees are kept, and a list that grew holds room for many more. */
function fitted<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NOTHING : list.slice()
}

const NOTHING: readonly never[] = []

class Parser {
  readonly definitions = new Map<string, Definition>()
  readonly #source: TemplateSource
  readonly #options: ParseOptions
  readonly #lexer: Lexer
  /** Tokens that were put back, the next one last. */
  readonly #pending: Token[] = []
  #last: Token = { type: 'EOF', pos: 0, value: '', line: 1 }
  #variables: string[] = ['$']
  #actionLine = 0
  #actionStart = 0
  #ranges = 0
  #depth = 0

  constructor(source: TemplateSource, options: ParseOptions) {
    this.#source = source
    this.#options = options
    this.#lexer = new Lexer(source.text, options.comments)
  }

  file(): void {
    const nodes: Node[] = []
    const pos = this.#peek().pos
    while (this.#peek().type !== 'EOF') {
      if (this.#peek().type === 'left delim') {
        const delimiter = this.#next()
        const token = this.#nextNonSpace()
        if (token.type === 'define') {
          this.#define()
          continue
        }
        this.#pending.push(token, delimiter)
      }
      const node = this.#textOrAction()
      if (isStop(node)) this.#fail(`unexpected {{${node.kind}}}`)
      else nodes.push(node)
    }
    this.#add(this.#source.name, { kind: 'list', pos, nodes: fitted(nodes) })
  }

  #define(): void {
    const context = 'define clause'
    const name = this.#unquoted(this.#expect(context, 'string', 'raw string'))
    this.#expect(context, 'right delim')
    this.#add(name, this.#body(context))
  }

  /** The list of a `define` or `block`, which sees no variable of what is round it. */
  #body(context: string): ListNode {
    const outer = { variables: this.#variables, ranges: this.#ranges }
    this.#variables = ['$']
    this.#ranges = 0
    const { list, stop } = this.#itemList()
    if (stop.kind !== 'end') this.#fail(`unexpected {{${stop.kind}}} in ${context}`)
    this.#variables = outer.variables
    this.#ranges = outer.ranges
    return list
  }

  #add(name: string, root: ListNode): void {
    const known = this.definitions.get(name)
    if (known && !isEmpty(known.root)) {
      if (!isEmpty(root)) this.#fail(`template: multiple definition of template ${quote(name)}`)
      return
    }
    this.definitions.set(name, { name, source: this.#source, root })
  }

  #itemList(): { list: ListNode; stop: Stop } {
    if (++this.#depth > MAX_NESTING) this.#fail('max expression depth exceeded')
    const pos = this.#peekNonSpace().pos
    const nodes: Node[] = []
    while (this.#peekNonSpace().type !== 'EOF') {
      const node = this.#textOrAction()
      if (isStop(node)) {
        this.#depth--
        return { list: { kind: 'list', pos, nodes: fitted(nodes) }, stop: node }
      }
      nodes.push(node)
    }
    return this.#fail('unexpected EOF')
  }

  #textOrAction(): Node | Stop {
    const token = this.#nextNonSpace()
    switch (token.type) {
      case 'text':
        return { kind: 'text', pos: token.pos, text: token.value, span: spanOf(token) }
      case 'left delim': {
        this.#actionLine = token.line
        this.#actionStart = token.pos
        const node = this.#action(token.pos)
        this.#actionLine = 0
        return node
      }
      case 'comment':
        return { kind: 'comment', pos: token.pos, text: token.value }
      default:
        return this.#unexpected(token, 'input')
    }
  }

  #action(start: number): Node | Stop {
    const token = this.#nextNonSpace()
    switch (token.type) {
      case 'block':
        return this.#block(start)
      case 'break':
      case 'continue':
        return this.#jump(token.type, token.pos)
      case 'else':
        return this.#else()
      case 'end':
        return { kind: 'end', pos: this.#expect('end', 'right delim').pos }
      case 'if':
      case 'range':
      case 'with':
        return this.#branch(token.type, start)
      case 'template':
        return this.#template(start)
    }
    this.#pending.push(token)
    const pos = this.#peek().pos
    const pipe = this.#pipeline('command', 'right delim')
    return { kind: 'action', pos, pipe, span: this.#spanFrom(start) }
  }

  #jump(kind: 'break' | 'continue', pos: number): Node {
    const token = this.#nextNonSpace()
    if (token.type !== 'right delim') this.#unexpected(token, `{{${kind}}}`)
    if (this.#ranges === 0) this.#fail(`{{${kind}}} outside {{range}}`)
    return { kind, pos }
  }

  #else(): Stop {
    const next = this.#peekNonSpace()
    // `else if` and `else with`: the word stays pending for `branch`.
    if (next.type === 'if' || next.type === 'with') return { kind: 'else', pos: next.pos }
    return { kind: 'else', pos: this.#expect('else', 'right delim').pos }
  }

  #branch(kind: 'if' | 'range' | 'with', start: number): BranchNode {
    const variables = this.#variables.length
    const pipe = this.#pipeline(kind, 'right delim')
    const span = this.#spanFrom(start)
    if (kind === 'range') this.#ranges++
    const { list, stop } = this.#itemList()
    if (kind === 'range') this.#ranges--
    let otherwise: ListNode | undefined
    if (stop.kind === 'else') {
      if (kind !== 'range' && this.#peek().type === kind) {
        this.#next()
        // The nested branch takes the `end` of both.
        otherwise = { kind: 'list', pos: stop.pos, nodes: [this.#branch(kind, this.#actionStart)] }
      } else {
        const rest = this.#itemList()
        if (rest.stop.kind !== 'end') this.#fail(`expected end; found {{${rest.stop.kind}}}`)
        otherwise = rest.list
      }
    }
    this.#variables.length = variables
    return { kind, pos: pipe.pos, pipe, list, otherwise, span, whole: this.#spanFrom(start) }
  }

  #block(start: number): Node {
    const context = 'block clause'
    const token = this.#nextNonSpace()
    const name = this.#templateName(token, context)
    const pipe = this.#pipeline(context, 'right delim')
    const span = this.#spanFrom(start)
    this.#add(name, this.#body(context))
    return { kind: 'template', pos: token.pos, name, pipe, span }
  }

  #template(start: number): Node {
    const context = 'template clause'
    const token = this.#nextNonSpace()
    const name = this.#templateName(token, context)
    const next = this.#nextNonSpace()
    let pipe: PipeNode | undefined
    if (next.type !== 'right delim') {
      this.#pending.push(next)
      pipe = this.#pipeline(context, 'right delim')
    }
    return { kind: 'template', pos: token.pos, name, pipe, span: this.#spanFrom(start) }
  }

  #templateName(token: Token, context: string): string {
    return token.type === 'string' || token.type === 'raw string' ? this.#unquoted(token) : this.#unexpected(token, context)
  }

  #pipeline(context: string, end: TokenType): PipeNode {
    const pos = this.#peekNonSpace().pos
    const declares: VariableNode[] = []
    const assigns = this.#declarations(context, declares)
    const commands: CommandNode[] = []
    for (;;) {
      const token = this.#nextNonSpace()
      if (token.type === end) break
      if (!startsOperand(token.type)) this.#unexpected(token, context)
      this.#pending.push(token)
      commands.push(this.#command())
    }
    if (commands.length === 0) this.#fail(`missing value for ${context}`)
    commands.slice(1).forEach((command, i) => {
      const first = command.args[0]?.kind
      if (first === 'bool' || first === 'dot' || first === 'nil' || first === 'number' || first === 'string') {
        this.#fail(`non executable command in pipeline stage ${i + 2}`)
      }
    })
    return { kind: 'pipe', pos, declares: fitted(declares), assigns, commands: fitted(commands) }
  }

  /** `$x :=`, `$x =`, and in a range `$i, $x :=`. Whether it is an assignment. */
  #declarations(context: string, declares: VariableNode[]): boolean {
    let assigns = false
    while (this.#peekNonSpace().type === 'variable') {
      const variable = this.#next()
      const after = this.#peek()
      const next = this.#peekNonSpace()
      const comma = next.type === 'char' && next.value === ','
      if (!comma && next.type !== ':=' && next.type !== '=') {
        if (after.type === 'space') this.#pending.push(after)
        this.#pending.push(variable)
        break
      }
      this.#nextNonSpace()
      declares.push(variableNode(variable.pos, variable.value))
      this.#variables.push(variable.value)
      if (!comma) {
        assigns = next.type === '='
        break
      }
      if (context !== 'range' || declares.length >= 2) this.#fail(`too many declarations in ${context}`)
      const second = this.#peekNonSpace().type
      if (second !== 'variable' && second !== 'right delim' && second !== ')') this.#fail('range can only initialize variables')
    }
    return assigns
  }

  #command(): CommandNode {
    const pos = this.#peekNonSpace().pos
    const args: Operand[] = []
    for (;;) {
      this.#peekNonSpace()
      const operand = this.#operand()
      if (operand) args.push(operand)
      const token = this.#next()
      if (token.type === 'space') continue
      if (token.type === 'right delim' || token.type === ')') this.#pending.push(token)
      else if (token.type !== 'pipe') this.#unexpected(token, 'operand')
      break
    }
    if (args.length === 0) this.#fail('empty command')
    return { kind: 'command', pos, args: fitted(args) }
  }

  #operand(): Operand | undefined {
    const node = this.#term()
    if (!node || this.#peek().type !== 'field') return node
    // Go moves the position of the whole chain to its last part: messages point there.
    const pos = this.#peek().pos
    const fields: string[] = []
    while (this.#peek().type === 'field') fields.push(this.#next().value.slice(1))
    switch (node.kind) {
      case 'field':
        return { kind: 'field', pos, fields: [...node.fields, ...fields] }
      case 'variable':
        return { kind: 'variable', pos, name: node.name, fields: [...node.fields, ...fields] }
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.#fail(`unexpected . after term ${quote(printOperand(node))}`)
      default:
        return { kind: 'chain', pos, node, fields }
    }
  }

  #term(): Operand | undefined {
    const token = this.#nextNonSpace()
    const { pos } = token
    switch (token.type) {
      case 'identifier':
        if (this.#options.functions && !this.#options.functions.has(token.value)) this.#fail(`function ${quote(token.value)} not defined`)
        return { kind: 'identifier', pos, name: token.value, span: spanOf(token) }
      case '.':
        return { kind: 'dot', pos }
      case 'nil':
        return { kind: 'nil', pos }
      case 'variable':
        if (!this.#variables.includes(token.value)) this.#fail(`undefined variable ${quote(token.value)}`)
        return variableNode(pos, token.value)
      case 'field':
        return { kind: 'field', pos, fields: [token.value.slice(1)] }
      case 'bool':
        return { kind: 'bool', pos, value: token.value === 'true', span: spanOf(token) }
      case 'charconst':
      case 'complex':
      case 'number': {
        const constant = parseNumber(token.value, token.type)
        if ('error' in constant) this.#fail(constant.error)
        else return { kind: 'number', pos, text: token.value, constant, span: spanOf(token) }
        break
      }
      case '(': {
        if (++this.#depth > (this.#options.maxParens ?? MAX_NESTING)) this.#fail('max expression depth exceeded')
        const pipe = this.#pipeline('parenthesized pipeline', ')')
        this.#depth--
        return pipe
      }
      case 'string':
      case 'raw string':
        return this.#string(token)
    }
    this.#pending.push(token)
    return undefined
  }

  #string(token: Token): Operand {
    const parts = unquote(token.value)
    if (!parts) return this.#fail('invalid syntax')
    return {
      kind: 'string',
      pos: token.pos,
      quoted: token.value,
      text: parts.map((part) => part.text).join(''),
      parts: parts.map((part) => ({
        text: part.text,
        span: { start: token.pos + part.start, end: token.pos + part.end },
      })),
    }
  }

  #unquoted(token: Token): string {
    const parts = unquote(token.value)
    return parts ? parts.map((part) => part.text).join('') : this.#fail('invalid syntax')
  }

  #spanFrom(start: number): { start: number; end: number } {
    return { start, end: this.#last.pos + this.#last.value.length }
  }

  #next(): Token {
    this.#last = this.#pending.pop() ?? this.#lexer.next()
    return this.#last
  }

  #peek(): Token {
    const known = this.#pending[this.#pending.length - 1]
    if (known) return known
    const token = this.#lexer.next()
    this.#pending.push(token)
    return token
  }

  #nextNonSpace(): Token {
    for (;;) {
      const token = this.#next()
      if (token.type !== 'space') return token
    }
  }

  #peekNonSpace(): Token {
    const token = this.#nextNonSpace()
    this.#pending.push(token)
    return token
  }

  #expect(context: string, ...types: readonly TokenType[]): Token {
    const token = this.#nextNonSpace()
    return types.includes(token.type) ? token : this.#unexpected(token, context)
  }

  #unexpected(token: Token, context: string): never {
    if (token.type !== 'error') this.#fail(`unexpected ${describeToken(token)} in ${context}`, token)
    let extra = ''
    if (this.#actionLine !== 0 && this.#actionLine !== token.line) {
      extra = ` in action started at ${this.#source.name}:${this.#actionLine}`
      if (token.value.endsWith(' action')) extra = extra.slice(' in action'.length)
    }
    this.#fail(`${token.value}${extra}`, token)
  }

  #fail(message: string, at: Token = this.#pending[this.#pending.length - 1] ?? this.#last): never {
    const start = Math.min(
      at.type === 'EOF' || at.type === 'error' ? Math.max(at.pos, this.#actionStart) : at.pos,
      this.#source.text.length,
    )
    const length = at.type === 'EOF' || at.type === 'error' ? 0 : at.value.length
    throw new ParseError({ message, line: this.#line(), start, end: Math.min(start + Math.max(length, 1), this.#source.text.length) })
  }

  /** Go reports the line of the token that it read last. */
  #line(): number {
    return this.#pending[0]?.line ?? this.#last.line
  }
}

function variableNode(pos: number, text: string): VariableNode {
  return { kind: 'variable', pos, name: text, fields: [] }
}

function startsOperand(type: TokenType): boolean {
  switch (type) {
    case 'bool':
    case 'charconst':
    case 'complex':
    case '.':
    case 'field':
    case 'identifier':
    case 'number':
    case 'nil':
    case 'raw string':
    case 'string':
    case 'variable':
    case '(':
      return true
    default:
      return false
  }
}
