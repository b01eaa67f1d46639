import type { Span } from '../../text/span.ts'
import { quote } from '../go/quote.ts'
import type {
  ActionNode,
  BranchNode,
  ChainNode,
  CommandNode,
  Definition,
  FieldNode,
  IdentifierNode,
  ListNode,
  Node,
  NumberNode,
  Operand,
  PipeNode,
  TemplateNode,
  TextNode,
  VariableNode,
} from './ast.ts'
import { type Caller, FunctionCall } from './call.ts'
import { type Budget, ExecError, GoError, LimitError } from './errors.ts'
import { type Engine, find, type TemplateSet, withoutEmptyRedefinitions } from './engine.ts'
import {
  canBeNil,
  idealNumber,
  isAssignable,
  nested,
  nilFor,
  printable,
  printed,
  sizeOf,
  stringConstant,
  TextProblem,
  tooDeep,
} from './exec-values.ts'
import type { Call, GoFunction } from './function.ts'
import { parsedTemplate } from './parsed.ts'
import { printOperand } from './print.ts'
import { type Frame, frameOf, type Literal, missingIn, nowhere, type TemplateSource } from './provenance.ts'
import { rangeItems } from './range.ts'
import { type GoText, slice, TextBuilder } from './text.ts'
import { bool, chosen, elementType, float, type GoValue, int, isTrue, originsOfValue, typeOf, UNTYPED_NIL, zeroOf } from './value.ts'

/** A value in a variable or in the dot, and whether Go sees it through an interface. */
interface Slot {
  readonly value: GoValue
  readonly iface: boolean
  readonly frame: Frame | undefined
}

interface Variable extends Slot {
  readonly name: string
}

/** The nesting of calls after which Go, or the stack of this process, gives up. */
const MAX_DEPTH = 1000

/** Runs `name` with `data` as its dot. Throws an `ExecError` with Go's words. */
export function execute(engine: Engine, templates: TemplateSet, name: string, data: GoValue, frame?: Frame): GoText {
  const definition = find(templates, name)
  if (!definition) throw new GoError(`template: no template ${quote(name)} associated with template "gotpl"`)
  return new Execution(engine, templates, new Map()).run(definition, data, frame)
}

/** How often each template was included and has not ended. */
type Nesting = Map<string, number>

/** What the walk of a list ended with. */
type Jump = 'break' | 'continue' | undefined

class Execution implements Caller {
  readonly #engine: Engine
  readonly #templates: TemplateSet
  readonly #nesting: Nesting
  #definition: Definition | undefined
  #variables: Variable[] = []
  #out = new TextBuilder()
  #frame: Frame | undefined
  /** Whether Go would see the value of the last operand through an interface. */
  #iface = false
  /** The node that was looked at last: errors name it, as in Go. */
  #node: Node | Operand | CommandNode | undefined

  constructor(engine: Engine, templates: TemplateSet, nesting: Nesting) {
    this.#engine = engine
    this.#templates = templates
    this.#nesting = nesting
  }

  get budget(): Budget {
    return this.#engine.budget
  }

