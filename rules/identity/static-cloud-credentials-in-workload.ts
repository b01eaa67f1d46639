import type { Facts } from '../../server/model/facts.ts'
import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type ObjectChange } from '../../server/model/rule.ts'
import { entries, get, items, type Path, text } from '../../server/model/value.ts'
import { type Container, serviceAccountOf, type Workload } from '../../server/model/workload.ts'

interface Cloud {
  readonly name: string
  /** The variable that holds the credential. */
  readonly variable: string
  /** All that belong to it. */
  readonly all: readonly string[]
  /** Of a ServiceAccount that has an identity in this cloud. */
  readonly annotation: string
  readonly instead: string
}

const CLOUDS: readonly Cloud[] = [
  {
    name: 'AWS',
    variable: 'AWS_SECRET_ACCESS_KEY',
    all: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
    annotation: 'eks.amazonaws.com/role-arn',
    instead: 'an IAM role of its ServiceAccount (`eks.amazonaws.com/role-arn`)',
  },
  {
    name: 'Google Cloud',
    variable: 'GOOGLE_APPLICATION_CREDENTIALS',
    all: ['GOOGLE_APPLICATION_CREDENTIALS'],
    annotation: 'iam.gke.io/gcp-service-account',
    instead: 'Workload Identity (`iam.gke.io/gcp-service-account`)',
  },
  {
    name: 'Azure',
    variable: 'AZURE_CLIENT_SECRET',
    all: ['AZURE_CLIENT_SECRET'],
    annotation: 'azure.workload.identity/client-id',
    instead: 'Workload Identity (`azure.workload.identity/client-id`)',
  },
]
/** Programs that speak a cloud's protocol to something else. */
const ELSEWHERE = /^(AWS_ENDPOINT_URL|S3_ENDPOINT|MINIO_|AWS_S3_ENDPOINT|LOCALSTACK)/

interface Place {
  readonly cloud: Cloud
  readonly path: Path
}

export default defineRule<'workload', 'access' | 'objects'>({
  name: 'static-cloud-credentials-in-workload',
  title: 'Pods hold a cloud credential that never expires',
  pillar: 'identity',
  severity: 'information',
  controls: { nist80053: ['IA-5(7)', 'AC-6'], attack: ['T1552.001', 'T1078.004'], owasp: ['K08'] },
  since: '0.1.0',
  each: 'workload',
  reads: ['access', 'objects'],
  *check(workload, { facts }) {
    const account = accountOf(workload, facts)
    for (const { cloud, path } of credentialsOf(workload, facts)) {
      const both = account !== undefined && text(account.body, 'metadata', 'annotations', cloud.annotation) !== undefined
      yield {
        object: workload.object,
        path,
        part: 'value',
        severity: both ? 'warning' : 'information',
        discriminator: cloud.name,
        message: both
          ? `\`${workload.object.name}\` has an identity in ${cloud.name}, and does not use it: \`${cloud.variable}\` comes first. Take the credential out, and revoke it.`
          : `\`${workload.object.name}\` logs in to ${cloud.name} with a credential that is valid wherever it gets (\`${cloud.variable}\`). Use ${cloud.instead}, which is issued to these pods alone.`,
      }
    }
  },
  *fix({ object, path, discriminator, severity }) {
    const cloud = CLOUDS.find(({ name }) => name === discriminator)
    const at = path.indexOf('env')
    if (!cloud || severity !== 'warning' || at < 0) return
    const holder = path.slice(0, at + 1)
    const changes = items(object.body, ...holder).flatMap((variable, i): ObjectChange[] =>
      cloud.all.includes(text(variable, 'name') ?? '') ? [{ op: 'remove', object, path: [...holder, i] }] : [],
    )
    if (changes.length > 0)
      yield {
        title: `Use its identity in ${cloud.name}: takes ${cloud.all.filter((name) => hasVariable(object, holder, name)).join(', ')} out`,
        applicability: 'hardening',
        changes,
      }
  },
})

function hasVariable(object: KubeObject, holder: Path, name: string): boolean {
  return items(object.body, ...holder).some((variable) => text(variable, 'name') === name)
}

function accountOf(workload: Workload, { access }: Pick<Facts, 'access'>): KubeObject | undefined {
  const name = serviceAccountOf(workload)
  return name === undefined ? undefined : access.serviceAccount(workload.object.namespace, name)
}

/** One for each cloud. */
function credentialsOf(workload: Workload, facts: Pick<Facts, 'objects'>): Place[] {
  const found = new Map<Cloud, Place>()
  for (const container of workload.containers) {
    const variables = variablesOf(container, workload, facts)
    if (variables.some(({ name }) => ELSEWHERE.test(name))) continue
    for (const cloud of CLOUDS) {
      const variable = variables.find(({ name }) => name === cloud.variable)
      if (variable && !found.has(cloud) && isCredential(cloud, variable.value, container, workload))
        found.set(cloud, { cloud, path: variable.path })
    }
  }
  return [...found.values()]
}

interface Variable {
  readonly name: string
  readonly path: Path
  readonly value: string | undefined
}

/** Of a container: by name, and by the keys of Secrets and ConfigMaps of the files. */
function variablesOf({ body, path }: Container, { object }: Workload, { objects }: Pick<Facts, 'objects'>): Variable[] {
  const named = items(body, 'env').map((variable, i) => ({
    name: text(variable, 'name') ?? '',
    path: [...path, 'env', i, 'name'],
    value: text(variable, 'value'),
  }))
  const taken = items(body, 'envFrom').flatMap((source, i) =>
    (
      [
        ['secretRef', '/Secret'],
        ['configMapRef', '/ConfigMap'],
      ] as const
    ).flatMap(([field, kind]) => {
      const holder = objects(kind).find(({ name, namespace }) => name === text(source, field, 'name') && namespace === object.namespace)
      const keys = [...entries(holder?.body, 'data'), ...entries(holder?.body, 'stringData')]
      return keys.map(([key]) => ({ name: key, path: [...path, 'envFrom', i, field, 'name'], value: undefined }))
    }),
  )
  return [...named, ...taken]
}

/** Google's variable names a file: of a Secret it is a key, projected by the platform it is none. */
function isCredential({ name }: Cloud, value: string | undefined, { body }: Container, { spec }: Workload): boolean {
  if (name !== 'Google Cloud') return true
  const mount = items(body, 'volumeMounts').find((each) => value?.startsWith(text(each, 'mountPath') ?? '\n'))
  const volume = items(spec, 'volumes').find((each) => mount !== undefined && text(each, 'name') === text(mount, 'name'))
  return get(volume, 'secret') !== undefined
}
