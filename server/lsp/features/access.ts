import type { AnalysedEnvironment, Analysis } from '../../analysis/analyse.ts'
import { locate } from '../../analysis/locate.ts'
import { BINDING_KINDS, ROLE_KINDS } from '../../model/access/access.ts'
import { KUBERNETES_API, READ_VERBS, STORED_VERBS } from '../../model/access/api-resources.ts'
import { describeSubject, type Subject } from '../../model/access/identity.ts'
import { isTelling } from '../../model/access/paths.ts'
import type { Facts } from '../../model/facts.ts'
import type { KubeObject } from '../../model/object.ts'
import type { Path } from '../../model/value.ts'
import { serviceAccountOf, workloadOf } from '../../model/workload.ts'
import { attackPathsMermaid, attackPathsReport, attackPathsText } from '../../report/access/attack-paths.ts'
import { permissionsReport, permissionsText } from '../../report/access/permissions.ts'
import { leadsTo, sentences, summaryOf } from '../../report/access/summary.ts'
import { whoCanReport, whoCanText } from '../../report/access/who-can.ts'
import { permissionsOf } from '../../model/access/permissions.ts'
import { LineIndex } from '../../text/line-index.ts'
import { type Choice, environmentsOf, type Feature, type Lens, type View } from '../feature.ts'

/** Sentences of a hover; the view has all. */
const SHOWN = 6
const PLAIN = { colours: false, shown: (path: string): string => path }

/** Who may do what: on hover, above roles and workloads, and as lists. */
export const accessFeature: Feature = {
  name: 'access',
  hover({ analysis, objects }) {
    const sections = objects.flatMap(({ object, path }) => {
      const [environment] = environmentsOf(analysis, object)
      return environment ? sectionsOf(object, path, environment.model.facts) : []
    })
    return [...new Set(sections)].slice(0, 3)
  },
  lenses(analysis, file) {
    return analysis.environments.flatMap((environment) =>
      environment.units
        .filter(({ reads }) => reads.includes(file))
        .flatMap(({ objects }) =>
          objects.filter((object) => object.file === file).flatMap((object) => lensOf(analysis, environment, object)),
        ),
    )
  },
  views: {
    permissions: (analysis, { subject: key = '' }) => {
      const subject = subjectOf(key)
      return (
        subject &&
        asView(
          analysis,
          `${describeSubject(subject).replaceAll('/', ' ')} (permissions).txt`,
          permissionsText(permissionsReport(analysis, subject, false), PLAIN),
        )
      )
    },
    'who-can': (analysis, { verb = '', resource: written = '' }) => {
      const resource = resourceOf(written)
      const report = whoCanReport(analysis, { verb, ...resource }, KUBERNETES_API.isNamespaced(resource.group, resource.resource) !== false)
      return asView(analysis, `who can ${verb} ${written.replaceAll('/', ' ')}.txt`, whoCanText(report, PLAIN))
    },
    'attack-paths': (analysis) => {
      const report = attackPathsReport(analysis)
      const none = report.answers.every(({ paths }) => paths.length === 0)
      const diagram = none ? '' : `\n\`\`\`mermaid\n${attackPathsMermaid(report)}\`\`\`\n`
      return { title: 'Attack paths.md', text: `# Attack paths\n${diagram}\n\`\`\`\n${attackPathsText(report, PLAIN)}\`\`\`\n` }
    },
  },
  choices: {
    subject: (analysis) => distinct(analysis.environments.flatMap(({ model }) => model.facts.access.subjects.map(choiceOf))),
    verb: () =>
      [...READ_VERBS, ...STORED_VERBS.slice(READ_VERBS.length), 'impersonate', 'bind', 'escalate', 'use'].map((verb) => ({
        value: verb,
        label: verb,
      })),
    resource: (analysis) => distinct(resourcesOf(analysis)),
  },
}

