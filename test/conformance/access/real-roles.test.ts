import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rules } from '../../../rules/index.ts'
import { findingsOf } from '../../../server/analysis/findings.ts'
import { Workspace } from '../../../server/analysis/workspace.ts'

const SHARED = process.env['KZT_SHARED'] ?? '../shared'

/** `severity rule` of everything said about identities. */
function said(files: ReadonlyMap<string, string>): string[] {
  const workspace = new Workspace(rules)
  for (const [path, text] of files) workspace.set({ path, text })
  const { findings } = findingsOf(workspace.analysis(), { today: '2026-01-01' })
  return findings.filter(({ rule }) => rule.pillar === 'identity').map(({ severity, rule }) => `${severity} ${rule.name}`)
}

interface Listed {
  readonly clusterRoles: readonly {
    readonly name: string
    readonly labels?: object
    readonly aggregationRule?: object
    readonly rules?: object
  }[]
  readonly clusterRoleBindings: readonly { readonly name: string; readonly role: string; readonly subjects: readonly string[] }[]
}

test('of the roles and bindings that every cluster has, exported from it, there is nothing to say', () => {
  const listed = JSON.parse(readFileSync(join(SHARED, 'conformance/kubernetes-api/k8s-default-clusterroles.json'), 'utf8')) as Listed
  const bootstrap = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
  const apiVersion = 'rbac.authorization.k8s.io/v1'
  const roles = listed.clusterRoles.map(({ name, labels, ...rest }) => ({
    ...{ apiVersion, kind: 'ClusterRole', metadata: { name, labels: { ...labels, ...bootstrap } } },
    ...rest,
  }))
  const bindings = listed.clusterRoleBindings.map(({ name, role, subjects }) => ({
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name, labels: bootstrap } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: subjects.map((subject) => ({
      kind: subject.slice(0, subject.indexOf(':')),
      name: subject.slice(subject.indexOf(':') + 1),
      apiGroup: 'rbac.authorization.k8s.io',
    })),
  }))
  expect(roles.length).toBeGreaterThan(15)
  expect(bindings.length).toBeGreaterThan(5)
  const list = { apiVersion: 'v1', kind: 'List', items: [...roles, ...bindings] }
  expect(said(new Map([['cluster.json', JSON.stringify(list)]]))).toEqual([])
})

test('of kube-prometheus it is what its authors would not deny', () => {
  const folder = join(SHARED, 'corpus/kube-prometheus')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.ya?ml$/.test(name))
  expect(names.length).toBeGreaterThan(50)
  const found = said(new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')])))
  expect(found.filter((line) => !line.startsWith('hint')).sort()).toEqual([
    // kube-state-metrics lists Secrets to count them; a flag and a narrower role leave them out.
    'information rbac-secrets-read-broad',
    // The operator manages StatefulSets, ConfigMaps and Secrets with `*`; a list of verbs does.
    'information rbac-wildcard-verbs',
  ])
})
