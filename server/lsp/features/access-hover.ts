import { BINDING_KINDS, ROLE_KINDS } from '../../model/access/access.ts'
import { canonical, type Subject } from '../../model/access/identity.ts'
import { narrowRule } from '../../model/access/narrow.ts'
import { permissionsOf } from '../../model/access/permissions.ts'
import type { Facts } from '../../model/facts.ts'
import type { KubeObject } from '../../model/object.ts'
import { items, type Path, texts } from '../../model/value.ts'
import { serviceAccountOf, type Workload, workloadOf } from '../../model/workload.ts'
import { leadsTo, sentences, summaryOf } from '../../report/access/summary.ts'
import { code, literal } from '../../report/markdown.ts'
import { listed } from '../../report/network/ends.ts'
import type { Place } from '../feature.ts'
import { isHead, perEnvironment, sections, seenAt } from './subjects.ts'

/** Sentences of a hover; the view has all. */
const SHOWN = 6

/** What an account may do, who has a role, what a binding gives to whom. */
export function accessHover(place: Place): readonly string[] {
  const answers = perEnvironment(seenAt(place), ({ environment, object, path }) => {
    const lines = linesOf(object, path, environment.model.facts)
    return lines.length === 0 ? undefined : lines
  })
  return sections(answers, '\n\n')
}

function linesOf(object: KubeObject, path: Path, facts: Facts): string[] {
  if (BINDING_KINDS.includes(object.groupKind)) return ofBinding(object, path, facts)
  if (ROLE_KINDS.includes(object.groupKind)) return isHead(path) || path[0] === 'rules' ? ofRole(object, path, facts) : []
  if (object.groupKind === '/ServiceAccount') return isHead(path) ? ofSubject(accountOf(object), facts) : []
  const workload = workloadOf(object)
  return workload && (isHead(path) || String(path.at(-1)).startsWith('serviceAccount')) ? ofWorkload(workload, facts) : []
}

function ofWorkload(workload: Workload, facts: Facts): string[] {
  const name = serviceAccountOf(workload)
  if (name === undefined) return []
  const { namespace } = workload.object
  const tokens = facts.tokens.of(workload).filter(({ held }) => held !== false)
  const others = distinctSubjects(tokens).filter((subject) => subject.name !== name || subject.namespace !== namespace)
  const own = tokens.filter((token) => token.name === name && token.namespace === namespace)
  const runs = `Runs as ServiceAccount ${code(name)}`
  const first =
    own.length === 0
      ? [`${runs}, without its token.`]
      : [
          `${runs}${own.every(({ held }) => held !== true) ? ', possibly without its token' : ''}.`,
          ...mayDo({ kind: 'ServiceAccount', namespace, name }, facts),
        ]
  return [...first, ...others.flatMap((subject) => [`Holds a token of ${nameOf(subject)}.`, ...mayDo(subject, facts)])]
}

function distinctSubjects(tokens: readonly { readonly namespace: string; readonly name: string }[]): Subject[] {
  const found = new Map(tokens.map(({ namespace, name }) => [`${namespace}/${name}`, { namespace, name }]))
  return [...found.values()].map((account) => ({ kind: 'ServiceAccount', ...account }))
}

export function accountOf({ namespace, name }: KubeObject): Subject {
  return { kind: 'ServiceAccount', namespace, name }
}

function ofSubject(subject: Subject, facts: Facts): string[] {
  const users = subject.kind === 'ServiceAccount' ? facts.tokens.holdersOf(subject.namespace, subject.name) : []
  const used = listed(
    users.map(({ object }) => `${object.kind} ${code(object.name)}`),
    SHOWN,
  )
  return [...mayDo(subject, facts), ...(users.length > 0 ? [`Used by ${used}.`] : [])]
}

/** What a subject may do, and where that leads. */
function mayDo(subject: Subject, facts: Facts): string[] {
  const may = summaryOf(subject, facts)
  if (may.length === 0) return [`${nameOf(subject)} may do nothing of its own, as far as these files say.`]
  const leads = leadsTo(subject, facts)
  return [`${nameOf(subject)} may\n${bullets(may)}`, ...(leads.length > 0 ? [`and so can\n${bullets(leads)}`] : [])]
}

function ofRole(object: KubeObject, path: Path, { access, api }: Facts): string[] {
  const role = access.roles.of(object)
  if (!role) return []
  const bindings = access.bindingsOf(object)
  const holders = [...new Set(bindings.flatMap(({ subjects }) => subjects.filter(({ applies }) => applies).map(nameOf)))]
  const perhaps = bindings.some(({ openSubjects }) => openSubjects.length > 0) ? ', possibly others' : ''
  const into = access.roles.aggregatedInto(role).map(({ name }) => code(name))
  const who = [
    holders.length > 0
      ? `Bound to ${listed(holders, SHOWN)}${perhaps}.`
      : perhaps
        ? 'Bound to subjects that are not in these files.'
        : 'Bound to nobody here.',
    ...(into.length > 0 ? [`A part of ${listed(into, SHOWN)}.`] : []),
  ].join(' ')
  if (path[0] === 'rules') return [who, ...notNarrowed(object, path, api)]
  const { permissions } = permissionsOf(
    role.rules.map(({ rule, sure }) => ({ rule, namespace: undefined, binding: undefined, role, sure })),
  )
  const grants = sentences(permissions).map((sentence) => sentence.replace(/ in the whole cluster, by .*$/, ''))
  return [
    grants.length === 0
      ? `${role.kind} ${code(role.name)} grants nothing.`
      : `${role.kind} ${code(role.name)} lets its holders\n${bullets(grants)}`,
    who,
  ]
}

/** Why no narrower rule is offered for a `*`. */
function notNarrowed(role: KubeObject, [, index]: Path, api: Facts['api']): string[] {
  const rule = typeof index === 'number' ? items(role.body, 'rules')[index] : undefined
  if (rule === undefined || !['apiGroups', 'resources', 'verbs'].some((field) => texts(rule, field).includes('*'))) return []
  const narrowed = narrowRule(rule, 'all', api)
  return 'reason' in narrowed
    ? [`No narrower rule is offered for its \`*\`, because ${narrowed.reason}. Write what its program needs, as its project publishes it.`]
    : []
}

function ofBinding(object: KubeObject, path: Path, facts: Facts): string[] {
  const binding = facts.access.binding(object)
  if (!binding) return []
  if (path[0] === 'subjects' && path.length > 1) {
    const subject = binding.subjects.find(({ index }) => index === path[1])
    return subject?.applies ? ofSubject(canonical(subject), facts) : []
  }
  const role = binding.role.facts
  if (!role || (path[0] !== 'roleRef' && !isHead(path))) return []
  const { permissions } = permissionsOf(role.rules.map(({ rule, sure }) => ({ rule, namespace: binding.namespace, binding, role, sure })))
  const whom = binding.subjects.filter(({ applies }) => applies).map(nameOf)
  const perhaps = binding.openSubjects.length > 0 ? ', possibly others,' : ''
  return [`Lets ${listed(whom, SHOWN) || 'nobody'}${perhaps}\n${bullets(sentences(permissions))}`]
}

function bullets(lines: readonly string[]): string {
  const shown = lines.slice(0, SHOWN).map((line) => `- ${literal(line)}`)
  return (lines.length > SHOWN ? [...shown, `- and ${lines.length - SHOWN} more`] : shown).join('\n')
}

/** ``ServiceAccount `shop/cart` `` */
function nameOf({ kind, namespace, name }: Subject): string {
  return `${kind} ${code(kind === 'ServiceAccount' && namespace !== '' ? `${namespace}/${name}` : name)}`
}