function sectionsOf(object: KubeObject, path: Path, facts: Facts): string[] {
  if (BINDING_KINDS.includes(object.groupKind)) return ofBinding(object, path, facts)
  if (ROLE_KINDS.includes(object.groupKind)) return isName(path) || path[0] === 'rules' ? ofRole(object, path, facts) : []
  if (object.groupKind === '/ServiceAccount') return isName(path) ? ofSubject(accountOf(object), facts) : []
  const workload = workloadOf(object)
  const name = workload && serviceAccountOf(workload)
  if (!workload || name === undefined || (!isName(path) && !String(path.at(-1)).startsWith('serviceAccount'))) return []
  const held = facts.tokens.of(workload).some(({ held }) => held !== false)
  const subject: Subject = { kind: 'ServiceAccount', namespace: object.namespace, name }
  return held ? ofSubject(subject, facts) : [`Runs as \`${name}\`, without its token.`]
}

function isName(path: Path): boolean {
  return (path.length === 1 && path[0] === 'kind') || (path.length === 2 && path[0] === 'metadata' && path[1] === 'name')
}

function accountOf({ namespace, name }: KubeObject): Subject {
  return { kind: 'ServiceAccount', namespace, name }
}

function ofSubject(subject: Subject, facts: Facts): string[] {
  const may = summaryOf(subject, facts)
  const users = subject.kind === 'ServiceAccount' ? facts.tokens.holdersOf(subject.namespace, subject.name) : []
  const used =
    users.length > 0
      ? [
          `Used by ${users
            .slice(0, SHOWN)
            .map(({ object }) => `${object.kind} \`${object.name}\``)
            .join(', ')}${users.length > SHOWN ? ` and ${users.length - SHOWN} more` : ''}`,
        ]
      : []
  if (may.length === 0)
    return [[`**${describeSubject(subject)}** may do nothing of its own, as far as these files say.`, ...used].join('  \n')]
  const leads = leadsTo(subject, facts)
  return [
    [
      `**${describeSubject(subject)}** may`,
      ...bullets(may),
      ...(leads.length > 0 ? ['', 'and so can', ...bullets(leads)] : []),
      ...(used.length > 0 ? ['', ...used] : []),
    ].join('\n'),
  ]
}

function ofRole(object: KubeObject, path: Path, { access }: Facts): string[] {
  const role = access.roles.of(object)
  if (!role) return []
  const bindings = access.bindingsOf(object)
  const holders = [...new Set(bindings.flatMap(({ subjects }) => subjects.filter(({ applies }) => applies).map(describeSubject)))]
  const into = access.roles.aggregatedInto(role).map(({ name }) => `\`${name}\``)
  const who = [
    holders.length > 0
      ? `Bound to ${holders.slice(0, SHOWN).join(', ')}${holders.length > SHOWN ? ` and ${holders.length - SHOWN} more` : ''}`
      : 'Bound to nobody here',
    ...(into.length > 0 ? [`A part of ${into.join(', ')}`] : []),
  ]
  if (path[0] === 'rules') return [who.join('. ')]
  const { permissions } = permissionsOf(
    role.rules.map(({ rule, sure }) => ({ rule, namespace: undefined, binding: undefined, role, sure })),
  )
  const grants = sentences(permissions).map((sentence) => sentence.replace(/ in the whole cluster, by .*$/, ''))
  return [[`**${role.kind} ${role.name}** lets its holders`, ...bullets(grants), '', who.join('. ')].join('\n')]
}

function ofBinding(object: KubeObject, path: Path, facts: Facts): string[] {
  const binding = facts.access.binding(object)
  if (!binding) return []
  if (path[0] === 'subjects') {
    const subject = binding.subjects.find(({ index }) => index === path[1])
    return subject?.applies ? ofSubject(subject, facts) : []
  }
  const role = binding.role.facts
  if (!role || (path[0] !== 'roleRef' && !isName(path))) return []
  const { permissions } = permissionsOf(role.rules.map(({ rule, sure }) => ({ rule, namespace: binding.namespace, binding, role, sure })))
  const whom = binding.subjects.filter(({ applies }) => applies).map(describeSubject)
  return [[`Lets ${whom.slice(0, SHOWN).join(', ') || 'nobody'}`, ...bullets(sentences(permissions))].join('\n')]
}

function bullets(lines: readonly string[]): string[] {
  const shown = lines.slice(0, SHOWN).map((line) => `- ${line}`)
  return lines.length > SHOWN ? [...shown, `- and ${lines.length - SHOWN} more`] : shown
}

