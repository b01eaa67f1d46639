import type { KubeObject } from '../../server/model/object.ts'
import { defineRule, type Found } from '../../server/model/rule.ts'
import { entries, get, items, type Path, text, type Value } from '../../server/model/value.ts'

/** A secret of the repository that a job reads, with where it does. */
interface Use {
  readonly secret: string
  readonly path: Path
  /** What it is, and what takes its place. */
  readonly what: string
  readonly instead: string
}

const FEDERATION = 'Let the cloud trust the token that GitHub gives the job (`id-token: write`)'

/** Steps that log in to a cloud, and what of their inputs is a key that stays. */
const LOGINS: readonly { readonly action: RegExp; readonly input: string; readonly what: string; readonly instead: string }[] = [
  {
    action: /^aws-actions\/configure-aws-credentials@/i,
    input: 'aws-access-key-id',
    what: 'an access key of AWS',
    instead: `${FEDERATION}, and take a role (\`role-to-assume\`)`,
  },
  {
    action: /^google-github-actions\/auth@/i,
    input: 'credentials_json',
    what: 'a key of a Google service account',
    instead: `${FEDERATION}, and name the pool (\`workload_identity_provider\`)`,
  },
  {
    action: /^azure\/login@/i,
    input: 'creds',
    what: 'a password of an Azure application',
    instead: `${FEDERATION}, and give \`client-id\`, \`tenant-id\` and \`subscription-id\``,
  },
]

/** What is done to a cluster, with or without its own action. */
const CLUSTER_ACTIONS = /^(azure\/(setup-kubectl|setup-helm|k8s-|aks-)|google-github-actions\/get-gke-credentials|azure\/setup-kubelogin)/i
const CLUSTER_COMMANDS =
  /\b(kubectl|helm (upgrade|install)|helmfile|aws eks update-kubeconfig|az aks get-credentials|gcloud container clusters get-credentials)\b/
const SET_CONTEXT = /^azure\/k8s-set-context@/i
/** Clusters that live as long as the job does. */
const TRIAL =
  /^(helm\/kind-action|engineerd\/setup-kind|container-tools\/kind-action|medyagh\/setup-minikube|manusa\/actions-setup-minikube|nolar\/setup-k3d-k3s|AbsaOSS\/k3d-action|debianmaster\/actions-k3s)@/i
const TRIAL_COMMANDS =
  /\b(kind create cluster|k3d cluster create|minikube start|eksctl create cluster|az aks create|gcloud container clusters create)\b/

