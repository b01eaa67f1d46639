/**
 * Reads a rule's page. A page is a title, then sections; in *Flagged* and *Not flagged* each `###` heading is
 * a case, and the fenced blocks below it are one small workspace.
 */

export const SECTIONS = ['Why', 'Flagged', 'Not flagged', 'When to turn it off'] as const

export interface Page {
  readonly title: string
  /** The `##` headings in their order. */
  readonly sections: readonly string[]
  readonly flagged: readonly Case[]
  readonly notFlagged: readonly Case[]
}

export interface Case {
  readonly name: string
  readonly files: readonly FileBlock[]
  readonly fixes: readonly FixBlock[]
}

interface FileBlock {
  readonly path: string
  /** As it stands in the page, with its marker lines. */
  readonly text: string
}

export interface FixBlock {
  /** The fix's title, equal to what is offered. */
  readonly title: string
  /** The expected diff. */
  readonly text: string
  /** Where `text` stands in the page, as offsets. */
  readonly start: number
  readonly end: number
}

interface Fence {
  readonly language: string
  readonly info: string
  readonly start: number
  readonly end: number
}

/** Throws when the page cannot be understood: a page is a test, so this is an error of its author. */
export function readPage(markdown: string): Page {
  let title = ''
  let section = ''
  const sections: string[] = []
  const cases: { section: string; name: string; files: FileBlock[]; fixes: FixBlock[]; heading: boolean }[] = []
  for (const part of partsOf(markdown)) {
    if (part.type === 'heading') {
      if (part.level === 1 && title === '') title = part.text
      if (part.level === 2) {
        section = part.text
        sections.push(section)
        cases.push({ section, name: section, files: [], fixes: [], heading: false })
      }
      if (part.level === 3) cases.push({ section, name: part.text, files: [], fixes: [], heading: true })
      continue
    }
    const at = cases[cases.length - 1]
    if (!at) continue
    const text = markdown.slice(part.start, part.end)
    const fix = part.language === 'diff' ? /^fix\s+(\S.*)$/.exec(part.info)?.[1] : undefined
    if (fix) at.fixes.push({ title: fix, text, start: part.start, end: part.end })
    else if (/^(ya?ml|json|hcl)$/.test(part.language)) {
      const path = part.info || { json: 'manifest.json', hcl: 'main.tf' }[part.language] || 'manifest.yaml'
      if (at.files.some((file) => file.path === path)) throw new Error(`"${at.name}" has two blocks for ${path}: name the files.`)
      at.files.push({ path, text })
    }
  }
  const casesOf = (wanted: string): Case[] =>
    cases.filter((each) => each.section === wanted && (each.heading || each.files.length + each.fixes.length > 0))
  for (const { name, files } of [...casesOf('Flagged'), ...casesOf('Not flagged')]) {
    if (files.length === 0) throw new Error(`"${name}" has no fenced yaml, json or hcl block.`)
  }
  return { title, sections, flagged: casesOf('Flagged'), notFlagged: casesOf('Not flagged') }
}

type Part = { readonly type: 'heading'; readonly level: number; readonly text: string } | ({ readonly type: 'fence' } & Fence)

function* partsOf(markdown: string): Iterable<Part> {
  let open: { fence: string; language: string; info: string; start: number } | undefined
  let at = 0
  for (const line of markdown.split('\n')) {
    const next = at + line.length + 1
    const fence = /^(`{3,}|~{3,})\s*(\S*)\s*(.*?)\s*$/.exec(line)
    if (open) {
      if (fence?.[1]?.startsWith(open.fence) && !fence[2]) {
        yield { type: 'fence', language: open.language, info: open.info, start: open.start, end: at }
        open = undefined
      }
    } else if (fence) open = { fence: fence[1] ?? '', language: fence[2] ?? '', info: fence[3] ?? '', start: next }
    else {
      const heading = /^(#{1,6})\s+(.*?)\s*$/.exec(line)
      if (heading) yield { type: 'heading', level: heading[1]?.length ?? 0, text: heading[2] ?? '' }
    }
    at = next
  }
  if (open) throw new Error(`A block of ${open.language} is not closed.`)
}

/** The page with the texts of its fix blocks replaced. */
export function withFixes(markdown: string, texts: readonly { readonly block: FixBlock; readonly text: string }[]): string {
  return [...texts]
    .sort((a, b) => b.block.start - a.block.start)
    .reduce((page, { block, text }) => page.slice(0, block.start) + text + page.slice(block.end), markdown)
}
