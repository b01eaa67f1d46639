import { cloudResource } from '../../server/model/cloud/resource.ts'
import { inSameModule } from '../../server/model/cloud/references.ts'
import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, isUnknown } from '../../server/model/value.ts'

const SAYS =
  'gives each node an address on the internet: one wrong firewall rule, and kubelets and node ports answer there. Let nodes be private, and reach out through a NAT.'

const FIX: Setting['fix'] = {
  title: 'Give nodes no address of their own: they need a NAT to reach out',
  value: false,
  applicability: 'hardening',
}

/** Before azurerm 4 it was called `enable_node_public_ip`. */
const SETTINGS: readonly Setting[] = [
  ...['default_node_pool.node_public_ip_enabled', 'default_node_pool.enable_node_public_ip'].map(
    (argument): Setting => ({ type: 'azurerm_kubernetes_cluster', argument, wrong: [true], says: SAYS, fix: FIX }),
  ),
  ...['node_public_ip_enabled', 'enable_node_public_ip'].map(
    (argument): Setting => ({ type: 'azurerm_kubernetes_cluster_node_pool', argument, wrong: [true], says: SAYS, fix: FIX }),
  ),
  { type: 'aws_launch_template', argument: 'network_interfaces.associate_public_ip_address', wrong: [true, 'true'], says: SAYS, fix: FIX },
]

const PRIVATE = 'private_cluster_config.enable_private_nodes'

export default defineRule<'object', 'objects', Setting>({
  name: 'node-public-address',
  title: 'Nodes have addresses on the internet',
  pillar: 'network',
  severity: 'information',
  controls: { cis: ['GKE 5.6.5', 'AKS 5.4.3', 'EKS 5.4.3'], nist80053: ['AC-4', 'SC-7'], nist800207: ['4'], attack: ['T1133', 'T1190'] },
  since: '0.1.0',
  each: 'object',
  kinds: [...kindsOf(SETTINGS, true), 'terraform/google_container_cluster'],
  reads: ['objects'],
  *check(object, { facts }) {
    yield* checkSettings(SETTINGS, object)
    const cluster = cloudResource(object)
    if (cluster?.type !== 'google_container_cluster') return
    const { value, path } = cluster.read(PRIVATE, false)
    if (isUnknown(value)) yield { notEvaluated: object, path }
    if (value !== false) return
    // A pool may say so for itself.
    const pools = inSameModule(facts.objects, object)('terraform/google_container_node_pool')
    if (pools.some(({ body }) => get(body, 'spec', 'network_config', 0, 'enable_private_nodes') !== undefined)) return
    yield { object, path, part: 'value', message: `\`${cluster.address}\` ${SAYS}` }
  },
  *fix({ object, data }) {
    yield* fixSetting(object, data)
    const cluster = cloudResource(object)
    // What a module does not let choose cannot be changed by its call.
    if (!data && cluster && cluster.read(PRIVATE).path.length > 1)
      yield {
        title: 'Make nodes private: they need a NAT to reach out, and may be made anew',
        applicability: 'hardening',
        changes: [{ op: 'set', object, path: cluster.read(PRIVATE).path, value: true }],
      }
  },
})