const REFERENCE = /\$\{\{[^}]{0,200}?\bsecrets\.([A-Za-z_][A-Za-z0-9_]{0,100})/g
/** The one kind of secret that a name tells; tokens are told by what they are used for. */
const KUBECONFIG = /KUBE_?CONF(IG)?/i
/** Where a program is told to log in to a cluster with a token: what is written there, up to the end of the word. */
const TOKEN =
  /\b(?:kubectl|oc|helm)\b[^\n|;&]{0,400}?\s--(?:kube-)?token[= ]\s*["']?(\$\{\{[^}]{0,200}\}\}|\$\{?[A-Za-z_][A-Za-z0-9_]{0,100})/g

export default defineRule({
  name: 'pipeline-static-cluster-credential',
  title: 'Pipeline logs in to a cluster with a key that stays',
  pillar: 'compliance',
  severity: 'warning',
  controls: { nist80053: ['IA-5(7)', 'IA-5(1)', 'AC-2'], nist800207: ['3', '6'], attack: ['T1552.001', 'T1078.004'], owasp: ['K09'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['file/Workflow'],
  reads: [],
  *check(workflow) {
    const uses: Use[] = []
    for (const [name, job] of entries(workflow.body, 'jobs')) uses.push(...inJob(workflow, job, ['jobs', name]))
    const bySecret = new Map<string, Use[]>()
    for (const use of uses) bySecret.set(use.secret, [...(bySecret.get(use.secret) ?? []), use])
    for (const [secret, same] of bySecret) yield* saying(workflow, secret, same)
  },
})

function* saying(workflow: KubeObject, secret: string, [first, ...others]: readonly Use[]): Iterable<Found<undefined>> {
  if (!first) return
  yield {
    object: workflow,
    path: first.path,
    part: 'value',
    discriminator: secret,
    message: `Whoever gets hold of the secret \`${secret}\` is in the cluster until somebody changes it: it is ${first.what}, which works from everywhere. ${first.instead}.`,
    related: others.slice(0, 10).map(({ path }) => ({ object: workflow, path, part: 'value' as const, message: 'Used here too.' })),
  }
}

function* inJob(workflow: KubeObject, job: Value, path: Path): Iterable<Use> {
  const steps = items(job, 'steps')
  const runs = steps.map((step) => (text(step, 'run') ?? '').replaceAll('\\\n', ' '))
  if (runs.some((run) => TRIAL_COMMANDS.test(run)) || steps.some((step) => TRIAL.test(text(step, 'uses') ?? ''))) return
  const tokens = runs.flatMap((run) => [...run.matchAll(TOKEN)].flatMap((match) => match[1] ?? []))
  const variables = new Set(tokens.flatMap((token) => (token.startsWith('${{') ? [] : [token.replace(/^\$\{?/, '')])))
  yield* inEnvironment(workflow.body, [], variables)
  yield* inEnvironment(job, path, variables)
  const deploys = steps.some((step) => CLUSTER_ACTIONS.test(text(step, 'uses') ?? '')) || runs.some((run) => CLUSTER_COMMANDS.test(run))
  for (const [i, step] of steps.entries()) {
    const at = [...path, 'steps', i]
    const written = tokens.filter((token) => runs[i]?.includes(token)).flatMap(secretsIn)
    yield* kept(get(step, 'run'), [...at, 'run'], (secret) => written.includes(secret))
    yield* inEnvironment(step, at, variables)
    const context = SET_CONTEXT.test(text(step, 'uses') ?? '')
    for (const [input, value] of entries(step, 'with'))
      yield* kept(value, [...at, 'with', input], () => context && (input === 'kubeconfig' || input === 'k8s-secret'))
    if (deploys) yield* loggingIn(step, at)
  }
}

/** @param variables those that hold tokens for a cluster */
function* inEnvironment(holder: Value, path: Path, variables: ReadonlySet<string>): Iterable<Use> {
  for (const [name, value] of entries(holder, 'env')) yield* kept(value, [...path, 'env', name], () => variables.has(name))
}

/** What a step hands on that logs in to a cluster: by its name, or by what is done with it. */
function* kept(value: Value | undefined, path: Path, logsIn: (secret: string) => boolean): Iterable<Use> {
  for (const secret of secretsIn(value)) {
    if (!KUBECONFIG.test(secret) && !logsIn(secret)) continue
    yield {
      secret,
      path,
      what: 'a login to the cluster that is kept in GitHub',
      instead: `${FEDERATION}, or have an agent in the cluster fetch what is to run (Argo CD, Flux)`,
    }
  }
}

function* loggingIn(step: Value, path: Path): Iterable<Use> {
  const action = text(step, 'uses') ?? ''
  const login = LOGINS.find((each) => each.action.test(action))
  if (!login) return
  const value = get(step, 'with', login.input)
  for (const secret of secretsIn(value)) {
    // What the name says already is not said twice.
    if (!KUBECONFIG.test(secret)) yield { secret, path: [...path, 'with', login.input], what: login.what, instead: login.instead }
  }
}

function secretsIn(value: Value | undefined): readonly string[] {
  if (typeof value !== 'string') return []
  const names = [...value.matchAll(REFERENCE)].flatMap((match) => match[1] ?? [])
  // GitHub makes this one for each job.
  return [...new Set(names)].filter((name) => name !== 'GITHUB_TOKEN')
}
