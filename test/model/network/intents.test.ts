import { describe, expect, it } from 'vitest'
import { hostsIn } from '../../../server/model/network/intents/hosts.ts'
import type { Intent, IntentSource, IntentTarget } from '../../../server/model/network/intents/intents.ts'
import { modelOf, objects } from './cluster.ts'

describe('hosts in a text', () => {
  const cases: readonly (readonly [text: string, ...found: string[]])[] = [
    ['svc', 'svc'],
    ['svc:500', 'svc:500'],
    ['http://svc:500', 'http svc:500'],
    ['fttps://svc:500/something#abc', 'fttps svc:500'],
    ['not%a*url'],
    ['123'],
    ['-server=my-server:5024', 'my-server:5024'],
    ['-server=my-server:502%4'],
    ['heap:https://metrics:8443/debug', 'https metrics:8443'],
    ['jdbc:postgresql://db.shop.svc:5432/app?ssl=true', 'postgresql db.shop.svc:5432'],
    ['mongodb://user:p%40ss@a:27017,b:27018/app', 'mongodb a:27017', 'mongodb b:27018'],
    ['amqp://guest:guest@rabbit', 'amqp rabbit'],
    ['kafka-0:9092,kafka-1:9092', 'kafka-0:9092', 'kafka-1:9092'],
    ['user:pass@tcp(mysql:3306)/app', 'mysql:3306'],
    ['host=db port=5432', 'host', 'db'],
    ['server:\n  url: "https://api.example.com/v1"', 'server', 'url', 'https api.example.com'],
    ['someone@example.com'],
    ['$(DB_HOST):5432'],
    ['gcr.io/project/image:1.2'],
    ['12:30:45'],
  ]
  it.each(cases.map((row) => ({ text: row[0], found: row.slice(1) })))('$text', ({ text, found }) => {
    const written = hostsIn(text).map(
      ({ scheme, host, port }) => `${scheme === undefined ? '' : `${scheme} `}${host}${port === undefined ? '' : `:${port}`}`,
    )
    expect(written.filter((host) => !IGNORED.has(host))).toEqual(found.filter((host) => !IGNORED.has(host)))
  })
  it('reads long texts up to a bound, in time that is linear', () => {
    expect(hostsIn('a.'.repeat(200_000)).length).toBeLessThan(70_000)
    expect(hostsIn(`${'x'.repeat(70_000)} db:5432`)).toEqual([])
  })
})

/** Words of connection strings that are no names of Services in any of the cases. */
const IGNORED = new Set(['host', 'server', 'url', 'true'])

function end(of: IntentSource | IntentTarget): string {
  switch (of.type) {
    case 'workload':
      return of.workload.object.name
    case 'outside':
      return of.internal ? 'the company' : 'outside'
    case 'controller':
      return `controller ${of.className}`.trim()
    case 'host':
      return of.name
    case 'address':
      return of.address
    case 'elsewhere':
      return `${of.namespace}/${of.name}`
    default:
      return of.type
  }
}

function say({ from, to, ports, confidence }: Intent): string {
  const list = ports.map(({ protocol, number, name }) => `${protocol === 'TCP' ? '' : `${protocol} `}${number ?? name ?? ''}`)
  return `${end(from)} -> ${end(to)} ${list.join() || 'every port'}${confidence === 'weak' ? ' (weak)' : ''}`
}

/** A Deployment of one container, written in the fields of the container. */
const app = (name: string, container: string, pod = ''): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      ${pod.replaceAll('\n', '\n      ')}
      containers:
        - name: app
          ${container.replaceAll('\n', '\n          ')}
