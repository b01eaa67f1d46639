const SCHEMA = 'openAPIV3Schema:'

/**
 * The text of a CustomResourceDefinition with blanks in the place of its schemas: they are most of it, and nothing
 * asks for them. Everything else keeps its offset.
 */
export function withoutSchemas(text: string): string {
  let result = ''
  let kept = 0
  for (let key = text.indexOf(SCHEMA); key >= 0; key = text.indexOf(SCHEMA, key + SCHEMA.length)) {
    const line = text.lastIndexOf('\n', key) + 1
    const start = lineEnd(text, key)
    // Only a block below its key: what stands behind one is short, or another style.
    if (line < kept || text.slice(line, key).trim() !== '' || text.slice(key + SCHEMA.length, start).trim() !== '') continue
    let end = start
    while (end < text.length && isBelow(text, end, key - line)) end = lineEnd(text, end)
    if (end === start) continue
    result += `${text.slice(kept, start)}${' '.repeat(end - start - 1)}\n`
    kept = end
  }
  return kept === 0 ? text : result + text.slice(kept)
}

/** Where the line after that of an offset begins. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

/** Whether a line is blank, or further in than `indent`. */
function isBelow(text: string, line: number, indent: number): boolean {
  let at = line
  while (text[at] === ' ') at++
  return at - line > indent || text[at] === '\n' || text[at] === '\r' || at === text.length
}
