import { APISERVER_KINDS, type ApiServer, apiServerOf } from '../../server/model/apiserver.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { lacks } from '../../server/model/program.ts'
import { defineRule, type Fix, type ObjectChange } from '../../server/model/rule.ts'
import { get, isList, items, type Path, type Value } from '../../server/model/value.ts'

const POLICY = 'audit-policy-file'
const SINKS = ['audit-log-path', 'audit-webhook-config-file']

const POLICY_FILE = '/etc/kubernetes/audit-policy.yaml'
const LOGS = '/var/log/kubernetes'
const LOG_FILE = `${LOGS}/audit.log`

export default defineRule({
  name: 'audit-not-enabled',
  title: 'API server writes no audit log',
  pillar: 'monitoring',
  severity: 'warning',
  controls: {
    cis: ['1.2.16', '3.2.1'],
    nsa: ['Log'],
    nist80053: ['AU-2', 'AU-12'],
    nist800207: ['7'],
    attack: ['T1562.008'],
    owasp: ['K10'],
  },
  since: '0.1.0',
  each: 'object',
  kinds: APISERVER_KINDS,
  reads: [],
  *check(object) {
    const server = apiServerOf(object)
    if (!server) return
    if (server.incomplete) {
      yield { notEvaluated: object, path: server.path }
      return
    }
    const ruled = !lacks(server, POLICY)
    const sink = SINKS.find((flag) => !lacks(server, flag))
    if (ruled && sink) return
    if (ruled || sink) {
      const flag = server.flags.get(ruled ? POLICY : (sink ?? POLICY))
      yield {
        object,
        path: flag?.path ?? server.path,
        part: flag ? 'value' : 'key',
        discriminator: ruled ? 'sink' : 'policy',
        message: ruled
          ? `The API server knows what to log and not where: \`--${POLICY}\` does nothing without \`--audit-log-path\` or \`--audit-webhook-config-file\`. Say where.`
          : `The API server logs no request: without \`--${POLICY}\` nothing is written to what \`--${sink}\` says. Give it a policy.`,
      }
      return
    }
    yield {
      object,
      path: server.path,
      part: 'key',
      severity: server.managed ? 'information' : 'warning',
      discriminator: 'audit',
      message: `The API server writes no audit log: who read a Secret or opened a shell in a pod is not to be found out. Give it a policy (\`--${POLICY}\`) and a place to log to (\`--audit-log-path\`).`,
    }
  },
  *fix({ object, discriminator }) {
    const server = apiServerOf(object)
    if (!server) return
    if (discriminator === 'sink') yield* logTo(object, server)
    else if (discriminator === 'audit' && object.group !== 'kops.k8s.io') yield* enable(object, server)
  },
})

function* logTo(object: KubeObject, server: ApiServer): Iterable<Fix> {
  yield {
    title: 'Log to the standard output of the API server',
    applicability: 'assisted',
    changes: [flagOf(object, server, 'audit-log-path', '-', 0)],
  }
}

/** The program reads and writes files of its node: both are brought into it. */
function* enable(object: KubeObject, server: ApiServer): Iterable<Fix> {
  const changes = [flagOf(object, server, POLICY, POLICY_FILE, 0), flagOf(object, server, 'audit-log-path', LOG_FILE, 1)]
  yield {
    title: `Log by ${POLICY_FILE}, which every node of the control plane must have, to ${LOG_FILE}`,
    applicability: 'assisted',
    leaves: ['node-access'],
    changes: [...changes, ...(server.managed ? volumesOfKubeadm(object, server) : volumesOfPod(object, server))],
  }
}

/** Maps of flags became lists in v1beta4 of kubeadm and v1beta2 of Cluster API. */
function flagOf(object: KubeObject, server: ApiServer, name: string, value: string, after: number): ObjectChange {
  const present = get(object.body, ...server.path)
  const end = items(object.body, ...server.path).length
  if (!server.managed) return { op: 'insert', object, path: server.path, index: end, value: `--${name}=${value}` }
  const list = present === undefined ? /v1beta[4-9]$|x-k8s\.io\/v1beta2$/.test(object.apiVersion) : isList(present)
  return list
    ? { op: 'insert', object, path: server.path, index: end + (present === undefined ? after : 0), value: { name, value } }
    : { op: 'set', object, path: [...server.path, name], value }
}

function volumesOfKubeadm(object: KubeObject, { path }: ApiServer): ObjectChange[] {
  const list: Path = [...path.slice(0, -1), 'extraVolumes']
  return appended(object, list, [
    { name: 'audit-policy', hostPath: POLICY_FILE, mountPath: POLICY_FILE, readOnly: true, pathType: 'File' },
    { name: 'audit-log', hostPath: LOGS, mountPath: LOGS, pathType: 'DirectoryOrCreate' },
  ])
}

function volumesOfPod(object: KubeObject, { path }: ApiServer): ObjectChange[] {
  const container = path.slice(0, -1)
  return [
    ...appended(
      object,
      [...container, 'volumeMounts'],
      [
        { name: 'audit-policy', mountPath: POLICY_FILE, readOnly: true },
        { name: 'audit-log', mountPath: LOGS },
      ],
    ),
    ...appended(
      object,
      [...container.slice(0, -2), 'volumes'],
      [
        { name: 'audit-policy', hostPath: { path: POLICY_FILE, type: 'File' } },
        { name: 'audit-log', hostPath: { path: LOGS, type: 'DirectoryOrCreate' } },
      ],
    ),
  ]
}

function appended(object: KubeObject, path: Path, values: readonly Value[]): ObjectChange[] {
  if (get(object.body, ...path) === undefined) return [{ op: 'set', object, path, value: values }]
  const index = items(object.body, ...path).length
  return values.map((value) => ({ op: 'insert', object, path, index, value }))
}
