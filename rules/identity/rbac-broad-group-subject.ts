import { BINDING_KINDS } from '../../server/model/access/access.ts'
import type { Binding, BoundSubject } from '../../server/model/access/bindings.ts'
import { AUTHENTICATED } from '../../server/model/access/identity.ts'
import type { Facts } from '../../server/model/facts.ts'
import { describe } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'

const ACCOUNTS = 'system:serviceaccounts'

export default defineRule<'object', 'access' | 'escalation'>({
  name: 'rbac-broad-group-subject',
  title: 'Binding gives rights to every identity',
  pillar: 'identity',
  severity: 'warning',
  controls: { nist80053: ['AC-3', 'AC-6'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: BINDING_KINDS,
  reads: ['access', 'escalation'],
  *check(object, { facts, target }) {
    const binding = facts.access.binding(object)
    const role = binding?.role.facts
    if (!binding || binding.role.open || role?.builtIn?.harmless || role?.rules.length === 0) return
    const broad = binding.subjects.find((subject) => isBroad(subject, binding, facts))
    if (!broad) return
    const anybody = broad.name === AUTHENTICATED && target.platform === 'gke' ? ' On GKE that is everybody with a Google account.' : ''
    yield {
      object,
      path: ['subjects', broad.index, 'name'],
      part: 'value',
      severity: anybody !== '' ? 'error' : risky(broad, binding, facts) ? 'warning' : 'information',
      message: `${describe(object)} gives what \`${binding.role.name}\` grants to ${sayWho(broad.name)}.${anybody} Name the ServiceAccounts and groups that need it.`,
    }
  },
})

/** All ServiceAccounts of one namespace are its own business, unless they gain more than they say. */
function isBroad(subject: BoundSubject, binding: Binding, facts: Pick<Facts, 'escalation'>): boolean {
  if (subject.kind !== 'Group') return false
  if (subject.name === AUTHENTICATED || subject.name === ACCOUNTS) return true
  return subject.name.startsWith(`${ACCOUNTS}:`) && risky(subject, binding, facts)
}

function risky(subject: BoundSubject, binding: Binding, { escalation }: Pick<Facts, 'escalation'>): boolean {
  return escalation
    .risksOf(subject)
    .some(({ level, evidence }) => level !== 'low' && evidence.some(({ grant }) => grant.binding === binding))
}

function sayWho(group: string): string {
  if (group === AUTHENTICATED) return 'everybody who can log in, every pod included'
  return group === ACCOUNTS
    ? 'every ServiceAccount, and so to every pod'
    : `every ServiceAccount of \`${group.slice(ACCOUNTS.length + 1)}\``
}
