/**
 * A workspace as a large company has it: services with everything around them, a file each, in a folder for
 * each team. Deterministic, so that runs can be compared.
 */
export function generateWorkspace(objects: number): Map<string, string> {
  const files = new Map<string, string>()
  const services = Math.floor(objects / OBJECTS_PER_SERVICE)
  for (let i = 0; i < services; i++) {
    const team = `team-${Math.floor(i / 20)}`
    files.set(`${team}/service-${i}.yaml`, serviceFile(team, i))
  }
  return files
}

const OBJECTS_PER_SERVICE = 8

/** Whom a service calls: its neighbour in the team. */
function peerOf(i: number): number {
  return i % 20 === 0 ? i + 1 : i - 1
}

function serviceFile(namespace: string, i: number): string {
  const name = `service-${i}`
  const peer = `service-${peerOf(i)}`
  const callers = [i - 1, i + 1].filter((other) => other >= 0 && peerOf(other) === i)
  return `# What ${name} needs.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: ${namespace}
  labels:
    app.kubernetes.io/name: ${name}
    app.kubernetes.io/part-of: ${namespace}
spec:
  replicas: ${1 + (i % 3)}
  selector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ${name}
        app.kubernetes.io/part-of: ${namespace}
    spec:
      serviceAccountName: ${name}
      containers:
        - name: main
          image: registry.example.com/${namespace}/${name}:1.${i % 50}.0
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: PEER_URL
              value: http://${peer}:80
            - name: LOG_LEVEL
              valueFrom:
                configMapKeyRef:
                  name: ${name}
                  key: log-level
          resources:
            requests: { cpu: 100m, memory: 128Mi }
            limits: { memory: 256Mi }
          readinessProbe:
            httpGet:
              path: /healthz
              port: http
          securityContext:
            runAsNonRoot: true
            allowPrivilegeEscalation: false
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  selector:
    app.kubernetes.io/name: ${name}
  ports:
    - name: http
      port: 80
      targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: ${name}
  namespace: ${namespace}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: ${name}
  namespace: ${namespace}
rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: ${i % 10 === 0 ? '["*"]' : '[get, list, watch]'}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: ${name}
  namespace: ${namespace}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${name}
subjects:
  - kind: ServiceAccount
    name: ${name}
    namespace: ${namespace}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
  namespace: ${namespace}
data:
  log-level: info
  settings.properties: |
    cache.size=${i}
    peer=${peer}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: ${name}
  policyTypes: [Ingress]
  ingress:
    - from:
${callers.map((caller) => `        - podSelector:\n            matchLabels:\n              app.kubernetes.io/name: service-${caller}`).join('\n')}
        - namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: ingress-nginx
      ports:
        - port: http
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: ${name}
  namespace: ${namespace}
spec:
  ingressClassName: nginx
  tls:
    - hosts: [${name}.example.com]
      secretName: ${name}-tls
  rules:
    - host: ${name}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: ${name}
                port:
                  name: http
`
}
