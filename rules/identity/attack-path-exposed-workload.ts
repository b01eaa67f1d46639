import { type AttackPath, anchorOf, isTelling, rank } from '../../server/model/access/paths.ts'
import { describePlace } from '../../server/model/access/places.ts'
import { lower } from '../../server/model/access/role-risks.ts'
import { takeVerbs } from '../../server/model/access/role-edits.ts'
import { withoutToken } from '../../server/model/access/token-edits.ts'
import { isKnownController } from '../../server/model/controllers.ts'
import { type Anchor, defineRule, type Found, type Severity } from '../../server/model/rule.ts'
import { leavesOf, untoldOf } from '../role-risks.ts'

const CLUSTER = 5
export default defineRule<'environment', 'access' | 'escalation', readonly AttackPath[]>({
  name: 'attack-path-exposed-workload',
  title: 'Way from outside to more than the application',
  pillar: 'identity',
  severity: 'error',
  controls: {
    nist800207: ['1', '3', '6'],
    nist80053: ['AC-6', 'CA-3', 'RA-3'],
    attack: ['T1190', 'T1528', 'T1098'],
    owasp: ['K02', 'K08'],
  },
  since: '0.1.0',
  each: 'environment',
  reads: ['access', 'escalation'],
  *check(_, { facts }) {
    const byCut = new Map<string, AttackPath[]>()
    for (const path of facts.escalation.attackPaths()) {
      if (!path.cut || !isTelling(path)) continue
      const key = `${path.cut.object.id} ${path.cut.path.join('.')}`
      const same = byCut.get(key)
      if (same) same.push(path)
      else byCut.set(key, [path])
    }
    for (const paths of byCut.values()) yield* finding(paths)
  },
  *fix({ data: paths }, { facts }) {
    const [path] = paths ?? []
    if (!paths || !path?.cut) return
    const mounted = paths.every(({ steps }) => steps[0]?.edge.to.kind === 'subject' && !steps[0].edge.at?.path.includes('volumes'))
    if (mounted) {
      const cuts = paths.flatMap(({ cut }) => cut?.object ?? [])
      yield { ...withoutToken(paths.map(({ workload }) => workload)), leaves: untoldOf(cuts, facts) }
    }
    const { evidence, object } = path.cut
    const changes = evidence.grant.rule.object === object ? takeVerbs(object, path.cut.path, [...evidence.power.verbs, '*']) : undefined
    if (changes && !path.remains) {
      const verbs = evidence.grant.rule.verbs.list.includes('*') ? 'the rule' : evidence.power.verbs.map((verb) => `\`${verb}\``).join(', ')
      yield {
        title: `Take ${verbs} away from \`${object.name}\``,
        applicability: 'assisted',
        changes,
        leaves: leavesOf(object, changes, facts),
      }
    }
  },
})

function* finding(paths: readonly AttackPath[]): Iterable<Found<readonly AttackPath[]>> {
  const [worst, ...others] = [...paths].sort((a, b) => rankOf(b) - rankOf(a))
  if (!worst?.cut) return
  const { object, path, part } = worst.cut
  const { workload, entry, end, remains } = worst
  const through = worst.steps.flatMap(({ edge }) => (edge.evidence.length > 0 ? [edge.how] : [])).join(', then ')
  yield {
    object,
    path,
    part,
    about: `way from ${workload.object.kind} ${workload.object.namespace}/${workload.object.name}`,
    severity: severityOf(worst),
    certainty: worst.sure ? 'certain' : 'possible',
    message: `Whoever breaks into \`${workload.object.name}\`, which ${entry.via.kind} \`${entry.via.name}\` opens to the outside, gets to ${describePlace(end)}: it can ${through}. ${remains ? 'This alone does not stop it: another way remains.' : 'Taking this away stops it.'}`,
    related: [
      { object: entry.via, path: entry.path, part: 'value', message: `The way in to \`${workload.object.name}\`.` },
      ...hops(worst),
      ...others.map(({ workload: { object: other } }) => ({
        object: other,
        path: ['metadata', 'name'],
        part: 'value' as const,
        message: `${other.kind} \`${other.name}\` leads there too.`,
      })),
    ],
    data: paths,
  }
}

function rankOf({ end, workload }: AttackPath): number {
  return rank(end, { kind: 'workload', workload })
}

function severityOf(path: AttackPath): Severity {
  const severity = rankOf(path) === CLUSTER ? 'error' : 'warning'
  return isKnownController(path.workload) ? lower(severity) : severity
}

function hops({ steps }: AttackPath): (Anchor & { message: string })[] {
  return steps.flatMap(({ from, edge }) => {
    const anchors = [...(edge.at ? [edge.at] : []), ...edge.evidence.flatMap((evidence) => anchorOf(evidence) ?? [])]
    const what = edge.evidence.length > 0 ? `may ${edge.how}` : edge.how
    return anchors.map((anchor) => ({ ...anchor, message: `${capital(describePlace(from))} ${what}: to ${describePlace(edge.to)}.` }))
  })
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
