import type { Analysis } from '../../analysis/analyse.ts'
import { type Explanation, explain, type Peer, type RuleSay, type Side, type Verdict } from '../../model/network/explain.ts'
import type { Policy } from '../../model/network/policy.ts'
import type { Reachability } from '../../model/network/reachability.ts'
import { ALL, type Connections, describeConnections, NONE, toPorts } from '../../model/network/sets/connections.ts'
import { describe } from '../../model/object.ts'
import { byEnvironment, type Line, type Lines, linesOf } from '../access/grants.ts'
import { printable } from '../printable.ts'
import { painter, type TextOptions } from '../text.ts'

/** An end as it was found for what was asked. */
export interface NamedPeer {
  readonly name: string
  readonly peer: Peer
}

interface ReportRule extends Partial<Line> {
  readonly policy: string
  /** `ingress rule 2`; absent for the whole policy. */
  readonly rule?: string
  /** What it is about; absent for the whole policy. */
  readonly connections?: string
  readonly certainty?: 'certain' | 'possible'
}

interface ReportSide {
  readonly side: 'source' | 'destination'
  readonly verdict: Verdict
  readonly isolatedBy: readonly ReportRule[]
  readonly allowedBy: readonly ReportRule[]
  readonly deniedBy: readonly ReportRule[]
  readonly change: string
}

interface Answer {
  readonly environments: readonly string[]
  readonly verdict: Verdict
  /** What is certainly allowed of what was asked. */
  readonly conn: ReturnType<typeof toPorts>
  readonly allowed: string
  readonly sides: readonly ReportSide[]
}

export interface ExplainReport {
  readonly from: string
  readonly to: string
  /** `TCP 8080`; absent when any port was asked for. */
  readonly port?: string
  readonly answers: readonly Answer[]
}

/** @param find the ends in an environment; undefined in one that does not have them */
export function explainReport(
  analysis: Analysis,
  find: (reachability: Reachability) => { readonly from: NamedPeer; readonly to: NamedPeer } | undefined,
  wanted: Connections,
): ExplainReport | undefined {
  const lines = linesOf(analysis)
  let ends: { readonly from: NamedPeer; readonly to: NamedPeer } | undefined
  const environments = analysis.environments.filter(({ model }) => {
    const found = find(model.facts.reachability)
    ends ??= found
    return found !== undefined
  })
  if (!ends) return undefined
  const { from, to } = ends
  return {
    from: from.name,
    to: to.name,
    ...(wanted === ALL ? {} : { port: describeConnections(wanted) }),
    answers: byEnvironment({ ...analysis, environments }, ({ model }) => {
      const { reachability } = model.facts
      const found = find(reachability) ?? { from, to }
      const explanation = explain(reachability, found.from.peer, found.to.peer, wanted)
      return answerOf(explanation, found, wanted, lines)
    }),
  }
}

function answerOf(
  explanation: Explanation,
  ends: { readonly from: NamedPeer; readonly to: NamedPeer },
  wanted: Connections,
  lines: Lines,
): Omit<Answer, 'environments'> {
  const { verdict, must, may, sides } = explanation
  return {
    verdict,
    conn: toPorts(must),
    allowed: verdict === 'possible' ? describeConnections(may) : describeConnections(must),
    sides: sides.map((side) => ({
      side: side.direction === 'egress' ? 'source' : 'destination',
      verdict: side.verdict,
      isolatedBy: side.isolatedBy.map((policy) => policyLine(policy, lines)),
      allowedBy: side.allows.map((say) => ruleLine(say, side, lines)),
      deniedBy: side.denies.map((say) => ruleLine(say, side, lines)),
      change: changeOf(side, ends, wanted, lines),
    })),
  }
}

function policyLine({ object }: Policy, lines: Lines): ReportRule {
  return { policy: describe(object), ...lines(object, ['metadata', 'name']) }
}

