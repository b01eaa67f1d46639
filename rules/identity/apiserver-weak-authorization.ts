import { APISERVER_KINDS, type ApiServer, type ApiServerFlag, apiServerOf } from '../../server/model/apiserver.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { get, items, text } from '../../server/model/value.ts'

const MODE = 'authorization-mode'
const SAFE = 'Node,RBAC'

export default defineRule({
  name: 'apiserver-weak-authorization',
  title: 'API server allows more than roles say',
  pillar: 'identity',
  severity: 'error',
  controls: { cis: ['1.2.6', '1.2.7', '1.2.8', '1.2.14'], nist80053: ['AC-3'], owasp: ['K02', 'K07'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...APISERVER_KINDS, 'apiserver.config.k8s.io/AuthorizationConfiguration'],
  reads: [],
  *check(object) {
    if (object.kind === 'AuthorizationConfiguration') {
      yield* configuration(object)
      return
    }
    const server = apiServerOf(object)
    if (!server) return
    yield* modes(object, server)
    yield* nodeRestriction(object, server)
    yield* accountsUnchecked(object, server)
  },
  *fix({ object, discriminator }) {
    const server = apiServerOf(object)
    const flag = server?.flags.get(MODE)
    if (!server || discriminator !== MODE) return
    const written = flag && get(object.body, ...flag.path)
    const list = Array.isArray(written)
    const value = flag && typeof written === 'string' ? written.slice(0, flag.start) + SAFE : list ? SAFE.split(',') : SAFE
    yield {
      title: `Decide by ${SAFE}: what no role grants is refused`,
      applicability: 'hardening',
      changes: flag
        ? [{ op: 'set', object, path: flag.path, value }]
        : [{ op: 'insert', object, path: server.path, index: items(object.body, ...server.path).length, value: `--${MODE}=${SAFE}` }],
    }
  },
})

function* modes(object: KubeObject, server: ApiServer): Iterable<Found<undefined>> {
  const { flags, managed, path } = server
  const flag = flags.get(MODE)
  if (!flag) {
    if (managed || flags.has('authorization-config')) return
    yield {
      object,
      path,
      part: 'key',
      discriminator: MODE,
      message: `The API server lets everybody who logs in do everything: without \`--${MODE}\` it asks nobody. Set \`${SAFE}\`.`,
    }
    return
  }
  const listed = flag.value.split(',')
  if (listed.includes('AlwaysAllow'))
    yield atFlag(object, flag, 'error', 'The API server lets everybody who logs in do everything (`AlwaysAllow`), whatever roles say.')
  else if (!listed.includes('RBAC'))
    yield atFlag(object, flag, 'warning', 'The API server does not ask RBAC: roles and bindings have no effect.')
  else if (!listed.includes('Node'))
    yield atFlag(
      object,
      flag,
      'hint',
      'The API server does not use the Node authorizer: kubelets then need rights over the objects of all nodes.',
    )
}

function atFlag(object: KubeObject, { path }: ApiServerFlag, severity: 'error' | 'warning' | 'hint', what: string): Found<undefined> {
  return { object, path, part: 'value', severity, discriminator: MODE, message: `${what} Set \`${SAFE}\`.` }
}

/** It is no default plugin of the program; kubeadm and kops switch it on. */
function* nodeRestriction(object: KubeObject, { flags, managed, path }: ApiServer): Iterable<Found<undefined>> {
  const flag = flags.get('enable-admission-plugins')
  const off = flags.get('disable-admission-plugins')
  if (off?.value.split(',').includes('NodeRestriction')) {
    yield { ...atPlugin(object, off, 'information', 'NodeRestriction'), message: `${NODES} \`NodeRestriction\` is off. Switch it on.` }
    return
  }
  if (flag ? flag.value.split(',').includes('NodeRestriction') : managed) return
  yield {
    object,
    path: flag?.path ?? path,
    part: flag ? 'value' : 'key',
    severity: 'information',
    discriminator: 'NodeRestriction',
    message: `${NODES} \`NodeRestriction\` is not on. Add it to \`--enable-admission-plugins\`.`,
  }
}

const NODES = 'A kubelet may change other nodes and their pods: the admission plugin'

/** It is on unless somebody switches it off. */
function* accountsUnchecked(object: KubeObject, { flags }: ApiServer): Iterable<Found<undefined>> {
  const off = flags.get('disable-admission-plugins')
  if (!off?.value.split(',').includes('ServiceAccount')) return
  yield {
    ...atPlugin(object, off, 'warning', 'ServiceAccount'),
    message:
      'Pods run as whatever ServiceAccount they name, whether there is one or not, and accounts that are bound to their own Secrets are not held to them: the admission plugin `ServiceAccount` is off. Switch it on.',
  }
}

function atPlugin(object: KubeObject, { path }: ApiServerFlag, severity: 'warning' | 'information', plugin: string) {
  return { object, path, part: 'value' as const, severity, discriminator: plugin }
}

/** A webhook that is there to refuse must refuse when it cannot be reached. */
function* configuration(object: KubeObject): Iterable<Found<undefined>> {
  for (const [i, authorizer] of items(object.body, 'authorizers').entries()) {
    if (text(authorizer, 'type') === 'AlwaysAllow') {
      yield {
        object,
        path: ['authorizers', i, 'type'],
        part: 'value',
        discriminator: 'AlwaysAllow',
        message: 'The API server lets everybody who logs in do everything (`AlwaysAllow`), whatever roles say. Take it out.',
      }
    }
    if (text(authorizer, 'webhook', 'failurePolicy') !== 'NoOpinion') continue
    const later = items(object.body, 'authorizers').slice(i + 1)
    if (later.length === 0) continue
    const name = text(authorizer, 'name') ?? 'webhook'
    yield {
      object,
      path: ['authorizers', i, 'webhook', 'failurePolicy'],
      part: 'value',
      severity: 'information',
      certainty: 'possible',
      discriminator: name,
      message: `When \`${name}\` cannot be reached, the next authorizer decides alone (\`NoOpinion\`): what it would refuse is allowed. Set \`Deny\` if it is there to refuse.`,
    }
  }
}
