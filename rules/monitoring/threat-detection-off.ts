import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'
import { text } from '../../server/model/value.ts'

const SETTINGS: readonly Setting[] = [
  {
    type: 'aws_guardduty_detector',
    argument: 'enable',
    standard: true,
    wrong: [false],
    severity: 'warning',
    says: 'is switched off: GuardDuty sees nothing in this account and region. Set `enable` to true.',
    fix: { title: 'Switch GuardDuty on', value: true, applicability: 'safe' },
  },
  {
    type: 'aws_guardduty_detector',
    argument: 'datasources.kubernetes.audit_logs.enable',
    wrong: [false],
    says: 'does not read the audit logs of clusters: who abuses a token there goes unnoticed. Enable them.',
    fix: { title: 'Read the audit logs of clusters', value: true, applicability: 'safe' },
  },
  {
    type: 'google_container_cluster',
    argument: 'security_posture_config.mode',
    wrong: ['DISABLED'],
    severity: 'hint',
    says: 'is left out when Google looks for misconfigured and vulnerable workloads. Set the mode to BASIC.',
    fix: { title: 'Look for misconfigured workloads', value: 'BASIC', applicability: 'safe' },
  },
]

/** Features of GuardDuty that are about clusters. */
const FEATURES = new Set(['EKS_AUDIT_LOGS', 'EKS_RUNTIME_MONITORING', 'RUNTIME_MONITORING'])
/** What Defender calls them, now and before. */
const AZURE = new Set(['Containers', 'KubernetesService', 'ContainerRegistry'])

export default defineRule<'object', never, Setting>({
  name: 'threat-detection-off',
  title: 'Threat detection is switched off',
  pillar: 'monitoring',
  severity: 'information',
  controls: {
    cis: ['AWS 4.16', 'Azure 2.1.8', 'GKE 5.10.6'],
    nist80053: ['SI-4', 'SI-4(23)'],
    nist800207: ['5', '7'],
    attack: ['T1562.001'],
    owasp: ['K10'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: [...kindsOf(SETTINGS), 'terraform/aws_guardduty_detector_feature', 'terraform/azurerm_security_center_subscription_pricing'],
  reads: [],
  *check(object) {
    yield* checkSettings(SETTINGS, object)
    const { body, kind, name } = object
    if (kind === 'aws_guardduty_detector_feature') {
      const feature = text(body, 'spec', 'name') ?? ''
      if (FEATURES.has(feature) && text(body, 'spec', 'status') === 'DISABLED')
        yield {
          object,
          path: ['spec', 'status'],
          part: 'value',
          message: `\`${name}\` switches ${feature} off: GuardDuty does not see what happens in clusters. Set \`status\` to ENABLED.`,
        }
    }
    if (kind === 'azurerm_security_center_subscription_pricing') {
      const about = text(body, 'spec', 'resource_type') ?? ''
      if (AZURE.has(about) && text(body, 'spec', 'tier') === 'Free')
        yield {
          object,
          path: ['spec', 'tier'],
          part: 'value',
          message: `\`${name}\` keeps Defender for ${about} off: the free tier detects nothing. Set \`tier\` to Standard.`,
        }
    }
  },
  *fix({ object, data, path }) {
    yield* fixSetting(object, data)
    if (object.kind === 'aws_guardduty_detector_feature')
      yield { title: 'Switch it on', applicability: 'safe', changes: [{ op: 'set', object, path, value: 'ENABLED' }] }
    if (object.kind === 'azurerm_security_center_subscription_pricing')
      yield {
        title: 'Switch Defender on: it is paid for',
        applicability: 'assisted',
        changes: [{ op: 'set', object, path, value: 'Standard' }],
      }
  },
})
