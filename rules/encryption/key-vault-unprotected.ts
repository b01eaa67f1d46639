import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'

const SETTINGS: readonly Setting[] = [
  {
    type: 'azurerm_key_vault',
    argument: 'purge_protection_enabled',
    standard: false,
    wrong: [false],
    says: 'lets whoever may delete keys delete them for good, and with them all that they have encrypted. Set `purge_protection_enabled`; it cannot be taken back.',
    fix: { title: 'Keep deleted keys: this cannot be taken back', value: true, applicability: 'assisted' },
  },
  {
    type: 'azurerm_key_vault',
    argument: 'network_acls.default_action',
    wrong: ['Allow'],
    says: 'answers every network. Set `default_action` to Deny, and name those that need it.',
    fix: { title: 'Answer named networks only: others are refused', value: 'Deny', applicability: 'hardening' },
  },
  {
    type: 'aws_kms_key',
    argument: 'bypass_policy_lockout_safety_check',
    wrong: [true],
    says: 'may be given a policy that shuts everybody out, its owner included. Leave the check on.',
    fix: { title: 'Leave the check on', value: false, applicability: 'safe' },
  },
]

export default defineRule<'object', never, Setting>({
  name: 'key-vault-unprotected',
  title: 'Keys can be lost or reached by more than need them',
  pillar: 'encryption',
  severity: 'hint',
  controls: { cis: ['Azure 8.5'], nist80053: ['SC-12', 'CP-9'], nist800207: ['3'], attack: ['T1485', 'T1486'] },
  since: '0.1.0',
  each: 'object',
  kinds: kindsOf(SETTINGS),
  reads: [],
  *check(object) {
    yield* checkSettings(SETTINGS, object)
  },
  *fix({ object, data }) {
    yield* fixSetting(object, data)
  },
})
