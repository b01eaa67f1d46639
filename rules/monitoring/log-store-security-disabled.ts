import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, items, type Path, text, type Value } from '../../server/model/value.ts'
import { WORKLOAD_KINDS, workloadOf } from '../../server/model/workload.ts'

interface Switch extends Anchor {
  readonly what: string
  readonly change: ObjectChange | undefined
}

export default defineRule<'object', never, { readonly changes: readonly ObjectChange[] }>({
  name: 'log-store-security-disabled',
  title: 'Log store runs without authentication',
  pillar: 'monitoring',
  severity: 'warning',
  controls: {
    nsa: ['Log'],
    nist80053: ['AU-9', 'AC-3', 'SC-8'],
    nist800207: ['2', '6'],
    attack: ['T1070', 'T1213'],
    owasp: ['K10'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: ['/ConfigMap', 'elasticsearch.k8s.elastic.co/Elasticsearch', 'opensearch.opster.io/OpenSearchCluster', ...WORKLOAD_KINDS],
  reads: [],
  *check(object) {
    const [first, ...others] = [...switches(object)]
    if (!first) return
    const changes = [first, ...others].flatMap(({ change }) => change ?? [])
    yield {
      ...first,
      message: `${object.kind} \`${object.name}\` ${first.what}: whoever reaches it reads and deletes the logs of everything. Turn its security on.`,
      related: others.map(({ what, ...anchor }) => ({ ...anchor, message: `It also ${what}.` })),
      ...(changes.length === others.length + 1 ? { data: { changes } } : {}),
    }
  },
  *fix({ data }) {
    if (!data) return
    yield {
      title: 'Take the switch out: clients without credentials are refused',
      applicability: 'hardening',
      changes: data.changes,
    }
  },
})

function* switches(object: KubeObject): Iterable<Switch> {
  for (const { path, body } of workloadOf(object)?.containers ?? []) {
    for (const [i, variable] of items(body, 'env').entries()) {
      const what = disabledBy(text(variable, 'name') ?? '', get(variable, 'value'))
      const at: Path = [...path, 'env', i]
      if (what) yield { object, path: [...at, 'value'], part: 'value', what, change: { op: 'remove', object, path: at } }
    }
  }
  for (const [i, set] of items(object.body, 'spec', 'nodeSets').entries()) {
    const path: Path = ['spec', 'nodeSets', i, 'config', 'xpack.security.enabled']
    const what = disabledBy('xpack.security.enabled', get(set, 'config', 'xpack.security.enabled'))
    if (what) yield { object, path, part: 'value', what, change: { op: 'remove', object, path } }
  }
  const plain: Path = ['spec', 'http', 'tls', 'selfSignedCertificate', 'disabled']
  if (
    object.kind === 'Elasticsearch' &&
    get(object.body, ...plain) === true &&
    get(object.body, 'spec', 'http', 'tls', 'certificate') === undefined
  ) {
    yield { object, path: plain, part: 'value', what: 'serves plain HTTP', change: { op: 'remove', object, path: plain } }
  }
  for (const key of ['elasticsearch.yml', 'opensearch.yml']) {
    const file = object.kind === 'ConfigMap' ? text(object.body, 'data', key) : undefined
    const match = file && /^(xpack\.security\.enabled|plugins\.security\.disabled)[ \t]*:[ \t]*(true|false)[ \t]*$/m.exec(file)
    const what = match ? disabledBy(match[1] ?? '', match[2] ?? '') : undefined
    if (match && what) {
      yield {
        object,
        path: ['data', key],
        part: 'value',
        range: { start: match.index, end: match.index + match[0].trimEnd().length },
        what,
        change: undefined,
      }
    }
  }
}

/** Sources: Elasticsearch's and OpenSearch's security settings and the variables of their images. */
function disabledBy(name: string, value: Value | undefined): string | undefined {
  const is = (wanted: string): boolean => String(value).toLowerCase() === wanted
  switch (name) {
    case 'xpack.security.enabled':
      return is('false') ? 'runs Elasticsearch without authentication (`xpack.security.enabled` is false)' : undefined
    case 'plugins.security.disabled':
    case 'DISABLE_SECURITY_PLUGIN':
      return is('true') ? `runs OpenSearch without authentication (\`${name}\` is true)` : undefined
    case 'xpack.security.authc.anonymous.roles':
      return typeof value === 'string' && value !== ''
        ? 'gives roles to anonymous users (`xpack.security.authc.anonymous.roles`)'
        : undefined
    default:
      return undefined
  }
}
