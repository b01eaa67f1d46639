import type { Value } from '../../model/value.ts'
import type { TextEdit } from '../../text/edit.ts'
import { styleOf } from './layout.ts'
import { parseYaml } from './parse.ts'
import { splitDocuments } from './split.ts'
import { stringifyYaml } from './write.ts'

/** The insertion at the end of a stream that adds a document, laid out like the one before it. Every byte of the text stays. */
export function appendDocument(text: string, body: Value): TextEdit {
  const last = splitDocuments(text).at(-1)
  const before = last ? text.slice(last.start, last.end) : ''
  const style = styleOf(before, parseYaml(before))
  const eol = text.includes('\r\n') ? '\r\n' : style.eol
  const ended = text === '' || text === '\ufeff' || text.endsWith('\n')
  // A `---` with nothing below it waits for this document; so does a text without any.
  const open = text.replace(/^\ufeff/, '').trim() === '' || /(?:^|\n)---[ \t]*(?:\r?\n\s*)?$/.test(text)
  const written = (ended ? '' : eol) + (open ? '' : `---${eol}`) + stringifyYaml(body, { ...style, eol })
  return { start: text.length, end: text.length, text: written }
}
