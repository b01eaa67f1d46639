import { Lexer, type Token } from '../../syntax/go-template/lex.ts'
import { unquote } from '../../syntax/go/quote.ts'
import type { Span } from '../../text/span.ts'

/** What stands under a cursor in a template: a chain of fields up to there, or the name of a template. */
export type Word =
  | { readonly kind: 'field'; readonly names: readonly string[]; readonly span: Span }
  | { readonly kind: 'template'; readonly name: string; readonly span: Span }

export function wordAt(text: string, offset: number): Word | undefined {
  const tokens = tokensOf(text)
  const at = tokens.findIndex((token) => token.pos <= offset && offset <= endOf(token) && (token.type === 'field' || isText(token)))
  const token = tokens[at]
  if (!token) return undefined
  if (isText(token)) {
    const name = namedBy(tokens, at)
    return name === undefined ? undefined : { kind: 'template', name, span: { start: token.pos, end: endOf(token) } }
  }
  let first = at
  while (tokens[first - 1]?.type === 'field' && endOf(tokens[first - 1]) === tokens[first]?.pos) first--
  const names = tokens.slice(first, at + 1).map(({ value }) => value.slice(1))
  return { kind: 'field', names, span: { start: tokens[first]?.pos ?? token.pos, end: endOf(token) } }
}

/** Where a file defines templates, by name; the span is that of the name. */
export function definedIn(text: string): ReadonlyMap<string, Span> {
  const tokens = tokensOf(text)
  const found = new Map<string, Span>()
  tokens.forEach((token, i) => {
    const keyword = tokens[i - 1]?.type
    if (!isText(token) || (keyword !== 'define' && keyword !== 'block')) return
    const name = namedBy(tokens, i)
    if (name !== undefined) found.set(name, { start: token.pos, end: endOf(token) })
  })
  return found
}

function tokensOf(text: string): Token[] {
  const lexer = new Lexer(text)
  const tokens: Token[] = []
  for (let token = lexer.next(); token.type !== 'EOF' && token.type !== 'error'; token = lexer.next())
    if (token.type !== 'space') tokens.push(token)
  return tokens
}

function isText({ type }: Token): boolean {
  return type === 'string' || type === 'raw string'
}

function endOf(token: Token | undefined): number {
  return token ? token.pos + token.value.length : -1
}

/** A string that says which template is meant. */
function namedBy(tokens: readonly Token[], at: number): string | undefined {
  const [before, token] = [tokens[at - 1], tokens[at]]
  const calls = before?.type === 'template' || before?.type === 'define' || before?.type === 'block'
  if (!token || !(calls || (before?.type === 'identifier' && before.value === 'include'))) return undefined
  return unquote(token.value)
    ?.map((part) => part.text)
    .join('')
}