  run(definition: Definition, data: GoValue, parent: Frame | undefined): GoText {
    const value = data.kind === 'nil' ? UNTYPED_NIL : data
    const { source, root } = definition
    this.#definition = definition
    this.#frame = parent ?? frameOf(undefined, source, { start: 0, end: source.text.length })
    const dot: Slot = { value, iface: false, frame: this.#frame }
    this.#variables = [{ name: '$', ...dot }]
    try {
      this.#walk(dot, root)
    } catch (error) {
      const thrown = error instanceof RangeError && this.#nesting.size === 0 ? tooDeep() : error
      if (thrown instanceof LimitError) thrown.place ??= { source, pos: this.#node?.pos ?? 0 }
      throw thrown
    }
    return this.#out.build()
  }

  #walk(dot: Slot, list: ListNode): Jump {
    for (const node of list.nodes) {
      this.#engine.budget.step()
      this.#node = node
      switch (node.kind) {
        case 'text':
          this.#engine.budget.write(node.text.length)
          this.#literalText(node)
          break
        case 'action':
          this.#action(dot, node)
          break
        case 'if':
        case 'with': {
          const jump = this.#ifOrWith(dot, node)
          if (jump) return jump
          break
        }
        case 'range':
          {
            const jump = this.#range(dot, node)
            if (jump) return jump
          }
          break
        case 'template':
          this.#template(dot, node)
          break
        case 'break':
        case 'continue':
          return node.kind
      }
    }
    return undefined
  }

  /** Text of a `tpl` call keeps the origins that it had as a value. */
  #literalText({ text, span }: TextNode): void {
    const { given } = this.#source()
    if (given && this.#frame) this.#out.write(slice(given, span.start, span.end), this.#frame)
    else this.#out.add(text, this.#literal(span), 0, this.#frame)
  }

  #literal({ start, end }: Span): Literal {
    return { kind: 'literal', source: this.#source(), start, end }
  }

  #enter({ span, whole = span }: { readonly span: Span; readonly whole?: Span }): Frame {
    const frame = frameOf(this.#frame, this.#source(), span, whole)
    this.#frame = frame
    return frame
  }

  #source(): TemplateSource {
    if (!this.#definition) throw new Error('not running')
    return this.#definition.source
  }

  #action(dot: Slot, node: ActionNode): void {
    const outer = this.#frame
    const frame = this.#enter(node)
    const value = this.#pipeline(dot, node.pipe)
    if (node.pipe.declares.length === 0) this.#print(value, frame)
    this.#frame = outer
    this.#engine.trace?.(frame, undefined)
  }

