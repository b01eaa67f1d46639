import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found, type Skipped } from '../../server/model/rule.ts'
import { get, isUnknown, items, type Path, text } from '../../server/model/value.ts'

/** Policies that still accept TLS 1.0 or 1.1, or ciphers without forward secrecy. */
const WEAK =
  /^ELBSecurityPolicy-(?:2015-05|2016-08|TLS-1-0-2015-04|TLS-1-1-2017-01|FS-2018-06|FS-1-1-2019-08|TLS13-1-0-2021-06|TLS13-1-1-2021-06|TLS13-1-2-Ext[12]-2021-06)$/
/** What a listener has that names none. */
const STANDARD = 'ELBSecurityPolicy-2016-08'
const GOOD = 'ELBSecurityPolicy-TLS13-1-2-2021-06'

export default defineRule({
  name: 'load-balancer-tls-weak',
  title: 'Load balancer accepts TLS 1.0 or 1.1',
  pillar: 'encryption',
  severity: 'information',
  controls: { nist80053: ['SC-8', 'SC-13'], nist800207: ['2'], attack: ['T1557'] },
  since: '0.1.0',
  each: 'object',
  kinds: [
    'terraform/aws_lb_listener',
    'terraform/aws_alb_listener',
    'terraform/google_compute_ssl_policy',
    'terraform/azurerm_application_gateway',
  ],
  reads: [],
  *check(object) {
    if (object.kind === 'google_compute_ssl_policy') yield* checkGoogle(object)
    else if (object.kind === 'azurerm_application_gateway') yield* checkAzure(object)
    else yield* checkAws(object)
  },
  *fix({ object, path }) {
    if (object.kind === 'google_compute_ssl_policy') {
      if (path.at(-1) === 'min_tls_version') yield change(object, path, 'TLS_1_2')
    } else if (object.kind === 'azurerm_application_gateway') {
      if (path.at(-1) === 'min_protocol_version') yield change(object, path, 'TLSv1_2')
      else if (path.at(-1) === 'policy_name') yield change(object, path, 'AppGwSslPolicy20220101')
    } else yield change(object, path, GOOD)
  },
})

function change(object: KubeObject, path: Path, value: string) {
  return {
    title: 'Accept TLS 1.2 and later: clients of before 2014 are refused',
    applicability: 'hardening' as const,
    changes: [{ op: 'set' as const, object, path, value }],
  }
}

function* checkAws(object: KubeObject): Iterable<Found | Skipped> {
  const protocol = get(object.body, 'spec', 'protocol')
  const path: Path = ['spec', 'ssl_policy']
  const policy = get(object.body, ...path)
  if (isUnknown(protocol) || isUnknown(policy)) yield { notEvaluated: object, path: isUnknown(protocol) ? ['spec', 'protocol'] : path }
  if (protocol !== 'HTTPS' && protocol !== 'TLS') return
  const chosen = policy ?? STANDARD
  if (typeof chosen !== 'string' || !WEAK.test(chosen)) return
  const ciphers = chosen.includes('Ext')
  yield {
    object,
    path,
    part: 'value',
    message: `\`${object.name}\` accepts ${ciphers ? 'ciphers without forward secrecy' : 'TLS 1.0 or 1.1, which can be read along'}${policy === undefined ? `: it names no policy and gets ${STANDARD}` : ''}. Use ${GOOD}.`,
  }
}

const OLD_AZURE = /^AppGwSslPolicy(?:20150501|20170401)$/

/** A gateway that says nothing gets what Azure thinks right today. */
function* checkAzure(object: KubeObject): Iterable<Found | Skipped> {
  for (const [i, policy] of items(object.body, 'spec', 'ssl_policy').entries()) {
    for (const [name, weak] of [
      ['policy_name', OLD_AZURE],
      ['min_protocol_version', /^TLSv1_[01]$/],
    ] as const) {
      const path: Path = ['spec', 'ssl_policy', i, name]
      const value = get(policy, name)
      if (isUnknown(value)) yield { notEvaluated: object, path }
      if (typeof value === 'string' && weak.test(value))
        yield {
          object,
          path,
          part: 'value',
          message: `\`${object.name}\` accepts TLS 1.0 or 1.1, which can be read along. Use TLS 1.2 and later (AppGwSslPolicy20220101).`,
        }
    }
  }
}

function* checkGoogle(object: KubeObject): Iterable<Found | Skipped> {
  const path: Path = ['spec', 'min_tls_version']
  const least = get(object.body, ...path)
  if (isUnknown(least)) yield { notEvaluated: object, path }
  const old = items(object.body, 'spec', 'custom_features').find((name) => typeof name === 'string' && name.startsWith('TLS_RSA_'))
  if (typeof old === 'string')
    yield {
      object,
      path: ['spec', 'custom_features'],
      part: 'value',
      message: `\`${object.name}\` accepts \`${old}\`, a cipher without forward secrecy: who gets its key reads everything that was ever sent. Leave the \`TLS_RSA_\` ones out.`,
    }
  if (least !== undefined && least !== 'TLS_1_0' && least !== 'TLS_1_1') return
  if (text(object.body, 'spec', 'profile') === 'RESTRICTED' || items(object.body, 'spec', 'custom_features').length > 0) return
  yield {
    object,
    path,
    part: 'value',
    message: `\`${object.name}\` accepts TLS 1.0 or 1.1, which can be read along. Set \`min_tls_version\` to TLS_1_2.`,
  }
}
