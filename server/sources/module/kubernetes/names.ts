/** Names that camel case does not give. */
const SPELLED: Readonly<Record<string, string>> = {
  cluster_ip: 'clusterIP',
  cluster_ips: 'clusterIPs',
  external_ips: 'externalIPs',
  load_balancer_ip: 'loadBalancerIP',
  client_ip: 'clientIP',
  host_ip: 'hostIP',
  host_ipc: 'hostIPC',
  host_pid: 'hostPID',
  pod_ip: 'podIP',
  non_resource_urls: 'nonResourceURLs',
  insecure_skip_tls_verify: 'insecureSkipTLSVerify',
  downward_api: 'downwardAPI',
  timezone: 'timeZone',
  volume_id: 'volumeID',
  pd_id: 'pdID',
  dataset_uuid: 'datasetUUID',
  target_ww_ns: 'targetWWNs',
  ceph_fs: 'cephfs',
  run_as_username: 'runAsUserName',
  target_cpu_utilization_percentage: 'targetCPUUtilizationPercentage',
  storage_provisioner: 'provisioner',
  data_disk_uri: 'diskURI',
  endpoints_name: 'endpoints',
  ceph_monitors: 'monitors',
  rados_user: 'user',
  rbd_image: 'image',
  rbd_pool: 'pool',
}

/** Blocks whose name is the singular of the list that they are items of. */
const PLURALS: Readonly<Record<string, string>> = {
  address: 'addresses',
  condition: 'conditions',
  container: 'containers',
  endpoint: 'endpoints',
  http_header: 'httpHeaders',
  image_pull_secret: 'imagePullSecrets',
  init_container: 'initContainers',
  limit: 'limits',
  match_expression: 'matchExpressions',
  metric: 'metrics',
  node_selector_term: 'nodeSelectorTerms',
  not_ready_address: 'notReadyAddresses',
  on_pod_condition: 'onPodConditions',
  option: 'options',
  path: 'paths',
  policy: 'policies',
  port: 'ports',
  readiness_gate: 'readinessGates',
  rule: 'rules',
  secret: 'secrets',
  subject: 'subjects',
  subset: 'subsets',
  sysctl: 'sysctls',
  taint: 'taints',
  toleration: 'tolerations',
  topology_spread_constraint: 'topologySpreadConstraints',
  volume: 'volumes',
  volume_claim_template: 'volumeClaimTemplates',
  volume_device: 'volumeDevices',
  volume_mount: 'volumeMounts',
  webhook: 'webhooks',
}

/** Blocks that stand for one object wherever they are. */
const SINGLE = new Set(
  `affinity aggregation_rule aws_elastic_block_store azure_disk azure_file backend behavior bound_object_ref capabilities ceph_fs cinder
  claim_ref client_config client_ip condition config_map config_map_key_ref config_map_ref container_resource controller_expand_secret_ref
  controller_publish_secret_ref csi default_backend described_object dns_config downward_api empty_dir ephemeral exec external fc field_ref
  flex_volume flocker fs_group gce_persistent_disk git_repo glusterfs grpc host_path http http_get ip_block iscsi job_template label_selector
  lifecycle liveness_probe local metadata namespace_selector nfs node_affinity node_publish_secret_ref node_stage_secret_ref object
  object_selector on_exit_codes os parameters persistent_volume_claim persistent_volume_claim_retention_policy persistent_volume_source
  photon_persistent_disk pod_affinity pod_affinity_term pod_anti_affinity pod_failure_policy pod_selector pods post_start pre_stop
  preference projected quobyte rbd readiness_probe required resource resource_field_ref resources role_ref rolling_update run_as_group
  run_as_user scale_down scale_target_ref scale_up scope_selector se_linux se_linux_options seccomp_profile secret_key_ref secret_ref
  security_context selector service service_account_token session_affinity_config spec startup_probe strategy supplemental_groups target
  target_ref tcp_socket template update_strategy value_from vsphere_volume windows_options`.split(/\s+/),
)

