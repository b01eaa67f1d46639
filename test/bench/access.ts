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

/** What the permissions of all of them lead to, and the paths from outside, from nothing and after one edit of a role. */
export function attackPaths(objects: number): void {
  const all = exposedWorkloads(objects)
  const cold = Array.from({ length: 5 }, () => timed(() => everything(environmentModel('bench', all.slice(), false))))
  row(`attack paths, ${objects} objects`, `first ${cold[0]?.toFixed(1)} ms`, `p50 ${percentile(cold, 50)} ms`)
  let model = environmentModel('bench', all, false)
  everything(model)
  const edits = Array.from({ length: EDITS }, (_, i) => {
    const edited = all.slice()
    edited[0] = objectOf({ ...edited[0]?.body, rules: [rule(i)] })
    return timed(() => {
      model = environmentModel('bench', edited, false, model)
      everything(model)
    })
  })
  const lateral = timed(() => model.facts.escalation.lateralPaths())
  row(`attack paths over other pods, ${objects} objects`, `${lateral.toFixed(1)} ms`)
  row(`attack paths, ${objects} objects, one edit`, `p50 ${percentile(edits, 50)} ms`, `p95 ${percentile(edits, 95)} ms`)
}

function everything({ facts: { access, escalation, tokens, workloads } }: EnvironmentModel): number {
  const held = access.roles.all.reduce((sum, { object }) => sum + (object ? escalation.risksThrough(object).length : 0), 0)
  return workloads.reduce((sum, workload) => sum + tokens.of(workload).length, held + escalation.attackPaths().length)
}

/** A role, its binding, an account, a workload and a Service each; every fourth is open to the outside, every tenth leads on. */
function exposedWorkloads(objects: number): KubeObject[] {
  return Array.from({ length: objects / 5 }, (_, i) => i).flatMap((i) => {
    const name = `app-${i}`
    const metadata = { name, namespace: `team-${i % 50}` }
    const rules = i % 10 === 1 ? [{ apiGroups: [''], resources: ['pods'], verbs: ['create'] }] : [rule(i)]
    return [
      objectOf({ kind: 'Role', metadata, rules }),
      objectOf({
        kind: 'RoleBinding',
        metadata,
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace: metadata.namespace }],
      }),
      objectOf({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }),
      objectOf({
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
        spec: {
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: { serviceAccountName: name, containers: [{ name: 'main', image: 'app', ports: [{ containerPort: 8080 }] }] },
          },
        },
      }),
      objectOf({
        ...{ apiVersion: 'v1', kind: 'Service', metadata },
        spec: { type: i % 4 === 0 ? 'LoadBalancer' : 'ClusterIP', selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
      }),
    ]
  })
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
