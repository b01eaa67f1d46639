import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'

const SETTINGS: readonly Setting[] = [
  {
    type: 'google_container_cluster',
    argument: 'binary_authorization.evaluation_mode',
    wrong: ['DISABLED'],
    severity: 'hint',
    says: 'asks for no proof of where images come from: Binary Authorization is switched off. Use PROJECT_SINGLETON_POLICY_ENFORCE.',
  },
  {
    type: 'google_binary_authorization_policy',
    argument: 'default_admission_rule.evaluation_mode',
    wrong: ['ALWAYS_ALLOW'],
    says: 'admits every image: Binary Authorization verifies nothing where no other rule applies. Require attestations.',
  },
  {
    type: 'google_binary_authorization_policy',
    argument: 'default_admission_rule.enforcement_mode',
    wrong: ['DRYRUN_AUDIT_LOG_ONLY'],
    says: 'refuses no image: Binary Authorization only writes down what it would refuse. Enforce it.',
    fix: {
      title: 'Refuse what is not attested: such pods do not start any more',
      value: 'ENFORCED_BLOCK_AND_AUDIT_LOG',
      applicability: 'hardening',
    },
  },
]

export default defineRule<'object', never, Setting>({
  name: 'image-admission-unverified',
  title: 'Cluster runs images that nobody vouched for',
  pillar: 'verification',
  severity: 'information',
  controls: { cis: ['GKE 5.10.4'], nist80053: ['CM-14', 'SI-7', 'SR-4'], attack: ['T1525', 'T1195.002'], owasp: ['K02'] },
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
