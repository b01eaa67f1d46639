import { changeText, type Diff } from './diff.ts'
import { literal } from './markdown.ts'
import { count, printable } from './printable.ts'
import { type Paint, painter, type TextOptions } from './text.ts'

interface Section {
  readonly title: string
  readonly sign: '+' | '-'
  readonly lines: readonly string[]
}

/** The parts of a difference in the order of how pressing they are. */
function sectionsOf(diff: Diff, place: (finding: Diff['findings']['fresh'][number]) => string): readonly Section[] {
  const { connections, permissions, findings } = diff
  const findingLines = (list: Diff['findings']['fresh']): string[] =>
    list.map((finding) => `${place(finding)} ${finding.severity} ${finding.rule}: ${finding.message}`)
  const permissionLines = (list: Diff['permissions']['granted']): string[] =>
    list.map(({ sentence, certainty }) => `${sentence}${certainty === 'possible' ? ' (possibly)' : ''}`)
  return [
    { title: 'New findings', sign: '+', lines: findingLines(findings.fresh) },
    { title: 'Connections opened', sign: '+', lines: connections.opened.map(changeText) },
    { title: 'Permissions granted', sign: '+', lines: permissionLines(permissions.granted) },
    { title: 'Findings gone', sign: '-', lines: findingLines(findings.gone) },
    { title: 'Connections closed', sign: '-', lines: connections.closed.map(changeText) },
    { title: 'Permissions revoked', sign: '-', lines: permissionLines(permissions.revoked) },
  ]
}

const NOTHING = 'No connection, permission or finding differs.'

export function diffText(diff: Diff, { colours }: Pick<TextOptions, 'colours'>): string {
  const paint: Paint = painter(colours)
  const blocks = sectionsOf(diff, ({ file, start }) => `${file}:${start.line}`)
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, sign, lines }) =>
      [paint('bold', title), ...lines.map((line) => paint(sign === '+' ? 'yellow' : 'green', `  ${sign} ${printable(line)}`))].join('\n'),
    )
  return `${blocks.length === 0 ? NOTHING : [...blocks, summary(diff)].join('\n\n')}\n`
}

/** So many lines of a part are in a comment on a pull request; a comment has a limit, and a reader too. */
const MOST_LINES = 50

/** For a comment on a pull request: a sentence, then each part folded away when it is long. */
export function diffMarkdown(diff: Diff): string {
  const parts = sectionsOf(diff, ({ file, start }) => `${file}:${start.line}`)
    .filter(({ lines }) => lines.length > 0)
    .map(({ title, lines }) => {
      const shown = lines.slice(0, MOST_LINES).map((line) => `- ${literal(line)}`)
      const rest = lines.length > MOST_LINES ? [`- and ${lines.length - MOST_LINES} more`] : []
      const list = [...shown, ...rest].join('\n')
      return lines.length > 10
        ? `<details><summary>${title} (${lines.length})</summary>\n\n${list}\n\n</details>`
        : `### ${title}\n\n${list}`
    })
  return `${['## Zero-trust changes', parts.length === 0 ? NOTHING : summary(diff), ...parts].join('\n\n')}\n`
}

function summary({ connections, permissions, findings }: Diff): string {
  return [
    `Opens ${count(connections.opened.length, 'connection')}, closes ${connections.closed.length}`,
    `grants ${count(permissions.granted.length, 'permission')}, revokes ${permissions.revoked.length}`,
    `brings ${count(findings.fresh.length, 'finding')}, ends ${findings.gone.length}.`,
  ].join('; ')
}
