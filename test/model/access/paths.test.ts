import { describe, expect, test } from 'vitest'
import { describePlace } from '../../../server/model/access/places.ts'
import { type EnvironmentModel, environmentModel } from '../../../server/model/facts.ts'
import { evaluateManifest } from '../../../server/sources/manifest.ts'
import { binding, modelOf, rbac, role } from './files.ts'

const RBAC = 'rbac.authorization.k8s.io'

/** A workload behind a load balancer. */
function exposed(spec = 'serviceAccountName: web', kind = 'Deployment'): string {
  return `apiVersion: v1
kind: Service
metadata: { namespace: shop, name: web }
spec: { type: LoadBalancer, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: ${kind}
metadata: { namespace: shop, name: web }
spec: { template: { metadata: { labels: { app: web } }, spec: { ${spec}, containers: [{ name: a, image: b }] } } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { namespace: shop, name: web }
---
`
}

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { a: b } }\n---\n'
const RESTRICTED = NAMESPACE.replace('a: b', 'pod-security.kubernetes.io/enforce: restricted')
const WEB = 'ServiceAccount shop/web'

/** `the end: step; step` of each attack path, a question mark where it is not certain. */
function paths(model: EnvironmentModel): string[] {
  return model.facts.escalation.attackPaths().map(({ end, sure, steps }) => {
    const ways = steps.map(({ edge }) => `${describePlace(edge.to)}${edge.sure ? '' : '?'}`)
    return `${describePlace(end)}${sure ? '' : '?'}: ${ways.join(' > ')}`
  })
}

const ACCOUNT = 'ServiceAccount `shop/web`'
const CLUSTER = 'the whole cluster'
const ALL_ACCOUNTS = 'every ServiceAccount of the cluster'

