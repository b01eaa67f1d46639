import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { hasPasswordInAddress, isCredentialName, isPlaceholder, liveSecret, wordsOf } from '../../server/model/secret-values.ts'
import { entries, get, isUnknown, items, type Path, text, type Value } from '../../server/model/value.ts'
import { WORKLOAD_KINDS, workloadOf } from '../../server/model/workload.ts'
import { base64Text } from '../../server/text/base64.ts'

/** A text that the manifest holds, decoded. Never part of a message. */
interface Held {
  readonly path: Path
  readonly key: string
  readonly text: string
  /** The reader wrote it where secrets belong, so its name need not say so. */
  readonly secret: boolean
  readonly range?: Anchor['range']
}

interface Hit {
  readonly path: Path
  readonly key: string
  /** Of an argument: where its name stands in it. */
  readonly range?: Anchor['range']
  /** Of a secret that is one by itself. */
  readonly live: string | undefined
}

export default defineRule<'object', never, { readonly env: readonly Path[] }>({
  name: 'secret-in-manifest',
  title: 'Secret stands readable in a manifest',
  pillar: 'encryption',
  severity: 'warning',
  controls: {
    cis: ['5.4.1', '5.4.2'],
    nsa: ['Auth'],
    nist80053: ['IA-5(7)', 'SC-12', 'SC-28'],
    nist800207: ['6'],
    attack: ['T1552.001', 'T1552.004'],
    owasp: ['K03'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: ['/Secret', '/ConfigMap', ...WORKLOAD_KINDS],
  reads: [],
  *check(object) {
    if (isEncrypted(object)) return
    const hits = [...held(object)].flatMap((each): Hit[] => {
      const live = liveSecret(each.text)
      if (live !== undefined) return [{ ...each, live }]
      if (hasPasswordInAddress(each.text)) return [{ ...each, live: undefined }]
      return (each.secret || isCredentialName(each.key)) && looksSecret(each) ? [{ ...each, live }] : []
    })
    hits.sort((a, b) => Number(a.live === undefined) - Number(b.live === undefined))
    const [first, ...others] = hits
    if (!first) return
    const more = others.length > 0 ? ` and ${others.length} more` : ''
    yield {
      object,
      ...placeOf(first),
      severity: first.live === undefined ? 'warning' : 'error',
      message: `${object.kind} \`${object.name}\` holds ${first.live ?? 'a secret'} in \`${first.key}\`${more}: whoever reads the repository, or its history, has it. Replace it, and keep the new one in a secret store or encrypted (SOPS, Sealed Secrets).`,
      related: others.map((other) => ({ object, ...placeOf(other), message: `\`${other.key}\` holds ${other.live ?? 'a secret'} too.` })),
      data: { env: hits.flatMap(({ path }) => (path.includes('env') ? [path] : [])) },
    }
  },
  *fix({ object, data }) {
    const env = data?.env ?? []
    if (env.length === 0 || object.name === '') return
    const secret = `${object.name}-secrets`
    yield {
      title: `Read ${env.length === 1 ? 'it' : `${env.length} variables`} from the Secret \`${secret}\`, which must exist`,
      applicability: 'assisted',
      changes: env.flatMap((path): ObjectChange[] => {
        const variable = path.slice(0, -1)
        const key = text(object.body, ...variable, 'name') ?? ''
        return [
          { op: 'set', object, path: [...variable, 'valueFrom'], value: { secretKeyRef: { name: secret, key } } },
          { op: 'remove', object, path },
        ]
      }),
      leaves: ['secret-reference-unresolved'],
    }
  },
})

/** The key, or the name of an argument: never the value. */
function placeOf({ path, range }: Hit): Pick<Anchor, 'path' | 'part' | 'range'> {
  return range ? { path, part: 'value', range } : { path, part: 'key' }
}

/** SOPS leaves its mark beside the values it encrypts; Helm keeps its releases in Secrets. */
function isEncrypted({ body }: KubeObject): boolean {
  return get(body, 'sops') !== undefined || text(body, 'type') === 'helm.sh/release.v1'
}

function* held(object: KubeObject): Iterable<Held> {
  if (object.kind === 'Secret') {
    for (const [key, value] of strings(object.body, 'stringData')) yield { path: ['stringData', key], key, text: value, secret: true }
    for (const [key, value] of strings(object.body, 'data')) {
      const decoded = base64Text(value)
      // Bytes that are no text are a key store or a ticket.
      yield { path: ['data', key], key, text: decoded ?? value, secret: true }
    }
  } else if (object.kind === 'ConfigMap') {
    for (const [key, value] of strings(object.body, 'data')) yield { path: ['data', key], key, text: value, secret: false }
  }
  for (const { path, body } of workloadOf(object)?.containers ?? []) {
    for (const [i, variable] of items(body, 'env').entries()) {
      const value = text(variable, 'value')
      if (value !== undefined) yield { path: [...path, 'env', i, 'value'], key: text(variable, 'name') ?? '', text: value, secret: false }
    }
    for (const field of ['command', 'args']) {
      for (const [i, argument] of items(body, field).entries()) {
        const [, name, value] = (typeof argument === 'string' && /^(--?[A-Za-z][\w.-]*)=(.+)$/s.exec(argument)) || []
        // `--secret` mostly names a Secret.
        if (name === undefined || value === undefined || /secret$/.test(wordsOf(name))) continue
        yield { path: [...path, field, i], key: name, text: value, secret: false, range: { start: 0, end: name.length } }
      }
    }
  }
}

function strings(body: Value, field: string): [string, string][] {
  return entries(body, field).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' && !isUnknown(value) ? [[key, value]] : [],
  )
}

/** An assignment of a credential inside a configuration file. */
const ASSIGNMENT =
  /(?:^|[\s"'{,_.-])(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key)["']?[^\S\n]*[:=][^\S\n]*["']?([^\s"',}]{4,200})/gi

function looksSecret({ key, text, secret }: Held): boolean {
  if (
    isPlaceholder(text) ||
    text.startsWith('ENC[') ||
    /^(ca|tls|client|root)?[-_.]?(crt|cert|pem)$|\.(crt|cer|pub)$|^known_?hosts$/i.test(key)
  )
    return false
  const lines = text.trim().split('\n').length
  if (lines === 1) return isCredentialName(key) || (secret && !isConfiguration(key, text))
  // Configuration kept in a Secret is one only for the credentials in it.
  return [...text.matchAll(ASSIGNMENT)].some(
    ([, value]) => value !== undefined && !isPlaceholder(value) && !/^(?:\/|\$|@|<|\{\{|secret)/.test(value),
  )
}

const CONFIGURATION =
  /(?:^|[_.-])(?:user(?:name)?|login|database|db|host(?:name)?|port|url|uri|endpoint|region|bucket|namespace|email|name|type|id|ca|certificate|project|tenant|mtime)$|(?:user|account|host|data|cluster)name$/

/** Names, addresses, times and switches that come along with a credential. */
function isConfiguration(key: string, text: string): boolean {
  return (
    CONFIGURATION.test(wordsOf(key)) ||
    /^(?:true|false|[a-z]{1,10}|[\d.]+|\d{4}-\d\d-\d\d(?:[T ][\d:.+Z-]+)?|\w+:\/\/[\w.:/-]+)$/.test(text.trim())
  )
}
