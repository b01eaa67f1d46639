import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown, text, texts } from '../../server/model/value.ts'

const CERTIFICATE = 'cert-manager.io/Certificate'
const INJECT = 'cert-manager.io/inject-ca-from'
const FLAG = ['spec', 'insecureSkipTLSVerify']

export default defineRule<'object', 'objects'>({
  name: 'apiservice-insecure-skip-tls',
  title: 'API server does not verify who answers for an API',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'SC-23'], nist800207: ['2'], attack: ['T1557'], owasp: ['K06'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['apiregistration.k8s.io/APIService'],
  reads: ['objects'],
  *check(service) {
    const skips = get(service.body, ...FLAG)
    if (isUnknown(skips)) yield { notEvaluated: service, path: FLAG }
    if (skips !== true || get(service.body, 'spec', 'service') === undefined) return
    const what = `\`${text(service.body, 'spec', 'group') ?? service.name}\``
    yield {
      object: service,
      path: FLAG,
      part: 'value',
      message: `The API server takes whoever answers at ${serviceOf(service)} for ${what}, without verifying its certificate: whoever takes that address reads requests with their users' groups, and answers them. Give it the CA (\`caBundle\`, or cert-manager's \`${INJECT}\`) and take the flag out.`,
    }
  },
  *fix({ object }, { facts }) {
    const certificate = certificateFor(object, facts)
    const name = certificate?.name ?? text(object.body, 'spec', 'service', 'name')
    const namespace = text(object.body, 'spec', 'service', 'namespace')
    if (!name || !namespace) return
    yield {
      title: certificate
        ? `Trust the CA of Certificate \`${name}\`: an answer with another certificate is refused`
        : `Trust the CA of cert-manager's Certificate \`${name}\` in \`${namespace}\`, which must exist`,
      applicability: certificate ? 'hardening' : 'assisted',
      changes: [
        { op: 'set', object, path: ['metadata', 'annotations', INJECT], value: `${namespace}/${name}` },
        { op: 'remove', object, path: FLAG },
      ],
    }
  },
})

function serviceOf({ body }: KubeObject): string {
  return `\`${text(body, 'spec', 'service', 'namespace') ?? ''}/${text(body, 'spec', 'service', 'name') ?? ''}\``
}

/** The one Certificate for the name by which the API server calls the Service. */
function certificateFor({ body }: KubeObject, { objects }: Pick<Facts, 'objects'>): KubeObject | undefined {
  const name = text(body, 'spec', 'service', 'name')
  const namespace = text(body, 'spec', 'service', 'namespace')
  const found = objects(CERTIFICATE).filter(
    (certificate) =>
      certificate.namespace === namespace &&
      certificate.name !== '' &&
      texts(certificate.body, 'spec', 'dnsNames').includes(`${name}.${namespace}.svc`),
  )
  return found.length === 1 ? found[0] : undefined
}
