import { identityOf, type Subject } from '../../model/access/identity.ts'
import { type Permission, permissionsOf, sayResource, sayVerbs } from '../../model/access/permissions.ts'
import type { Facts } from '../../model/facts.ts'
import { scopeText } from './grants.ts'

type Asked = Pick<Facts, 'access' | 'escalation'>

/** What a subject may do of its own, as sentences that begin with a verb; those that matter most first. */
export function summaryOf(subject: Subject, { access }: Asked): string[] {
  const own = access.grantsOf(identityOf(subject)).filter(({ binding }) => binding !== undefined)
  return sentences(permissionsOf(own).permissions)
}

/** What its permissions lead to, as the end of "and so can …". */
export function leadsTo(subject: Subject, { escalation }: Asked): string[] {
  const risks = escalation.risksOf(subject).filter(({ level }) => level === 'critical' || level === 'high')
  return risks.map(({ how, namespace, sure }) => `${how} ${scopeText(namespace)}${sure ? '' : ' (possibly)'}`)
}

/** `read pods and services in shop`: a sentence for all kinds with which the same may be done, by the same roles. */
export function sentences(permissions: readonly Permission[]): string[] {
  const groups = new Map<string, Permission[]>()
  for (const permission of permissions) {
    const roles = [...new Set(permission.grants.map(({ role }) => role.name))].join()
    const key = JSON.stringify([permission.namespace ?? null, permission.verbs, roles, permission.sure])
    const group = groups.get(key)
    if (group) group.push(permission)
    else groups.set(key, [permission])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    const things = listed(group.map(sayResource))
    const roles = [...new Set(first.grants.map(({ role }) => `${role.kind} ${role.name}`))]
    return [`${sayVerbs(first.verbs)} ${things} ${scopeText(first.namespace)}, by ${listed(roles)}${first.sure ? '' : ' (possibly)'}`]
  })
}

const SHOWN = 4

function listed(names: readonly string[]): string {
  if (names.length > SHOWN) return `${names.slice(0, SHOWN - 1).join(', ')} and ${names.length - SHOWN + 1} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}
