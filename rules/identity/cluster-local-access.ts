import { checkSettings, fixSetting, kindsOf, type Setting } from '../../server/model/cloud/setting.ts'
import { defineRule } from '../../server/model/rule.ts'

const DOORS: readonly Setting[] = [
  {
    type: 'aws_eks_cluster',
    argument: 'access_config.authentication_mode',
    standard: 'CONFIG_MAP',
    wrong: ['CONFIG_MAP'],
    severity: 'hint',
    says: 'takes its users from the ConfigMap `aws-auth`, which whoever may edit it can enlarge, and whose creator is an administrator that is listed nowhere. Use access entries: `authentication_mode = "API"`.',
    fix: { title: 'Take users from access entries too, besides the ConfigMap', value: 'API_AND_CONFIG_MAP', applicability: 'safe' },
  },
  {
    type: 'google_container_cluster',
    argument: 'enable_legacy_abac',
    standard: false,
    wrong: [true],
    severity: 'warning',
    says: 'grants rights by the legacy authorizer, which lets every service account do almost everything. Leave it to RBAC.',
    fix: { title: 'Leave access to RBAC: what relied on legacy rights is refused', value: false, applicability: 'hardening' },
  },
  {
    type: 'google_container_cluster',
    argument: 'master_auth.client_certificate_config.issue_client_certificate',
    standard: false,
    wrong: [true],
    severity: 'warning',
    says: 'issues a client certificate that no second factor guards and nobody can revoke. Issue none; the cluster is made anew for it.',
  },
  ...['node_config', 'node_pool_defaults.node_config_defaults'].map(
    (block): Setting => ({
      type: 'google_container_cluster',
      argument: `${block}${block === 'node_config' ? '.kubelet_config' : ''}.insecure_kubelet_readonly_port_enabled`,
      wrong: ['TRUE', true],
      severity: 'warning',
      says: 'lets everybody in its network read pods and logs from the kubelets, on a port that asks for no name. Set `insecure_kubelet_readonly_port_enabled` to "FALSE".',
      fix: { title: 'Close the read-only port of the kubelets: what reads there is refused', value: 'FALSE', applicability: 'hardening' },
    }),
  ),
  ...['system_authenticated', 'system_unauthenticated'].map(
    (group): Setting => ({
      type: 'google_container_cluster',
      argument: `rbac_binding_config.enable_insecure_binding_${group}`,
      wrong: [true],
      severity: 'warning',
      says: `takes bindings of roles to \`system:${group.replace('system_', '')}\`, which is ${group === 'system_unauthenticated' ? 'whoever can reach it' : 'everybody with a Google account'}. Refuse them.`,
      fix: { title: `Refuse new bindings to system:${group.replace('system_', '')}`, value: false, applicability: 'hardening' },
    }),
  ),
  {
    type: 'azurerm_kubernetes_cluster',
    argument: 'role_based_access_control_enabled',
    standard: true,
    wrong: [false],
    severity: 'error',
    says: 'has no RBAC: every account may do everything. Switch it on; the cluster is made anew for it.',
  },
  {
    type: 'azurerm_kubernetes_cluster',
    argument: 'local_account_disabled',
    standard: false,
    wrong: [false],
    severity: 'information',
    says: 'keeps local accounts: a certificate of an administrator that Entra ID neither guards with a second factor nor can revoke. Set `local_account_disabled` (with `azure_active_directory_role_based_access_control`).',
  },
  {
    type: 'azurerm_kubernetes_cluster',
    argument: 'run_command_enabled',
    standard: true,
    wrong: [true],
    severity: 'hint',
    // What is open besides is said first.
    beside: ['private_cluster_enabled', 'local_account_disabled'],
    says: 'is private, and lets whoever may manage it in Azure run commands in it all the same, from anywhere and as an administrator. Set `run_command_enabled` to false.',
    fix: { title: 'Refuse `az aks command invoke`', value: false, applicability: 'hardening' },
  },
]

export default defineRule<'object', never, Setting>({
  name: 'cluster-local-access',
  title: 'Managed cluster lets people in past the identity provider',
  pillar: 'identity',
  severity: 'information',
  controls: {
    cis: ['GKE 5.8.1', 'AKS 5.1.1'],
    nist80053: ['AC-2', 'AC-3', 'IA-2'],
    nist800207: ['2', '6'],
    attack: ['T1078.004'],
    owasp: ['K03'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: kindsOf(DOORS, true),
  reads: [],
  *check(object) {
    yield* checkSettings(DOORS, object)
  },
  *fix({ object, data }) {
    yield* fixSetting(object, data)
  },
})
