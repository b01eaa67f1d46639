import type { Analysis } from '../../analysis/analyse.ts'
import { identityOf, type Subject } from '../../model/access/identity.ts'
import { permissionsOf, sayResource } from '../../model/access/permissions.ts'
import type { RiskLevel } from '../../model/access/risks.ts'
import type { TextOptions } from '../text.ts'
import { painter } from '../text.ts'
import {
  byEnvironment,
  grantText,
  linesOf,
  nameOf,
  type ReportGrant,
  type ReportSubject,
  reportGrant,
  reportSubject,
  scopeText,
} from './grants.ts'
import { type Graph, mermaid } from './mermaid.ts'

interface ReportPermission {
  /** Absent for the whole cluster. */
  readonly namespace?: string
  /** Absent when it is about paths of the API server. */
  readonly group?: string
  readonly resource: string
  readonly names?: readonly string[]
  readonly verbs: readonly string[]
  readonly certainty: 'certain' | 'possible'
  readonly grants: readonly ReportGrant[]
}

interface ReportRisk {
  readonly level: RiskLevel
  readonly namespace?: string
  /** As the end of "it can …". */
  readonly can: string
  readonly certainty: 'certain' | 'possible'
}

export interface PermissionsReport {
  readonly subject: ReportSubject
  readonly answers: readonly {
    readonly environments: readonly string[]
    readonly permissions: readonly ReportPermission[]
    /** What the permissions lead to beyond what they say. */
    readonly risks: readonly ReportRisk[]
    /** There are more than are listed. */
    readonly cut: boolean
  }[]
}

const sure = (is: boolean): 'certain' | 'possible' => (is ? 'certain' : 'possible')

/** @param baseline also what every identity may do */
export function permissionsReport(analysis: Analysis, subject: Subject, baseline: boolean): PermissionsReport {
  const lines = linesOf(analysis)
  return {
    subject: reportSubject(subject),
    answers: byEnvironment(analysis, ({ model }) => {
      const { access, escalation } = model.facts
      const all = access.grantsOf(identityOf(subject))
      const { permissions, cut } = permissionsOf(baseline ? all : all.filter(({ binding }) => binding !== undefined))
      return {
        permissions: permissions.map(({ namespace, group, resource, names, verbs, grants, sure: is }) => ({
          ...(namespace === undefined ? {} : { namespace }),
          ...(group === undefined ? {} : { group }),
          resource,
          ...(names ? { names } : {}),
          verbs,
          certainty: sure(is),
          grants: grants.map((grant) => reportGrant(grant, lines)),
        })),
        risks: escalation.risksOf(subject).map(({ level, namespace, how, sure: is }) => ({
          level,
          ...(namespace === undefined ? {} : { namespace }),
          can: how,
          certainty: sure(is),
        })),
        cut,
      }
    }),
  }
}

export function permissionsText({ subject, answers }: PermissionsReport, { colours, shown }: TextOptions): string {
  const paint = painter(colours)
  const blocks = answers.map(({ environments, permissions, risks, cut }) => {
    const head = `${paint('bold', nameOf(subject))}${answers.length > 1 ? ` (${environments.join(', ')})` : ''}`
    if (permissions.length === 0) return `${head} may do nothing of its own, as far as these files say.`
    const lines: string[] = [`${head} may`]
    let before: string | undefined
    for (const same of permissionGroups(permissions)) {
      const [first] = same
      const scope = scopeText(first.namespace)
      if (scope !== before) lines.push('', paint('cyan', scope))
      before = scope
      const about = same.map(({ group, resource, names }) => sayResource({ group, resource, names })).join(', ')
      lines.push(`  ${about}: ${first.verbs.join(', ')}${first.certainty === 'possible' ? ' (possibly)' : ''}`)
      lines.push(...first.grants.map((grant) => paint('dim', `    ${grantText(grant, shown)}`)))
    }
    if (cut) lines.push('', 'There is more than this.')
    if (risks.length > 0) {
      lines.push(
        '',
        'With that it can',
        ...risks.map(({ can, namespace, certainty }) => `  ${can} ${scopeText(namespace)}${certainty === 'possible' ? ' (possibly)' : ''}`),
      )
    }
    return lines.join('\n')
  })
  return `${blocks.join('\n\n')}\n`
}

/** Those that are the same but for the resource. */
export function permissionGroups(permissions: readonly ReportPermission[]): readonly [ReportPermission, ...ReportPermission[]][] {
  const groups = new Map<string, [ReportPermission, ...ReportPermission[]]>()
  for (const permission of permissions) {
    const { namespace, verbs, grants, certainty } = permission
    const key = JSON.stringify([namespace, verbs, grants, certainty])
    const group = groups.get(key)
    if (group) group.push(permission)
    else groups.set(key, [permission])
  }
  return [...groups.values()]
}

export function permissionsMermaid({ subject, answers }: PermissionsReport): string {
  const graph: Graph = { edges: [] }
  for (const { permissions } of answers) {
    for (const { grants, resource, group, names, verbs, namespace } of permissions) {
      for (const { binding, role, certainty } of grants) {
        const bound = binding ? nameOf(binding) : `${role.name} (built in)`
        const end = `${sayResource({ group, resource, names })} ${scopeText(namespace)}`
        graph.edges.push({ from: nameOf(subject), to: bound, sure: certainty === 'certain' })
        graph.edges.push({ from: bound, to: `${role.kind} ${role.name}`, sure: true })
        graph.edges.push({ from: `${role.kind} ${role.name}`, to: end, label: verbs.join(', '), sure: true })
      }
    }
  }
  return mermaid(graph)
}
