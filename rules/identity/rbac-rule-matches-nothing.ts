import { ROLE_KINDS } from '../../server/model/access/access.ts'
import { type DeadPart, deadParts, type Scope } from '../../server/model/access/dead.ts'
import { isBootstrap } from '../../server/model/access/roles.ts'
import type { Facts } from '../../server/model/facts.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, hasUnknown, items, type Value, isList, isUnknown } from '../../server/model/value.ts'
import { leavesOf } from '../role-risks.ts'

interface Data {
  readonly index: number
  readonly part: DeadPart
}

export default defineRule<'object', 'access' | 'api' | 'escalation', Data>({
  name: 'rbac-rule-matches-nothing',
  title: 'Rule of a role that grants nothing',
  pillar: 'identity',
  severity: 'hint',
  controls: { nist80053: ['CM-6', 'AC-6'] },
  since: '0.1.0',
  each: 'object',
  kinds: ROLE_KINDS,
  reads: ['access', 'api', 'escalation'],
  *check(role, { facts, target }) {
    if (isBootstrap(role) || get(role.body, 'aggregationRule') !== undefined) return
    const list = get(role.body, 'rules')
    if (list !== undefined && !isList(list) && !isUnknown(list)) {
      yield {
        object: role,
        path: ['rules'],
        part: 'value',
        severity: 'warning',
        discriminator: 'rules',
        message: `${describe(role)} is refused by the API server: \`rules\` is no list.`,
      }
    }
    const scope = scopeOf(role, facts)
    for (const [index, rule] of items(role.body, 'rules').entries()) {
      if (hasUnknown(rule)) yield { notEvaluated: role, path: ['rules', index] }
      const parts = deadParts(rule, scope, facts.api, target.minor)
      const whole = parts.some((part) => part.whole)
      for (const part of whole ? parts.slice(0, 1) : parts) {
        yield {
          object: role,
          path: ['rules', index, ...part.path],
          part: 'value',
          // Somebody counts on it; a dead word beside living ones harms nobody.
          severity: whole && !part.removed ? 'information' : 'hint',
          unnecessary: true,
          discriminator: `${sayRule(rule)} ${part.name}`,
          message: `${whole ? `A rule of ${describe(role)}` : `\`${part.name}\` in ${describe(role)}`} grants nothing: ${part.why}. ${part.meant ? `Is \`${part.meant.value || '""'}\` meant?` : 'Take it out.'}`,
          data: { index, part },
        }
      }
    }
  },
  *fix({ object: role, data }, { facts }) {
    if (!data) return
    const { index, part } = data
    if (part.meant) yield replace(role, index, part.meant, facts)
    yield {
      title: part.whole ? 'Take the rule out: it grants nothing' : `Take \`${part.name}\` out: it grants nothing`,
      applicability: 'safe',
      changes: [{ op: 'remove', object: role, path: part.whole ? ['rules', index] : ['rules', index, ...part.path] }],
      leaves: ['rbac-rule-matches-nothing', 'rbac-role-unbound'],
    }
  },
})

/** A role of a namespace, or one that is bound in namespaces only. */
function scopeOf(role: KubeObject, { access }: Pick<Facts, 'access'>): Scope {
  if (role.kind === 'Role') return { namespaced: true, because: 'a Role counts in its namespace only' }
  const bindings = access.bindingsOf(role)
  const known = access.roles.of(role)
  const part = known !== undefined && access.roles.aggregatedInto(known).length > 0
  return {
    namespaced: bindings.length > 0 && !part && bindings.every(({ namespace }) => namespace !== undefined),
    because: 'this role is bound in namespaces only',
  }
}

function replace(
  role: KubeObject,
  index: number,
  { field, value, instead }: NonNullable<DeadPart['meant']>,
  facts: Pick<Facts, 'access' | 'escalation'>,
) {
  const at = items(role.body, 'rules', index, field).indexOf(instead)
  const change: ObjectChange = { op: 'set', object: role, path: ['rules', index, field, at], value }
  return {
    title: `Write \`${value || '""'}\` for \`${instead || '""'}\`: this grants what it does not grant today`,
    applicability: 'assisted' as const,
    changes: [change],
    leaves: [...leavesOf(role, [change], facts), 'rbac-rule-matches-nothing'],
  }
}

function sayRule(rule: Value): string {
  return ['apiGroups', 'resources', 'nonResourceURLs'].map((field) => items(rule, field).join(',')).join(' ')
}
