import { expect, test } from 'vitest'
import type { Analysis } from '../../server/analysis/analyse.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { attackPathsMermaid, attackPathsReport, attackPathsText } from '../../server/report/access/attack-paths.ts'
import { permissionsMermaid, permissionsReport, permissionsText } from '../../server/report/access/permissions.ts'
import { whoCanMermaid, whoCanReport, whoCanText } from '../../server/report/access/who-can.ts'
import { binding, rbac, role } from '../model/access/files.ts'

const FILES: Record<string, string> = {
  'rbac.yaml': rbac(
    role('shop/reader', 'get,list core pods,services', 'get core secrets tls'),
    binding('shop/readers', 'shop/reader', 'ServiceAccount web', 'Group devs'),
    role('extra', 'get core secrets').replace('{', "{ labels: { rbac.authorization.k8s.io/aggregate-to-view: 'true' },"),
    binding('auditors', 'view', 'Group auditors'),
    binding('shop/strangers', '{{ role }}', 'User eve'),
  ),
  'web.yaml': `apiVersion: v1
kind: Service
metadata: { namespace: shop, name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { namespace: shop, name: web, labels: { app: web } }
spec: { serviceAccountName: web, automountServiceAccountToken: true, containers: [{ name: a, image: b }] }
`,
  'strong.yaml': rbac(binding('strong', 'cluster-admin', 'ServiceAccount shop/web')),
}

function analysisOf(files: Record<string, string>): Analysis {
  const workspace = new Workspace([], {}, {})
  for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
  return workspace.analysis()
}

const weak = analysisOf({ 'rbac.yaml': FILES['rbac.yaml'] ?? '' })
const strong = analysisOf(FILES)
const PLAIN = { colours: false, shown: (path: string) => path }

test('who can, as text', () => {
  const report = whoCanReport(weak, { verb: 'get', group: '', resource: 'secrets', name: 'tls' }, true)
  expect(whoCanText(report, PLAIN)).toBe(`These can get secrets tls:

Group auditors
  in the whole cluster: ClusterRoleBinding auditors (rbac.yaml:22) binds ClusterRole view, into which extra is aggregated (rbac.yaml:18)
Group devs
  in shop: RoleBinding shop/readers (rbac.yaml:10) binds Role reader (rbac.yaml:6)
Group system:masters
  in the whole cluster: a binding that Kubernetes brings binds ClusterRole cluster-admin, which Kubernetes brings
ServiceAccount shop/web
  in shop: RoleBinding shop/readers (rbac.yaml:10) binds Role reader (rbac.yaml:6)

Perhaps others, by bindings of which a part is not in the files:
  RoleBinding shop/strangers
`)
})

test('who can do it for the whole cluster only', () => {
  const report = whoCanReport(weak, { verb: 'get', group: '', resource: 'secrets' }, false)
  expect(report.answers.map(({ environments, holders }) => [environments.length, holders.map(({ subject }) => subject.name)])).toEqual([
    [1, ['auditors', 'system:masters']],
  ])
})

test('who can, when nobody can', () => {
  expect(
    whoCanText(
      whoCanReport(analysisOf({ 'a.yaml': rbac(role('r', 'get core pods')) }), { verb: 'use', group: 'x', resource: 'y' }, false),
      PLAIN,
    ),
  ).toContain('Group system:masters')
})

test('who can, as a diagram', () => {
  const report = whoCanReport(weak, { verb: 'list', group: '', resource: 'services', namespace: 'shop' }, false)
  expect(whoCanMermaid(report)).toContain('n1["Group auditors"]\n')
  expect(whoCanMermaid(report)).toContain('"list services in shop"')
})

test('permissions, as text', () => {
  const report = permissionsReport(weak, { kind: 'ServiceAccount', namespace: 'shop', name: 'web' }, false)
  expect(permissionsText(report, PLAIN)).toBe(`ServiceAccount shop/web may

in shop
  pods, services: get, list
    RoleBinding shop/readers (rbac.yaml:10) binds Role reader (rbac.yaml:5)
  secrets named tls: get
    RoleBinding shop/readers (rbac.yaml:10) binds Role reader (rbac.yaml:6)

With that it can
  read Secrets in shop
`)
})

test('permissions of somebody without any, and those of everybody', () => {
  const nobody = { kind: 'User', namespace: '', name: 'nobody' } as const
  expect(permissionsText(permissionsReport(weak, nobody, false), PLAIN)).toBe(
    'User nobody may do nothing of its own, as far as these files say.\n',
  )
  expect(permissionsText(permissionsReport(weak, nobody, true), PLAIN)).toContain('selfsubjectaccessreviews.authorization.k8s.io')
})

test('permissions, as data and as a diagram', () => {
  const report = permissionsReport(weak, { kind: 'Group', namespace: '', name: 'devs' }, false)
  expect(report.answers[0]?.permissions[1]).toEqual({
    namespace: 'shop',
    group: '',
    resource: 'secrets',
    names: ['tls'],
    verbs: ['get'],
    certainty: 'certain',
    grants: [
      {
        namespace: 'shop',
        certainty: 'certain',
        binding: { kind: 'RoleBinding', namespace: 'shop', name: 'readers', file: 'rbac.yaml', line: 10 },
        role: { kind: 'Role', name: 'reader' },
        rule: { of: 'reader', file: 'rbac.yaml', line: 6 },
      },
    ],
  })
  expect(permissionsMermaid(report)).toContain('-->|"get, list"|')
})

test('attack paths, as text', () => {
  expect(attackPathsText(attackPathsReport(strong), PLAIN)).toBe(`Pod shop/web leads from outside to the whole cluster
  from outside through Service web (web.yaml:4)
  Pod \`web\`: holds a token, to ServiceAccount \`shop/web\` (web.yaml:9)
  ServiceAccount \`shop/web\`: do everything, to the whole cluster (strong.yaml:4)
  cut it at strong.yaml:4
`)
  expect(attackPathsText(attackPathsReport(weak), PLAIN)).toBe("No path from outside to more than a workload's own is known.\n")
})

test('attack paths, as a diagram that no name can break', () => {
  const text = attackPathsMermaid(attackPathsReport(strong))
  expect(text).toContain('n1["the outside"]')
  expect(text).not.toContain('`')
})