/** Blocks that are items of a list, wherever they are. */
const LISTED = new Set(
  `address allowed_flex_volumes allowed_host_paths allowed_topologies cluster_role_selectors container egress endpoint env env_from from
  host_aliases host_ports http_header image_pull_secret image_pull_secrets ingress init_container items limit match_expression
  match_expressions match_fields match_label_expressions node_selector_term not_ready_address on_pod_condition option path policy ports
  preferred_during_scheduling_ignored_during_execution range readiness_gate rule sources subject subset sysctl taint tls to toleration
  topology_spread_constraint volume volume_device volume_mount webhook`.split(/\s+/),
)

/** Whether blocks of this name below `parent` ('' for the resource itself) are items of a list. */
export function isListed(name: string, parent: string): boolean {
  switch (name) {
    case 'metric':
    case 'volume_claim_template':
      return parent === 'spec'
    case 'port':
      return parent !== 'service'
    case 'required_during_scheduling_ignored_during_execution':
      return parent !== 'node_affinity'
    case 'secret':
      return parent === ''
    default:
      return LISTED.has(name)
  }
}

/** Whether this is the name of a block in any resource; arguments never have such a name, but for `selector` of a Service and `parameters`. */
export function isBlockName(name: string): boolean {
  return SINGLE.has(name) || LISTED.has(name) || name in PLURALS || name === 'required_during_scheduling_ignored_during_execution'
}

/** What Kubernetes calls an argument or block of the provider. */
export function kubernetesName(name: string, parent: string, block: boolean): string {
  if (Object.hasOwn(SPELLED, name)) return SPELLED[name] ?? name
  if (block && Object.hasOwn(PLURALS, name) && (isListed(name, parent) || name === 'condition')) return PLURALS[name] ?? name
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

const BACK = new Map([...Object.entries(SPELLED)].map(([name, spelled]) => [spelled, name]))
const SINGULARS = new Map([...Object.entries(PLURALS)].map(([name, plural]) => [plural, name]))

/** What the provider calls a field of Kubernetes: an argument, or a block where the value needs one. */
export function providerName(field: string, parent: string, block: boolean): string {
  const spelled = BACK.get(field)
  if (spelled !== undefined && !['monitors', 'user', 'image', 'pool', 'endpoints'].includes(field)) return spelled
  const singular = SINGULARS.get(field)
  if (
    block &&
    singular !== undefined &&
    isListed(singular, parent) &&
    !(field === 'ports' && (parent === 'ingress' || parent === 'egress'))
  )
    return singular
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** Arguments that speak to the provider and are no part of the object. */
export const PROVIDER_ONLY = new Set([
  'id',
  'timeouts',
  'wait_for',
  'wait',
  'wait_for_rollout',
  'wait_for_completion',
  'wait_for_load_balancer',
  'wait_until_bound',
  'wait_for_default_service_account',
  'wait_for_service_account_token',
  'target_state',
  'auto_approve',
  'field_manager',
  'data_wo_revision',
  'binary_data_wo_revision',
])

/** Arguments that are numbers in Kubernetes and texts here. */
export const NUMBERS = new Set([
  'run_as_user',
  'run_as_group',
  'fs_group',
  'replicas',
  'toleration_seconds',
  'ttl_seconds_after_finished',
  'active_deadline_seconds',
  'backoff_limit',
])
/** A number, or the name of a port or a percentage. */
export const NUMBER_OR_TEXT = new Set(['port', 'target_port', 'max_surge', 'max_unavailable', 'min_available', 'number'])
export const MODES = new Set(['default_mode', 'mode'])
export const BOOLEANS = new Set([
  'privileged',
  'allow_privilege_escalation',
  'read_only_root_filesystem',
  'run_as_non_root',
  'host_network',
  'host_pid',
  'host_ipc',
  'automount_service_account_token',
  'enable_service_links',
  'share_process_namespace',
  'read_only',
  'optional',
  'immutable',
  'allow_volume_expansion',
  'publish_not_ready_addresses',
])
