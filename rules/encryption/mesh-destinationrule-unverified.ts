import { type ClientTls, clientTlsOf, DESTINATION_RULE, hostOf, isHidden, servicesOfRule } from '../../server/model/destination-rules.ts'
import { describe, type KubeObject } from '../../server/model/object.ts'
import { defineRule, type Fix, type Found } from '../../server/model/rule.ts'
import { get, isUnknown, items, text, texts } from '../../server/model/value.ts'

interface Data {
  readonly fix: Fix
}

export default defineRule<'object', 'services' | 'objects', Data>({
  name: 'mesh-destinationrule-unverified',
  title: 'Callers in the mesh do not verify whom they call',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'SC-23'], nist800207: ['2'], attack: ['T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: [DESTINATION_RULE],
  reads: ['services', 'objects'],
  *check(rule, { facts }) {
    const host = hostOf(rule)
    if (host === undefined || isHidden(rule)) return
    const external = servicesOfRule(rule, facts.services).length === 0 && !/\.svc\.cluster\.local$|\.local$/.test(host)
    const named = facts
      .objects('networking.istio.io/ServiceEntry')
      .some(({ body }) => texts(body, 'spec', 'hosts').includes(host) && items(body, 'spec', 'subjectAltNames').length > 0)
    for (const block of clientTlsOf(rule)) {
      if (block.mode !== 'SIMPLE' && block.mode !== 'MUTUAL') continue
      const skip = get(block.tls, 'insecureSkipVerify')
      if (isUnknown(skip)) yield { notEvaluated: rule, path: [...block.path, 'insecureSkipVerify'] }
      else if (skip === true) yield skipped(rule, host, block)
      else if (external && !named) yield* anyName(rule, host, block)
    }
  },
  *fix({ data }) {
    if (data) yield data.fix
  },
})

function skipped(rule: KubeObject, host: string, { path, name }: ClientTls): Found<Data> {
  const at = [...path, 'insecureSkipVerify']
  return {
    object: rule,
    path: at,
    part: 'value',
    discriminator: name,
    message: `Callers take any certificate for that of \`${host}\`: ${describe(rule)} says \`insecureSkipVerify\`. Whoever is on the way can answer in its name, and gets what is sent. Trust its CA (\`caCertificates\`), and take this out.`,
    data: {
      fix: {
        title: 'Verify the certificate: one of a CA that the system does not trust is refused',
        applicability: 'hardening',
        changes: [{ op: 'remove', object: rule, path: at }],
      },
    },
  }
}

/** Semantics: Istio (`setAutoSniAndAutoSanValidation`): the name is checked by itself only while no `sni` is written. */
function* anyName(rule: KubeObject, host: string, { path, name, tls }: ClientTls): Iterable<Found<Data>> {
  const sni = text(tls, 'sni')
  // With a CA of its own, few can have a certificate at all.
  if (sni === undefined || sni === '' || get(tls, 'subjectAltNames') !== undefined || get(tls, 'caCertificates') !== undefined) return
  if (get(tls, 'credentialName') !== undefined) return
  yield {
    object: rule,
    path: [...path, 'sni'],
    part: 'key',
    severity: 'hint',
    discriminator: `${name} sni`.trim(),
    message: `Callers take a certificate for any name for that of \`${host}\`: where \`sni\` is written, Istio checks no name by itself. Say which (\`subjectAltNames\`).`,
    data: {
      fix: {
        title: `Take only certificates for \`${sni}\``,
        applicability: 'hardening',
        changes: [{ op: 'set', object: rule, path: [...path, 'subjectAltNames'], value: [sni] }],
      },
    },
  }
}
