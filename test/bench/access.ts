import { identityOf } from '../../server/model/access/identity.ts'
import { type EnvironmentModel, environmentModel } from '../../server/model/facts.ts'
import { type KubeObject, makeObject } from '../../server/model/object.ts'
import type { Body } from '../../server/model/value.ts'
import { percentile, row } from './report.ts'

const EDITS = 100

/** Effective permissions of every subject, from nothing and after one edit of a role. */
export function access(objects: number): void {
  const all = rolesAndBindings(objects)
  const cold: number[] = []
  for (let i = 0; i < 10; i++) cold.push(timed(() => everybody(environmentModel('bench', all.slice(), false))))
  row(`permissions, ${objects} roles and bindings`, `first ${cold[0]?.toFixed(1)} ms`, `p50 ${percentile(cold, 50)} ms`)
  let model = environmentModel('bench', all, false)
  everybody(model)
  const edits: number[] = []
  for (let i = 0; i < EDITS; i++) {
    const edited = all.slice()
    edited[0] = objectOf({ ...edited[0]?.body, rules: [rule(i)] })
    edits.push(
      timed(() => {
        model = environmentModel('bench', edited, false, model)
        everybody(model)
      }),
    )
  }
  row(`permissions, ${objects} roles and bindings, one edit`, `p50 ${percentile(edits, 50)} ms`, `p95 ${percentile(edits, 95)} ms`)
}

function everybody({ facts: { access } }: EnvironmentModel): number {
  return access.subjects.reduce((sum, subject) => sum + access.grantsOf(identityOf(subject)).length, 0)
}

function timed(run: () => unknown): number {
  const start = performance.now()
  run()
  return performance.now() - start
}

/** Half roles, half bindings to two subjects each; every tenth for the whole cluster. Deterministic. */
function rolesAndBindings(objects: number): KubeObject[] {
  return Array.from({ length: objects / 2 }, (_, i) => i).flatMap((i) => {
    const place = i % 10 === 0 ? {} : { namespace: `team-${i % 200}` }
    const prefix = i % 10 === 0 ? 'Cluster' : ''
    const name = `reader-${i}`
    return [
      objectOf({ kind: `${prefix}Role`, metadata: { name, ...place }, rules: [rule(i), rule(i + 1), rule(i + 2)] }),
      objectOf({
        kind: `${prefix}RoleBinding`,
        metadata: { name, ...place },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: `${prefix}Role`, name },
        subjects: [
          { kind: 'ServiceAccount', name: `app-${i % 3000}`, namespace: `team-${i % 200}` },
          { kind: 'Group', name: `group-${i % 100}` },
        ],
      }),
    ]
  })
}

function rule(i: number): Body {
  return {
    apiGroups: ['', 'apps'],
    resources: ['pods', 'deployments', `foos-${i % 50}`],
    verbs: ['get', 'list', i % 7 === 0 ? 'create' : 'watch'],
  }
}

function objectOf(body: Body): KubeObject {
  const object = makeObject({ apiVersion: 'rbac.authorization.k8s.io/v1', ...body }, 'bench', 'bench.yaml')
  if (!object) throw new Error('not an object')
  return object
}
