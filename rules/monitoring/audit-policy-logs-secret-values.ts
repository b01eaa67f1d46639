import type { KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { entries, get, hasUnknown, isUnknown, items, text, texts, type Value } from '../../server/model/value.ts'

/** Requests whose bodies hold credentials. */
interface Kind {
  readonly group: string
  readonly resource: string
}

const SECRET: readonly Kind[] = [
  { group: '', resource: 'secrets' },
  { group: '', resource: 'configmaps' },
  { group: '', resource: 'serviceaccounts/token' },
  { group: 'authentication.k8s.io', resource: 'tokenreviews' },
]

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
    const earlier = new Map<Kind, Value[]>(SECRET.map((kind) => [kind, []]))
    const said = new Set<Kind>()
    for (const [index, rule] of items(policy.body, 'rules').entries()) {
      if (isUnknown(get(rule, 'level')) || hasUnknown(get(rule, 'resources'))) {
        yield { notEvaluated: policy, path: ['rules', index] }
        return
      }
      // The first rule that a request fits decides; what an earlier one takes does not come here.
      const touched = SECRET.filter((kind) => matches(rule, kind) && !earlier.get(kind)?.some((other) => takesAll(other, rule)))
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
    yield {
      title: `Log only metadata of ${listOf(data.kinds)}`,
      applicability: 'safe',
      changes: [{ op: 'insert', object, path: ['rules'], index: data.index, value: metadataOnly(object, data) }],
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

/** Semantics: audit.k8s.io/v1: no list means all; `pods/*` is every subresource, `*` everything of the group. */
function matches(rule: Value, { group, resource }: Kind): boolean {
  const resources = items(rule, 'resources')
  if (resources.length === 0) return items(rule, 'nonResourceURLs').length === 0
  return resources.some((entry) => {
    if ((text(entry, 'group') ?? '') !== group) return false
    const names = texts(entry, 'resources')
    const [parent, subresource] = resource.split('/')
    return (
      names.length === 0 ||
      names.some(
        (name) =>
          name === '*' || name === resource || (subresource !== undefined && (name === `${parent}/*` || name === `*/${subresource}`)),
      )
    )
  })
}

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'delete', 'deletecollection'])

/** The bodies of requests that only read hold nothing; their answers do. */
function logsValues(rule: Value): boolean {
  const level = text(rule, 'level')
  if (level === 'RequestResponse') return true
  const verbs = texts(rule, 'verbs')
  return level === 'Request' && (verbs.length === 0 || verbs.some((verb) => !READS.has(verb)))
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
