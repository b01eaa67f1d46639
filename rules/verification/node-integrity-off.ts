import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'

const NODES = ['google_container_node_pool', 'google_container_cluster']

const SETTINGS: readonly Setting[] = [
  {
    type: 'google_container_cluster',
    argument: 'enable_shielded_nodes',
    standard: true,
    standardBefore: { major: 4, value: false },
    wrong: [false],
    severity: 'information',
    unless: ['enable_autopilot'],
    says: 'takes in nodes that cannot prove to be its own: whoever gets at a bootstrap credential can join one. Leave shielded nodes on.',
    fix: { title: 'Take in shielded nodes only: nodes are made anew', value: true, applicability: 'hardening' },
  },
  ...NODES.map(
    (type): Setting => ({
      type,
      argument: 'node_config.shielded_instance_config.enable_secure_boot',
      wrong: [false],
      says: 'starts nodes with whatever boots, signed or not. Set `enable_secure_boot`, unless a driver is not signed.',
      fix: { title: 'Boot what is signed only: drivers that are not stop working', value: true, applicability: 'hardening' },
    }),
  ),
  ...NODES.map(
    (type): Setting => ({
      type,
      argument: 'node_config.shielded_instance_config.enable_integrity_monitoring',
      standard: true,
      wrong: [false],
      says: 'does not notice when what a node boots has changed. Set `enable_integrity_monitoring`.',
      fix: { title: 'Watch what nodes boot', value: true, applicability: 'safe' },
    }),
  ),
]

export default defineRule<'object', never, Setting>({
  name: 'node-integrity-off',
  title: 'Nodes need not prove what they are and what they run',
  pillar: 'verification',
  severity: 'hint',
  controls: { cis: ['GKE 5.5.5', 'GKE 5.5.6', 'GKE 5.5.7'], nist80053: ['SI-7', 'SI-7(9)'], nist800207: ['5'], attack: ['T1542'] },
  since: '0.1.0',
  each: 'object',
  kinds: kindsOf(SETTINGS, true),
  reads: [],
  *check(object) {
    yield* checkSettings(SETTINGS, object)
  },
  *fix({ object, data }) {
    yield* fixSetting(object, data)
  },
})
