import type { Span } from '../../text/span.ts'

/**
 * Cuts a stream into documents at the `---` and `...` lines, before anything is parsed: what is broken in
 * one document cannot swallow the next, and each is cached by its own text. A document's span begins with
 * its `---` line. Directives stay with the document that they belong to.
 */
export function splitDocuments(text: string): Span[] {
  const starts: number[] = [text.charCodeAt(0) === 0xfeff ? 1 : 0]
  const marker = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm
  for (let match = marker.exec(text); match; match = marker.exec(text)) {
    const ended = match[0] === '...'
    const end = text.indexOf('\n', match.index)
    const at = ended ? (end < 0 ? text.length : end + 1) : match.index
    const before = starts[starts.length - 1] ?? 0
    if (at > before && at < text.length && (ended || !onlyDirectives(text.slice(before, at)))) starts.push(at)
  }
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? text.length }))
}

function onlyDirectives(text: string): boolean {
  return text.startsWith('%') && text.split(/\r?\n/).every((line) => line === '' || line.startsWith('%') || line.startsWith('#'))
}