describe('attack paths', () => {
  test.each<[title: string, files: string, paths: string[]]>([
    ['everything', rbac(binding('b', 'cluster-admin', WEB)), [`${CLUSTER}: ${ACCOUNT} > ${CLUSTER}`]],
    ['nothing', rbac(role('r', 'get core configmaps'), binding('b', 'r', WEB)), []],
    [
      'pods anywhere are pods in kube-system',
      rbac(role('r', 'create core pods'), binding('b', 'r', WEB)),
      [`${CLUSTER}: ${ACCOUNT} > ${ALL_ACCOUNTS} > ${CLUSTER}`],
    ],
    [
      'pods of the namespace, where somebody stronger lives',
      rbac(role('r', 'create core pods'), binding('shop/b', 'r', WEB), binding('c', 'cluster-admin', 'ServiceAccount shop/ops')),
      [`${CLUSTER}: ${ACCOUNT} > every ServiceAccount of \`shop\` > ServiceAccount \`shop/ops\` > ${CLUSTER}`],
    ],
    [
      'pods of a namespace that admits privileged ones reach its nodes',
      `${NAMESPACE}${rbac(role('r', 'create core pods'), binding('shop/b', 'r', WEB))}`,
      [`the nodes: ${ACCOUNT} > the nodes`],
    ],
    [
      'pods of a namespace that admits none, and where nobody is stronger',
      `${RESTRICTED}${rbac(role('r', 'create core pods'), binding('shop/b', 'r', WEB))}`,
      [],
    ],
    [
      'a namespace of which nothing is known',
      rbac(role('r', 'create core pods'), binding('shop/b', 'r', WEB)),
      [`the nodes?: ${ACCOUNT} > the nodes?`],
    ],
    ['Secrets of its own namespace are its own', rbac(role('r', 'list core secrets'), binding('shop/b', 'r', WEB)), []],
    [
      'Secrets of another one are not',
      rbac(role('r', 'list core secrets'), binding('prod/b', 'r', WEB)),
      [`every Secret of \`prod\`: ${ACCOUNT} > every Secret of \`prod\``],
    ],
    [
      'a token in a Secret',
      `${rbac(role('r', 'get core secrets'), binding('shop/b', 'r', WEB), binding('c', 'cluster-admin', 'ServiceAccount shop/ops'))}
---
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata: { namespace: shop, name: ops, annotations: { kubernetes.io/service-account.name: ops } }`,
      [`${CLUSTER}: ${ACCOUNT} > every Secret of \`shop\` > ServiceAccount \`shop/ops\` > ${CLUSTER}`],
    ],
    [
      'commands in a pod that holds a stronger token',
      `${rbac(role('r', 'create core pods/exec'), binding('shop/b', 'r', WEB), binding('c', 'cluster-admin', 'ServiceAccount shop/ops'))}
---
apiVersion: v1
kind: Pod
metadata: { namespace: shop, name: ops }
spec: { serviceAccountName: ops, automountServiceAccountToken: true, containers: [] }`,
      [`${CLUSTER}: ${ACCOUNT} > every pod of \`shop\` > ServiceAccount \`shop/ops\` > ${CLUSTER}`],
    ],
    ['the kubelet', rbac(role('r', 'get core nodes/proxy'), binding('b', 'r', WEB)), [`the nodes: ${ACCOUNT} > the nodes`]],
    [
      'binding in one namespace ends in that namespace',
      `${RESTRICTED}${rbac(role('r', `bind,create ${RBAC} clusterroles,rolebindings`), binding('prod/b', 'r', WEB))}`,
      [`everything in \`prod\`: ${ACCOUNT} > everything in \`prod\``],
    ],
    [
      'binding what is harmless',
      rbac(role('r', `bind ${RBAC} clusterroles view`, `create ${RBAC} clusterrolebindings`), binding('b', 'r', WEB)),
      [],
    ],
    [
      'binding a named role leads to what it grants',
      rbac(
        role('r', `bind ${RBAC} clusterroles strong`, `create ${RBAC} clusterrolebindings`),
        role('strong', 'list core secrets'),
        binding('b', 'r', WEB),
      ),
      [`every Secret of the cluster: ${ACCOUNT} > what ClusterRole \`strong\` grants > every Secret of the cluster`],
    ],
    [
      'escalating a role that it has',
      rbac(role('r', `escalate,patch ${RBAC} clusterroles r`), binding('b', 'r', WEB)),
      [`${CLUSTER}: ${ACCOUNT} > ${CLUSTER}`],
    ],
    [
      'escalating a role that it does not have',
      rbac(role('r', `escalate,patch ${RBAC} clusterroles other`), binding('b', 'r', WEB)),
      [`${CLUSTER}?: ${ACCOUNT} > ${CLUSTER}?`],
    ],
    [
      'acting as somebody',
      rbac(
        role('r', 'impersonate core users system:serviceaccount:shop:ops'),
        binding('b', 'r', WEB),
        binding('c', 'cluster-admin', 'ServiceAccount shop/ops'),
      ),
      [`${CLUSTER}: ${ACCOUNT} > ServiceAccount \`shop/ops\` > ${CLUSTER}`],
    ],
    [
      'acting as a member of masters',
      rbac(role('r', 'impersonate core users nobody', 'impersonate core groups system:masters'), binding('b', 'r', WEB)),
      [`${CLUSTER}: ${ACCOUNT} > ${CLUSTER}`],
    ],
    [
      'a deputy whose permissions are in the files',
      rbac(
        role('r', 'create kustomize.toolkit.fluxcd.io kustomizations'),
        binding('shop/b', 'r', WEB),
        binding('c', 'cluster-admin', 'ServiceAccount flux-system/kustomize-controller'),
      ),
      [`${CLUSTER}: ${ACCOUNT} > ServiceAccount \`flux-system/kustomize-controller\` > ${CLUSTER}`],
    ],
    [
      'a deputy that is not in the files',
      rbac(role('r', 'create argoproj.io applications'), binding('shop/b', 'r', WEB)),
      [`${CLUSTER}?: ${ACCOUNT} > ${CLUSTER}?`],
    ],
    [
      'a deputy that lets the writer choose an account',
      `${RESTRICTED}${rbac(role('r', 'create argoproj.io workflows'), binding('shop/b', 'r', WEB), binding('c', 'cluster-admin', 'ServiceAccount shop/ops'))}`,
      [`${CLUSTER}: ${ACCOUNT} > every ServiceAccount of \`shop\` > ServiceAccount \`shop/ops\` > ${CLUSTER}`],
    ],
    [
      'circles',
      `${RESTRICTED}${rbac(role('r', 'create core pods', 'impersonate core serviceaccounts'), binding('shop/b', 'r', WEB, 'ServiceAccount shop/a'))}`,
      [],
    ],
    [
      'an account with a cloud identity',
      `apiVersion: v1\nkind: ServiceAccount\nmetadata: { namespace: shop, name: web, annotations: { eks.amazonaws.com/role-arn: 'arn:x' } }`,
      [`the cloud identity \`arn:x\`: ${ACCOUNT} > the cloud identity \`arn:x\``],
    ],
  ])('%s', (_, files, expected) => {
    expect(paths(modelOf(`${exposed()}${files}`))).toEqual(expected)
  })

  test('no token, no path', () => {
    expect(
      paths(
        modelOf(`${exposed('automountServiceAccountToken: false, serviceAccountName: web')}${rbac(binding('b', 'cluster-admin', WEB))}`),
      ),
    ).toEqual([])
  })

  test('no way in from outside, no path', () => {
    expect(paths(modelOf(`${exposed().replace('LoadBalancer', 'ClusterIP')}${rbac(binding('b', 'cluster-admin', WEB))}`))).toEqual([])
  })

  test('a privileged workload reaches its node, and the tokens that are on every node', () => {
    const agent = `---
apiVersion: apps/v1
kind: DaemonSet
metadata: { namespace: kube-system, name: agent }
spec: { template: { spec: { serviceAccountName: agent, automountServiceAccountToken: true, containers: [] } } }`
    const files = `${exposed('hostPID: true')}${rbac(binding('b', 'cluster-admin', 'ServiceAccount kube-system/agent'))}\n${agent}`
    expect(paths(modelOf(files))).toEqual([`${CLUSTER}: the nodes > ServiceAccount \`kube-system/agent\` > ${CLUSTER}`])
  })
})

