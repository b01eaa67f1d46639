import { type AuditedKind as Kind, CREDENTIALS, isAbout, logsValues, takersOf } from '../../server/model/audit-policy.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { entries, get, hasUnknown, isUnknown, items, text, texts, type Value } from '../../server/model/value.ts'

interface Data {
  readonly index: number
  readonly kinds: readonly Kind[]
}

export default defineRule<'object', never, Data>({
  name: 'audit-policy-logs-secret-values',
  title: 'Audit log holds the contents of Secrets',
  pillar: 'monitoring',
  severity: 'warning',
  controls: { cis: ['3.2.2'], nist80053: ['AU-9', 'SC-28'], nist800207: ['7'], attack: ['T1552'], owasp: ['K03', 'K10'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['audit.k8s.io/Policy'],
  reads: [],
  *check(policy) {
    const earlier = new Map<Kind, Value[]>(CREDENTIALS.map((kind) => [kind, []]))
    const said = new Set<Kind>()
    const rules = items(policy.body, 'rules')
    const takers = takersOf(rules)
    for (const [index, rule] of rules.entries()) {
      if (isUnknown(get(rule, 'level')) || hasUnknown(get(rule, 'resources'))) {
        yield { notEvaluated: policy, path: ['rules', index] }
        return
      }
      if (takers[index]) continue
      // The first rule that a request fits decides; what an earlier one takes does not come here.
      const touched = CREDENTIALS.filter((kind) => isAbout(rule, kind) && !earlier.get(kind)?.some((other) => takesAll(other, rule)))
      for (const kind of touched) earlier.get(kind)?.push(rule)
      const kinds = touched.filter((kind) => !said.has(kind) && logsValues(rule))
      if (kinds.length === 0) continue
      for (const kind of kinds) said.add(kind)
      yield {
        object: policy,
        path: ['rules', index, 'level'],
        part: 'value',
        discriminator: kinds.map(({ resource }) => resource).join(' '),
        message: `The audit log holds what requests about ${listOf(kinds)} carry: with \`${text(rule, 'level')}\` their bodies are written, to whoever reads logs, and to wherever they are shipped. Log \`Metadata\` of these: who did what, without the values.`,
        data: { index, kinds },
      }
    }
  },
  *fix({ object, data }) {
    if (!data) return
    const path = ['rules', data.index]
    yield {
      title: `Log only metadata of ${listOf(data.kinds)}`,
      applicability: 'safe',
      changes: isOnlyAbout(get(object.body, ...path), data.kinds)
        ? [{ op: 'set', object, path: [...path, 'level'], value: 'Metadata' }]
        : [{ op: 'insert', object, path: ['rules'], index: data.index, value: metadataOnly(object, data) }],
      leaves: ['audit-policy-rule-shadowed'],
    }
  },
})

function listOf(kinds: readonly Kind[]): string {
  return kinds.map(({ resource }) => `\`${resource}\``).join(', ')
}

const LIMITS = ['users', 'userGroups', 'verbs', 'namespaces'] as const

/** Whether every request that fits `rule` fits `other` too, of a kind that both are about. */
function takesAll(other: Value, rule: Value): boolean {
  if (items(other, 'resources').some((entry) => items(entry, 'resourceNames').length > 0)) return false
  return LIMITS.every((limit) => {
    const [wide, narrow] = [texts(other, limit), texts(rule, limit)]
    return wide.length === 0 || (narrow.length > 0 && narrow.every((item) => wide.includes(item)))
  })
}

/** A rule of its own would leave nothing to do for one that is about nothing else. */
function isOnlyAbout(rule: Value | undefined, kinds: readonly Kind[]): boolean {
  const entries = items(rule, 'resources')
  return (
    entries.length > 0 &&
    entries.every((entry) => {
      const names = texts(entry, 'resources')
      const group = text(entry, 'group') ?? ''
      return names.length > 0 && names.every((name) => kinds.some((kind) => kind.group === group && kind.resource === name))
    })
  )
}

/** A rule for the same requests that writes no bodies. */
function metadataOnly({ body }: KubeObject, { index, kinds }: Data): Value {
  const rule = get(body, 'rules', index)
  const groups = [...new Set(kinds.map(({ group }) => group))]
  return {
    level: 'Metadata',
    ...Object.fromEntries(entries(rule).filter(([key]) => LIMITS.some((limit) => limit === key))),
    resources: groups.map((group) => ({
      group,
      resources: kinds.filter((kind) => kind.group === group).map(({ resource }) => resource),
    })),
  }
}
