import { clientTlsOf, DESTINATION_RULE, hostOf } from '../../server/model/destination-rules.ts'
import type { Facts, ObjectsByKind } from '../../server/model/facts.ts'
import { membersOf, mtlsOf, PEER_AUTHENTICATION } from '../../server/model/mesh.ts'
import { networkEncryption } from '../../server/model/network/encryption.ts'
import { meaningOf } from '../../server/model/network/intents/names.ts'
import { Configuration, type ConfiguredText } from '../../server/model/network/intents/texts.ts'
import { type PlainConnection, plainConnections } from '../../server/model/plain-connections.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Found, type ObjectChange } from '../../server/model/rule.ts'
import { and, type Tri } from '../../server/model/tri.ts'
import { text } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

type Asked = 'workloads' | 'services' | 'namespaces' | 'objects'
type Known = Pick<Facts, Asked>

interface Data {
  readonly change: ObjectChange
  readonly instead: string
}

export default defineRule<'environment', Asked, Data>({
  name: 'datastore-connection-plaintext',
  title: 'Data and passwords are sent to a store in plain text',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8'], nist800207: ['2'], attack: ['T1040'] },
  since: '0.1.0',
  each: 'environment',
  reads: ['workloads', 'services', 'namespaces', 'objects'],
  *check(_, { facts }) {
    const configuration = configurationOf(facts.objects)
    const said = new Set<string>()
    for (const workload of facts.workloads) {
      for (const configured of configuration.textsOf(workload)) {
        for (const connection of plainConnections(configured)) {
          const { object, path } = configured
          // Several workloads may read one ConfigMap.
          const place = `${object.id}\n${path.join('\n')}\n${connection.start}`
          const found = said.has(place) ? undefined : judge(workload, connection, facts)
          if (!found) continue
          said.add(place)
          yield found
        }
      }
    }
  },
  *fix({ data }) {
    if (!data) return
    yield {
      title: `Use TLS (\`${data.instead}\`): the server must speak it on this port, with a certificate that the client trusts`,
      applicability: 'assisted',
      changes: [data.change],
    }
  },
})

const configurations = new WeakMap<ObjectsByKind, Configuration>()

function configurationOf(objects: ObjectsByKind): Configuration {
  const known = configurations.get(objects) ?? new Configuration(objects)
  configurations.set(objects, known)
  return known
}

/** Where a connection ends: outside of the cluster, or at workloads of it. */
type End = { readonly outside: string } | { readonly name: string; readonly workloads: readonly Workload[] }

function judge(workload: Workload, connection: PlainConnection, facts: Known): Found<Data> | undefined {
  const end = endOf(workload, connection, facts)
  if (!end) return undefined
  const { explicit, unsure } = connection
  if ('outside' in end) {
    if (isWrapped(end.outside, facts)) return undefined
    return {
      ...found(workload, connection, `\`${end.outside}\``, 'over networks of others'),
      severity: 'warning',
      certainty: unsure ? 'possible' : 'certain',
    }
  }
  // In the cluster, only what somebody switched off is told from what nobody thought of.
  if (!explicit || unsure || networkEncryption(facts.objects)) return undefined
  const wrapped = inMesh(workload, end.workloads, facts)
  if (wrapped === true) return undefined
  return {
    ...found(workload, connection, `\`${end.name}\``, 'through the cluster, where nothing in the files encrypts it'),
    severity: 'information',
    certainty: wrapped === 'unknown' ? 'possible' : 'certain',
  }
}

function endOf(workload: Workload, { host, text: configured }: PlainConnection, facts: Known): End | undefined {
  const name = host ?? hostBeside(workload, configured, facts)
  const meaning = name === undefined ? undefined : meaningOf(name, workload, facts)
  if (!meaning) return undefined
  switch (meaning.type) {
    case 'host':
      return { outside: meaning.name }
    case 'service': {
      const { object, type, workloads } = meaning.service
      const external = type === 'ExternalName' ? text(object.body, 'spec', 'externalName') : undefined
      return external === undefined ? { name: object.name, workloads } : { outside: external }
    }
    case 'elsewhere':
      return { name: meaning.name, workloads: [] }
    default:
      return undefined
  }
}

/** `DB_HOST` beside `DB_SSLMODE`: the host that variables of the same beginning name. */
function hostBeside(workload: Workload, { key, object }: ConfiguredText, { objects }: Known): string | undefined {
  const prefix = /^(.*?)_?(?:SSL_?MODE|SECURITY_PROTOCOL)$/i.exec(key)?.[1]
  if (prefix === undefined) return undefined
  const texts = configurationOf(objects).textsOf(workload)
  const beside = texts.find(
    (each) =>
      each.object === object &&
      each.key.toUpperCase().startsWith(prefix.toUpperCase()) &&
      /(HOST|HOSTNAME|ADDR|ADDRESS|SERVERS?|BROKERS?)$/i.test(each.key),
  )
  return beside?.hosts[0]?.host
}

/** Whether the mesh encrypts between all ends. Without any sign of one there is none. */
function inMesh(from: Workload, to: readonly Workload[], facts: Known): Tri {
  const isMember = membersOf(facts)
  const seen = [PEER_AUTHENTICATION, DESTINATION_RULE, 'networking.istio.io/VirtualService'].some((kind) => facts.objects(kind).length > 0)
  const ends = [from, ...to].map(isMember)
  const all = to.length === 0 ? and([...ends, 'unknown']) : and(ends)
  if (all === 'unknown') return seen || ends.includes(true) ? 'unknown' : false
  return all && to.every((workload) => mtlsOf(workload, facts.objects).mode !== 'DISABLE')
}

const wrapped = new WeakMap<readonly KubeObject[], ReadonlySet<string>>()

/** Whether proxies speak TLS to a host for the programs that do not. */
function isWrapped(host: string, { objects }: Known): boolean {
  const rules = objects(DESTINATION_RULE)
  const known =
    wrapped.get(rules) ??
    new Set(
      rules.flatMap((rule) => (clientTlsOf(rule).some(({ mode }) => mode === 'SIMPLE' || mode === 'MUTUAL') ? (hostOf(rule) ?? []) : [])),
    )
  wrapped.set(rules, known)
  return known.has(host)
}

function found(workload: Workload, connection: PlainConnection, whom: string, where: string): Found<Data> {
  const { text: configured, setting, start, instead } = connection
  const { object, path, key, verbatim, secret } = configured
  const anchor: Anchor = verbatim
    ? { object, path, part: 'value', range: { start, end: start + setting.length } }
    : { object, path, part: 'key' }
  // Before an argument stands another one, which need not be its name.
  const by = /^(?:-{1,2})?[\w.-]+$/.test(key) ? ` in \`${key}\`` : ''
  return {
    ...anchor,
    discriminator: `${key} ${connection.host ?? ''}`.trim(),
    message: `\`${workload.object.name}\` sends what it reads and writes, passwords included, to ${whom} in plain text, ${where} (\`${setting}\`${by}). ${instead === undefined ? 'Use TLS.' : `Use TLS: \`${instead}\`.`}`,
    ...(verbatim && !secret && instead !== undefined
      ? {
          data: {
            instead,
            change: {
              op: 'set',
              object,
              path,
              value: configured.text.slice(0, start) + instead + configured.text.slice(start + setting.length),
            },
          },
        }
      : {}),
  }
}
