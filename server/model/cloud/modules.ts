import type { Value } from '../value.ts'
import type { Inputs } from './resource.ts'

/** A module of the public registry that makes a cluster. */
interface ModuleAdapter {
  /** The resource that its inputs are judged as. */
  readonly type: string
  /** The inputs of a major version by the arguments that they become; undefined for versions that are not known. */
  inputs(major: number): Inputs | undefined
}

/** What nobody can choose. */
const FIXED = ''
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
    // Since 21 an empty one asks for a key too.
    encryption_config: major >= 21 ? ['encryption_config', OWN_KEY, 'even empty'] : ['cluster_encryption_config', OWN_KEY],
    version: [major >= 21 ? 'kubernetes_version' : 'cluster_version', undefined],
    ...(major >= 20 ? { 'access_config.authentication_mode': ['authentication_mode', 'API_AND_CONFIG_MAP'] as const } : {}),
  }
}

/** terraform-google-modules/kubernetes-engine/google and its submodules, which differ in what they let choose. */
function gkeInputs(nodes: 'private' | 'public', autopilot: boolean, major: number): Inputs | undefined {
  if (major < 30) return undefined
  const isPrivate = nodes === 'private'
  return {
    'private_cluster_config.enable_private_nodes': [isPrivate ? 'enable_private_nodes' : FIXED, isPrivate],
    'private_cluster_config.enable_private_endpoint': [isPrivate ? 'enable_private_endpoint' : FIXED, false],
    'master_authorized_networks_config.cidr_blocks': ['master_authorized_networks', []],
    'network_policy.enabled': ['network_policy', false],
    datapath_provider: ['datapath_provider', 'DATAPATH_PROVIDER_UNSPECIFIED'],
    enable_autopilot: [FIXED, autopilot],
    database_encryption: ['database_encryption', [{ state: 'DECRYPTED' }]],
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
    key_management_service: ['kms_enabled', false],
    microsoft_defender: ['microsoft_defender_enabled', false],
  }
}

const gke = (nodes: 'private' | 'public', autopilot = false): ModuleAdapter => ({
  type: 'google_container_cluster',
  inputs: (major) => gkeInputs(nodes, autopilot, major),
})

const GKE_MODULE = 'terraform-google-modules/kubernetes-engine/google'
const GKE: Readonly<Record<string, ModuleAdapter>> = Object.fromEntries([
  [GKE_MODULE, gke('public')],
  ...['private-cluster', 'private-cluster-update-variant', 'beta-private-cluster', 'beta-private-cluster-update-variant'].map((name) => [
    `${GKE_MODULE}//modules/${name}`,
    gke('private'),
  ]),
  ...['beta-public-cluster', 'beta-public-cluster-update-variant'].map((name) => [`${GKE_MODULE}//modules/${name}`, gke('public')]),
  [`${GKE_MODULE}//modules/beta-autopilot-private-cluster`, gke('private', true)],
  [`${GKE_MODULE}//modules/beta-autopilot-public-cluster`, gke('public', true)],
])

/** The three that most clusters are made with. Read from their sources; a version that is not known is not judged. */
export const MODULES: Readonly<Record<string, ModuleAdapter>> = {
  'terraform-aws-modules/eks/aws': { type: 'aws_eks_cluster', inputs: eksInputs },
  ...GKE,
  'Azure/aks/azurerm': { type: 'azurerm_kubernetes_cluster', inputs: aksInputs },
}
