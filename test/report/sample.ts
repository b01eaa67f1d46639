import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { type Report, reportOf } from '../../server/report/model.ts'
import { stubRules } from '../stub-rules.ts'

/** One file of everything that a report has to say. */
export const SAMPLE: Readonly<Record<string, string>> = {
  'k8s/web (1).yaml': `apiVersion: v1
kind: Namespace
metadata:
  name: shop
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  containers:
    - name: web
      image: web:latest
    - name: agent
      image: agent:1
      securityContext: {privileged: true}
    - name: unknown
      image: unknown:1
      securityContext:
        privileged: \${PRIVILEGED}
---
apiVersion: v1
kind: Pod
metadata:
  name: build
  namespace: shop
spec:
  containers:
    # zero-trust: ignore stub-latest -- built nightly
    - name: build
      image: build:latest
    # zero-trust: ignore stub-privileged -- needs the node
    - name: other
      image: other:1
`,
  'secret.yaml': `apiVersion: v1
kind: Secret
metadata:
  name: db
  namespace: shop
stringData: {password: hunter2}
---
apiVersion: v1
kind: Pod
metadata:
  name: client
  namespace: shop
spec:
  containers:
    - name: client
      image: client:1
      args: [--password=hunter2, --verbose]
      env: [{name: DB_PASSWORD, value: hunter2}, {name: OTHER_PASSWORD, value: "hunter2"}]
`,
  'broken.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: broken
  namespace: shop
spec:
  containers:
    - name: "hunter2
`,
}

export function sampleReport(files: Readonly<Record<string, string>> = SAMPLE, prove = false): Report {
  const workspace = new Workspace(stubRules)
  for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
  const analysis = workspace.analysis()
  return reportOf(analysis, findingsOf(analysis, { today: '2026-03-01' }), { prove })
}
