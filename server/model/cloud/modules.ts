import type { Value } from '../value.ts'
import type { Inputs } from './resource.ts'

/** A module of the public registry that makes a cluster. */
interface ModuleAdapter {
  /** The resource that its inputs are judged as. */
  readonly type: string
  /** The inputs of a major version by the arguments that they become; undefined for versions that are not known. */
  inputs(major: number): Inputs | undefined
}

const EVERYBODY: Value = ['0.0.0.0/0']
const EKS_LOGS: Value = ['audit', 'api', 'authenticator']
/** What the module makes of its own accord: a key of the customer. */
const OWN_KEY: Value = [{ resources: ['secrets'] }]

/** terraform-aws-modules/eks/aws: 21 dropped the prefix `cluster_`. */
function eksInputs(major: number): Inputs | undefined {
  if (major < 19 || major > 21) return undefined
  const prefix = major >= 21 ? '' : 'cluster_'
  return {
    'vpc_config.endpoint_public_access': [`${prefix}endpoint_public_access`, false],
    'vpc_config.endpoint_private_access': [`${prefix}endpoint_private_access`, true],
    'vpc_config.public_access_cidrs': [`${prefix}endpoint_public_access_cidrs`, EVERYBODY],
    enabled_cluster_log_types: [major >= 21 ? 'enabled_log_types' : 'cluster_enabled_log_types', EKS_LOGS],
    encryption_config: [`${prefix}encryption_config`, OWN_KEY],
    version: [major >= 21 ? 'kubernetes_version' : 'cluster_version', undefined],
    ...(major >= 20 ? { 'access_config.authentication_mode': ['authentication_mode', 'API_AND_CONFIG_MAP'] as const } : {}),
  }
}

/** terraform-google-modules/kubernetes-engine/google//modules/private-cluster. */
function gkeInputs(major: number): Inputs | undefined {
  if (major < 30) return undefined
  return {
    'private_cluster_config.enable_private_nodes': ['enable_private_nodes', true],
    'private_cluster_config.enable_private_endpoint': ['enable_private_endpoint', false],
    'master_authorized_networks_config.cidr_blocks': ['master_authorized_networks', []],
    'network_policy.enabled': ['network_policy', false],
    datapath_provider: ['datapath_provider', 'DATAPATH_PROVIDER_UNSPECIFIED'],
    enable_autopilot: ['enable_autopilot', false],
    workload_identity_config: ['identity_namespace', 'enabled'],
    enable_shielded_nodes: ['enable_shielded_nodes', true],
    enable_legacy_abac: ['enable_legacy_abac', false],
    'master_auth.client_certificate_config.issue_client_certificate': ['issue_client_certificate', false],
  }
}

/** Azure/aks/azurerm. */
function aksInputs(major: number): Inputs | undefined {
  if (major < 7) return undefined
  return {
    private_cluster_enabled: ['private_cluster_enabled', false],
    'api_server_access_profile.authorized_ip_ranges': ['api_server_authorized_ip_ranges', undefined],
    local_account_disabled: ['local_account_disabled', undefined],
    role_based_access_control_enabled: ['role_based_access_control_enabled', true],
    'network_profile.network_policy': ['network_policy', undefined],
    run_command_enabled: ['run_command_enabled', true],
    workload_identity_enabled: ['workload_identity_enabled', false],
  }
}

/** The three that most clusters are made with. Read from their sources; a version that is not known is not judged. */
export const MODULES: Readonly<Record<string, ModuleAdapter>> = {
  'terraform-aws-modules/eks/aws': { type: 'aws_eks_cluster', inputs: eksInputs },
  'terraform-google-modules/kubernetes-engine/google//modules/private-cluster': { type: 'google_container_cluster', inputs: gkeInputs },
  'Azure/aks/azurerm': { type: 'azurerm_kubernetes_cluster', inputs: aksInputs },
}
