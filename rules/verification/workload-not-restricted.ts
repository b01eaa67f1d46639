import { isNodeAgent } from '../../server/model/node-agents.ts'
import { type Violation, violationsOf } from '../../server/model/pod-security/violations.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import type { Workload } from '../../server/model/workload.ts'

interface Data {
  readonly workload: Workload
  readonly violations: readonly Violation[]
}

export default defineRule<'workload', never, Data>({
  name: 'workload-not-restricted',
  title: 'Workload does not meet the restricted Pod Security level',
  pillar: 'verification',
  severity: 'hint',
  controls: {
    cis: ['5.2.6', '5.2.7', '5.2.10', '5.2.11'],
    nsa: ['Pod'],
    nist80053: ['AC-6', 'CM-6', 'CM-7'],
    nist800207: ['5'],
    attack: ['T1611'],
    owasp: ['K01'],
  },
  since: '0.1.0',
  each: 'workload',
  reads: [],
  *check(workload, { target }) {
    const all = violationsOf(workload, target.minor)
    const violations = distinct(all.filter(({ unknown }) => !unknown))
    for (const { path, unknown } of all) if (unknown) yield { notEvaluated: workload.object, path }
    // What works on the node, or can take it over, is another rule's matter: the level is out of its reach.
    if (violations.length === 0 || isNodeAgent(workload) || violations.some(({ level, value }) => level === 'baseline' && value === false))
      return
    const { object, specPath } = workload
    const edits = violations.length === 1 ? '1 edit' : `${violations.length} edits`
    const reasons = violations.slice(0, 4).map(({ how }) => how)
    const more = violations.length > 4 ? ` and ${violations.length - 4} more` : ''
    yield {
      object,
      path: specPath,
      part: 'key',
      message: `${edits} to the restricted Pod Security level: ${object.kind} \`${object.name}\` ${reasons.join(', ')}${more}.`,
      related: violations.map(({ path, how, control }) => ({ object, path, part: 'value' as const, message: `${control}: ${how}.` })),
      data: { workload, violations },
    }
  },
  *fix({ object, data }) {
    const changes = (data?.violations ?? []).flatMap(({ path, value }): ObjectChange[] =>
      value === undefined ? [] : [{ op: 'set', object, path, value }],
    )
    if (!data || changes.length < data.violations.length) return
    const root = data.violations.some(({ control }) => control === 'Running as Non-root')
    yield {
      title: `Meet the restricted level (${changes.length === 1 ? '1 edit' : `${changes.length} edits`})${root ? ': an image that runs as root stops working' : ''}`,
      applicability: 'hardening',
      changes,
    }
  },
})

/** One field can break both levels. */
function distinct(violations: readonly Violation[]): Violation[] {
  const seen = new Set<string>()
  return violations.filter(({ path }) => {
    const key = path.join('/')
    return !seen.has(key) && seen.add(key)
  })
}
