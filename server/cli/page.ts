import type { Paint } from '../report/text.ts'

const FENCE = /^(`{3,}|~{3,})\s*(.*)$/
const MARK = /^\s*#?\s*\^+/

/** A rule's page for reading in a terminal: headings stand out, code is indented, and marks of Markdown are gone. */
export function pageText(markdown: string, paint: Paint): string {
  const lines: string[] = []
  let open: string | undefined
  for (const line of markdown.trimEnd().split('\n')) {
    const [, fence = '', info = ''] = FENCE.exec(line) ?? []
    if (open !== undefined) {
      if (fence.startsWith(open) && info === '') open = undefined
      else lines.push(`    ${MARK.test(line) ? paint('yellow', line) : line}`.trimEnd())
    } else if (fence !== '') {
      open = fence
      const [, name] = /^(?:ya?ml|json|diff fix)\s+(.+)$/.exec(info) ?? []
      if (name) lines.push(paint('dim', `  ${name}:`))
    } else {
      const [, heading] = /^#+\s+(.*)$/.exec(line) ?? []
      lines.push(heading === undefined ? inline(line, paint) : paint('bold', heading))
    }
  }
  return `${lines.join('\n')}\n`
}

function inline(line: string, paint: Paint): string {
  return line
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '$1 ($2)')
    .replace(/\*\*([^*]+)\*\*/g, (_, text: string) => paint('bold', text))
    .replace(/`([^`]+)`/g, (_, text: string) => paint('cyan', text))
}
