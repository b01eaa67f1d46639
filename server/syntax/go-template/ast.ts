import type { Span } from '../../text/span.ts'
import type { NumberConstant } from './number.ts'
import type { TemplateSource } from './provenance.ts'

/** Trees know no file: those of equal texts are the same. */
interface At {
  /** Where Go says that the node is: what an error message points at. */
  readonly pos: number
}

export interface ListNode extends At {
  readonly kind: 'list'
  readonly nodes: readonly Node[]
}

export interface TextNode extends At {
  readonly kind: 'text'
  readonly text: string
  readonly span: Span
}

export interface CommentNode extends At {
  readonly kind: 'comment'
  readonly text: string
}

export interface ActionNode extends At {
  readonly kind: 'action'
  readonly pipe: PipeNode
  /** From `{{` to `}}`. */
  readonly span: Span
}

export interface BranchNode extends At {
  readonly kind: 'if' | 'with' | 'range'
  readonly pipe: PipeNode
  readonly list: ListNode
  readonly otherwise: ListNode | undefined
  /** The opening action, from `{{` to `}}`. */
  readonly span: Span
  /** To the end of its `{{ end }}`. */
  readonly whole: Span
}

export interface TemplateNode extends At {
  readonly kind: 'template'
  readonly name: string
  readonly pipe: PipeNode | undefined
  readonly span: Span
}

export interface JumpNode extends At {
  readonly kind: 'break' | 'continue'
}

export type Node = TextNode | CommentNode | ActionNode | BranchNode | TemplateNode | JumpNode

export interface PipeNode extends At {
  readonly kind: 'pipe'
  readonly declares: readonly VariableNode[]
  /** `=` instead of `:=`. */
  readonly assigns: boolean
  readonly commands: readonly CommandNode[]
}

export interface CommandNode extends At {
  readonly kind: 'command'
  readonly args: readonly Operand[]
}

export interface IdentifierNode extends At {
  readonly kind: 'identifier'
  readonly name: string
  /** What a function adds of its own (quotes, indentation) comes from here. */
  readonly span: Span
}

export interface VariableNode extends At {
  readonly kind: 'variable'
  /** With its dollar sign. */
  readonly name: string
  readonly fields: readonly string[]
}

export interface FieldNode extends At {
  readonly kind: 'field'
  readonly fields: readonly string[]
}

export interface ChainNode extends At {
  readonly kind: 'chain'
  readonly node: Operand
  readonly fields: readonly string[]
}

export interface DotNode extends At {
  readonly kind: 'dot'
}

export interface NilNode extends At {
  readonly kind: 'nil'
}

export interface BoolNode extends At {
  readonly kind: 'bool'
  readonly value: boolean
  readonly span: Span
}

export interface NumberNode extends At {
  readonly kind: 'number'
  readonly text: string
  readonly constant: NumberConstant
  readonly span: Span
}

/** A run of a string constant, and where it is written. */
export interface StringPart {
  readonly text: string
  readonly span: Span
}

export interface StringNode extends At {
  readonly kind: 'string'
  /** As written, with its quotes. */
  readonly quoted: string
  readonly text: string
  /** Runs without escapes are verbatim, each escape is a part of its own. */
  readonly parts: readonly StringPart[]
}

export type Operand =
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | DotNode
  | NilNode
  | BoolNode
  | NumberNode
  | StringNode
  | PipeNode

/** A file, a `define` or a `block`. */
export interface Definition {
  readonly name: string
  readonly source: TemplateSource
  readonly root: ListNode
}

/** Whether a template holds nothing but white space, comments and definitions. */
export function isEmpty(list: ListNode): boolean {
  return list.nodes.every((node) => node.kind === 'comment' || (node.kind === 'text' && node.text.trim() === ''))
}