  #print(value: GoValue, frame: Frame): void {
    const text = printable(value)
    this.#engine.budget.write(text.text.length)
    this.#out.write(text, frame)
  }

  #ifOrWith(dot: Slot, node: BranchNode): Jump {
    const outer = this.#frame
    const mark = this.#variables.length
    const frame = this.#enter(node)
    const value = this.#pipeline(dot, node.pipe)
    const taken = isTrue(value)
    this.#engine.trace?.(frame, taken)
    let jump: Jump
    if (taken) jump = this.#walk(node.kind === 'with' ? { value, iface: false, frame } : dot, node.list)
    else {
      this.#out.mark({ kind: 'gate', frame, branch: node }, frame)
      if (node.otherwise) jump = this.#walk(dot, node.otherwise)
    }
    this.#variables.length = mark
    this.#frame = outer
    return jump
  }

  #range(dot: Slot, node: BranchNode): Jump {
    const outer = this.#frame
    const mark = this.#variables.length
    const frame = this.#enter(node)
    const value = this.#pipeline(dot, node.pipe)
    const items = rangeItems(value, node.pipe.declares.length, this.#engine)
    if (typeof items === 'string') throw this.#error(items)
    this.#engine.trace?.(frame, items.length > 0)
    const inner = this.#variables.length
    let jump: Jump
    if (items.length === 0) {
      this.#out.mark({ kind: 'gate', frame, branch: node }, frame)
      if (node.otherwise) jump = this.#walk(dot, node.otherwise)
    }
    for (const { index, item, iface } of items) {
      this.#engine.budget.step()
      const element: Slot = { value: item, iface, frame }
      this.#setRangeVariables(node.pipe, { value: index, iface: false, frame }, element)
      const ended = this.#walk(element, node.list)
      this.#variables.length = inner
      if (ended === 'break') break
    }
    this.#variables.length = mark
    this.#frame = outer
    return jump
  }

  #setRangeVariables(pipe: PipeNode, index: Slot, element: Slot): void {
    const [first, second] = pipe.declares
    if (!first) return
    if (pipe.assigns) {
      this.#assign(first, second ? index : element)
      if (second) this.#assign(second, element)
      return
    }
    // The pipeline pushed them in order; with two, the index comes first.
    const top = this.#variables.length
    if (second) {
      this.#variables[top - 2] = { name: first.name, ...index }
      this.#variables[top - 1] = { name: second.name, ...element }
    } else this.#variables[top - 1] = { name: first.name, ...element }
  }

  #template(dot: Slot, node: TemplateNode): void {
    const definition = find(this.#templates, node.name)
    if (!definition) throw this.#error(`template ${quote(node.name)} not defined`)
    const outer = this.#frame
    const frame = this.#enter(node)
    const value = node.pipe ? this.#pipeline(dot, node.pipe) : UNTYPED_NIL
    this.#engine.trace?.(frame, undefined)
    const called = new Execution(this.#engine, this.#templates, this.#nesting)
    this.#out.push(called.run(definition, value, frame))
    this.#frame = outer
  }

  #pipeline(dot: Slot, pipe: PipeNode): GoValue {
    let value: GoValue | undefined
    this.#node = pipe
    for (const command of pipe.commands) {
      value = this.#command(dot, command, value)
      // Go digs down one level here: a nil in an interface is no value any more.
      if (value.kind === 'nil' && !value.untyped) value = { ...value, untyped: true }
      this.#iface = false
    }
    const result = value ?? UNTYPED_NIL
    const slot: Slot = { value: result, iface: false, frame: this.#frame }
    for (const variable of pipe.declares) {
      if (pipe.assigns) this.#assign(variable, slot)
      else this.#variables.push({ name: variable.name, ...slot })
    }
    return result
  }

  #assign(variable: VariableNode, slot: Slot): void {
    for (let i = this.#variables.length - 1; i >= 0; i--) {
      if (this.#variables[i]?.name !== variable.name) continue
      this.#variables[i] = { name: variable.name, ...slot }
      return
    }
    throw this.#error(`undefined variable: ${variable.name}`)
  }

  #command(dot: Slot, command: CommandNode, final: GoValue | undefined): GoValue {
    this.#engine.budget.step()
    const [first] = command.args
    if (!first) return UNTYPED_NIL
    switch (first.kind) {
      case 'field':
        return this.#field(dot, first, command.args, final)
      case 'chain':
        return this.#chain(dot, first, command.args, final)
      case 'identifier':
        return this.#function(dot, first, command.args, final, command)
      case 'pipe':
        this.#notAFunction(command.args, final)
        return this.#pipeline(dot, first)
      case 'variable':
        return this.#variable(dot, first, command.args, final)
    }
    this.#node = first
    this.#notAFunction(command.args, final)
    switch (first.kind) {
      case 'bool':
        return this.#constant(bool(first.value, this.#literal(first.span)))
      case 'dot':
        this.#iface = dot.iface
        return dot.value
      case 'nil':
        throw this.#error('nil is not a command')
      case 'number':
        return this.#ideal(first)
      case 'string':
        return this.#constant(stringConstant(first.parts, this.#source()))
    }
  }

  #constant(value: GoValue): GoValue {
    this.#iface = false
    return value
  }

  #notAFunction(args: readonly Operand[], final: GoValue | undefined): void {
    if (args.length > 1 || final !== undefined) {
      throw this.#error(`can't give argument to non-function ${args[0] ? printOperand(args[0]) : ''}`)
    }
  }

  /** A number where nothing tells its type: the way it is written does. */
  #ideal(node: NumberNode): GoValue {
    this.#iface = false
    this.#node = node
    const value = idealNumber(node, this.#literal(node.span))
    if (value) return value
    throw this.#error(`${node.text} overflows int`)
  }

  #field(dot: Slot, node: FieldNode, args: readonly Operand[], final: GoValue | undefined): GoValue {
    this.#node = node
    return this.#fields(dot, dot, node, node.fields, args, final)
  }

  #chain(dot: Slot, node: ChainNode, args: readonly Operand[], final: GoValue | undefined): GoValue {
    this.#node = node
    if (node.node.kind === 'nil') throw this.#error(`indirection through explicit nil in ${printOperand(node)}`)
    const value = this.#argument(dot, undefined, node.node)
    return this.#fields(dot, { value, iface: false, frame: undefined }, node, node.fields, args, final)
  }

  #variable(dot: Slot, node: VariableNode, args: readonly Operand[], final: GoValue | undefined): GoValue {
    this.#node = node
    const variable = this.#lookUp(node)
    if (node.fields.length > 0) return this.#fields(dot, variable, node, node.fields, args, final)
    this.#notAFunction(args, final)
    this.#iface = variable.iface
    return variable.value
  }

  #lookUp(node: VariableNode): Variable {
    for (let i = this.#variables.length - 1; i >= 0; i--) {
      const variable = this.#variables[i]
      if (variable?.name !== node.name) continue
      if (this.#frame && variable.frame && variable.frame !== this.#frame && variable.name !== '$') {
        if (this.#frame.uses) this.#frame.uses.push(variable.frame)
        else this.#frame.uses = [variable.frame]
      }
      return variable
    }
    throw this.#error(`undefined variable: ${node.name}`)
  }

  /** `.X.Y.Z`, the last of which may be a method with arguments. */
  #fields(
    dot: Slot,
    receiver: Slot,
    node: FieldNode | ChainNode | VariableNode,
    fields: readonly string[],
    args: readonly Operand[],
    final: GoValue | undefined,
  ): GoValue {
    let { value } = receiver
    this.#iface = receiver.iface
    fields.forEach((field, i) => {
      const last = i === fields.length - 1
      value = this.#access(dot, value, field, node, last ? args : [], last ? final : undefined)
    })
    this.#read(value)
    return value
  }

  #read(value: GoValue): void {
    const frame = this.#frame
    if (!frame) return
    for (const origin of originsOfValue(value)) {
      if (origin.kind === 'literal' || origin === nowhere()) continue
      if (frame.reads) frame.reads.push(origin)
      else frame.reads = [origin]
    }
  }

  #access(
    dot: Slot,
    receiver: GoValue,
    field: string,
    node: FieldNode | ChainNode | VariableNode,
    args: readonly Operand[],
    final: GoValue | undefined,
  ): GoValue {
    const type = this.#iface ? 'interface {}' : typeOf(receiver)
    if (receiver.kind === 'nil') {
      if (receiver.untyped) return receiver
      throw this.#error(`nil pointer evaluating interface {}.${field}`)
    }
    const method = this.#engine.methods(receiver, field)
    if (method) return this.#call(dot, method, node, field, args, final, receiver)
    const hasArguments = args.length > 1 || final !== undefined
    if (receiver.kind === 'struct') {
      const value = receiver.fields.get(field) ?? receiver.embedded?.fields.get(field)
      if (value) {
        if (hasArguments) throw this.#error(`${field} has arguments but cannot be invoked as function`)
        this.#iface = false
        return value
      }
    }
    if (receiver.kind === 'map') {
      if (hasArguments) throw this.#error(`${field} is not a method but has arguments`)
      const element = elementType(receiver)
      const entry = receiver.entries.get(field)
      this.#iface = element === 'interface {}'
      return entry ? entry.value : zeroOf(element, missingIn(receiver.origin, field))
    }
    throw this.#error(`can't evaluate field ${field} in type ${type}`)
  }

  #function(
    dot: Slot,
    node: IdentifierNode,
    args: readonly Operand[],
    final: GoValue | undefined,
    at: CommandNode | IdentifierNode,
  ): GoValue {
    this.#node = node
    const found = this.#engine.functions.get(node.name)
    if (!found) throw this.#error(`${quote(node.name)} is not a defined function`)
    return this.#call(dot, found, at, node.name, args, final, undefined, node)
  }

  #call(
    dot: Slot,
    callee: GoFunction,
    at: CommandNode | Operand,
    name: string,
    args: readonly Operand[],
    final: GoValue | undefined,
    receiver: GoValue | undefined,
    identifier?: IdentifierNode,
  ): GoValue {
    const given = args.slice(1)
    const params = receiver ? callee.params.slice(1) : callee.params
    const count = given.length + (final === undefined ? 0 : 1)
    const fixed = callee.variadic ? params.length - 1 : given.length
    if (callee.variadic) {
      if (count < fixed) throw this.#error(`wrong number of args for ${name}: want at least ${fixed} got ${given.length}`)
    } else if (count !== params.length) {
      throw this.#error(`wrong number of args for ${name}: want ${params.length} got ${count}`)
    }
    if (identifier && name === 'call') return this.#refuseCall(dot, at, given, final)
    if (identifier && (name === 'and' || name === 'or')) return this.#shortCircuit(dot, name === 'or', given, final)
    const values: GoValue[] = receiver ? [receiver] : []
    const rest = params[params.length - 1] ?? 'interface {}'
    for (const [i, arg] of given.entries()) values.push(this.#argument(dot, i < fixed ? (params[i] ?? rest) : rest, arg))
    if (final !== undefined) {
      const type = callee.variadic && count - 1 < fixed ? (params[count - 1] ?? rest) : rest
      values.push(this.#checked(final, type))
    }
    try {
      const result = callee.run(values, this.#context(identifier ? this.#literal(identifier.span) : this.#methodName(at, name)))
      if (result.kind === 'string') this.#engine.budget.allocate(sizeOf(result))
      this.#iface = result.kind === 'nil' && !result.untyped
      return result
    } catch (error) {
      if (error instanceof LimitError) error.place ??= { source: this.#source(), pos: at.pos }
      if (error instanceof LimitError || !(error instanceof GoError)) throw error
      this.#node = at
      throw this.#error(`error calling ${name}: ${error.message}`, error)
    }
  }

  /** No value of a chart is a function. */
  #refuseCall(dot: Slot, at: CommandNode | Operand, args: readonly Operand[], final: GoValue | undefined): never {
    const [first] = args
    const callee = first ? this.#argument(dot, 'reflect.Value', first) : final
    const name = first ? printOperand(first) : ''
    const reason = !callee || callee.kind === 'nil' ? 'call of nil' : `non-function ${name} of type ${typeOf(callee)}`
    this.#node = at
    throw this.#error(`error calling call: ${reason}`, new GoError(reason))
  }

  #context(origin: Literal): Call {
    return new FunctionCall(origin, this.#frame ?? this.#enter({ span: { start: origin.start, end: origin.end } }), this)
  }

  #methodName(at: CommandNode | Operand, name: string): Literal {
    return this.#literal({ start: at.pos, end: at.pos + name.length + 1 })
  }

  #shortCircuit(dot: Slot, or: boolean, args: readonly Operand[], final: GoValue | undefined): GoValue {
    let value: GoValue = UNTYPED_NIL
    const seen: GoValue[] = []
    for (const arg of args) {
      value = this.#argument(dot, 'reflect.Value', arg)
      if (isTrue(value) === or) break
      seen.push(value)
    }
    if (final !== undefined && seen.length === args.length) value = final
    this.#iface = value.kind === 'nil' && !value.untyped
    const others = seen.filter((other) => other !== value)
    return others.length === 0 ? value : chosen(value, others)
  }

  include(name: string, data: GoValue, frame: Frame): GoText {
    const calls = this.#nesting
    const count = calls.get(name) ?? 0
    if (count > MAX_DEPTH) throw nested(name)
    const definition = find(this.#templates, name)
    if (!definition) throw new GoError(`template: no template ${quote(name)} associated with template "gotpl"`)
    calls.set(name, count + 1)
    try {
      return new Execution(this.#engine, this.#templates, this.#nesting).run(definition, data, frame)
    } catch (error) {
      // The stack of this process ends before Helm's count does.
      if (error instanceof RangeError) throw nested(name)
      throw error
    } finally {
      calls.set(name, count)
    }
  }

  executeText(text: GoText, data: GoValue, frame: Frame): GoText {
    const source: TemplateSource = { name: 'gotpl', text: text.text, given: text }
    const { definitions, problem } = parsedTemplate(source, this.#engine.functions)
    if (problem) {
      const reason = `template: gotpl:${problem.line}: ${problem.message}`
      throw new GoError(`cannot parse template ${quote(text.text)}: ${reason}`, new TextProblem(source, problem.start, problem.end, reason))
    }
    const templates: TemplateSet = { definitions: withoutEmptyRedefinitions(definitions, this.#templates), below: this.#templates }
    const definition = definitions.get('gotpl')
    if (!definition) throw new GoError('template: "gotpl" is an incomplete or empty template')
    try {
      return new Execution(this.#engine, templates, this.#nesting).run(definition, data, frame)
    } catch (error) {
      if (error instanceof LimitError) throw error
      if (error instanceof GoError)
        throw new GoError(`error during tpl function execution for ${quote(text.text)}: ${error.message}`, error)
      throw error
    }
  }

  #argument(dot: Slot, type: string | undefined, node: Operand): GoValue {
    this.#node = node
    switch (node.kind) {
      case 'dot':
        return this.#checked(dot.value, type)
      case 'nil':
        if (type !== undefined && !canBeNil(type)) throw this.#error(`cannot assign nil to ${type}`)
        return type === undefined || type === 'interface {}' || type === 'reflect.Value' ? nilFor(type) : zeroOf(type, nowhere())
      case 'field':
        return this.#checked(this.#field(dot, node, [node], undefined), type)
      case 'variable':
        return this.#checked(this.#variable(dot, node, [], undefined), type)
      case 'pipe':
        return this.#checked(this.#pipeline(dot, node), type)
      case 'identifier':
        return this.#checked(this.#function(dot, node, [], undefined, node), type)
      case 'chain':
        return this.#checked(this.#chain(dot, node, [], undefined), type)
    }
    return this.#constantFor(type, node)
  }

  /** `validateType` of Go's engine. */
  #checked(value: GoValue, type: string | undefined): GoValue {
    if (type === undefined || type === 'interface {}' || type === 'reflect.Value') {
      // An untyped nil becomes a nil interface, except where the function takes whatever there is.
      return value.kind === 'nil' && value.untyped && type === 'interface {}' ? { ...value, untyped: false } : value
    }
    if (value.kind === 'nil' && value.untyped) {
      if (canBeNil(type)) return zeroOf(type, value.origin)
      throw this.#error(`invalid value; expected ${type}`)
    }
    if (isAssignable(value, type)) return value
    throw this.#error(`wrong type for value; expected ${type}; got ${typeOf(value)}`)
  }

  #constantFor(type: string | undefined, node: Operand): GoValue {
    const found = `found ${printOperand(node)}`
    this.#iface = false
    switch (type) {
      case 'bool':
        if (node.kind === 'bool') return bool(node.value, this.#literal(node.span))
        throw this.#error(`expected bool; ${found}`)
      case 'string':
        if (node.kind === 'string') return stringConstant(node.parts, this.#source())
        throw this.#error(`expected string; ${found}`)
      case 'int':
      case 'int64':
        if (node.kind === 'number' && node.constant.int !== undefined) return int(node.constant.int, this.#literal(node.span), type)
        throw this.#error(`expected integer; ${found}`)
      case 'uint32':
        if (node.kind === 'number' && node.constant.uint !== undefined) return int(node.constant.uint, this.#literal(node.span), type)
        throw this.#error(`expected unsigned integer; ${found}`)
      case 'float64':
        if (node.kind === 'number' && node.constant.float !== undefined) return float(node.constant.float, this.#literal(node.span))
        throw this.#error(`expected float; ${found}`)
      case undefined:
      case 'interface {}':
      case 'reflect.Value':
        if (node.kind === 'bool') return bool(node.value, this.#literal(node.span))
        if (node.kind === 'number') return this.#ideal(node)
        if (node.kind === 'string') return stringConstant(node.parts, this.#source())
    }
    throw this.#error(`can't handle ${printOperand(node)} for arg of type ${type}`)
  }

  #error(reason: string, inner?: GoError): ExecError {
    const node = this.#node
    const context = !node ? '' : printed(node)
    return new ExecError(this.#source(), node?.pos ?? 0, this.#definition?.name ?? '', context, reason, inner)
  }
}