function lensOf(analysis: Analysis, { model }: AnalysedEnvironment, object: KubeObject): Lens[] {
  const { access, escalation, tokens } = model.facts
  const at = locate(analysis, { object, path: ['kind'], part: 'value' })
  if (!at) return []
  if (ROLE_KINDS.includes(object.groupKind)) {
    const count = new Set(access.bindingsOf(object).flatMap(({ subjects }) => subjects.map(describeSubject))).size
    const worst = escalation.risksThrough(object).find(({ risk }) => risk.level === 'critical' || risk.level === 'high')
    return [{ ...at, title: `bound to ${counted(count, 'subject')}${worst ? `: they can ${worst.risk.how}` : ''}` }]
  }
  if (object.groupKind === '/ServiceAccount') {
    const users = tokens.holdersOf(object.namespace, object.name).length
    const may = summaryOf(accountOf(object), model.facts).length
    if (may === 0) return [{ ...at, title: `used by ${counted(users, 'workload')}, may do nothing of its own` }]
    return [
      {
        ...at,
        title: `used by ${counted(users, 'workload')}, what it may do`,
        view: { view: 'permissions', parameters: { subject: keyOf(accountOf(object)) } },
      },
    ]
  }
  const workload = workloadOf(object)
  const path = workload && escalation.attackPaths().find((each) => each.workload === workload)
  return path && isTelling(path) ? [{ ...at, title: 'attack path from outside', view: { view: 'attack-paths', parameters: {} } }] : []
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function keyOf({ kind, namespace, name }: Subject): string {
  return `${kind}/${namespace}/${name}`
}

function subjectOf(key: string): Subject | undefined {
  const [kind, namespace = '', ...rest] = key.split('/')
  const name = rest.join('/')
  if (name === '' || (kind !== 'ServiceAccount' && kind !== 'User' && kind !== 'Group')) return undefined
  return { kind, namespace, name }
}

function choiceOf(subject: Subject): Choice {
  return {
    value: keyOf(subject),
    label: subject.name,
    detail: `${subject.kind}${subject.namespace === '' ? '' : ` in ${subject.namespace}`}`,
  }
}

/** `deployments.apps/scale`, as written on the command line too. */
function resourceOf(written: string): { group: string; resource: string; subresource?: string } {
  const [first = '', subresource] = written.split('/')
  const dot = first.indexOf('.')
  const base = dot < 0 ? { group: '', resource: first } : { group: first.slice(dot + 1), resource: first.slice(0, dot) }
  return subresource ? { ...base, subresource } : base
}

/** Those that the roles of the workspace name, and those that lead further. */
function resourcesOf(analysis: Analysis): Choice[] {
  const rules = analysis.environments.flatMap(({ model }) =>
    model.facts.access.roles.all.flatMap(({ rules }) => rules.map(({ rule }) => rule)),
  )
  const named = rules.flatMap(({ groups, resources }) =>
    groups.list.flatMap((group) =>
      resources.list.flatMap((resource) => (group === '*' || resource.includes('*') ? [] : [write(group, resource)])),
    ),
  )
  const always = ['secrets', 'pods', 'pods/exec', 'serviceaccounts/token', 'nodes/proxy', 'clusterroles.rbac.authorization.k8s.io']
  return [...always, ...named.sort()].map((resource) => ({ value: resource, label: resource }))
}

function write(group: string, resource: string): string {
  const [name = '', ...rest] = resource.split('/')
  return [group === '' ? name : `${name}.${group}`, ...rest].join('/')
}

function distinct(choices: readonly Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [choice.value, choice])).values()]
}

/** Lines that name a place, as `(file:line)`, lead there. */
function asView(analysis: Analysis, title: string, text: string): View {
  const indexes = new Map<string, LineIndex>()
  const lines = text.split('\n').flatMap((written, line) => {
    const [, file = '', number] = /\(([^()]+):(\d+)\)(?!.*\([^()]+:\d+\))/.exec(written) ?? []
    const source = analysis.files.get(file)
    if (!source) return []
    const index = indexes.get(file) ?? new LineIndex(source.text)
    indexes.set(file, index)
    const start = index.offset({ line: Number(number) - 1, character: 0 })
    return [{ line, from: { file, span: { start, end: start } } }]
  })
  return { title, text, lines }
}
