import type { Span } from '../../text/span.ts'

/** The name of an attribute, a block or a variable, with its place. */
export interface Name extends Span {
  readonly text: string
}

export interface Attribute extends Span {
  readonly kind: 'attribute'
  readonly name: Name
  readonly value: Expression
}

/** A label in quotes, or a bare name, which is legal too. */
export interface Label extends Span {
  readonly text: string
  readonly quoted: boolean
}

export interface Block extends Span {
  readonly kind: 'block'
  readonly type: Name
  readonly labels: readonly Label[]
  readonly body: Body
  /** The opening brace; undefined while the block is only half typed. */
  readonly open: number | undefined
  /** The offset behind the closing brace; undefined where it is missing. */
  readonly close: number | undefined
}

/** In the order of the text. The span of a nested body is what stands between the braces. */
export interface Body extends Span {
  readonly items: readonly (Attribute | Block)[]
}

/** A piece of a template. Text is decoded: escapes, strip markers and the indentation of `<<-` are applied. */
export type TemplatePart =
  | (Span & { readonly kind: 'text'; readonly text: string })
  | (Span & { readonly kind: 'interpolation'; readonly value: Expression })
  | (Span & {
      readonly kind: 'if'
      readonly condition: Expression
      readonly then: readonly TemplatePart[]
      readonly otherwise: readonly TemplatePart[]
    })
  | (Span & {
      readonly kind: 'for'
      readonly key: string | undefined
      readonly value: string
      readonly collection: Expression
      readonly body: readonly TemplatePart[]
    })

export interface Template extends Span {
  readonly kind: 'template'
  readonly parts: readonly TemplatePart[]
  readonly form: 'quoted' | 'heredoc' | 'bare'
}

export interface ForExpression extends Span {
  readonly kind: 'for'
  readonly keyName: string | undefined
  readonly valueName: string
  readonly collection: Expression
  /** Set for `{for … : key => value}`. */
  readonly key: Expression | undefined
  readonly value: Expression
  readonly condition: Expression | undefined
  /** `…` behind the value: values of one key become a list. */
  readonly group: boolean
}

export interface ObjectItem extends Span {
  /** A bare name is a template of its text. */
  readonly key: Expression
  readonly bare: boolean
  readonly value: Expression
}

export type BinaryOperator = '+' | '-' | '*' | '/' | '%' | '==' | '!=' | '<' | '<=' | '>' | '>=' | '&&' | '||'

export type Expression =
  /** The digits as they are written, so that none is lost. */
  | (Span & { readonly kind: 'number'; readonly text: string })
  | (Span & { readonly kind: 'bool'; readonly value: boolean })
  | (Span & { readonly kind: 'null' })
  | Template
  | (Span & { readonly kind: 'variable'; readonly name: string })
  | (Span & { readonly kind: 'get'; readonly of: Expression; readonly name: string })
  | (Span & { readonly kind: 'index'; readonly of: Expression; readonly key: Expression })
  /** `of[*]` or `of.*`: `each` is what is asked of every item, with `item` for the item itself. */
  | (Span & { readonly kind: 'splat'; readonly of: Expression; readonly each: Expression })
  | (Span & { readonly kind: 'item' })
  | (Span & { readonly kind: 'call'; readonly name: Name; readonly args: readonly Expression[]; readonly expand: boolean })
  | ForExpression
  | (Span & { readonly kind: 'conditional'; readonly condition: Expression; readonly then: Expression; readonly otherwise: Expression })
  | (Span & { readonly kind: 'binary'; readonly op: BinaryOperator; readonly left: Expression; readonly right: Expression })
  | (Span & { readonly kind: 'unary'; readonly op: '!' | '-'; readonly operand: Expression })
  | (Span & { readonly kind: 'paren'; readonly inner: Expression })
  | (Span & { readonly kind: 'tuple'; readonly items: readonly Expression[] })
  | (Span & { readonly kind: 'object'; readonly items: readonly ObjectItem[] })
  /** Not written yet, or not understood. */
  | (Span & { readonly kind: 'missing' })

export interface HclProblem extends Span {
  readonly message: string
}

/** A comment with its markers, without the line break that ends it. */
export interface HclComment extends Span {
  readonly text: string
}

export interface HclFile {
  readonly body: Body
  /** Empty when the text is all understood. */
  readonly problems: readonly HclProblem[]
  readonly comments: readonly HclComment[]
}
