import type { Facts } from '../../server/model/facts.ts'
import { GATEWAY, type Listener, listenersOf } from '../../server/model/gateways.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule, type Fix } from '../../server/model/rule.ts'
import { items, type Path, text, type Value } from '../../server/model/value.ts'
import { mistyped } from '../../server/text/nearest.ts'

const GRANT = 'gateway.networking.k8s.io/ReferenceGrant'

type Way = { readonly rename: string } | { readonly grant: KubeObject; readonly secret: string }

export default defineRule<'object', 'secrets' | 'objects', Way>({
  name: 'gateway-certificate-unresolved',
  title: 'Gateway names a certificate that it cannot use',
  pillar: 'encryption',
  severity: 'warning',
  absence: true,
  nowhere: ['Secret', 'Certificate'],
  controls: { nsa: ['Net'], nist80053: ['SC-8', 'SC-17', 'AC-4'], nist800207: ['2'], attack: ['T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: [GATEWAY],
  reads: ['secrets', 'objects'],
  *check(gateway, { facts }) {
    for (const listener of listenersOf(gateway)) {
      if (listener.protocol !== 'HTTPS' && !(listener.protocol === 'TLS' && text(listener.body, 'tls', 'mode') !== 'Passthrough')) continue
      for (const [i, reference] of items(listener.body, 'tls', 'certificateRefs').entries()) {
        const wrong = wrongWith(gateway, reference, facts)
        if (!wrong) continue
        const path: Path = ['spec', 'listeners', listener.index, 'tls', 'certificateRefs', i, wrong.field]
        const { what, related = [], way } = wrong
        yield {
          object: gateway,
          path,
          part: 'value',
          severity: wrong.certain ? 'warning' : 'hint',
          certainty: facts.secrets.isOpen ? 'possible' : 'certain',
          discriminator: `${listener.name} ${text(reference, 'name') ?? ''}`,
          message: `Listener \`${listener.name}\` of Gateway \`${gateway.name}\` has no certificate for ${hostOf(listener)}: ${what}`,
          related,
          ...(way ? { data: way } : {}),
        }
      }
    }
  },
  *fix({ object: gateway, path, data }): Iterable<Fix> {
    if (!data) return
    if ('rename' in data) {
      yield {
        title: `Use \`${data.rename}\``,
        applicability: 'assisted',
        changes: [{ op: 'set', object: gateway, path, value: data.rename }],
      }
      return
    }
    yield {
      title: `Let the Gateways of \`${gateway.namespace}\` use Secret \`${data.secret}\``,
      applicability: 'assisted',
      changes: [{ op: 'create', beside: data.grant, body: grantOf(gateway.namespace, data.grant.namespace, data.secret) }],
    }
  },
})

interface Wrong {
  readonly field: 'name' | 'namespace'
  readonly certain: boolean
  readonly what: string
  readonly related?: readonly (Anchor & { readonly message: string })[]
  readonly way?: Way
}

function hostOf({ hostname }: Listener): string {
  return hostname === undefined ? 'its hosts' : `\`${hostname}\``
}

function wrongWith(gateway: KubeObject, reference: Value, { secrets, objects }: Pick<Facts, 'secrets' | 'objects'>): Wrong | undefined {
  const name = text(reference, 'name')
  if (!name || (text(reference, 'kind') ?? 'Secret') !== 'Secret') return undefined
  const namespace = text(reference, 'namespace') ?? gateway.namespace
  const source = secrets.get(namespace, name)
  if (source && namespace !== gateway.namespace && !isGranted(gateway, namespace, name, objects)) {
    return {
      field: 'namespace',
      certain: true,
      what: `no ReferenceGrant in \`${namespace}\` lets it use Secret \`${name}\` there. Grant it.`,
      related: [{ object: source.from, path: ['metadata', 'name'], part: 'value', message: 'The certificate is here.' }],
      way: { grant: source.from, secret: name },
    }
  }
  if (source) return undefined
  const certificates = secrets.in(namespace).filter(({ isCertificate }) => isCertificate)
  if (certificates.length === 0) return undefined
  const meant = mistyped(
    name,
    certificates.map((certificate) => certificate.name),
  )
  const where = namespace === '' ? 'its namespace' : `\`${namespace}\``
  return {
    field: 'name',
    certain: meant !== undefined,
    what: `Secret \`${name}\` is not among those of ${where} here. ${meant ? `Is \`${meant}\` meant?` : 'Create it, or have it issued.'}`,
    ...(meant ? { way: { rename: meant } } : {}),
  }
}

/** Semantics: ReferenceGrant stands in the namespace of the Secret; without a name it is about all of them. */
function isGranted(gateway: KubeObject, namespace: string, name: string, objects: Facts['objects']): boolean {
  return objects(GRANT).some(
    (grant) =>
      grant.namespace === namespace &&
      items(grant.body, 'spec', 'from').some(
        (from) =>
          text(from, 'group') === 'gateway.networking.k8s.io' &&
          text(from, 'kind') === 'Gateway' &&
          text(from, 'namespace') === gateway.namespace,
      ) &&
      items(grant.body, 'spec', 'to').some(
        (to) => (text(to, 'group') ?? '') === '' && text(to, 'kind') === 'Secret' && [undefined, name].includes(text(to, 'name')),
      ),
  )
}

function grantOf(from: string, namespace: string, secret: string): Value {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1beta1',
    kind: 'ReferenceGrant',
    metadata: { name: `gateways-of-${from}`, namespace },
    spec: {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: from }],
      to: [{ group: '', kind: 'Secret', name: secret }],
    },
  }
}
