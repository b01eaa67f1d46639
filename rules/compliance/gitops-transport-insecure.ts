import { type Anchor, defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, items, type Path, text } from '../../server/model/value.ts'
import type { KubeObject } from '../../server/model/object.ts'

const FLUX = 'source.toolkit.fluxcd.io'

interface Way extends Anchor {
  readonly what: string
  readonly change: ObjectChange | undefined
}

export default defineRule<'object', never, { readonly changes: readonly ObjectChange[] }>({
  name: 'gitops-transport-insecure',
  title: 'Desired state is fetched over an unprotected connection',
  pillar: 'compliance',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'SC-23', 'CM-5'], nist800207: ['2'], attack: ['T1557', 'T1195.002'], owasp: ['K08'] },
  since: '0.1.0',
  each: 'object',
  kinds: [
    `${FLUX}/GitRepository`,
    `${FLUX}/HelmRepository`,
    `${FLUX}/OCIRepository`,
    `${FLUX}/Bucket`,
    'argoproj.io/Application',
    'argoproj.io/ApplicationSet',
  ],
  reads: [],
  *check(object) {
    const [first, ...others] = [...ways(object)]
    if (!first) return
    const changes = [first, ...others].flatMap(({ change }) => change ?? [])
    yield {
      ...first,
      message: `${object.kind} \`${object.name}\` ${first.what}: whoever is on the way decides what is deployed. Use https or ssh.`,
      related: others.map(({ what, ...anchor }) => ({ ...anchor, message: `It also ${what}.` })),
      ...(changes.length === others.length + 1 ? { data: { changes } } : {}),
    }
  },
  *fix({ data }) {
    if (data) yield { title: 'Use https: a server without it is no longer reached', applicability: 'hardening', changes: data.changes }
  },
})

function* ways(object: KubeObject): Iterable<Way> {
  const { body } = object
  const url = function* (path: Path): Iterable<Way> {
    const value = text(body, ...path)
    const scheme = /^(http|git):\/\//.exec(value ?? '')?.[0]
    if (value === undefined || scheme === undefined || /^\w+:\/\/(localhost|127\.)/.test(value)) return
    yield {
      object,
      path,
      part: 'value',
      what: `fetches over \`${scheme}\``,
      change: { op: 'set', object, path, value: `https://${value.slice(scheme.length)}` },
    }
  }
  if (object.group === FLUX) {
    yield* url(['spec', 'url'])
    const path: Path = ['spec', 'insecure']
    if (get(body, ...path) === true)
      yield { object, path, part: 'value', what: 'accepts plain HTTP (`insecure`)', change: { op: 'remove', object, path } }
    return
  }
  const spec: Path = object.kind === 'ApplicationSet' ? ['spec', 'template', 'spec'] : ['spec']
  yield* url([...spec, 'source', 'repoURL'])
  for (const [i] of items(body, ...spec, 'sources').entries()) yield* url([...spec, 'sources', i, 'repoURL'])
}
