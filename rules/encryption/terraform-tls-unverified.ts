import { defineRule } from '../../server/model/rule.ts'
import { entries, get, isList, isMap, type Path, type Value } from '../../server/model/value.ts'

/** Arguments by which providers are told to take any certificate. Sources: their documentation. */
const SWITCHES = new Set([
  'insecure',
  'insecure_skip_verify',
  'insecure_skip_tls_verify',
  'skip_tls_verify',
  'skip_cert_verification',
  'tls_insecure',
  'tls_insecure_skip_verify',
  'allow_unverified_ssl',
])

export default defineRule({
  name: 'terraform-tls-unverified',
  title: 'Terraform takes any certificate for the right one',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'SC-23'], nist800207: ['2'], attack: ['T1557'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/provider'],
  reads: [],
  *check(object) {
    for (const { name, path } of switchesIn(object.body['spec'], ['spec']))
      yield {
        object,
        path,
        part: 'value',
        discriminator: name,
        message: `\`${object.name}\` does not verify whom it talks to (\`${name}\`): whoever is on the way gets the credentials of whoever deploys. Verify, with the CA of the other side.`,
      }
  },
  *fix({ object, path }) {
    yield {
      title: 'Verify certificates: one of a CA that is not trusted is refused',
      applicability: 'hardening',
      changes: [{ op: 'remove', object, path }],
    }
  },
})

function* switchesIn(value: Value | undefined, path: Path): Iterable<{ readonly name: string; readonly path: Path }> {
  for (const [name, item] of entries(value)) {
    const at = [...path, name]
    if (SWITCHES.has(name) && (item === true || item === 'true')) yield { name, path: at }
    else if (isMap(item)) yield* switchesIn(item, at)
    else if (isList(item)) for (const i of item.keys()) yield* switchesIn(get(item, i), [...at, i])
  }
}