function ruleLine({ policy, rule, connections, certain }: RuleSay, { direction }: Side, lines: Lines): ReportRule {
  const number = rule.path.at(-1)
  return {
    policy: describe(policy.object),
    rule: typeof number === 'number' ? `${direction} rule ${number + 1}` : direction,
    connections: describeConnections(connections),
    certainty: certain ? 'certain' : 'possible',
    ...lines(policy.object, rule.path),
  }
}

/** What would close what is open, or open what is closed, at one side. */
function changeOf(side: Side, { from, to }: { from: NamedPeer; to: NamedPeer }, wanted: Connections, lines: Lines): string {
  const egress = side.direction === 'egress'
  const [own, other] = egress ? [from.name, to.name] : [to.name, from.name]
  const ports = wanted === ALL ? '' : ` on ${describeConnections(wanted)}`
  if (side.verdict === 'denied') {
    const [denying] = side.denies
    if (denying) return `Narrow or remove ${sayRule(ruleLine(denying, side, lines))}: it denies this before others are asked.`
    const near = side.almost.find(({ connections }) => connections !== NONE)
    if (near && wanted !== ALL)
      return `Add ${describeConnections(wanted)} to ${sayRule(ruleLine(near, side, lines))}: it allows ${other} ${describeConnections(near.connections)} only.`
    const [policy] = side.isolatedBy
    const beside = policy ? ` in ${describe(policy.object)}, or a policy of its own` : ''
    return `Allow ${egress ? 'egress to' : 'ingress from'} ${other}${ports} for ${own}: a rule${beside}.`
  }
  if (side.isolatedBy.length === 0)
    return `No policy isolates ${own} for ${side.direction}: one that selects it closes what it does not allow.`
  const [only, ...others] = side.allows
  if (only && others.length === 0) return `Without ${sayRule(ruleLine(only, side, lines))} it would be closed.`
  return `${side.allows.length} rules allow it: all of them would have to go to close it.`
}

/** `ingress rule 2 of NetworkPolicy shop/cart` */
export function sayRule({ policy, rule }: ReportRule): string {
  return rule === undefined ? policy : `${rule} of ${policy}`
}

const SAID: Readonly<Record<Verdict, string>> = { allowed: 'allowed', denied: 'denied', possible: 'possible' }

export function explainText({ from, to, port, answers }: ExplainReport, { colours, shown }: TextOptions): string {
  const paint = painter(colours)
  const at = ({ file, line }: ReportRule): string => (file === undefined ? '' : ` (${printable(shown(file))}:${line})`)
  const item = (rule: ReportRule): string =>
    `    ${printable(sayRule(rule))}${at(rule)}${rule.connections === undefined ? '' : `: ${rule.connections}`}${rule.certainty === 'possible' ? ' (possibly)' : ''}`
  const blocks = answers.map(({ environments, verdict, allowed, sides }) => {
    const where = answers.length > 1 ? ` in ${environments.join(', ')}` : ''
    const colour = verdict === 'denied' ? 'red' : verdict === 'allowed' ? 'green' : 'yellow'
    const extent = verdict === 'denied' ? '' : port === undefined ? ` on ${allowed}` : ''
    const head = `${printable(from)} to ${printable(to)}${port === undefined ? '' : ` on ${port}`}${where}: ${paint(colour, SAID[verdict])}${extent}`
    const parts = sides.map((side) => {
      const who = printable(side.side === 'source' ? from : to)
      const does = side.side === 'source' ? 'may send it' : 'accepts it'
      const not = side.side === 'source' ? 'may not send it' : 'does not accept it'
      const lines = [`  ${who} ${side.verdict === 'denied' ? not : side.verdict === 'possible' ? `possibly ${does}` : does}`]
      if (side.deniedBy.length > 0) lines.push('   denied by', ...side.deniedBy.map(item))
      if (side.allowedBy.length > 0) lines.push('   allowed by', ...side.allowedBy.map(item))
      if (side.verdict === 'denied' && side.isolatedBy.length > 0) lines.push('   isolated by', ...side.isolatedBy.map(item))
      return [...lines, `   ${printable(side.change)}`].join('\n')
    })
    return [head, ...parts].join('\n')
  })
  return `${blocks.join('\n\n')}\n`
}
