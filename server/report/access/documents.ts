import type { Analysis } from '../../analysis/analyse.ts'
import { sayResource } from '../../model/access/permissions.ts'
import type { RoleFacts } from '../../model/access/roles.ts'
import type { KubeObject } from '../../model/object.ts'
import { code, link, literal } from '../markdown.ts'
import { type AttackPathsReport, attackPathsMermaid, MORE, sayAlso } from './attack-paths.ts'
import {
  byEnvironment,
  type Line,
  linesOf,
  type Named,
  nameOf,
  type ReportGrant,
  reportBinding,
  reportSubject,
  scopeText,
} from './grants.ts'
import { type PermissionsReport, permissionGroups } from './permissions.ts'
import { requestText, type WhoCanReport } from './who-can.ts'

/** Who can do something, as a document with links that are relative to the workspace folder. */
export function whoCanMarkdown({ request, answers }: WhoCanReport): string {
  const blocks = answers.flatMap(({ environments, holders, open }) => [
    ...environmentTitle(answers.length, environments),
    holders.length === 0
      ? 'Nobody, as far as these files say.'
      : holders
          .map(({ subject, grants }) =>
            [`- **${who(subject)}**`, ...grants.map((grant) => `  - ${literal(scopeText(grant.namespace))}: ${grantMarkdown(grant)}`)].join(
              '\n',
            ),
          )
          .join('\n'),
    ...(open.length === 0
      ? []
      : [
          'Perhaps others, by bindings of which a part is not in the files:',
          open.map((binding) => `- ${who(binding)}${at(binding)}`).join('\n'),
        ]),
  ])
  return page(`Who can ${code(requestText(request))}`, blocks)
}

/** What a subject may do and what that leads to. */
export function permissionsMarkdown({ subject, answers }: PermissionsReport): string {
  const blocks = answers.flatMap(({ environments, permissions, risks, cut }) => {
    const title = environmentTitle(answers.length, environments)
    if (permissions.length === 0) return [...title, 'Nothing of its own, as far as these files say.']
    const items = permissionGroups(permissions).map((same) => {
      const [first] = same
      const perhaps = first.certainty === 'possible' ? ' (possibly)' : ''
      return [
        `- **${literal(first.verbs.join(', '))}** ${literal(same.map(({ group, resource, names }) => sayResource({ group, resource, names })).join(', '))} ${literal(scopeText(first.namespace))}${perhaps}`,
        ...first.grants.map((grant) => `  - ${grantMarkdown(grant)}`),
      ].join('\n')
    })
    const leads = risks.map(
      ({ level, can, namespace, certainty }) =>
        `- ${literal(can)} ${literal(scopeText(namespace))}: ${level}${certainty === 'possible' ? ', possibly' : ''}`,
    )
    return [
      ...title,
      items.join('\n'),
      ...(cut ? ['There is more than this.'] : []),
      ...(leads.length > 0 ? ['### With that it can', leads.join('\n')] : []),
    ]
  })
  return page(`What ${who(subject)} may do`, blocks)
}

/** The ways from outside: a diagram, and each way with its steps and where it is best cut. */
export function attackPathsMarkdown(report: AttackPathsReport): string {
  const { answers } = report
  const blocks = answers.flatMap((one) => {
    const title = environmentTitle(answers.length, one.environments)
    if (one.paths.length === 0) return [...title, 'No path from outside to more than a workload’s own is known.']
    return [
      ...title,
      `\`\`\`mermaid\n${attackPathsMermaid({ answers: [one] })}\`\`\``,
      ...one.paths.flatMap(({ workload, entry, also, steps, end, certainty, cut }) => [
        `### ${who(workload)} to ${literal(end)}${certainty === 'possible' ? ', possibly' : ''}`,
        [
          `1. from outside through ${who(entry)}${at(entry)}`,
          ...steps.map(
            (step, i) =>
              `${i + 2}. ${literal(step.from)}: ${literal(step.how)}, to ${literal(step.to)}${step.at.map(at).join('')}${step.certainty === 'possible' ? ', possibly' : ''}`,
          ),
        ].join('\n'),
        ...(also ? [`${literal(sayAlso(also))} ${also.length === 1 ? 'leads' : 'lead'} there too.`] : []),
        ...(cut
          ? [`**Cut it** at ${link(cut.file, cut.line, `${cut.file}:${cut.line}`)}${cut.enough ? '.' : '; another way as bad remains.'}`]
          : []),
      ]),
      ...(one.cut ? [MORE] : []),
    ]
  })
  return page('Attack paths', blocks)
}

