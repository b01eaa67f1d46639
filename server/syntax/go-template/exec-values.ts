import type { CommandNode, Node, NumberNode, Operand, StringPart } from './ast.ts'
import { GoError, LimitError } from './errors.ts'
import { formatValue } from './fmt.ts'
import { printCommand, printNode, printOperand } from './print.ts'
import type { Literal, TemplateSource } from './provenance.ts'
import { concat, type GoText, slice, textOf } from './text.ts'
import { elementType, float, type GoValue, int, nil, typeOf, UNTYPED_NIL } from './value.ts'

/** A pointer is followed before it is printed. */
export function printable(value: GoValue): GoText {
  if (value.kind === 'nil') return textOf('<no value>', value.origin)
  if (value.kind === 'struct' && value.printed !== undefined) return textOf(value.printed, value.origin)
  return formatValue(value.kind === 'struct' ? { ...value, pointer: false } : value)
}

export function printed(node: Node | Operand | CommandNode): string {
  switch (node.kind) {
    case 'text':
    case 'comment':
    case 'action':
    case 'if':
    case 'with':
    case 'range':
    case 'template':
    case 'break':
    case 'continue':
      return printNode(node)
    case 'command':
      return printCommand(node.args)
    default:
      return printOperand(node)
  }
}

/** A text given to `tpl` that is no template. */
export class TextProblem extends GoError {
  readonly source: TemplateSource
  readonly start: number
  readonly end: number

  constructor(source: TemplateSource, start: number, end: number, message: string) {
    super(message)
    this.source = source
    this.start = start
    this.end = end
  }
}

export function nested(name: string): GoError {
  return new GoError(`rendering template has a nested reference name: ${name}: unable to execute template`)
}

export function tooDeep(): GoError {
  return new LimitError('templates call each other without end')
}

/** A constant of a template; in the text of a `tpl` call it keeps the origins that it had as a value. */
export function stringConstant(parts: readonly StringPart[], source: TemplateSource): GoText {
  const texts = parts.map(({ text, span: { start, end } }) => {
    const verbatim = text.length === end - start
    if (source.given && verbatim) return slice(source.given, start, end)
    return textOf(text, { kind: 'literal', source, start, end }, verbatim ? 0 : -1)
  })
  const [only] = texts
  return only && texts.length === 1 ? only : concat(texts)
}

/** What a text costs: its pieces know where they come from, and take more than a character. */
export function sizeOf({ text, pieces }: GoText): number {
  return text.length + pieces.length * 64
}

/** A number where nothing tells its type: the way it is written does. Undefined when it does not fit. */
export function idealNumber({ constant, text }: NumberNode, origin: Literal): GoValue | undefined {
  if (constant.complex) return { kind: 'complex', ...constant.complex, origin }
  const hex = /^0[xX]/.test(text) && !/[pP]/.test(text)
  if (constant.float !== undefined && !hex && !text.startsWith("'") && /[.eEpP]/.test(text)) return float(constant.float, origin)
  return constant.int === undefined ? undefined : int(constant.int, origin)
}

export function nilFor(type: string | undefined): GoValue {
  return type === 'interface {}' ? nil() : UNTYPED_NIL
}

export function canBeNil(type: string): boolean {
  return type === 'interface {}' || type === 'reflect.Value' || type.startsWith('[]') || type.startsWith('map[') || type.startsWith('*')
}

/** Go's assignability between the types that occur; a named map type fits the map that it is. */
export function isAssignable(value: GoValue, type: string): boolean {
  const own = typeOf(value)
  if (own === type) return true
  return type === 'map[string]interface {}' && value.kind === 'map' && elementType(value) === 'interface {}'
}
