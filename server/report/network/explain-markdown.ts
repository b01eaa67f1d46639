import { code, link, literal } from '../markdown.ts'
import { type ExplainReport, sayRule } from './explain.ts'

/** The explanation as a document, with links that are relative to the workspace folder. */
export function explainMarkdown({ from, to, port, answers }: ExplainReport): string {
  const blocks = answers.flatMap(({ environments, verdict, allowed, sides }) => {
    const where = answers.length > 1 ? ` in ${environments.map(code).join(', ')}` : ''
    const on = port !== undefined ? ` on ${port}` : verdict === 'denied' ? '' : ` on ${allowed}`
    return [
      `**${capital(verdict)}**${on}${where}.`,
      ...sides.flatMap((side) => {
        const sends = side.side === 'source'
        const who = code(sends ? from : to)
        const does = sends ? 'may send it' : 'accepts it'
        const not = sends ? 'may not send it' : 'does not accept it'
        const head = side.verdict === 'denied' ? not : side.verdict === 'possible' ? `possibly ${does}` : does
        return [
          `### ${who} ${head}`,
          ...list('Denied by', side.deniedBy),
          ...list('Allowed by', side.allowedBy),
          ...(side.verdict === 'denied' ? list('Isolated by', side.isolatedBy) : []),
          `**What would change it:** ${literal(side.change)}`,
        ]
      }),
    ]
  })
  return `${[`# ${code(from)} to ${code(to)}`, ...blocks].join('\n\n')}\n`
}

type Rules = ExplainReport['answers'][number]['sides'][number]['allowedBy']

function list(title: string, rules: Rules): string[] {
  if (rules.length === 0) return []
  const items = rules.map((rule) => {
    const { file, line, connections, certainty } = rule
    const at = file === undefined ? '' : ` (${link(file, line, `${file}:${line}`)})`
    return `- ${literal(sayRule(rule))}${at}${connections === undefined ? '' : `: ${connections}`}${certainty === 'possible' ? ', possibly' : ''}`
  })
  return [`${title}\n\n${items.join('\n')}`]
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
