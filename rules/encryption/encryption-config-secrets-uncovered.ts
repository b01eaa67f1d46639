import { ENCRYPTION_KINDS, entryFor, isListed, providerOf } from '../../server/model/encryption-config.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { items, texts, type Value } from '../../server/model/value.ts'

export default defineRule({
  name: 'encryption-config-secrets-uncovered',
  title: 'Encryption configuration leaves out Secrets',
  pillar: 'encryption',
  severity: 'error',
  controls: { cis: ['1.2.27', '1.2.28'], nist80053: ['SC-28(1)'], attack: ['T1552'], owasp: ['K03'] },
  since: '0.1.0',
  each: 'object',
  kinds: ENCRYPTION_KINDS,
  reads: [],
  *check(object) {
    if (!isListed(object.body)) {
      yield { notEvaluated: object, path: ['resources'] }
      return
    }
    if (entryFor(object.body, 'secrets') >= 0) return
    const first = Math.max(encrypting(object.body), 0)
    yield {
      object,
      path: ['resources', first, 'resources'],
      part: 'key',
      message: `Secrets are stored as they are: this configuration encrypts ${listOf(object.body)}, and no entry names \`secrets\`. Add it, then write all Secrets again.`,
    }
  },
  *fix({ object }) {
    const index = encrypting(object.body)
    if (index < 0) return
    const entry = items(object.body, 'resources')[index]
    const providers = items(entry, 'providers')
    const path = ['resources', index]
    // What is stored as it is can only be read where something reads it.
    const reading: ObjectChange[] = providers.some((provider) => providerOf(provider) === 'identity')
      ? []
      : [{ op: 'insert', object, path: [...path, 'providers'], index: providers.length, value: { identity: {} } }]
    yield {
      title: 'Encrypt Secrets too; an API server that has the old file cannot read new ones',
      applicability: 'hardening',
      changes: [
        { op: 'insert', object, path: [...path, 'resources'], index: items(entry, 'resources').length, value: 'secrets' },
        ...reading,
      ],
      leaves: ['encryption-config-weak-provider'],
    }
  },
})

/** The first entry that encrypts what it is about; -1 when none does. */
function encrypting(configuration: Value): number {
  return items(configuration, 'resources').findIndex((entry) => {
    const writer = providerOf(items(entry, 'providers')[0])
    return writer !== undefined && writer !== 'identity'
  })
}

function listOf(configuration: Value): string {
  const names = items(configuration, 'resources').flatMap((entry) => texts(entry, 'resources'))
  const shown = names.slice(0, 3).map((name) => `\`${name}\``)
  return shown.length === 0 ? 'nothing' : `${shown.join(', ')}${names.length > 3 ? ' …' : ''}`
}
