import type { Facts } from '../../server/model/facts.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { defineRule, type Fix } from '../../server/model/rule.ts'
import { get } from '../../server/model/value.ts'
import { serviceAccountOf, type Workload } from '../../server/model/workload.ts'
import { nearest } from '../../server/text/nearest.ts'

export default defineRule<'workload', 'access' | 'objects'>({
  name: 'serviceaccount-unresolved',
  title: 'Workload names a ServiceAccount that is not there',
  pillar: 'identity',
  severity: 'information',
  absence: true,
  nowhere: ['ServiceAccount'],
  controls: { nist80053: ['CM-6'], cis: ['5.1.5'] },
  since: '0.1.0',
  each: 'workload',
  reads: ['access', 'objects'],
  *check(workload, { facts }) {
    const { object, specPath } = workload
    const name = serviceAccountOf(workload)
    if (name === undefined) {
      yield { notEvaluated: object, path: [...specPath, 'serviceAccountName'] }
      return
    }
    const { namespace } = object
    if (name === 'default' || SYSTEM_NAMESPACES.has(namespace) || facts.access.serviceAccount(namespace, name)) return
    const known = accountsOf(namespace, facts)
    const closed = known.length > 0
    const meant = nearest(name, known)
    yield {
      object,
      path: [...specPath, get(workload.spec, 'serviceAccountName') === undefined ? 'serviceAccount' : 'serviceAccountName'],
      part: 'value',
      severity: meant ? 'warning' : closed ? 'information' : 'hint',
      certainty: closed ? 'certain' : 'possible',
      message: `ServiceAccount \`${name}\` is not ${closed ? `among those of ${namespace === '' ? 'this namespace' : `\`${namespace}\``} here` : 'in these files'}, and without it no pod of \`${object.name}\` starts. ${meant ? `Is \`${meant}\` meant?` : 'Create it.'}`,
    }
  },
  *fix({ object, path }, { facts }) {
    const name = get(object.body, ...path)
    if (typeof name !== 'string') return
    const { namespace } = object
    const meant = nearest(name, accountsOf(namespace, facts))
    if (meant) yield* rename(object, path, meant, facts)
    yield {
      title: `Create ServiceAccount \`${name}\`, which mounts no token`,
      applicability: 'assisted',
      changes: [
        {
          op: 'create',
          beside: object,
          body: {
            apiVersion: 'v1',
            kind: 'ServiceAccount',
            metadata: namespace === '' ? { name } : { name, namespace },
            automountServiceAccountToken: false,
          },
        },
      ],
    }
  },
})

function* rename(
  object: Workload['object'],
  path: readonly (string | number)[],
  meant: string,
  { access }: Pick<Facts, 'access'>,
): Iterable<Fix> {
  const roles = access.bindingsFor(object.namespace, meant).map(({ role }) => `\`${role.name}\``)
  yield {
    title: `Use \`${meant}\`, ${roles.length === 0 ? 'to which nothing is bound' : `with what ${roles.join(', ')} grants`}`,
    applicability: 'assisted',
    changes: [{ op: 'set', object, path, value: meant }],
    leaves: ['serviceaccount-token-mounted-without-permissions'],
  }
}

/** Where none is in the files, whoever makes the namespace may bring them. */
function accountsOf(namespace: string, { objects }: Pick<Facts, 'objects'>): string[] {
  return objects('/ServiceAccount')
    .filter((account) => account.namespace === namespace && account.name !== '')
    .map(({ name }) => name)
}