`
const DB = `---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: { app: db }, ports: [{ port: 5432, targetPort: pg }] }
${app('db', 'ports: [{ name: pg, containerPort: 15432 }]')}`
const API = `---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { selector: { app: api }, ports: [{ name: http, port: 80, targetPort: 8080 }, { name: metrics, port: 9100 }] }
${app('api', 'image: api')}`

const CASES: readonly (readonly [title: string, yaml: string, ...expected: string[]])[] = [
  ['a variable with a port', DB + app('web', 'env: [{ name: DB, value: "db:5432" }]'), 'web -> db 15432'],
  ['a variable without a port', DB + app('web', 'env: [{ name: DB_HOST, value: db }]'), 'web -> db 15432'],
  ['a variable that only happens to be a word', DB + app('web', 'env: [{ name: STORE, value: db }]'), 'web -> db 15432 (weak)'],
  ['a word that names a database', DB + app('web', 'env: [{ name: DB_NAME, value: db }]')],
  ['a word that names the workload', DB + app('web', 'env: [{ name: OTEL_SERVICE_NAME, value: db }]')],
  ['its own Service', API.replace('image: api', 'env: [{ name: SELF_URL, value: "http://api" }]')],
  ['a port that the Service does not have', DB + app('web', 'env: [{ name: DB, value: "db:9999" }]')],
  [
    'the port in a variable of its own',
    API + app('web', 'env: [{ name: API_HOST, value: api }, { name: API_PORT, value: "9100" }]'),
    'web -> api 9100',
  ],
  ['every port of a Service when none is written', API + app('web', 'env: [{ name: API_URL, value: api }]'), 'web -> api 8080,9100'],
  ['a fully qualified name', DB + app('web', 'args: ["--db=db.shop.svc.cluster.local:5432"]'), 'web -> db 15432'],
  ['a Service of a namespace that is not in the files', DB + app('web', 'args: ["--db=db.other:5432"]'), 'web -> other/db every port'],
  [
    'a host and its port in two variables',
    app(
      'web',
      'env: [{ name: PG_HOST, value: pg.x.rds.amazonaws.com }, { name: PG_PORT, value: "5432" }, { name: OTHER, value: a.example.com }]',
    ),
    'web -> pg.x.rds.amazonaws.com 5432',
  ],
  ['a full name alone', DB + app('web', 'env: [{ name: Q, value: queue.jobs.svc.cluster.local }]'), 'web -> jobs/queue every port'],
  ['the same, in full', DB + app('web', 'args: ["http://a.b.svc.cluster.local"]'), 'web -> b/a every port'],
  ['a Service that its namespace lacks', DB + app('web', 'args: ["--db=cache.shop:5432"]')],
  [
    'variables in variables',
    DB + app('web', 'env: [{ name: H, value: db.shop }, { name: URL, value: "postgres://$(H):5432/x" }]'),
    'web -> db 15432',
  ],
  ["the platform's own variables", DB + app('web', 'command: [sh, -c, "connect $DB_SERVICE_HOST"]'), 'web -> db 15432'],
  [
    'a key of a ConfigMap',
    `${DB}${app('web', 'env: [{ name: U, valueFrom: { configMapKeyRef: { name: c, key: url } } }]')}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c, namespace: shop }
data: { url: "postgres://db/app", other: "http://elsewhere.example.com" }`,
    'web -> db 15432',
  ],
  [
    'a file of a ConfigMap',
    `${DB}${app('web', 'image: web', 'volumes: [{ name: c, configMap: { name: c } }]')}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c, namespace: shop }
data: { app.yaml: "# a link: https://docs.example.com\\ndatabase:\\n  url: jdbc:postgresql://db:5432/app\\n" }`,
    'web -> db 15432',
  ],
  [
    'of a ConfigMap what is mounted',
    `${DB}${API}${app('web', 'image: web', 'volumes: [{ name: c, configMap: { name: c, items: [{ key: a, path: a }] } }]')}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: c, namespace: shop }
data: { a: "db:5432", b: "api:9100" }`,
    'web -> db 15432',
  ],
  [
    'of the configuration of a mesh nothing',
    `${DB}${app('web', 'image: web', 'volumes: [{ name: c, configMap: { name: istio } }]')}
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: shop }
data: { mesh: "defaultConfig: {}\\nextensionProviders: [{ envoyExtAuthzHttp: { service: db.shop.svc.cluster.local, port: 5432 } }]" }`,
  ],
  [
    'a host outside the cluster',
    app('web', 'env: [{ name: A, value: "https://api.stripe.com" }, { name: B, value: "pg.x.rds.amazonaws.com:5432" }]'),
    'web -> api.stripe.com 443',
    'web -> pg.x.rds.amazonaws.com 5432',
  ],
  ['an address', app('web', 'env: [{ name: A, value: "http://10.1.2.3:8000" }]'), 'web -> 10.1.2.3 8000'],
  ['itself only', app('web', 'env: [{ name: A, value: "http://localhost:80" }, { name: B, value: "127.0.0.1:80" }]')],
  ['the API server', app('web', 'env: [{ name: A, value: "https://kubernetes.default.svc" }]'), 'web -> apiserver 443'],
  [
    'an ExternalName',
    `${app('web', 'env: [{ name: PG, value: "pg:5432" }]')}
---
apiVersion: v1
kind: Service
metadata: { name: pg, namespace: shop }
spec: { type: ExternalName, externalName: pg.example.com }`,
    'web -> pg.example.com 5432',
  ],
  [
    'a load balancer',
    `${app('web', 'image: web')}
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }`,
    'outside -> web 8080',
  ],
  [
    'an Ingress, whose own host is no connection',
    `${API}${app('web', 'env: [{ name: BASE_URL, value: "https://api.example.com" }]')}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: i, namespace: shop }
