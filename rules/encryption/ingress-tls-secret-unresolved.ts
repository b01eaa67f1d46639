import { isAlb } from '../../server/model/ingress.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import type { SecretSource } from '../../server/model/secret-sources.ts'
import { items, text } from '../../server/model/value.ts'
import { mistyped } from '../../server/text/nearest.ts'

export default defineRule<'object', 'secrets', { readonly meant: string }>({
  name: 'ingress-tls-secret-unresolved',
  title: 'Ingress names a certificate that is not there',
  pillar: 'encryption',
  severity: 'warning',
  absence: true,
  nowhere: ['Secret', 'Certificate'],
  controls: { nsa: ['Net'], nist80053: ['SC-12', 'SC-17'], nist800207: ['2'], attack: ['T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['networking.k8s.io/Ingress', 'extensions/Ingress'],
  reads: ['secrets'],
  *check(ingress, { facts: { secrets } }) {
    if (isAlb(ingress)) return
    const certificates = secrets.in(ingress.namespace).filter(({ isCertificate }) => isCertificate)
    for (const [i, entry] of items(ingress.body, 'spec', 'tls').entries()) {
      const name = text(entry, 'secretName')
      // With a slash it is in the words of a controller that borrows Secrets from other namespaces.
      if (!name || name.includes('/') || secrets.get(ingress.namespace, name)) continue
      const elsewhere = ingress.namespace === '' ? [] : secrets.named(name).filter(({ namespace }) => namespace !== '')
      const meant = mistyped(
        name,
        certificates.map((certificate) => certificate.name),
      )
      if (elsewhere.length === 0 && certificates.length === 0) continue
      yield {
        object: ingress,
        path: ['spec', 'tls', i, 'secretName'],
        part: 'value',
        severity: elsewhere.length > 0 || meant ? 'warning' : 'hint',
        certainty: secrets.isOpen ? 'possible' : 'certain',
        discriminator: name,
        message: `Ingress \`${ingress.name}\` serves ${hostsOf(ingress, i)} with whatever certificate its controller has at hand: Secret \`${name}\` ${whatIsWrong(ingress, elsewhere, meant)}`,
        related: elsewhere.map(({ from }) => ({
          object: from,
          path: ['metadata', 'name'],
          part: 'value' as const,
          message: 'It is here.',
        })),
        ...(meant && elsewhere.length === 0 ? { data: { meant } } : {}),
      }
    }
  },
  *fix({ object, path, data }) {
    if (!data) return
    yield {
      title: `Use \`${data.meant}\``,
      applicability: 'assisted',
      changes: [{ op: 'set', object, path, value: data.meant }],
    }
  },
})

function hostsOf(ingress: KubeObject, entry: number): string {
  const hosts = items(ingress.body, 'spec', 'tls', entry, 'hosts').flatMap((host) => (typeof host === 'string' ? [`\`${host}\``] : []))
  return hosts.length === 0 ? 'its hosts' : hosts.length > 3 ? `${hosts.length} hosts` : hosts.join(', ')
}

function whatIsWrong(ingress: KubeObject, elsewhere: readonly SecretSource[], meant: string | undefined): string {
  const [other] = elsewhere
  if (other) return `is in the namespace \`${other.namespace}\`, and an Ingress sees only its own. Bring it to \`${ingress.namespace}\`.`
  return `is not among those of its namespace here. ${meant ? `Is \`${meant}\` meant?` : 'Create it, or have it issued.'}`
}
