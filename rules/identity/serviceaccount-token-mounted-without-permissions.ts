import { identityOf } from '../../server/model/access/identity.ts'
import { withoutToken } from '../../server/model/access/token-edits.ts'
import { isKnownController } from '../../server/model/controllers.ts'
import type { Facts, NamespaceFacts } from '../../server/model/facts.ts'
import { SYSTEM_NAMESPACES } from '../../server/model/namespaces.ts'
import { isNodeAgent } from '../../server/model/node-agents.ts'
import { type Anchor, defineRule, type Fix } from '../../server/model/rule.ts'
import { get, items, text, texts } from '../../server/model/value.ts'
import type { Workload } from '../../server/model/workload.ts'

export default defineRule<'namespace', 'access' | 'tokens', readonly Workload[]>({
  name: 'serviceaccount-token-mounted-without-permissions',
  title: 'Pods hold a token that is good for nothing',
  pillar: 'identity',
  severity: 'hint',
  absence: true,
  controls: { cis: ['5.1.6'], nsa: ['Auth'], nist80053: ['AC-6', 'CM-7'], attack: ['T1528'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'namespace',
  reads: ['access', 'tokens'],
  *check(namespace, { facts }) {
    if (SYSTEM_NAMESPACES.has(namespace.name)) return
    const needless = namespace.workloads.filter((workload) => isNeedless(workload, facts))
    const [first, ...others] = needless
    if (!first) return
    yield {
      ...anchorOf(first, namespace, facts),
      about: `namespace ${namespace.name}`,
      message: `${sayPods(needless, namespace)} a token for the API server, and nothing is granted to it. Mount none: who breaks in gets one thing less.`,
      related: others.map(({ object }) => ({
        object,
        path: ['metadata', 'name'],
        part: 'value' as const,
        message: `${object.kind} \`${object.name}\` mounts one too.`,
      })),
      data: needless,
    }
  },
  *fix({ data: needless }, { facts }) {
    if (!needless) return
    yield* throughAccount(needless, facts)
    yield withoutToken(needless)
  },
})

/** Where the account says itself that tokens are mounted, and serves nobody else. */
function* throughAccount(needless: readonly Workload[], { access, tokens }: Pick<Facts, 'access' | 'tokens'>): Iterable<Fix> {
  const mounted = needless.flatMap((workload) => tokens.of(workload)).filter(({ via }) => via === 'mounted')
  const accounts = new Set(mounted.map(({ namespace, name }) => access.serviceAccount(namespace, name)))
  const [account, ...others] = accounts
  if (!account || others.length > 0 || get(account.body, 'automountServiceAccountToken') !== true) return
  const decides = (workload: Workload): boolean => get(workload.spec, 'automountServiceAccountToken') === undefined
  if (!needless.every(decides) || tokens.holdersOf(account.namespace, account.name).some((holder) => !needless.includes(holder))) return
  yield {
    title: `Mount no token of ServiceAccount \`${account.name}\`: what reads the API, or the files beside the token, stops`,
    applicability: 'hardening',
    changes: [{ op: 'set', object: account, path: ['automountServiceAccountToken'], value: false }],
  }
}

function isNeedless(workload: Workload, { access, tokens }: Pick<Facts, 'access' | 'tokens'>): boolean {
  const mounted = tokens.of(workload).filter(({ via, held }) => via === 'mounted' && held === true)
  return (
    mounted.length > 0 &&
    !usesApi(workload) &&
    mounted.every(({ namespace, name }) =>
      access
        .grantsOf(identityOf({ kind: 'ServiceAccount', namespace, name }))
        .every(({ binding, role }) => binding === undefined || (role.builtIn?.harmless ?? false)),
    )
  )
}

const API_ARGUMENTS = /^--?(kubeconfig|leader-elect|in-cluster|apiserver|kube-api|master\b)/
/** These log in elsewhere with the token that every pod has. */
const TOKEN_ANNOTATIONS = ['vault.hashicorp.com/agent-inject', 'conjur.org/inject']

/** What speaks for a program that asks the API server, whatever may be granted elsewhere. */
function usesApi(workload: Workload): boolean {
  const { annotations, containers } = workload
  if (isKnownController(workload) || isNodeAgent(workload)) return true
  if (annotations !== 'unknown' && TOKEN_ANNOTATIONS.some((name) => annotations[name] !== undefined)) return true
  return containers.some(({ body }) => {
    const words = [...texts(body, 'command'), ...texts(body, 'args')]
    const variables = items(body, 'env').map((variable) => text(variable, 'name') ?? '')
    return (
      words.some((word) => API_ARGUMENTS.test(word) || /\bkubectl\b/.test(word)) ||
      variables.some((name) => /^(KUBERNETES_(?!SERVICE_)|KUBECONFIG|POD_NAMESPACE$|WATCH_NAMESPACE$)/.test(name)) ||
      /kubectl|operator|controller/.test(text(body, 'image') ?? '')
    )
  })
}

/** The account where all of them share one of the files, else the first of them. */
function anchorOf(first: Workload, namespace: NamespaceFacts, { access, tokens }: Pick<Facts, 'access' | 'tokens'>): Anchor {
  const [token] = tokens.of(first)
  const account = token && access.serviceAccount(namespace.name, token.name)
  return { object: account ?? first.object, path: ['metadata', 'name'], part: 'value' }
}

function sayPods(needless: readonly Workload[], { name }: NamespaceFacts): string {
  const where = name === '' ? '' : ` in \`${name}\``
  return needless.length === 1 ? `\`${needless[0]?.object.name}\`${where} mounts` : `${needless.length} workloads${where} mount`
}