spec:
  ingressClassName: nginx
  rules: [{ host: api.example.com, http: { paths: [{ path: /, backend: { service: { name: api, port: { name: http } } } }] } }]`,
    'controller nginx -> api 8080',
  ],
  [
    'a VirtualService at a gateway',
    `${API}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: v, namespace: shop }
spec: { hosts: [api.example.com], gateways: [public], http: [{ route: [{ destination: { host: api, port: { number: 80 } } }] }] }`,
    'controller istio -> api 8080',
  ],
  [
    'a VirtualService at a Gateway of the files: the pods that it selects',
    `${API}${app('public', 'image: proxy')}${app('local', 'image: proxy')}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public, namespace: shop }
spec: { selector: { app: public }, servers: [{ port: { number: 80, protocol: HTTP }, hosts: ["*"] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: v, namespace: shop }
spec: { hosts: [api.example.com], gateways: [public], http: [{ route: [{ destination: { host: api, port: { number: 80 } } }] }] }`,
    'public -> api 8080',
  ],
  [
    'a VirtualService within the mesh',
    `${API}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: v, namespace: shop }
spec: { hosts: [api], http: [{ route: [{ destination: { host: api } }] }] }`,
  ],
  [
    'a webhook',
    `${API}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: { name: w }
webhooks: [{ name: w, clientConfig: { service: { name: api, namespace: shop, port: 80 } } }]`,
    'apiserver -> api 8080',
  ],
  [
    'a ServiceMonitor',
    `${API.replace('name: api, namespace: shop }\nspec: { selector', 'name: api, namespace: shop, labels: { app: api } }\nspec: { selector')}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: { name: m, namespace: shop }
spec: { selector: { matchLabels: { app: api } }, endpoints: [{ port: metrics }] }`,
    'scraper -> api 9100',
  ],
  [
    'scrape annotations of pods',
    app('web', 'image: web').replace(
      'labels: { app: web }',
      'labels: { app: web }, annotations: { prometheus.io/scrape: "true", prometheus.io/port: "9000" }',
    ),
    'scraper -> web 9000',
  ],
  [
    'peers of a StatefulSet',
    `---
apiVersion: v1
kind: Service
metadata: { name: kv, namespace: shop }
spec: { clusterIP: None, selector: { app: kv }, ports: [{ port: 2380 }] }
${app('kv', 'image: kv').replace('kind: Deployment', 'kind: StatefulSet').replace('spec:\n', 'spec:\n  replicas: 3\n  serviceName: kv\n')}`,
    'kv -> kv 2380 (weak)',
  ],
  [
    'use of the API by a bound account',
    `${app('web', 'image: web', 'serviceAccountName: web')}
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: web, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: b, namespace: shop }
roleRef: { kind: ClusterRole, name: view, apiGroup: rbac.authorization.k8s.io }
subjects: [{ kind: ServiceAccount, name: web, namespace: shop }]`,
    'web -> apiserver every port',
  ],
  [
    'what people say themselves',
    API +
      DB +
      app('web', 'image: web').replace(
        'namespace: shop }',
        'namespace: shop, annotations: { zero-trust/connects-to: "api:9100, db, https://pay.example.com" } }',
      ),
    'web -> api 9100',
    'web -> db 15432',
    'web -> pay.example.com 443',
  ],
  [
    'an annotation that says so',
    DB +
      app('web', 'image: web').replace(
        'namespace: shop }',
        'namespace: shop, annotations: { app.openshift.io/connects-to: \'[{"apiVersion":"apps/v1","kind":"Deployment","name":"db"}]\' } }',
      ),
    'web -> db 15432',
  ],
]

describe('intents', () => {
  it.each(CASES.map((row) => ({ title: row[0], yaml: row[1], expected: row.slice(2) })))('$title', ({ yaml, expected }) => {
    const { intents } = modelOf(objects(yaml)).facts
    expect(intents.all.map(say).sort()).toEqual([...expected].sort())
  })

  it('show where they are written, and never a secret', () => {
    const yaml = `${DB}${app('web', 'env: [{ name: DB, value: "x db:5432" }, { name: P, valueFrom: { secretKeyRef: { name: s, key: url } } }]')}
---
apiVersion: v1
kind: Secret
metadata: { name: s, namespace: shop }
stringData: { url: "postgres://admin:hunter2@db/app" }`
    const [intent] = modelOf(objects(yaml)).facts.intents.all
    expect(intent?.evidence.map(({ object, path, range, message }) => [object.kind, path.join('.'), range, message])).toEqual([
      ['Deployment', 'spec.template.spec.containers.0.env.0.value', { start: 2, end: 9 }, '`DB` names `db:5432`.'],
      ['Secret', 'stringData.url', undefined, '`P` names `db`.'],
    ])
  })
})
