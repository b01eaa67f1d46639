import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown } from '../../server/model/value.ts'

const SETTINGS: readonly Setting[] = [
  {
    type: 'azurerm_container_registry',
    argument: 'admin_enabled',
    standard: false,
    wrong: [true],
    says: 'has an administrator whose password everybody shares and nobody changes. Switch it off, and let nodes pull with their own identity (`AcrPull`).',
    fix: { title: 'Switch the shared administrator off: what logs in with it is refused', value: false, applicability: 'hardening' },
  },
]

/** Resources that are nothing but a credential that does not expire. */
const KEYS: Readonly<Record<string, string>> = {
  aws_iam_access_key:
    'an access key of a user, which never expires and stands in the state. Use a role: IRSA or Pod Identity for pods, single sign-on for people',
  google_service_account_key: 'a key of a service account, which does not expire by itself and stands in the state. Use Workload Identity',
  azuread_service_principal_password: 'a password of a service principal, which stands in the state. Use workload identity federation',
  azuread_application_password: 'a password of an application, which stands in the state. Use workload identity federation',
}

export default defineRule<'object', never, Setting>({
  name: 'cloud-static-credential',
  title: 'Credential that is shared or does not expire',
  pillar: 'identity',
  severity: 'information',
  controls: {
    cis: ['AWS 1.14', 'GCP 1.4', 'AKS 5.1.1'],
    nist80053: ['IA-5', 'IA-5(1)', 'AC-2'],
    nist800207: ['6'],
    attack: ['T1078.004', 'T1552'],
    owasp: ['K08'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: [...kindsOf(SETTINGS), ...Object.keys(KEYS).map((type) => `terraform/${type}`), 'terraform/azurerm_kubernetes_cluster'],
  reads: [],
  *check(object) {
    yield* checkSettings(SETTINGS, object)
    const key = KEYS[object.kind]
    if (key !== undefined) yield { object, path: ['metadata', 'name'], part: 'value', message: `\`${object.name}\` is ${key}.` }
    if (object.kind !== 'azurerm_kubernetes_cluster') return
    const principal = get(object.body, 'spec', 'service_principal')
    if (principal !== undefined && !isUnknown(principal))
      yield {
        object,
        path: ['spec', 'service_principal'],
        part: 'key',
        severity: 'hint',
        message: `\`${object.name}\` acts with the password of a service principal, which expires unnoticed or never, and stands in the state. Use \`identity\`.`,
      }
  },
  *fix({ object, data }) {
    yield* fixSetting(object, data)
  },
})
