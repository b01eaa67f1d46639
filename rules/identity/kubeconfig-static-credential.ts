import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix, type Found, type ObjectChange } from '../../server/model/rule.ts'
import { type Body, entries, get, items, text, type Value } from '../../server/model/value.ts'

/** What logs a user in without asking anybody, with what it is. */
const SECRETS: readonly (readonly [field: string, what: string])[] = [
  ['token', 'a token'],
  ['client-key-data', 'a private key'],
  ['password', 'a password'],
]
/** All that an `exec` plugin takes the place of. */
const STATIC = [
  'token',
  'tokenFile',
  'username',
  'password',
  'client-certificate-data',
  'client-certificate',
  'client-key-data',
  'client-key',
]
const HIDDEN = /^(REDACTED|DATA\+OMITTED|<.*>|\.\.\.|\*+|x+|changeme)?$/i
const LOCAL = /^https?:\/\/(localhost|127\.|\[::1\]|0\.0\.0\.0|kubernetes\.docker\.internal|host\.docker\.internal)/

export default defineRule({
  name: 'kubeconfig-static-credential',
  title: 'Kubeconfig that logs in whoever reads it',
  pillar: 'identity',
  severity: 'error',
  controls: { cis: ['3.1.1', '3.1.2', '3.1.3'], nist80053: ['IA-5(7)', 'IA-2(1)'], attack: ['T1552.001'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['/Config'],
  reads: [],
  *check(object) {
    const local = items(object.body, 'clusters').length > 0 && items(object.body, 'clusters').every(isLocal)
    yield* credentials(object, local)
    yield* connections(object)
  },
  *fix({ object, path }) {
    if (path[0] === 'users' && typeof path[1] === 'number') yield* byProvider(object, path[1])
    if (path.at(-1) === 'insecure-skip-tls-verify') {
      yield {
        title: 'Verify the certificate: without its CA no connection is made',
        applicability: 'assisted',
        changes: [{ op: 'remove', object, path }],
      }
    }
  },
})

function* credentials(object: KubeObject, local: boolean): Iterable<Found<undefined>> {
  for (const [i, user] of items(object.body, 'users').entries()) {
    const found = SECRETS.find(([field]) => {
      const value = text(user, 'user', field)
      return value !== undefined && !HIDDEN.test(value.trim())
    })
    if (!found) continue
    const [field, what] = found
    yield {
      object,
      path: ['users', i, 'user', field],
      part: 'key',
      severity: local ? 'hint' : 'error',
      discriminator: `user ${text(user, 'name') ?? i}`,
      message: `Whoever reads this file is \`${text(user, 'name') ?? 'its user'}\`: it holds ${what}, which no second factor guards. Log in through an \`exec\` plugin of your identity provider, and revoke this one.`,
    }
  }
}

function* connections(object: KubeObject): Iterable<Found<undefined>> {
  for (const [i, cluster] of items(object.body, 'clusters').entries()) {
    const name = text(cluster, 'name') ?? ''
    if (isLocal(cluster)) continue
    const at = (field: string, message: string): Found<undefined> => ({
      object,
      path: ['clusters', i, 'cluster', field],
      part: 'value',
      severity: 'warning',
      discriminator: `cluster ${name} ${field}`,
      message,
    })
    if (/^http:/.test(text(cluster, 'cluster', 'server') ?? ''))
      yield at(
        'server',
        `What is sent to cluster \`${name}\`, credentials included, is readable on the way: its address is plain HTTP. Use https.`,
      )
    if (get(cluster, 'cluster', 'insecure-skip-tls-verify') === true)
      yield at(
        'insecure-skip-tls-verify',
        `Whoever stands between gets what is sent to cluster \`${name}\`: its certificate is not verified. Give its \`certificate-authority-data\`.`,
      )
  }
}

function isLocal(cluster: Value): boolean {
  return LOCAL.test(text(cluster, 'cluster', 'server') ?? '')
}

const PLUGINS: readonly (readonly [server: RegExp, name: string, exec: Body])[] = [
  [
    /\.eks\.amazonaws\.com/,
    'AWS',
    {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'aws',
      args: ['eks', 'get-token', '--cluster-name', 'CLUSTER'],
      interactiveMode: 'IfAvailable',
    },
  ],
  [
    /\.azmk8s\.io/,
    'Azure',
    {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'kubelogin',
      args: ['get-token', '--server-id', '6dae42f8-4368-4678-94ff-3960e28e3630'],
      interactiveMode: 'IfAvailable',
    },
  ],
  [
    /\.googleapis\.com|^https:\/\/\d+\.\d+\.\d+\.\d+$/,
    'Google',
    {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      command: 'gke-gcloud-auth-plugin',
      provideClusterInfo: true,
      interactiveMode: 'IfAvailable',
    },
  ],
]

/** Of the cloud whose cluster the file is for, as its address says. */
function* byProvider(object: KubeObject, index: number): Iterable<Fix> {
  const servers = items(object.body, 'clusters').map((cluster) => text(cluster, 'cluster', 'server') ?? '')
  const google = items(object.body, 'clusters').some((cluster) => (text(cluster, 'name') ?? '').startsWith('gke_'))
  const plugin = PLUGINS.find(([server, name]) => servers.some((each) => server.test(each)) && (name !== 'Google' || google))
  if (!plugin || entries(object.body, 'users', index, 'user').length === 0) return
  const [, name, exec] = plugin
  const user = ['users', index, 'user']
  yield {
    title: `Log in through ${name}${name === 'AWS' ? '; name the cluster for CLUSTER' : ''}: the credential in this file is still to be revoked`,
    applicability: 'assisted',
    changes: [
      { op: 'set', object, path: [...user, 'exec'], value: exec },
      ...STATIC.flatMap((field): ObjectChange[] =>
        get(object.body, ...user, field) === undefined ? [] : [{ op: 'remove', object, path: [...user, field] }],
      ),
    ],
  }
}