/** Who has a role, by which binding, and what its text leads to; undefined when no role has the id. */
export function roleMarkdown(analysis: Analysis, id: string): string | undefined {
  const lines = linesOf(analysis)
  const find = (objects: readonly KubeObject[]): KubeObject | undefined => objects.find((object) => object.id === id)
  const environments = analysis.environments.filter(({ model }) => find(model.objects) !== undefined)
  const first = environments[0] && find(environments[0].model.objects)
  if (!first) return undefined
  const answers = byEnvironment({ ...analysis, environments }, ({ model: { objects, facts } }) => {
    const object = find(objects) ?? first
    const role = facts.access.roles.of(object)
    return {
      bindings: facts.access.bindingsOf(object).map((binding) => ({
        binding: reportBinding(binding, lines),
        subjects: binding.subjects.filter(({ applies }) => applies).map(reportSubject),
      })),
      into: role ? facts.access.roles.aggregatedInto(role).map(({ name }: RoleFacts) => name) : [],
      leads: facts.escalation.risksThrough(object).map(({ subject, risk }) => ({
        subject: reportSubject(subject),
        text: `${risk.how} ${scopeText(risk.namespace)}: ${risk.level}${risk.sure ? '' : ', possibly'}`,
      })),
    }
  })
  const blocks = answers.flatMap(({ environments: names, bindings, into, leads }) => [
    ...environmentTitle(answers.length, names),
    bindings.length === 0
      ? 'No binding of these files names it.'
      : bindings
          .map(({ binding, subjects }) =>
            [
              `- ${who(binding)}${at(binding)}, ${literal(scopeText(binding.kind === 'RoleBinding' ? (binding.namespace ?? '') : undefined))}:`,
              ...subjects.map((subject) => `  - ${who(subject)}`),
            ].join('\n'),
          )
          .join('\n'),
    ...(into.length > 0 ? [`Aggregated into ${into.map(code).join(', ')}.`] : []),
    ...(leads.length > 0
      ? ['### What it leads to', leads.map(({ subject, text }) => `- ${who(subject)} can ${literal(text)}`).join('\n')]
      : []),
  ])
  return page(`Who has ${who({ kind: first.kind, namespace: first.namespace, name: first.name })}`, blocks)
}

function page(title: string, blocks: readonly string[]): string {
  return `${[`# ${title}`, ...blocks].join('\n\n')}\n`
}

function environmentTitle(answers: number, environments: readonly string[]): string[] {
  return answers > 1 ? [`## ${literal(environments.join(', '))}`] : []
}

/** ``ServiceAccount `shop/ci` `` */
function who({ kind, namespace, name }: Named): string {
  return `${literal(kind)} ${code(nameOf({ kind, namespace: namespace ?? '', name }).slice(kind.length + 1))}`
}

function at(line: Partial<Line> | undefined): string {
  return line?.file === undefined ? '' : ` (${link(line.file, line.line, `${line.file}:${line.line}`)})`
}

function grantMarkdown({ binding, role, rule, certainty }: ReportGrant): string {
  const bound = binding ? `${who(binding)}${at(binding)}` : 'a binding that Kubernetes brings'
  const source = !rule
    ? ', which Kubernetes brings'
    : rule.of === role.name
      ? at(rule)
      : `, into which ${code(rule.of)} is aggregated${at(rule)}`
  return `${bound} binds ${role.kind} ${code(role.name)}${source}${certainty === 'possible' ? '; possibly' : ''}`
}
