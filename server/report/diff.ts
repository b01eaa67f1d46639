import type { Analysis } from '../analysis/analyse.ts'
import { type Connections, describeConnections, difference, NONE, toPorts, union } from '../model/network/sets/connections.ts'
import { describeSubject } from '../model/access/identity.ts'
import { type PermissionChange, permissionChanges } from './access/permission-changes.ts'
import { type ConnectionRow, type End, connectionRows, connectionsOf, endText } from './network/connections.ts'
import type { Report, ReportFinding } from './model.ts'

type ReportedFinding = Pick<ReportFinding, 'rule' | 'severity' | 'certainty' | 'message' | 'file' | 'start' | 'fingerprint'>

interface ConnectionChange {
  readonly src: End
  readonly dst: End
  readonly conn: ConnectionRow['conn']
  readonly certainty: ConnectionRow['certainty']
}

interface NamedChange extends Omit<PermissionChange, 'subject'> {
  readonly subject: string
}

/** What is different in a second state of a workspace. */
export interface Diff {
  readonly connections: { readonly opened: readonly ConnectionChange[]; readonly closed: readonly ConnectionChange[] }
  readonly permissions: { readonly granted: readonly NamedChange[]; readonly revoked: readonly NamedChange[] }
  readonly findings: { readonly fresh: readonly ReportedFinding[]; readonly gone: readonly ReportedFinding[] }
}

export interface State {
  readonly analysis: Analysis
  readonly report: Report
}

export function diffOf(before: State, after: State): Diff {
  const connections = [connectionsIn(before.analysis), connectionsIn(after.analysis)] as const
  const { granted, revoked } = permissionChanges(before.analysis, after.analysis)
  const [old, now] = [before.report.findings, after.report.findings]
  return {
    connections: { opened: gained(connections[0], connections[1]), closed: gained(connections[1], connections[0]) },
    permissions: { granted: granted.map(named), revoked: revoked.map(named) },
    findings: { fresh: missingFrom(old, now), gone: missingFrom(now, old) },
  }
}

function missingFrom(known: readonly ReportFinding[], findings: readonly ReportFinding[]): ReportedFinding[] {
  const prints = new Set(known.map(({ fingerprint }) => fingerprint))
  return findings
    .filter(({ fingerprint }) => !prints.has(fingerprint))
    .map(({ rule, severity, certainty, message, file, start, fingerprint }) => ({
      rule,
      severity,
      certainty,
      message,
      file,
      start,
      fingerprint,
    }))
}

interface Edge {
  readonly src: End
  readonly dst: End
  must: Connections
  may: Connections
}

type Edges = ReadonlyMap<string, Edge>

/** What is allowed in any environment. */
function connectionsIn(analysis: Analysis): Edges {
  const edges = new Map<string, Edge>()
  for (const row of connectionRows(analysis, { namespace: 'default', replicas: false })) {
    const key = `${endText(row.src)} ${endText(row.dst)}`
    const edge = edges.get(key) ?? { src: row.src, dst: row.dst, must: NONE, may: NONE }
    const connections = connectionsOf(row)
    if (row.certainty === 'certain') edge.must = union(edge.must, connections)
    edge.may = union(edge.may, connections)
    edges.set(key, edge)
  }
  return edges
}

/** What `after` allows and `before` did not; only possible where either is. */
function gained(before: Edges, after: Edges): ConnectionChange[] {
  const changes: ConnectionChange[] = []
  const put = (edge: Edge, connections: Connections, certainty: ConnectionRow['certainty']): void => {
    if (connections !== NONE) changes.push({ src: edge.src, dst: edge.dst, conn: toPorts(connections), certainty })
  }
  for (const [key, edge] of after) {
    const old = before.get(key)
    const certain = difference(edge.must, old?.may ?? NONE)
    put(edge, certain, 'certain')
    put(edge, difference(difference(edge.may, old?.may ?? NONE), certain), 'possible')
  }
  return changes
}

/** Whose permission it is as text: `ServiceAccount shop/ci`. */
function named({ subject, sentence, certainty }: PermissionChange): NamedChange {
  return { subject: describeSubject(subject), sentence, certainty }
}

/** One line for each change of connections: `shop/web (Deployment) to shop/cart (Deployment): TCP 8080`. */
export function changeText({ src, dst, conn, certainty }: ConnectionChange): string {
  return `${endText(src)} to ${endText(dst)}: ${describeConnections(connectionsOf({ conn }))}${certainty === 'possible' ? ' (possibly)' : ''}`
}
