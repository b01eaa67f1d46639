import { CONFIG_FILE } from '../../server/analysis/config.ts'
import type { TestFile, TestWorkspace } from './workspaces.ts'

/** Workspaces that are more than manifests: what a file means in them depends on other files. */
export const BUILT: readonly TestWorkspace[] = [
  {
    name: 'a base with two overlays and a component',
    files: [
      file('base/kustomization.yaml', 'resources: [web.yaml, db.yaml]\n'),
      file('base/web.yaml', `${deployment('web')}---\n${service('web')}`),
      file('base/db.yaml', deployment('db')),
      file('dev/kustomization.yaml', 'namespace: dev\nresources: [../base]\n'),
      file('prod/kustomization.yaml', 'namespace: prod\nresources: [../base, deny.yaml]\npatches: [{ path: privileged.yaml }]\n'),
      file('prod/deny.yaml', policy()),
      file('prod/privileged.yaml', deployment('web').replace('image: web', 'securityContext: { privileged: true }')),
      file('extra/kustomization.yaml', 'kind: Component\nresources: [deny.yaml]\n'),
      file('extra/deny.yaml', policy()),
    ],
  },
  {
    name: 'a chart beside manifests',
    files: [
      file('chart/Chart.yaml', 'apiVersion: v2\nname: web\nversion: 1.0.0\n'),
      file('chart/values.yaml', 'image: web\n'),
      file('chart/templates/web.yaml', deployment('web').replace('image: web', 'image: {{ .Values.image }}')),
      file('db.yaml', deployment('db')),
    ],
  },
  {
    name: 'the same objects twice, once in another way',
    files: [
      file('a/web.yaml', deployment('web')),
      file('b/web.yaml', deployment('web')),
      file('c/web.yaml', deployment('web').replace('image: web', 'image: api')),
    ],
  },
  {
    name: 'a configuration',
    files: [
      file(CONFIG_FILE, 'profile: strict\nrules: { probe-workload: off }\nenvironments:\n  dev: [a/]\n  prod: [b/]\n'),
      file('a/web.yaml', deployment('web')),
      file('b/web.yaml', `${deployment('web')}---\n${service('web')}---\n${policy()}`),
    ],
  },
]

function file(path: string, text: string): TestFile {
  return { path, text }
}

function deployment(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      hostPID: true
      containers:
        - name: ${name}
          image: ${name}
`
}

function service(name: string): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec:
  selector: { app: ${name} }
  type: LoadBalancer
  ports: [{ port: 80 }]
`
}

function policy(): string {
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: deny }
spec:
  podSelector: {}
  policyTypes: [Ingress]
`
}
