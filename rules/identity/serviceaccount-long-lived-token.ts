import { APISERVER_KINDS, type ApiServer, apiServerOf } from '../../server/model/apiserver.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { get, items, text } from '../../server/model/value.ts'
import { workloadOf, WORKLOAD_KINDS, type Workload } from '../../server/model/workload.ts'
import type { KubeObject } from '../../server/model/object.ts'

const ACCOUNT_TOKEN = 'kubernetes.io/service-account-token'
const ACCOUNT = 'kubernetes.io/service-account.name'
const DAY = 24 * 60 * 60

export default defineRule({
  name: 'serviceaccount-long-lived-token',
  title: 'Token of a ServiceAccount that never expires',
  pillar: 'identity',
  severity: 'warning',
  controls: { cis: ['3.1.2', '1.2.30'], nist80053: ['IA-5(1)', 'AC-12'], attack: ['T1528'], owasp: ['K03', 'K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...new Set(['/Secret', ...WORKLOAD_KINDS, ...APISERVER_KINDS])],
  reads: [],
  *check(object) {
    if (object.kind === 'Secret') yield* secret(object)
    const workload = workloadOf(object)
    if (workload) yield* projected(workload)
    const server = apiServerOf(object)
    if (server) yield* extended(object, server)
  },
  *fix({ object, path }) {
    if (object.kind === 'Secret' || path.at(-1) !== 'expirationSeconds') return
    yield {
      title: 'Let it expire after an hour: the kubelet renews it',
      applicability: 'hardening',
      changes: [{ op: 'set', object, path, value: 3600 }],
    }
  },
})

function* secret(object: KubeObject): Iterable<Found<undefined>> {
  if (text(object.body, 'type') !== ACCOUNT_TOKEN) return
  const account = text(object.body, 'metadata', 'annotations', ACCOUNT)
  yield {
    object,
    path: ['type'],
    part: 'value',
    message: `Secret \`${object.name}\` holds a token of ServiceAccount \`${account ?? '(not named)'}\` that is valid until somebody deletes it, wherever it gets. Ask for one when it is needed (\`kubectl create token\`), or mount a projected one.`,
  }
}

function* projected({ object, spec, specPath }: Workload): Iterable<Found<undefined>> {
  for (const [i, volume] of items(spec, 'volumes').entries()) {
    for (const [j, source] of items(volume, 'projected', 'sources').entries()) {
      const seconds = get(source, 'serviceAccountToken', 'expirationSeconds')
      if (typeof seconds !== 'number' || seconds <= DAY) continue
      yield {
        object,
        path: [...specPath, 'volumes', i, 'projected', 'sources', j, 'serviceAccountToken', 'expirationSeconds'],
        part: 'value',
        severity: 'hint',
        discriminator: text(volume, 'name') ?? 'projected',
        message: `The projected token of \`${object.name}\` is valid for ${Math.round(seconds / DAY)} days after it was stolen. Let it expire sooner: the kubelet renews it.`,
      }
    }
  }
}

/** Tokens that pods get are valid for a year where the server says nothing, for clients that never read them again. */
function* extended(object: KubeObject, { flags, managed, path }: ApiServer): Iterable<Found<undefined>> {
  const flag = flags.get('service-account-extend-token-expiration')
  if (flag ? flag.value === 'false' : managed) return
  yield {
    object,
    path: flag?.path ?? path,
    part: flag ? 'value' : 'key',
    severity: 'hint',
    discriminator: 'service-account-extend-token-expiration',
    message:
      'A token that is stolen from a pod is valid for a year: the API server extends it for old clients. Set `--service-account-extend-token-expiration=false`, unless metrics show such clients.',
  }
}