describe('over other pods', () => {
  const operator = (spec = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata: { namespace: ops, name: operator }
spec: { template: { metadata: { labels: { app: operator } }, spec: { serviceAccountName: operator, ${spec}containers: [{ name: a, image: b, ports: [{ containerPort: 8080 }] }] } } }
---
apiVersion: v1
kind: ServiceAccount
metadata: { namespace: ops, name: operator }
---
${rbac(binding('strong', 'cluster-admin', 'ServiceAccount ops/operator'))}
---
`
  const policy = (namespace: string, rest: string): string =>
    `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { namespace: ${namespace}, name: p }\nspec: { podSelector: {}, policyTypes: [Ingress], ${rest} }\n---\n`
  const relay = `apiVersion: v1
kind: Pod
metadata: { namespace: mid, name: relay, labels: { app: relay } }
spec: { automountServiceAccountToken: false, containers: [{ name: a, image: b, ports: [{ containerPort: 80 }] }] }
---
apiVersion: v1
kind: Namespace
metadata: { name: mid, labels: { kubernetes.io/metadata.name: mid } }
---
`
  const lateral = (text: string): string[] =>
    modelOf(text)
      .facts.escalation.lateralPaths()
      .paths.map(({ workload, end, sure, steps, cut }) => {
        const hops = steps.map(
          ({ edge }) => `${describePlace(edge.to)}${edge.at ? ` (${edge.at.object.kind} ${edge.at.path.join('.')})` : ''}`,
        )
        return `${workload.object.name} > ${hops.join(' > ')}${sure ? '' : '?'}: ${describePlace(end)}, cut at ${cut?.object.name}`
      })

  test('whoever is in an open pod connects to one that may everything', () => {
    expect(lateral(exposed('automountServiceAccountToken: false') + operator())).toEqual([
      'web > Deployment `operator` (Deployment metadata.name) > ServiceAccount `ops/operator` (Deployment spec.template.spec.serviceAccountName) > the whole cluster: the whole cluster, cut at strong',
    ])
  })

  test('a policy that lets nobody in closes the way', () => {
    expect(lateral(exposed('automountServiceAccountToken: false') + operator() + policy('ops', 'ingress: []'))).toEqual([])
  })

  test('a policy that lets one namespace in leaves the way over it, each hop with its rule', () => {
    const text =
      exposed('automountServiceAccountToken: false') +
      relay +
      operator() +
      policy('ops', 'ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: mid } } }] }]')
    expect(lateral(text)).toEqual([
      'web > Pod `relay` (Pod metadata.name) > Deployment `operator` (NetworkPolicy spec.ingress.0) > ServiceAccount `ops/operator` (Deployment spec.template.spec.serviceAccountName) > the whole cluster: the whole cluster, cut at strong',
    ])
  })

  test.each<[title: string, rest: string, reached: string]>([
    ['over one that the outside reaches', '', 'over web'],
    ['from nowhere, when a policy lets nobody in', policy('ops', 'ingress: []'), 'nobody'],
    [
      'by pods that a policy means, though no file has them',
      policy('ops', 'ingress: [{ from: [{ podSelector: { matchLabels: { app: unseen } } }] }]'),
      'pods',
    ],
  ])('a program is reached %s', (_, rest, reached) => {
    const { facts } = modelOf(exposed('automountServiceAccountToken: false') + operator() + rest)
    const target = facts.workloads.find(({ object }) => object.name === 'operator')
    const reach = target && facts.escalation.reachOf(target)
    expect([reach?.by, reach?.entry?.workload.object.name].join(' ').trim()).toBe(reached)
    expect(target && facts.escalation.reachOf(target)).toBe(reach)
  })

  test('what the outside does not reach is no beginning', () => {
    expect(lateral(exposed('automountServiceAccountToken: false').replace('LoadBalancer', 'ClusterIP') + operator())).toEqual([])
  })

  test('where a policy lets in pods only, a node may stand for the client, so a path is possible', () => {
    const strong = `${exposed()}${rbac(binding('b', 'cluster-admin', WEB))}\n---\n`
    const path = `${ACCOUNT} > ${CLUSTER}`
    expect(paths(modelOf(strong))).toEqual([`${CLUSTER}: ${path}`])
    expect(paths(modelOf(strong + policy('shop', 'ingress: [{ from: [{ podSelector: {} }] }]')))).toEqual([`${CLUSTER}?: ${path}`])
  })
})

describe('the cut', () => {
  const cut = (files: string): (string | boolean)[] | undefined => {
    const [path] = modelOf(`${exposed()}${files}`).facts.escalation.attackPaths()
    return path?.cut && [path.cut.object.kind, path.cut.object.name, path.cut.path.join('.'), path.remains]
  }

  test('is the verb of a role that the files hold', () => {
    expect(cut(rbac(role('r', 'get core configmaps', 'get,create core pods'), binding('b', 'r', WEB)))).toEqual([
      'ClusterRole',
      'r',
      'rules.1.verbs.1',
      false,
    ])
  })

  test('is the role of a binding when Kubernetes brings the role', () => {
    expect(cut(rbac(binding('b', 'cluster-admin', WEB)))).toEqual(['ClusterRoleBinding', 'b', 'roleRef.name', false])
  })

  test('is not enough while another binding gives as much', () => {
    expect(cut(rbac(role('r', '* * *'), binding('b', 'r', WEB), binding('c', 'cluster-admin', WEB)))).toEqual([
      'ClusterRole',
      'r',
      'rules.0.verbs.0',
      true,
    ])
  })
})

test('an edit recomputes nothing of the other bindings', () => {
  const text = rbac(role('r', 'get core secrets'), role('s', 'get core pods'), binding('b', 'r', 'User ann'), binding('c', 's', 'User bob'))
  const first = evaluateManifest({ path: 'a.yaml', text })
  const second = evaluateManifest({ path: 'a.yaml', text: text.replace("'pods'", "'services'") }, first)
  const before = environmentModel('test', first.objects, false)
  const after = environmentModel('test', second.objects, false, before)
  const same = after.facts.access.bindings.map((binding) => before.facts.access.bindings.includes(binding))
  expect(same).toEqual([true, false])
  expect(after.facts.access.roles.get('ClusterRole', '', 'r')).toBe(before.facts.access.roles.get('ClusterRole', '', 'r'))
})
