import type { Facts, ObjectsByKind } from '../../facts.ts'
import { items, text } from '../../value.ts'
import type { Workload } from '../../workload.ts'
import { type NamedHost, SCHEME_PORTS } from './hosts.ts'
import type { Evidence, Intent, IntentTarget } from './intents.ts'
import { type Meaning, meaningOf, podPorts, type PodPort } from './names.ts'
import { Configuration, type ConfiguredText, CONNECTS_TO, serviceVariables } from './texts.ts'

/** The kinds from which pods take their configuration. */
export const CONFIGURATION_KINDS: readonly string[] = ['/ConfigMap', '/Secret', 'networking.k8s.io/Ingress']

type Known = Pick<Facts, 'workloads' | 'services' | 'namespaces'>

/** Connections that the configuration of workloads names: variables, arguments, and the files that they mount. */
export function* configured(of: ObjectsByKind, facts: Known): Iterable<Intent> {
  const configuration = new Configuration(of)
  const own = publicHosts(of)
  for (const workload of facts.workloads) {
    const texts = configuration.textsOf(workload)
    const ports = portsByPrefix(texts)
    for (const configured of texts) {
      for (const host of configured.hosts) yield* intentsFor(workload, configured, host, ports, own, facts)
      for (const name of serviceVariables(configured.text)) {
        const service = facts.services.get(workload.object.namespace, name)
        if (service)
          yield* toService(
            workload,
            { type: 'service', service, qualified: true },
            undefined,
            'strong',
            evidenceOf(configured, undefined, name),
          )
      }
    }
  }
}

/** Hosts under which the files publish something themselves: a base URL is no connection. */
function publicHosts(of: ObjectsByKind): ReadonlySet<string> {
  return new Set(
    of('networking.k8s.io/Ingress').flatMap(({ body }) => items(body, 'spec', 'rules').flatMap((rule) => text(rule, 'host') ?? [])),
  )
}

const HOST_KEY = /(HOST|HOSTNAME|ADDR|ADDRESS|SERVER|SERVICE|ENDPOINT)$/i

/** `DB_PORT: 3306` beside `DB_HOST: db`, by the part that they share. */
function portsByPrefix(texts: readonly ConfiguredText[]): ReadonlyMap<string, number> {
  const ports = new Map<string, number>()
  for (const { key, text } of texts) {
    const prefix = /^(.*?)_?PORT$/i.exec(key)?.[1]
    if (prefix !== undefined && /^\d{1,5}$/.test(text)) ports.set(prefix.toUpperCase(), Number(text))
  }
  return ports
}

function* intentsFor(
  workload: Workload,
  configured: ConfiguredText,
  host: NamedHost,
  ports: ReadonlyMap<string, number>,
  own: ReadonlySet<string>,
  facts: Known,
): Iterable<Intent> {
  const meaning = meaningOf(host.host, workload, facts)
  if (!meaning) return
  const bare = host.scheme === undefined && host.port === undefined
  const prefix = HOST_KEY.test(configured.key) ? configured.key.replace(HOST_KEY, '').replace(/_$/, '').toUpperCase() : undefined
  const port = host.port ?? (bare && host.alone && prefix !== undefined ? ports.get(prefix) : undefined)
  const evidence = evidenceOf(configured, host, host.host)
  if (meaning.type === 'service') {
    const confidence = meaning.qualified || !bare ? 'strong' : wordConfidence(configured, host)
    if (confidence) yield* toService(workload, meaning, port, confidence, evidence)
    return
  }
  const reached = port ?? (host.scheme === undefined ? undefined : SCHEME_PORTS[host.scheme])
  if (meaning.type === 'apiserver') {
    yield intent(workload, { type: 'apiserver' }, reached, 'strong', evidence)
    return
  }
  // Links in files, image names and the like are no connections.
  const told = port !== undefined || (host.scheme !== undefined && !(configured.file && /^https?$/.test(host.scheme)))
  if (meaning.type === 'elsewhere' ? !told && !/\.svc(\.|$)/.test(host.host) : !told || own.has(host.host) || reached === undefined) return
  yield intent(workload, meaning, meaning.type === 'elsewhere' ? undefined : reached, 'strong', evidence)
}

function intent(
  workload: Workload,
  to: IntentTarget,
  port: number | undefined,
  confidence: Intent['confidence'],
  evidence: Evidence,
): Intent {
  const ports: PodPort[] = port === undefined ? [] : [{ protocol: 'TCP', number: port, name: undefined }]
  return { from: { type: 'workload', workload }, to, ports, confidence, evidence: [evidence] }
}

const NAMES_A_HOST = /(HOST|ADDR|URL|URI|ENDPOINT|SERVER|SERVICE|UPSTREAM|BACKEND|BROKER|DSN|CONN)/i
const NAMES_NO_HOST =
  /(NAME|DATABASE|SCHEMA|_DB|USER|PASS|PASSWORD|TOKEN|KEY|LEVEL|MODE|ENV|TYPE|NAMESPACE|PREFIX|TOPIC|QUEUE|INDEX|BUCKET|VERSION|PATH|DIR)$/i

const NAMES_ITS_HOST = /(HOST|ADDR|ADDRESS|SERVER)_?(NAME)?$/i

/** Of a word that is also the name of a Service: whether it is meant as one. */
function wordConfidence(configured: ConfiguredText, host: NamedHost): Intent['confidence'] | undefined {
  const before = configured.text.slice(0, host.start)
  if (configured.key === CONNECTS_TO) return 'strong'
  const named = /([A-Za-z_.-]+)["']?\s*[=:]\s*["']?$/.exec(before)?.[1] ?? (host.alone ? configured.key : '')
  if (NAMES_NO_HOST.test(named) && !NAMES_ITS_HOST.test(named)) return undefined
  if (NAMES_A_HOST.test(named)) return 'strong'
  if (configured.file) return undefined
  return host.alone || host.end === configured.text.length ? 'weak' : undefined
}

function* toService(
  workload: Workload,
  { service }: Extract<Meaning, { type: 'service' }>,
  port: number | undefined,
  confidence: Intent['confidence'],
  evidence: Evidence,
): Iterable<Intent> {
  const external = text(service.object.body, 'spec', 'externalName')
  if (service.type === 'ExternalName' && external) {
    yield intent(workload, { type: 'host', name: external }, port, confidence, evidence)
    return
  }
  for (const target of service.workloads) {
    // By its own name a workload tells others where it is.
    if (target === workload) continue
    const ports = podPorts(service, target, port)
    // A port that the Service does not have leads nowhere.
    if (ports.length === 0 && (port !== undefined || items(service.object.body, 'spec', 'ports').length === 0)) continue
    yield { from: { type: 'workload', workload }, to: { type: 'workload', workload: target }, ports, confidence, evidence: [evidence] }
  }
}

function evidenceOf(
  { object, path, text: used, verbatim, key, secret }: ConfiguredText,
  host: NamedHost | undefined,
  name: string,
): Evidence {
  const written = host ? used.slice(host.start, host.end) : name
  const range = verbatim && host ? { range: { start: host.start, end: host.end } } : {}
  return {
    object,
    path,
    part: secret ? 'key' : 'value',
    ...range,
    message: `${key === '' ? object.kind : `\`${key}\``} names \`${secret ? name : written}\`.`,
  }
}
