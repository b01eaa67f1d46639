/** Small manifests, each in another style of writing. */
export const MANIFESTS: Readonly<Record<string, string>> = {
  indented: `# Licence of the file.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart # the cart
  labels:
    app: cart
    "tier": "backend"

spec:
  replicas: 2
  # Selects the pods.
  selector:
    matchLabels: {app: cart}
  template:
    metadata:
      labels: {app: cart, tier: 'backend'}
    spec:
      containers:
        # The server.
        - name: server
          image: cart:1.2 # pinned
          args: ["--port", "8080"]
          command:
            - sh
            # Runs it.
            - -c
            - |
              # not a comment
              exec cart

          ports:
            - containerPort: 8080
              # a port
              protocol: TCP
          securityContext: {}
        - image: sidecar
          name: sidecar
          env: []
          # nothing more
      volumes:
`,
  flush: `kind: ConfigMap
apiVersion: v1
metadata:
    name: settings
    annotations:
        note: >-
            folded text
            goes on

            here
data:
    plain: goes on
      below
    'single': 'it''s'
    double: "a\\tb \\u0041"
    script: |2
        indented
      less
    keep: |+
      line

    empty: ""
list:
- a
- - b
  - c
-
  k: v
- # lone comment
  x: y
`,
  rbac: `---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: reader
rules:
- apiGroups: [""]
  # The pods.
  resources: [pods, pods/log] # both
  verbs: ["*"]
- apiGroups:
  - apps # workloads
  resources: [
    deployments, # all
    statefulsets,
  ]
  verbs: [ get ]
- nonResourceURLs: ["/metrics",
    "/healthz"]
  verbs: [get]
...
`,
  json: `{
  "apiVersion": "v1",
  "kind": "Service",
  "metadata": {"name": "web", "labels": {}},
  "spec": {
    "ports": [
      {"port": 80, "name": "http"},
      {
        "port": 443
      }
    ],
    "selector": { "app": "web" },
    "externalIPs": []
  }
}
`,
  crlf: 'kind: Service\r\nmetadata:\r\n  name: a # n\r\n  labels:\r\n    - x\r\n    - y\r\nspec:\r\n  text: |\r\n    one\r\n    two\r\n  # last\r\n  type: NodePort',
  anchors: `base: &base
  cpu: 1
  memory: 2Gi
one:
  <<: *base
  cpu: 2
two: *base
free: &free
  k: v
names:
  - &name web
  - *name
`,
  bare: 'a: 1\nb:\n  - c\n  - d: e',
  mark: '\ufeffkind: A\nspec:\n  x: 1 # one\n  y: [1]\n',
}

/** Those in which every place can be edited on its own. */
export const PLAIN = ['indented', 'flush', 'rbac', 'json', 'crlf', 'bare', 'mark'] as const
