import { APISERVER_KINDS, type ApiServer, apiServerOf } from '../../server/model/apiserver.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { get, items } from '../../server/model/value.ts'

/** Files of users and passwords that the program compares as they are. */
const STATIC = ['token-auth-file', 'basic-auth-file']
const HEALTH = ['/livez', '/readyz', '/healthz']
/** Since this version anonymous requests can be kept to paths. */
const CONDITIONS = 32

export default defineRule({
  name: 'apiserver-weak-authentication',
  title: 'API server takes logins that prove little',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['1.2.1', '1.2.2'], nsa: ['Auth'], nist80053: ['IA-2', 'AC-14'], attack: ['T1078'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...APISERVER_KINDS, 'apiserver.config.k8s.io/AuthenticationConfiguration'],
  reads: [],
  *check(object, { target }) {
    if (object.kind === 'AuthenticationConfiguration') {
      yield* configuration(object)
      return
    }
    const server = apiServerOf(object)
    if (!server) return
    yield* staticFiles(object, server)
    yield* anonymous(object, server, target.minor)
    yield* lookup(object, server)
  },
  *fix({ object, discriminator }) {
    if (object.kind === 'AuthenticationConfiguration') {
      yield {
        title: `Let requests without a login see only ${HEALTH.join(', ')}`,
        applicability: 'hardening',
        changes: [{ op: 'set', object, path: ['anonymous', 'conditions'], value: HEALTH.map((each) => ({ path: each })) }],
      }
    }
    const flag = apiServerOf(object)?.flags.get(discriminator ?? '')
    if (!flag || !STATIC.includes(discriminator ?? '')) return
    const isItem = typeof flag.path.at(-1) === 'number'
    // A flag and its value as two words are no single thing to take out.
    if (isItem && flag.start === 0) return
    yield {
      title: 'Take the file of users away: whoever is in it logs in no more',
      applicability: 'assisted',
      changes: [{ op: 'remove', object, path: flag.path.at(-1) === 'value' ? flag.path.slice(0, -1) : flag.path }],
    }
  },
})

function* staticFiles(object: KubeObject, { flags }: ApiServer): Iterable<Found<undefined>> {
  for (const name of STATIC) {
    const flag = flags.get(name)
    if (!flag) continue
    yield {
      object,
      path: flag.path,
      part: 'value',
      discriminator: name,
      message: `The API server reads users and their secrets from a file (\`--${name}\`): they never expire, and change only when it starts anew. Let an identity provider log people in.`,
    }
  }
}

function* anonymous(object: KubeObject, { flags, managed, path }: ApiServer, minor: number): Iterable<Found<undefined>> {
  const flag = flags.get('anonymous-auth')
  // Where a configuration file says what is anonymous, it is judged there.
  if (flag?.value === 'false' || flags.has('authentication-config')) return
  if (!flag && managed) return
  const how = minor >= CONDITIONS ? 'Keep them to health checks with an AuthenticationConfiguration.' : 'Set `--anonymous-auth=false`.'
  yield {
    object,
    path: flag?.path ?? path,
    part: flag ? 'value' : 'key',
    severity: flag ? 'information' : 'hint',
    discriminator: 'anonymous-auth',
    message: `The API server takes requests without a login${flag ? '' : ', because `--anonymous-auth` is on unless it says otherwise'}: a binding for \`system:anonymous\` is all that is missing. ${how}`,
  }
}

/** Without a look at the account, a token outlives it. */
function* lookup(object: KubeObject, { flags }: ApiServer): Iterable<Found<undefined>> {
  const flag = flags.get('service-account-lookup')
  if (flag?.value !== 'false') return
  yield {
    object,
    path: flag.path,
    part: 'value',
    discriminator: 'service-account-lookup',
    message:
      'The token of a ServiceAccount works on when the account is deleted: the API server does not look (`--service-account-lookup=false`). Take the flag out.',
  }
}

function* configuration(object: KubeObject): Iterable<Found<undefined>> {
  if (get(object.body, 'anonymous', 'enabled') !== true || items(object.body, 'anonymous', 'conditions').length > 0) return
  yield {
    object,
    path: ['anonymous', 'enabled'],
    part: 'value',
    severity: 'information',
    discriminator: 'anonymous',
    message:
      'The API server takes requests without a login on every path: a binding for `system:anonymous` is all that is missing. Keep them to health checks with `conditions`.',
  }
}
