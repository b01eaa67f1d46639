import { ENCRYPTION_KINDS, entryFor, providerOf } from '../../server/model/encryption-config.ts'
import { defineRule, type Severity } from '../../server/model/rule.ts'
import { entries, get, isMap, items, type Path, text } from '../../server/model/value.ts'

/** Since this version the first version of KMS is off, unless a feature gate turns it on. */
const KMS_V1_OFF = 29

export default defineRule({
  name: 'encryption-config-weak-provider',
  title: 'Secrets are stored with weak encryption',
  pillar: 'encryption',
  severity: 'information',
  controls: { cis: ['1.2.28'], nist80053: ['SC-12', 'SC-13'], owasp: ['K03'] },
  since: '0.1.0',
  each: 'object',
  kinds: ENCRYPTION_KINDS,
  reads: [],
  *check(object, { target }) {
    const index = entryFor(object.body, 'secrets')
    // Only the first provider writes; the others read what is older.
    const path: Path = ['resources', index, 'providers', 0]
    const provider = get(object.body, ...path)
    const name = providerOf(provider)
    if (name === undefined) return
    const weak = weakness(name, text(provider, name, 'apiVersion'), target.minor)
    if (!weak) return
    yield { object, path: [...path, name], part: 'key', discriminator: name, severity: weak.severity, message: weak.message }
  },
  *fix({ object, discriminator }) {
    const index = entryFor(object.body, 'secrets')
    const path: Path = ['resources', index, 'providers']
    const kms = get(items(object.body, ...path)[0], 'kms')
    const name = text(kms, 'name')
    if (discriminator !== 'kms' || !isMap(kms) || name === undefined) return
    // The cache of keys is gone in the second version.
    const kept = Object.fromEntries(entries(kms).filter(([key]) => key === 'endpoint' || key === 'timeout'))
    yield {
      title: 'Write with version 2 of KMS, which the plugin must speak; what is older stays readable',
      applicability: 'assisted',
      changes: [{ op: 'insert', object, path, index: 0, value: { kms: { apiVersion: 'v2', name: `${name}-v2`, ...kept } } }],
    }
  },
})

function weakness(
  provider: string,
  version: string | undefined,
  minor: number,
): { readonly severity: Severity; readonly message: string } | undefined {
  if (provider === 'aescbc') {
    return {
      severity: 'information',
      message:
        'Secrets are stored with AES-CBC, which does not notice changes: who can write to etcd may decrypt them bit by bit. Write with `kms`, or with `secretbox` where the key stays on the node; keep `aescbc` below it until all Secrets are written again.',
    }
  }
  if (provider === 'aesgcm') {
    return {
      severity: 'hint',
      message:
        'Secrets are stored with AES-GCM, whose key must be changed every 200,000 writes or it gives itself away. Unless something changes it for you, write with `kms` or `secretbox`.',
    }
  }
  if (provider !== 'kms' || version === 'v2') return undefined
  return {
    severity: minor >= KMS_V1_OFF ? 'warning' : 'information',
    message: `Secrets are stored with version 1 of KMS, which is deprecated${minor >= KMS_V1_OFF ? ' and off since Kubernetes 1.29: the API server does not start unless a feature gate turns it on' : ''}. Write with \`apiVersion: v2\`.`,
  }
}
