import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { get, text, type Value } from '../../server/model/value.ts'
import { mistyped } from '../../server/text/nearest.ts'

const GROUP = 'admissionregistration.k8s.io'
const POLICIES: ReadonlyMap<string, string> = new Map([
  [`${GROUP}/ValidatingAdmissionPolicy`, `${GROUP}/ValidatingAdmissionPolicyBinding`],
  [`${GROUP}/MutatingAdmissionPolicy`, `${GROUP}/MutatingAdmissionPolicyBinding`],
])
const TEMPLATE = 'templates.gatekeeper.sh/ConstraintTemplate'

type Objects = Pick<Facts, 'objects'>

export default defineRule<'object', 'objects', Data>({
  name: 'policy-binding-missing',
  title: 'Admission policy without effect: nothing binds it',
  pillar: 'verification',
  severity: 'warning',
  absence: true,
  controls: { nist80053: ['CM-7(5)', 'AC-3'], nist800207: ['4'], attack: ['T1562.001'], owasp: ['K04'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...POLICIES.keys(), ...POLICIES.values(), TEMPLATE],
  reads: ['objects'],
  *check(object, { facts }) {
    if (object.name === '') return
    const found =
      object.groupKind === TEMPLATE
        ? unused(object, facts)
        : POLICIES.has(object.groupKind)
          ? unbound(object, facts)
          : dangling(object, facts)
    if (found) yield { object, part: 'value', ...found }
  },
  *fix({ object, path, data }) {
    if (!data) return
    if ('rename' in data) {
      yield {
        title: `Bind \`${data.rename}\`: what it refuses is refused from then on`,
        applicability: 'assisted',
        changes: [{ op: 'set', object, path, value: data.rename }],
      }
      return
    }
    yield {
      title: `Bind it in the whole cluster: what \`${object.name}\` refuses is refused from then on`,
      applicability: 'assisted',
      changes: [{ op: 'create', beside: object, body: data.create }],
    }
  },
})

type Data = { readonly create: Value } | { readonly rename: string }
type Said = Pick<Found<Data>, 'path' | 'message' | 'certainty' | 'data'>

function unbound(policy: KubeObject, { objects }: Objects): Said | undefined {
  const bindings = objects(POLICIES.get(policy.groupKind) ?? '')
  const names = bindings.map(({ body }) => text(body, 'spec', 'policyName'))
  // A name that is nearly the policy's is the mistake, and said there.
  if (names.some((name) => name === undefined || name === policy.name || isMistyped(name, policy, objects))) return undefined
  const takesParameters = get(policy.body, 'spec', 'paramKind') !== undefined
  return {
    path: ['metadata', 'name'],
    message: `${policy.kind} \`${policy.name}\` decides nothing: no ${policy.kind}Binding here names it. Bind it to what it is for.`,
    // A policy is written once and may be bound where the clusters are.
    certainty: bindings.length > 0 ? 'certain' : 'possible',
    ...(takesParameters || policy.kind !== 'ValidatingAdmissionPolicy' ? {} : { data: { create: bindingOf(policy) } }),
  }
}

function isMistyped(name: string, { groupKind, name: own }: KubeObject, objects: Facts['objects']): boolean {
  return mistyped(name, [own]) !== undefined && !objects(groupKind).some((policy) => policy.name === name)
}

function bindingOf(policy: KubeObject): Value {
  return {
    apiVersion: policy.apiVersion,
    kind: `${policy.kind}Binding`,
    metadata: { name: policy.name },
    spec: { policyName: policy.name, validationActions: ['Deny', 'Audit'] },
  }
}

/** Only where the files hold other policies: else they are all somewhere else. */
function dangling(binding: KubeObject, { objects }: Objects): Said | undefined {
  const kind = [...POLICIES].find(([, of]) => of === binding.groupKind)?.[0] ?? ''
  const name = text(binding.body, 'spec', 'policyName')
  const policies = objects(kind)
  if (name === undefined || policies.length === 0 || policies.some((policy) => policy.name === name || policy.name === '')) return undefined
  const meant = mistyped(
    name,
    policies.map((policy) => policy.name),
  )
  return {
    path: ['spec', 'policyName'],
    message: `${binding.kind} \`${binding.name}\` binds nothing, and Kubernetes does not say so: there is no \`${name}\` among the policies here. ${meant ? `Is \`${meant}\` meant?` : 'Name the one that is meant.'}`,
    ...(meant ? { data: { rename: meant } } : {}),
  }
}

function unused(template: KubeObject, { objects }: Objects): Said | undefined {
  const kind = text(template.body, 'spec', 'crd', 'spec', 'names', 'kind')
  if (kind === undefined || objects(`constraints.gatekeeper.sh/${kind}`).length > 0) return undefined
  const others = objects(TEMPLATE).some(
    (other) => objects(`constraints.gatekeeper.sh/${text(other.body, 'spec', 'crd', 'spec', 'names', 'kind')}`).length > 0,
  )
  return {
    path: ['metadata', 'name'],
    message: `ConstraintTemplate \`${template.name}\` decides nothing: there is no \`${kind}\` here. Write the constraint that says where it holds.`,
    certainty: others ? 'certain' : 'possible',
  }
}
