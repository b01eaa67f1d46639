import type { Analysis } from '../../analysis/analyse.ts'
import { ROLE_KINDS } from '../../model/access/access.ts'
import { KUBERNETES_API, READ_VERBS, STORED_VERBS } from '../../model/access/api-resources.ts'
import { describeSubject, type Subject } from '../../model/access/identity.ts'
import { resourceNamed } from '../../model/access/named.ts'
import { isTelling } from '../../model/access/paths.ts'
import { describePlace } from '../../model/access/places.ts'
import type { RiskLevel } from '../../model/access/risks.ts'
import { WORKLOAD_KINDS, workloadOf } from '../../model/workload.ts'
import { attackPathsReport } from '../../report/access/attack-paths.ts'
import { attackPathsMarkdown, permissionsMarkdown, roleMarkdown, whoCanMarkdown } from '../../report/access/documents.ts'
import { permissionsReport } from '../../report/access/permissions.ts'
import { leadsTo, summaryOf } from '../../report/access/summary.ts'
import { whoCanReport } from '../../report/access/who-can.ts'
import { count } from '../../report/printable.ts'
import type { Choice, Feature, Lens, View, ViewRequest } from '../feature.ts'
import { accessHover, accountOf } from './access-hover.ts'
import { inEnvironments, perEnvironment, type Seen, writtenIn } from './subjects.ts'

const KINDS = new Set([...ROLE_KINDS, ...WORKLOAD_KINDS, '/ServiceAccount'])

/** Who may do what: on hover, above roles, accounts and workloads, and as documents. */
export const accessFeature: Feature = {
  name: 'access',
  hover: accessHover,
  lenses(analysis, file) {
    return writtenIn(analysis, file, ({ groupKind }) => KINDS.has(groupKind)).flatMap(({ seen, ...at }) =>
      perEnvironment(seen, sayAbove).map(
        ({ of: { title, view }, environments }): Lens => ({ ...at, title: `${inEnvironments(environments)}${title}`, view }),
      ),
    )
  },
  views: {
    permissions: (analysis, { subject: key = '' }) => {
      const subject = subjectOf(key)
      return (
        subject && document(`Permissions of ${describeSubject(subject)}`, permissionsMarkdown(permissionsReport(analysis, subject, false)))
      )
    },
    'who-can': (analysis, { verb = '', resource = '', namespace = '' }) => whoCanView(analysis, verb, resource, namespace),
    'attack-paths': (analysis) => document('Attack paths', attackPathsMarkdown(attackPathsReport(analysis))),
    role: (analysis, { of = '' }) => {
      const text = roleMarkdown(analysis, of)
      return text === undefined ? undefined : document(`Who has ${of.split('/').at(-1) ?? of}`, text)
    },
  },
  choices: {
    subject: (analysis) => distinct(analysis.environments.flatMap(({ model }) => model.facts.access.subjects.map(choiceOf))),
    verb: () =>
      [...STORED_VERBS, 'impersonate', 'bind', 'escalate', 'use', '*'].map((verb) => ({
        value: verb,
        label: verb,
        ...(READ_VERBS.includes(verb) ? { detail: 'reads' } : {}),
      })),
    resource: (analysis) => distinct(resourcesOf(analysis)),
    namespace: (analysis) => [
      { value: '', label: 'any namespace' },
      ...namespacesOf(analysis).map((name) => ({ value: name, label: name })),
    ],
  },
}

/** What is said above an object, and where it leads. */
function sayAbove({ environment, object }: Seen): { readonly title: string; readonly view: ViewRequest } | undefined {
  const { access, escalation, tokens } = environment.model.facts
  if (ROLE_KINDS.includes(object.groupKind)) {
    const bindings = access.bindingsOf(object)
    const perhaps = bindings.some(({ openSubjects }) => openSubjects.length > 0) ? ', possibly more' : ''
    const subjects = new Set(bindings.flatMap(({ subjects }) => subjects.filter(({ applies }) => applies).map(({ key }) => key)))
    const [worst] = escalation
      .risksThrough(object)
      .map(({ risk }) => risk)
      .filter(({ level }) => level === 'critical' || level === 'high')
      .sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || Number(b.sure) - Number(a.sure))
    const risk = worst ? `: ${worst.level}, they can ${worst.sure ? '' : 'possibly '}${worst.how}` : ''
    const bound = subjects.size === 0 ? 'bound to nobody here' : `bound to ${count(subjects.size, 'subject')}`
    return { title: `${bound}${perhaps}${risk}`, view: { view: 'role', parameters: { of: object.id } } }
  }
  if (object.groupKind === '/ServiceAccount') {
    const used = `used by ${count(tokens.holdersOf(object.namespace, object.name).length, 'workload')}`
    const [leads] = leadsTo(accountOf(object), environment.model.facts)
    const may = summaryOf(accountOf(object), environment.model.facts).length
    const what = leads ? `, can ${leads}` : may === 0 ? ', may do nothing of its own' : ', what it may do'
    return { title: `${used}${what}`, view: { view: 'permissions', parameters: { subject: keyOf(accountOf(object)) } } }
  }
  const workload = workloadOf(object)
  const path = workload && escalation.attackPaths().find((each) => each.workload === workload)
  if (!path || !isTelling(path)) return undefined
  const end = describePlace(path.end).replaceAll('`', '')
  return { title: `attack path from outside to ${end}${path.sure ? '' : ', possibly'}`, view: { view: 'attack-paths', parameters: {} } }
}

const LEVELS: readonly RiskLevel[] = ['critical', 'high', 'medium', 'low']

function document(title: string, text: string): View {
  return { title: `${title.replaceAll('/', ' ')}.md`, text }
}

function whoCanView(analysis: Analysis, verb: string, written: string, namespace: string): View | undefined {
  const tables = [KUBERNETES_API, ...analysis.environments.map(({ model }) => model.facts.api)]
  const named = resourceNamed(written, tables)
  if (!named || verb === '') return undefined
  const { namespaced, ...resource } = named
  const within = namespaced && namespace !== ''
  const report = whoCanReport(analysis, { verb, ...resource, ...(within ? { namespace } : {}) }, namespaced && !within)
  return document(`Who can ${verb} ${written}`, whoCanMarkdown(report))
}

function namespacesOf(analysis: Analysis): string[] {
  const names = analysis.environments.flatMap(({ model: { facts } }) => [
    ...facts.namespaces.all.map(({ name }) => name),
    ...facts.access.bindings.flatMap(({ namespace }) => namespace ?? []),
  ])
  return [...new Set(names)].filter((name) => name !== '').sort()
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
  const common = ['', 'apps', 'batch', 'networking.k8s.io', 'rbac.authorization.k8s.io'].flatMap((group) =>
    KUBERNETES_API.resourcesOf(group).map(({ name }) => write(group, name)),
  )
  return [...always, ...[...new Set([...named, ...common])].sort()].map((resource) => ({ value: resource, label: resource }))
}

function write(group: string, resource: string): string {
  const [name = '', ...rest] = resource.split('/')
  return [group === '' ? name : `${name}.${group}`, ...rest].join('/')
}

function distinct(choices: readonly Choice[]): Choice[] {
  return [...new Map(choices.map((choice) => [choice.value, choice])).values()]
}
