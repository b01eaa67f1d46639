import { coversResource, ENCRYPTION_KINDS, providerOf } from '../../server/model/encryption-config.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, texts } from '../../server/model/value.ts'

export default defineRule<'object', never, { readonly entries: readonly number[] }>({
  name: 'encryption-config-identity-first',
  title: 'Secrets are stored in plain text by an encryption configuration',
  pillar: 'encryption',
  severity: 'error',
  controls: { cis: ['1.2.28'], nist80053: ['SC-28(1)', 'SC-12'], nist800207: ['1'], attack: ['T1552'], owasp: ['K03'] },
  since: '0.1.0',
  each: 'object',
  kinds: ENCRYPTION_KINDS,
  reads: [],
  *check(object) {
    const decided = new Set<string>()
    const wrong: { readonly index: number; readonly what: readonly string[]; readonly others: number }[] = []
    for (const [index, entry] of items(object.body, 'resources').entries()) {
      const resources = texts(entry, 'resources')
      const providers = items(entry, 'providers')
      if (isUnknown(get(entry, 'providers')) || providers.some(isUnknown))
        yield { notEvaluated: object, path: ['resources', index, 'providers'] }
      // The first entry that names a resource decides; only what holds credentials is looked at.
      const what = ['secrets', 'configmaps'].filter(
        (name) => !decided.has(name) && resources.some((resource) => coversResource(resource, name)),
      )
      for (const name of what) decided.add(name)
      if (what.includes('secrets') && providerOf(providers[0]) === 'identity') wrong.push({ index, what, others: providers.length - 1 })
    }
    const [first] = wrong
    if (!first) return
    yield {
      object,
      path: ['resources', first.index, 'providers', 0, 'identity'],
      part: 'key',
      message: `New Secrets are stored as they are: the first provider writes, and it is \`identity\`, which encrypts nothing. ${first.others > 0 ? 'Put it last, where it only reads what is not encrypted yet.' : 'Add one that encrypts before it (`kms`, `secretbox`).'} Then write all Secrets again.`,
      data: { entries: wrong.map(({ index }) => index) },
    }
  },
  *fix({ object, data }) {
    const moves = (data?.entries ?? []).map((index) => moveLast(object, index))
    if (moves.length === 0 || moves.includes(undefined)) return
    yield {
      title: 'Encrypt with the provider that follows; `identity` only reads',
      applicability: 'safe',
      changes: moves.flatMap((move) => move ?? []),
    }
  },
})

/** Undefined where no other provider follows. */
function moveLast(object: KubeObject, index: number): ObjectChange[] | undefined {
  const path: Path = ['resources', index, 'providers']
  const [first, ...others] = items(object.body, ...path)
  const kinds = others.map(providerOf)
  if (first === undefined || kinds[0] === undefined || kinds[0] === 'identity') return undefined
  const remove: ObjectChange = { op: 'remove', object, path: [...path, 0] }
  return kinds.includes('identity') ? [remove] : [{ op: 'insert', object, path, index: Number.MAX_SAFE_INTEGER, value: first }, remove]
}
