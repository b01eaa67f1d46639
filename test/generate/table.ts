import { type AnyRule, PILLARS } from '../../server/model/rule.ts'

const BEGIN = '<!-- rules: written by `npm run generate` -->'
const END = '<!-- end of rules -->'

/** The README with the table of all rules between its markers; they are appended when it has none. */
export function withRuleTable(readme: string, rules: readonly AnyRule[]): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  const block = `${BEGIN}\n${ruleTable(rules)}${END}`
  if (begin < 0 || end < begin) return `${readme === '' ? '# Kube Zero Trust\n\n' : `${readme.trimEnd()}\n\n`}${block}\n`
  return readme.slice(0, begin) + block + readme.slice(end + END.length)
}

function ruleTable(rules: readonly AnyRule[]): string {
  const rows = PILLARS.flatMap((pillar) => rules.filter((rule) => rule.pillar === pillar)).map(
    ({ pillar, name, title, severity, auditOnly, fix }) =>
      `| ${pillar} | [${name}](rules/${pillar}/${name}.md) | ${title} | ${severity}${auditOnly ? ', audit only' : ''} | ${fix ? 'yes' : ''} |\n`,
  )
  return `| pillar | rule | what is wrong | level | quick fix |\n|---|---|---|---|---|\n${rows.join('')}`
}
