import { checkSettings, fixSetting, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'
import { text } from '../../server/model/value.ts'

const SETTINGS: readonly Setting[] = [
  {
    type: 'backend',
    argument: 'skip_cert_verification',
    wrong: [true],
    says: 'takes any certificate for that of the store of the state: whoever is on the way gets every secret in it. Verify it.',
    fix: { title: 'Verify the certificate: one of a CA that is not trusted is refused', value: false, applicability: 'hardening' },
  },
  {
    type: 'backend',
    argument: 'encrypt',
    wrong: [false],
    severity: 'hint',
    says: 'asks for no encryption of the state, which holds every secret that Terraform has seen. Set `encrypt` to true.',
    fix: { title: 'Ask for encryption', value: true, applicability: 'safe' },
  },
]

const ADDRESSES = ['address', 'lock_address', 'unlock_address', 'endpoint']

export default defineRule<'object', never, Setting>({
  name: 'terraform-state-exposed',
  title: 'State of Terraform is stored or sent unprotected',
  pillar: 'encryption',
  severity: 'warning',
  controls: { nist80053: ['SC-8', 'SC-28'], nist800207: ['2', '3'], attack: ['T1552.001', 'T1557'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/backend'],
  reads: [],
  *check(object) {
    yield* checkSettings(SETTINGS, object)
    for (const name of ADDRESSES) {
      const address = text(object.body, 'spec', name)
      if (address === undefined || !/^http:\/\//.test(address) || /^http:\/\/(?:localhost|127\.)/.test(address)) continue
      yield {
        object,
        path: ['spec', name],
        part: 'value',
        discriminator: 'http',
        message: `\`${object.name}\` sends the state, with every secret that Terraform has seen, over plain HTTP. Use https.`,
      }
      return
    }
    const connection = text(object.body, 'spec', 'conn_str')
    if (connection !== undefined && /sslmode=(?:disable|allow)\b/.test(connection))
      yield {
        object,
        path: ['spec', 'conn_str'],
        part: 'value',
        discriminator: 'sslmode',
        message: `\`${object.name}\` sends the state, with every secret that Terraform has seen, to the database in the clear. Use sslmode=verify-full.`,
      }
  },
  *fix({ object, data }) {
    yield* fixSetting(object, data)
  },
})
