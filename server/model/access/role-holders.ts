import type { Facts } from '../facts.ts'
import type { KubeObject } from '../object.ts'
import type { Binding } from './bindings.ts'
import { canonical, type Subject, subjectKey } from './identity.ts'
import type { RoleFacts } from './roles.ts'

type Asked = Pick<Facts, 'access'>

/** The roles that a role is a part of, which people or programs may be bound to. */
function wholes(role: KubeObject, { access }: Asked): readonly RoleFacts[] {
  const known = access.roles.of(role)
  return known ? access.roles.aggregatedInto(known) : []
}

/** The bindings by which a role reaches somebody: its own, and those of roles that it is a part of. */
export function bindingsWith(role: KubeObject, facts: Asked): readonly Binding[] {
  const parents = wholes(role, facts)
  const others = parents.length === 0 ? [] : facts.access.bindings.filter(({ role: { facts: bound } }) => bound && parents.includes(bound))
  return [...facts.access.bindingsOf(role), ...others]
}

/** Whether a role is a part of one that people are bound to in any cluster, or that somebody is bound to here. */
export function isPart(role: KubeObject, facts: Asked): boolean {
  return wholes(role, facts).some(({ builtIn }) => builtIn !== undefined) || bindingsWith(role, facts).length > 0
}

/** Everybody who has what a role grants, each once. */
export function holdersOf(role: KubeObject, facts: Asked): readonly Subject[] {
  const subjects = bindingsWith(role, facts).flatMap((binding) => binding.subjects.filter(({ applies }) => applies).map(canonical))
  return [...new Map(subjects.map((subject) => [subjectKey(subject), subject])).values()]
}
