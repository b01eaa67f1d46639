import { LEVELS, type Level, type Violation, violationsOf } from '../../server/model/pod-security/violations.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, text } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

const LABEL = 'pod-security.kubernetes.io/'

interface Data {
  readonly violations: readonly Violation[]
}

export default defineRule<'namespace', 'namespaces', Data>({
  name: 'workload-rejected-by-pod-security',
  title: 'Pods are refused by the Pod Security level of their namespace',
  pillar: 'verification',
  severity: 'warning',
  controls: { cis: ['5.2.1'], nsa: ['Pod'], nist80053: ['CM-6', 'CM-7'], nist800207: ['5'], owasp: ['K04'] },
  since: '0.1.0',
  each: 'namespace',
  reads: ['namespaces'],
  *check({ object: namespace, workloads }, { target }) {
    const enforced = namespace && enforcedLevel(text(namespace.body, 'metadata', 'labels', `${LABEL}enforce`))
    if (!namespace || !enforced) return
    const minor = versionOf(text(namespace.body, 'metadata', 'labels', `${LABEL}enforce-version`), target.minor)
    for (const workload of workloads) {
      const violations = broken(workload, enforced, minor)
      if (violations.length === 0 || get(workload.spec, 'runtimeClassName') !== undefined) continue
      const { object } = workload
      const reasons = violations.slice(0, 3).map(({ how }) => how)
      const more = violations.length > 3 ? `, and ${violations.length - 3} more` : ''
      yield {
        object,
        path: ['metadata', 'name'],
        part: 'value',
        message: `No pod of ${object.kind} \`${object.name}\` starts${object.kind === 'Pod' ? '' : ', though it is accepted itself'}: \`${namespace.name}\` enforces \`${enforced}\`, and it ${reasons.join(', ')}${more}. Meet the level, or move it.`,
        related: [
          { object: namespace, path: ['metadata', 'labels', `${LABEL}enforce`], part: 'value', message: 'The level is enforced here.' },
          ...violations.map(({ path, how, control }) => ({ object, path, part: 'value' as const, message: `${control}: ${how}.` })),
        ],
        data: { violations },
      }
    }
  },
  *fix({ object, data }) {
    const changes = (data?.violations ?? []).flatMap(({ path, value }): ObjectChange[] =>
      value === undefined ? [] : [{ op: 'set', object, path, value }],
    )
    if (!data || changes.length < data.violations.length) return
    yield {
      title: `Meet the level (${changes.length === 1 ? '1 edit' : `${changes.length} edits`}): what the program did with those rights stops working`,
      applicability: 'hardening',
      changes,
    }
  },
})

function enforcedLevel(label: string | undefined): Exclude<Level, 'privileged'> | undefined {
  return label === 'baseline' || label === 'restricted' ? label : undefined
}

/** `v1.31`; `latest` and no label are the cluster's own version. */
function versionOf(label: string | undefined, cluster: number): number {
  const minor = /^v1\.(\d{1,3})$/.exec(label ?? '')?.[1]
  return minor === undefined ? cluster : Math.min(Number(minor), cluster)
}

/** What certainly breaks a level, each field once. */
function broken(workload: Workload, level: Level, minor: number): Violation[] {
  const seen = new Set<string>()
  return violationsOf(workload, minor).filter((violation) => {
    const key = violation.path.join('/')
    const counts = !violation.unknown && LEVELS.indexOf(violation.level) <= LEVELS.indexOf(level) && !seen.has(key)
    if (counts) seen.add(key)
    return counts
  })
}
