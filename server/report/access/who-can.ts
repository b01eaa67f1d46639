import type { Analysis } from '../../analysis/analyse.ts'
import type { Access, Grant, Holder } from '../../model/access/access.ts'
import { subjectKey } from '../../model/access/identity.ts'
import type { Request } from '../../model/access/policy-rule.ts'
import { compareText } from '../../text/path.ts'
import type { TextOptions } from '../text.ts'
import { painter } from '../text.ts'
import {
  byEnvironment,
  grantText,
  type Lines,
  linesOf,
  nameOf,
  type ReportBinding,
  type ReportGrant,
  type ReportSubject,
  reportBinding,
  reportGrant,
  reportSubject,
  scopeText,
} from './grants.ts'
import { type Graph, mermaid } from './mermaid.ts'

interface WhoCanAnswer {
  readonly environments: readonly string[]
  readonly holders: readonly { readonly subject: ReportSubject; readonly grants: readonly ReportGrant[] }[]
  /** Bindings that may let others do it: whom they name, or what their role grants, is not in the files. */
  readonly open: readonly ReportBinding[]
}

export interface WhoCanReport {
  /** As asked. */
  readonly request: Request
  readonly answers: readonly WhoCanAnswer[]
}

/** @param anywhere also who can do it in some namespace only, when the request names none */
export function whoCanReport(analysis: Analysis, request: Request, anywhere: boolean): WhoCanReport {
  const lines = linesOf(analysis)
  return {
    request,
    answers: byEnvironment(analysis, ({ model }) => answer(model.facts.access, request, anywhere, lines)),
  }
}

function answer(access: Access, request: Request, anywhere: boolean, lines: Lines): Omit<WhoCanAnswer, 'environments'> {
  const requests = anywhere && !('path' in request) ? namespacesOf(access).map((namespace) => ({ ...request, namespace })) : []
  const asked = [request, ...requests].map((each) => access.whoCan(each))
  const holders = new Map<string, Holder>()
  for (const holder of asked.flatMap(({ holders }) => holders)) {
    const key = subjectKey(holder.subject)
    const grants: Grant[] = [...(holders.get(key)?.grants ?? [])]
    for (const grant of holder.grants) {
      if (!grants.some((known) => known.rule === grant.rule && known.binding === grant.binding)) grants.push(grant)
    }
    holders.set(key, { subject: holder.subject, grants })
  }
  return {
    holders: [...holders.values()]
      .map(({ subject, grants }) => ({ subject: reportSubject(subject), grants: grants.map((grant) => reportGrant(grant, lines)) }))
      .sort((a, b) => compareText(nameOf(a.subject), nameOf(b.subject))),
    open: [...new Set(asked.flatMap(({ open }) => open))].map((binding) => reportBinding(binding, lines)),
  }
}

function namespacesOf({ bindings }: Access): string[] {
  return [...new Set(bindings.flatMap(({ namespace }) => namespace ?? []))].sort()
}

/** `get secrets in shop`, as asked. */
export function requestText(request: Request): string {
  if ('path' in request) return `${request.verb} ${request.path}`
  const [resource, group, sub] = [request.resource, request.group && `.${request.group}`, request.subresource && `/${request.subresource}`]
  return `${request.verb} ${resource}${group}${sub ?? ''}${request.name ? ` ${request.name}` : ''}${request.namespace === undefined ? '' : ` ${scopeText(request.namespace)}`}`
}

export function whoCanText({ request, answers }: WhoCanReport, { colours, shown }: TextOptions): string {
  const paint = painter(colours)
  const blocks = answers.map(({ environments, holders, open }) => {
    const where = answers.length > 1 ? ` (${environments.join(', ')})` : ''
    const who = holders.flatMap(({ subject, grants }) => [
      paint('bold', nameOf(subject)),
      ...grants.map((grant) => `  ${scopeText(grant.namespace)}: ${grantText(grant, shown)}`),
    ])
    const nobody = holders.length === 0 ? [`Nobody can ${requestText(request)}, as far as these files say.`] : []
    const perhaps = open.map((binding) => `  ${nameOf(binding)}`)
    return [
      ...(nobody.length > 0 ? nobody : [`These can ${requestText(request)}${where}:`, '', ...who]),
      ...(perhaps.length > 0 ? ['', 'Perhaps others, by bindings of which a part is not in the files:', ...perhaps] : []),
    ].join('\n')
  })
  return `${blocks.join('\n\n')}\n`
}

export function whoCanMermaid({ request, answers }: WhoCanReport): string {
  const graph: Graph = { edges: [] }
  for (const { holders } of answers) {
    for (const { subject, grants } of holders) {
      for (const { binding, role, certainty } of grants) {
        const bound = binding ? nameOf(binding) : `${role.name} (built in)`
        graph.edges.push({ from: nameOf(subject), to: bound, sure: certainty === 'certain' })
        graph.edges.push({ from: bound, to: `${role.kind} ${role.name}`, sure: true })
        graph.edges.push({ from: `${role.kind} ${role.name}`, to: requestText(request), sure: true })
      }
    }
  }
  return mermaid(graph)
}
