import { cloudResource } from '../../server/model/cloud/resource.ts'
import { defineRule } from '../../server/model/rule.ts'
import { isUnknown, unknown } from '../../server/model/value.ts'

const ACCOUNT = 'node_config.service_account'

export default defineRule({
  name: 'node-default-identity',
  title: 'Nodes run as the default identity of the project',
  pillar: 'identity',
  severity: 'information',
  controls: { cis: ['GKE 5.2.1'], nist80053: ['AC-6', 'IA-9'], nist800207: ['6'], attack: ['T1552.005', 'T1078.004'], owasp: ['K08'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/google_container_cluster', 'terraform/google_container_node_pool'],
  reads: [],
  *check(object) {
    const resource = cloudResource(object)
    if (!resource) return
    if (object.kind === 'google_container_cluster') {
      // Without nodes of its own, and where Google runs them, there is nothing to say here.
      const without = [
        resource.read('remove_default_node_pool', false),
        resource.read('enable_autopilot', false),
        resource.read('node_pool'),
      ]
      if (without.some(({ value }) => value !== undefined && value !== false)) return
    }
    const { value, path } = resource.read(ACCOUNT)
    if (isUnknown(value)) yield { notEvaluated: object, path }
    else if (
      value === undefined ||
      value === 'default' ||
      (typeof value === 'string' && /^\d+-compute@developer\.gserviceaccount\.com$/.test(value))
    ) {
      yield {
        object,
        path,
        part: 'value',
        message: `The nodes of \`${object.name}\` run as the default service account of Compute Engine, which many share and which often may edit the whole project. Give them one of their own, with \`roles/container.defaultNodeServiceAccount\`.`,
      }
    }
  },
  *fix({ object, path }) {
    const name = /^(?:.*\.)?([\w-]+)/.exec(object.name.replace(/\[.*$/, ''))?.[1] ?? 'nodes'
    const account = `${name}_nodes`
    yield {
      title: 'Give the nodes an account of their own: grant it roles/container.defaultNodeServiceAccount',
      applicability: 'assisted',
      changes: [
        { op: 'set', object, path, value: unknown(`google_service_account.${account}.email`) },
        {
          op: 'create',
          beside: object,
          body: {
            apiVersion: 'terraform/v1',
            kind: 'google_service_account',
            metadata: { name: account },
            spec: { account_id: `${name.replaceAll('_', '-')}-nodes`.toLowerCase().slice(0, 30), display_name: `Nodes of ${name}` },
          },
        },
      ],
    }
  },
})
