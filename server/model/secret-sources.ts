import type { ObjectsByKind } from './facts.ts'
import type { KubeObject } from './object.ts'
import { entries, get, hasUnknown, items, text, type Value } from './value.ts'

/** A Secret that the files bring about: written there, or made by a controller from another object. */
export interface SecretSource {
  readonly namespace: string
  readonly name: string
  readonly from: KubeObject
  /** Whether it is meant as the certificate of a server. */
  readonly isCertificate: boolean
}

type Reader = (object: KubeObject) => Iterable<Pick<SecretSource, 'name' | 'isCertificate'>>

const named = (...paths: string[][]): Reader =>
  function* (object) {
    for (const path of paths) {
      const name = text(object.body, ...path)
      if (name === undefined) continue
      yield { name, isCertificate: false }
      return
    }
  }

/** Sources: the controllers' API references. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    '/Secret',
    function* ({ name, body }) {
      yield {
        name,
        isCertificate:
          text(body, 'type') === 'kubernetes.io/tls' ||
          get(body, 'data', 'tls.crt') !== undefined ||
          get(body, 'stringData', 'tls.crt') !== undefined,
      }
    },
  ],
  ['bitnami.com/SealedSecret', sealed],
  [
    'cert-manager.io/Certificate',
    function* ({ body }) {
      const name = text(body, 'spec', 'secretName')
      if (name) yield { name, isCertificate: true }
    },
  ],
  ['external-secrets.io/ExternalSecret', external],
  ['kubernetes-client.io/ExternalSecret', named(['metadata', 'name'])],
  ['secrets.hashicorp.com/VaultStaticSecret', named(['spec', 'destination', 'name'])],
  ['secrets.hashicorp.com/VaultDynamicSecret', named(['spec', 'destination', 'name'])],
  ['secrets.hashicorp.com/VaultPKISecret', named(['spec', 'destination', 'name'])],
  ['onepassword.com/OnePasswordItem', named(['metadata', 'name'])],
  ['infisical.com/InfisicalSecret', named(['spec', 'managedSecretReference', 'secretName'])],
  [
    'secrets-store.csi.x-k8s.io/SecretProviderClass',
    function* ({ body }) {
      for (const object of items(body, 'spec', 'secretObjects')) {
        const name = text(object, 'secretName')
        if (name) yield { name, isCertificate: text(object, 'type') === 'kubernetes.io/tls' }
      }
    },
  ],
  [
    'isindir.github.com/SopsSecret',
    function* ({ body }) {
      for (const template of items(body, 'spec', 'secretTemplates')) {
        const name = text(template, 'name')
        if (name) yield { name, isCertificate: text(template, 'type') === 'kubernetes.io/tls' }
      }
    },
  ],
  ['networking.k8s.io/Ingress', ofIngress],
  [
    'gateway.networking.k8s.io/Gateway',
    function* ({ body }) {
      if (!isManaged(body)) return
      for (const listener of items(body, 'spec', 'listeners')) {
        for (const reference of items(listener, 'tls', 'certificateRefs')) {
          const name = text(reference, 'name')
          if (name) yield { name, isCertificate: true }
        }
      }
    },
  ],
])

function* sealed({ name, body }: KubeObject): Iterable<Pick<SecretSource, 'name' | 'isCertificate'>> {
  const template = get(body, 'spec', 'template')
  yield { name: text(template, 'metadata', 'name') ?? name, isCertificate: text(template, 'type') === 'kubernetes.io/tls' }
}

function* external({ name, body }: KubeObject): Iterable<Pick<SecretSource, 'name' | 'isCertificate'>> {
  const target = get(body, 'spec', 'target')
  yield { name: text(target, 'name') ?? name, isCertificate: text(target, 'template', 'type') === 'kubernetes.io/tls' }
}

/** cert-manager makes the Secrets that an annotated Ingress names. */
function* ofIngress({ body }: KubeObject): Iterable<Pick<SecretSource, 'name' | 'isCertificate'>> {
  if (!isManaged(body)) return
  for (const entry of items(body, 'spec', 'tls')) {
    const name = text(entry, 'secretName')
    if (name) yield { name, isCertificate: true }
  }
}

/** Whether annotations ask cert-manager for the certificates that an object names. */
export function isManaged(body: Value | undefined): boolean {
  return entries(body, 'metadata', 'annotations').some(
    ([key]) => /^cert-manager\.io\/(?:cluster-)?issuer$/.test(key) || key === 'kubernetes.io/tls-acme',
  )
}

/** What makes Secrets in namespaces that it selects. */
const OPEN = ['external-secrets.io/ClusterExternalSecret', 'trust.cert-manager.io/Bundle']

/** Annotations with which a controller copies a Secret into other namespaces. */
const COPIES =
  /^(?:reflector\.v1\.k8s\.emberstack\.com\/|replicator\.v1\.mittwald\.de\/|kubed\.appscode\.com\/sync|kubernetes\.reflector|secret\.replicator)/

export interface Secrets {
  in(namespace: string): readonly SecretSource[]
  get(namespace: string, name: string): SecretSource | undefined
  /** In other namespaces. */
  named(name: string): readonly SecretSource[]
  /** Something makes Secrets whose names or namespaces are not in the files: what seems missing may be among them. */
  readonly isOpen: boolean
}

export const SECRET_SOURCES: readonly string[] = [...READERS.keys(), ...OPEN]

/** Every Secret that the files bring about. */
export function secretsOf(of: ObjectsByKind): Secrets {
  const byNamespace = new Map<string, Map<string, SecretSource>>()
  const byName = new Map<string, SecretSource[]>()
  let isOpen = OPEN.some((kind) => of(kind).length > 0)
  for (const [kind, read] of READERS) {
    for (const from of of(kind)) {
      if (isUnsure(from)) isOpen = true
      for (const source of read(from)) {
        const found = { ...source, namespace: from.namespace, from }
        const names = byNamespace.get(from.namespace) ?? new Map<string, SecretSource>()
        if (!names.has(source.name)) names.set(source.name, found)
        byNamespace.set(from.namespace, names)
        byName.set(source.name, [...(byName.get(source.name) ?? []), found])
      }
    }
  }
  return {
    in: (namespace) => [...(byNamespace.get(namespace)?.values() ?? [])],
    get: (namespace, name) => byNamespace.get(namespace)?.get(name),
    named: (name) => byName.get(name) ?? [],
    isOpen,
  }
}

function isUnsure({ body, kind }: KubeObject): boolean {
  const annotations = get(body, 'metadata', 'annotations')
  if (hasUnknown(annotations) || entries(annotations).some(([key]) => COPIES.test(key))) return true
  return kind !== 'Ingress' && kind !== 'Gateway' && hasUnknown(get(body, 'metadata', 'name') ?? get(body, 'spec', 'target', 'name'))
}
