import { describe, expect, test } from 'vitest'
import type { Subject } from '../../../server/model/access/identity.ts'
import { binding, modelOf, rbac, role } from './files.ts'

const ANN: Subject = { kind: 'User', namespace: '', name: 'ann' }
const RBAC = 'rbac.authorization.k8s.io'
const ADMISSION = 'admissionregistration.k8s.io'
const CERTIFICATES = 'certificates.k8s.io'

/** What a user with these rules can get at, in the whole cluster or in `shop`. */
function risks(rules: readonly string[], namespace?: string): string[] {
  const name = namespace === undefined ? 'b' : `${namespace}/b`
  const { escalation } = modelOf(rbac(role('r', ...rules), binding(name, 'r', 'User ann'))).facts
  return escalation.risksOf(ANN).map(({ name, level, sure }) => `${name} ${level}${sure ? '' : ' ?'}`)
}

describe('what permissions lead to', () => {
  test.each<[rules: string[], cluster: string[], shop: string[]]>([
    [['* * *'], ['do-everything critical'], ['do-everything high']],
    [['* core,apps,rbac.authorization.k8s.io *'], ['do-everything critical'], ['do-everything high']],
    [['create core pods'], ['run-pods high'], ['run-pods medium']],
    [['patch apps deployments web'], ['run-pods high'], ['run-pods medium']],
    [['create batch jobs'], ['run-pods high'], ['run-pods medium']],
    [['update batch jobs'], [], []],
    [['create core pods x'], [], []],
    [['patch core pods'], ['change-pods high'], ['change-pods medium']],
    [['create core pods/exec'], ['exec high'], ['exec medium']],
    [['get core pods/attach'], ['exec-by-get high'], ['exec-by-get medium']],
    [['patch core pods/ephemeralcontainers'], ['exec high'], ['exec medium']],
    [['get core nodes/proxy'], ['use-kubelet critical'], []],
    [['get core nodes/metrics,nodes/stats'], [], []],
    [['get core nodes/log'], ['read-nodes medium'], []],
    [['get core secrets'], ['get-secrets high'], ['get-secrets medium']],
    [['list core secrets'], ['list-secrets high'], ['list-secrets medium']],
    [['create,get core secrets'], ['get-secrets high', 'mint-tokens high'], ['get-secrets medium', 'mint-tokens medium']],
    [['create core serviceaccounts/token x'], ['request-tokens high'], ['request-tokens medium']],
    [['impersonate core users'], ['impersonate-users critical'], []],
    [['impersonate core groups'], [], []],
    [['impersonate core users,groups'], ['impersonate-users critical', 'impersonate-groups critical'], []],
    [['impersonate core serviceaccounts'], ['impersonate-accounts high'], ['impersonate-accounts medium']],
    [[`escalate ${RBAC} clusterroles`], [], []],
    [[`escalate,update ${RBAC} clusterroles`], ['escalate-clusterroles critical'], []],
    [[`escalate,update ${RBAC} roles`], ['escalate-roles critical'], ['escalate-roles high']],
    [[`bind ${RBAC} rolebindings`, `create ${RBAC} rolebindings`], [], []],
    [[`bind ${RBAC} clusterroles`, `create ${RBAC} rolebindings`], ['bind-in-namespace critical'], ['bind-in-namespace high']],
    [[`bind ${RBAC} clusterroles`, `create ${RBAC} clusterrolebindings`], ['bind-in-cluster critical'], []],
    [[`create ${RBAC} rolebindings,clusterrolebindings`], [], []],
    [
      [
        `create ${CERTIFICATES} certificatesigningrequests`,
        `update ${CERTIFICATES} certificatesigningrequests/approval`,
        `approve ${CERTIFICATES} signers`,
      ],
      ['approve-certificates critical'],
      [],
    ],
    [[`update ${CERTIFICATES} certificatesigningrequests/approval`, `approve ${CERTIFICATES} signers`], [], []],
    [[`sign ${CERTIFICATES} signers`, `update ${CERTIFICATES} certificatesigningrequests/status`], ['sign-certificates critical'], []],
    [[`patch ${ADMISSION} mutatingwebhookconfigurations`], ['rewrite-by-webhook critical'], []],
    [[`create ${ADMISSION} mutatingadmissionpolicies,mutatingadmissionpolicybindings`], ['rewrite-by-policy critical'], []],
    [[`create ${ADMISSION} validatingwebhookconfigurations`], ['read-by-webhook high'], []],
    [[`delete ${ADMISSION} validatingadmissionpolicybindings`], ['weaken-admission high'], ['weaken-admission medium']],
    [['create kyverno.io policyexceptions'], ['weaken-admission high'], ['weaken-admission medium']],
    [['update apiregistration.k8s.io apiservices'], ['take-api-groups critical'], []],
    [['update apiextensions.k8s.io customresourcedefinitions'], ['convert-objects high'], []],
    [['create core persistentvolumes,pods'], ['run-pods high', 'mount-nodes high', 'create-volumes medium'], ['run-pods medium']],
    [['patch core namespaces'], ['relabel-namespaces high'], ['relabel-namespaces medium']],
    [['patch core nodes', 'delete core pods'], ['steal-pods high'], []],
    [['create core pods,pods/binding'], ['run-pods high', 'place-pods high'], ['run-pods medium']],
    [['patch discovery.k8s.io endpointslices'], ['redirect-services medium'], ['redirect-services low']],
    [['update networking.k8s.io ingresses'], ['take-host-names medium'], ['take-host-names low']],
    [['create core pods/portforward'], ['reach-ports medium'], ['reach-ports low']],
    [['delete events.k8s.io events'], ['delete-events low'], ['delete-events low']],
    [['use security.openshift.io securitycontextconstraints privileged'], ['use-any-scc high'], ['use-any-scc medium']],
    [['get,list,watch core pods,services,configmaps,nodes'], [], []],
    [['get,list {{x}} secrets'], ['list-secrets high ?', 'get-secrets high ?'], ['list-secrets medium ?', 'get-secrets medium ?']],
  ])('%j', (rules, cluster, shop) => {
    expect(risks(rules)).toEqual(cluster)
    expect(risks(rules, 'shop')).toEqual(shop)
  })

  test('kube-system is as bad as the cluster', () => {
    expect(risks(['create core pods'], 'kube-system')).toEqual(['run-pods high'])
  })

  test('halves that come from different bindings and scopes make a whole', () => {
    const files = rbac(
      role('a', `bind ${RBAC} clusterroles`),
      role('shop/b', `create ${RBAC} rolebindings`),
      binding('x', 'a', 'User ann'),
      binding('shop/y', 'shop/b', 'Group system:authenticated'),
    )
    const found = modelOf(files).facts.escalation.risksOf(ANN)
    expect(
      found.map(({ name, namespace, evidence }) => [name, namespace, evidence.map(({ grant }) => grant.binding?.object.name)]),
    ).toEqual([['bind-in-namespace', 'shop', ['x', 'y']]])
  })

  test('what holds everywhere is not said again of namespaces', () => {
    const files = rbac(
      role('a', 'get core secrets'),
      binding('x', 'a', 'User ann'),
      binding('shop/y', 'a', 'User ann'),
      binding('shop/z', 'edit', 'User ann'),
    )
    const found = modelOf(files)
      .facts.escalation.risksOf(ANN)
      .filter(({ name }) => name === 'get-secrets')
    expect(found.map(({ namespace }) => namespace)).toEqual([undefined])
  })

  test('constrained impersonation is worth what both halves say, and certain only for anybody', () => {
    const asAnybody = 'impersonate:user-info authentication.k8s.io users'
    expect(risks([asAnybody])).toEqual([])
    expect(risks(['impersonate-on:user-info:list core secrets'])).toEqual([])
    expect(risks([asAnybody, 'impersonate-on:user-info:list core secrets'])).toEqual(['list-secrets high'])
    expect(risks([`${asAnybody} bob`, 'impersonate-on:user-info:list core secrets'])).toEqual(['list-secrets high ?'])
    expect(risks([asAnybody, 'impersonate-on:serviceaccount:list core secrets'])).toEqual([])
  })
})
