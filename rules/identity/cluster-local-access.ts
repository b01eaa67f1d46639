import { type CloudResource, cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule, type Fix, type Found, type Severity, type Skipped } from '../../server/model/rule.ts'
import { isUnknown, type Value } from '../../server/model/value.ts'

interface Door {
  readonly type: string
  readonly argument: string
  /** What the argument is when it is absent; undefined where that is not judged. */
  readonly standard: Value | undefined
  /** Values that open the door. */
  readonly open: readonly Value[]
  readonly severity: Severity
  readonly says: string
  /** Arguments that must be true for it to matter; the finding stands at the first. */
  readonly beside?: readonly string[]
  readonly fix?: { readonly title: string; readonly value: Value; readonly applicability: Fix['applicability'] }
}

const DOORS: readonly Door[] = [
  {
    type: 'aws_eks_cluster',
    argument: 'access_config.authentication_mode',
    standard: 'CONFIG_MAP',
    open: ['CONFIG_MAP'],
    severity: 'hint',
    says: 'takes its users from the ConfigMap `aws-auth`, which whoever may edit it can enlarge, and whose creator is an administrator that is listed nowhere. Use access entries: `authentication_mode = "API"`.',
    fix: { title: 'Take users from access entries too, besides the ConfigMap', value: 'API_AND_CONFIG_MAP', applicability: 'safe' },
  },
  {
    type: 'google_container_cluster',
    argument: 'enable_legacy_abac',
    standard: false,
    open: [true],
    severity: 'warning',
    says: 'grants rights by the legacy authorizer, which lets every service account do almost everything. Leave it to RBAC.',
    fix: { title: 'Leave access to RBAC: what relied on legacy rights is refused', value: false, applicability: 'hardening' },
  },
  {
    type: 'google_container_cluster',
    argument: 'master_auth.client_certificate_config.issue_client_certificate',
    standard: false,
    open: [true],
    severity: 'warning',
    says: 'issues a client certificate that no second factor guards and nobody can revoke. Issue none; the cluster is made anew for it.',
  },
  {
    type: 'azurerm_kubernetes_cluster',
    argument: 'role_based_access_control_enabled',
    standard: true,
    open: [false],
    severity: 'error',
    says: 'has no RBAC: every account may do everything. Switch it on; the cluster is made anew for it.',
  },
  {
    type: 'azurerm_kubernetes_cluster',
    argument: 'local_account_disabled',
    standard: false,
    open: [false],
    severity: 'information',
    says: 'keeps local accounts: a certificate of an administrator that Entra ID neither guards with a second factor nor can revoke. Set `local_account_disabled` (with `azure_active_directory_role_based_access_control`).',
  },
  {
    type: 'azurerm_kubernetes_cluster',
    argument: 'run_command_enabled',
    standard: true,
    open: [true],
    severity: 'hint',
    // What is open besides is said first.
    beside: ['private_cluster_enabled', 'local_account_disabled'],
    says: 'is private, and lets whoever may manage it in Azure run commands in it all the same, from anywhere and as an administrator. Set `run_command_enabled` to false.',
    fix: { title: 'Refuse `az aks command invoke`', value: false, applicability: 'hardening' },
  },
]

export default defineRule<'object', never, Door>({
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
  kinds: ['terraform/aws_eks_cluster', 'terraform/google_container_cluster', 'terraform/azurerm_kubernetes_cluster', 'terraform/module'],
  reads: [],
  *check(object) {
    const cluster = cloudResource(object)
    for (const door of DOORS) if (cluster?.type === door.type) yield* judge(cluster, door)
  },
  *fix({ object, data }) {
    const path = data && cloudResource(object)?.read(data.argument).path
    if (data?.fix && path)
      yield { title: data.fix.title, applicability: data.fix.applicability, changes: [{ op: 'set', object, path, value: data.fix.value }] }
  },
})

function* judge(cluster: CloudResource, door: Door): Iterable<Found<Door> | Skipped> {
  const { value, path, written } = cluster.read(door.argument, door.standard)
  if (isUnknown(value)) {
    if (written) yield { notEvaluated: cluster.object, path }
    return
  }
  // What a module does with an input that nobody set is its own affair.
  const judged = value === undefined && cluster.object.kind === 'module' ? null : value
  if (judged === undefined || !door.open.includes(judged)) return
  const beside = door.beside?.map((argument) => cluster.read(argument, false))
  if (beside?.some(({ value }) => value !== true)) return
  yield {
    object: cluster.object,
    path: beside?.[0]?.path ?? path,
    part: 'value',
    severity: door.severity,
    discriminator: door.argument,
    message: `\`${cluster.address}\` ${door.says}`,
    data: door,
  }
}
