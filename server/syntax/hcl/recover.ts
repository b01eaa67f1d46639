import type { Reader } from './reader.ts'

const TOP_LEVEL =
  /(?:resource|data|variable|output|locals|module|provider|terraform|moved|import|removed|check|ephemeral|run)(?=[ \t]*[{"]|[ \t]+\w+[ \t]*[{"])/y
const ARGUMENT = /[\p{ID_Start}_][\p{ID_Continue}-]*[ \t]*=(?![=>])/uy
const BLOCK =
  /[\p{ID_Start}_][\p{ID_Continue}-]*(?:[ \t]+(?:"[^"\n]*"?|[\p{ID_Start}_][\p{ID_Continue}-]*))*[ \t]*\{[ \t]*(?:$|#|\/\/|\}|[\w-]+[ \t]*=)/muy
const LABELLED = /[\p{ID_Start}_][\p{ID_Continue}-]*[ \t]+"[^"\n]*"?[ \t]*(?:"|\{|$)/muy

function matches(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

/** Whether a line begins with something that only stands at the top of a file. */
export function isTopLevel(r: Reader, at: number): boolean {
  return r.lineStart(at) === at && matches(TOP_LEVEL, r.text, at)
}

function isArgument(r: Reader, at: number): boolean {
  return matches(ARGUMENT, r.text, at)
}

function isBlock(r: Reader, at: number): boolean {
  return matches(BLOCK, r.text, at) || matches(LABELLED, r.text, at)
}

/** Whether a line looks like the beginning of a body item. */
export function isItem(r: Reader, at: number): boolean {
  return isArgument(r, at) || isBlock(r, at)
}

/**
 * Whether a bracket that is still open was forgotten: the line at hand belongs to the body around it. Inside
 * parentheses and lists any argument does; inside an object, whose items look alike, its column decides.
 */
export function bracketEnds(r: Reader, bracket: '(' | '[' | '{'): boolean {
  if (!r.recovering) return false
  if (r.ended) return true
  const { at } = r
  if (!r.firstOnLine(at)) return false
  if (isTopLevel(r, at)) return true
  const column = r.columnOf(at)
  if (r.code() === 125) return column < r.column || (bracket !== '{' && column <= r.column)
  if (bracket !== '{' && isArgument(r, at)) return true
  return column <= r.column && isItem(r, at)
}

/** Where an unterminated heredoc gives way: the first line that belongs to the body around it. */
export function heredocEnds(r: Reader, from: number): number {
  for (let line = from; line < r.text.length; ) {
    let at = line
    while (r.text.charCodeAt(at) === 32 || r.text.charCodeAt(at) === 9) at++
    if (isTopLevel(r, at)) return line
    if (at - line <= r.column && (r.text.charCodeAt(at) === 125 || isItem(r, at))) return line
    const next = r.text.indexOf('\n', line)
    if (next < 0) break
    line = next + 1
  }
  return r.text.length
}
