import { describe, expect, test } from 'vitest'
import { identityOf, type Subject } from '../../../server/model/access/identity.ts'
import type { ResourceRequest } from '../../../server/model/access/policy-rule.ts'
import { binding, modelOf, rbac, role } from './files.ts'

const sa = (namespace: string, name: string): Subject => ({ kind: 'ServiceAccount', namespace, name })
const group = (name: string): Subject => ({ kind: 'Group', namespace: '', name })
const user = (name: string): Subject => ({ kind: 'User', namespace: '', name })

/** `verb group resource[/sub] [ns:namespace] [name]`. */
function request(line: string): ResourceRequest {
  const [verb = '', group = '', path = '', ...rest] = line.split(' ')
  const [resource = '', subresource] = path.split('/')
  const namespace = rest.find((word) => word.startsWith('ns:'))?.slice(3)
  const name = rest.find((word) => !word.startsWith('ns:'))
  return {
    verb,
    group: group === 'core' ? '' : group,
    resource,
    ...(subresource ? { subresource } : {}),
    ...(namespace !== undefined ? { namespace } : {}),
    ...(name ? { name } : {}),
  }
}

interface Case {
  readonly title: string
  readonly files: string
  readonly who: Subject
  readonly yes?: readonly string[]
  readonly no?: readonly string[]
  readonly unknown?: readonly string[]
}

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-'
const labelled = (text: string, labels: string): string => text.replace(/metadata: \{/, `metadata: { labels: { ${labels} }, `)
const aggregating = (name: string, selector: string): string =>
  `kind: ClusterRole\nmetadata: { name: ${name} }\naggregationRule: { clusterRoleSelectors: [${selector}] }\nrules: []`

const CASES: Case[] = [
  {
    title: 'a RoleBinding reaches its own namespace, and the Namespace of that name',
    files: rbac(role('admin-like', '* * *'), binding('shop/b', 'admin-like', 'User ann')),
    who: user('ann'),
    yes: ['get core pods ns:shop', 'patch core namespaces shop', 'get core namespaces/status shop'],
    no: ['get core pods ns:prod', 'list core namespaces', 'get core nodes n', 'patch core namespaces prod', 'get core pods'],
  },
  {
    title: 'built-in roles grant what they grant in a cluster',
    files: rbac(binding('shop/b', 'edit', 'ServiceAccount shop/ci'), binding('b', 'view', 'ServiceAccount shop/ci')),
    who: sa('shop', 'ci'),
    yes: [
      'get core secrets ns:shop x',
      'create core serviceaccounts/token ns:shop x',
      'get core pods/log ns:prod x',
      'create core pods/exec ns:shop x',
    ],
    no: ['get core secrets ns:prod x', 'create rbac.authorization.k8s.io roles ns:shop'],
  },
  {
    title: 'what is labelled for edit is in edit and admin, and not in view',
    files: rbac(
      labelled(role('extra', 'get example.com foos'), `${AGGREGATE}edit: 'true'`),
      binding('shop/b', 'admin', 'User ann'),
      binding('prod/b', 'view', 'User ann'),
    ),
    who: user('ann'),
    yes: ['get example.com foos ns:shop'],
    no: ['get example.com foos ns:prod'],
  },
  {
    title: 'aggregation goes through any number of roles, and around in circles without end',
    files: rbac(
      labelled(aggregating('a', '{ matchLabels: { to: a } }'), 'to: b'),
      labelled(aggregating('b', '{ matchLabels: { to: b } }'), 'to: a'),
      labelled(role('c', 'get core configmaps'), 'to: b'),
      binding('x', 'a', 'User ann'),
    ),
    who: user('ann'),
    yes: ['get core configmaps ns:shop x'],
    no: ['get core secrets ns:shop x'],
  },
  {
    title: 'what stands beside an aggregationRule is overwritten',
    files: rbac(
      `${aggregating('a', '{ matchLabels: { to: a } }').replace('rules: []', "rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]")}`,
      binding('x', 'a', 'User ann'),
    ),
    who: user('ann'),
    no: ['get core configmaps ns:shop x'],
  },
  {
    title: 'the labels of a possible part may not be in the files',
    files: rbac(
      aggregating('a', '{ matchLabels: { to: a } }'),
      labelled(role('maybe', 'get core configmaps'), "to: '{{ x }}'"),
      labelled(role('not', 'get core secrets'), "to: b, version: '{{ x }}'"),
      binding('x', 'a', 'User ann'),
    ),
    who: user('ann'),
    unknown: ['get core configmaps ns:shop x'],
    no: ['get core secrets ns:shop x'],
  },
  {
    title: 'groups that every identity carries',
    files: rbac(
      role('r', 'get core configmaps'),
      role('s', 'get core secrets'),
      role('t', 'get core pods'),
      binding('a', 'r', 'Group system:authenticated'),
      binding('shop/b', 's', 'Group system:serviceaccounts:shop'),
      binding('shop/c', 't', 'Group system:serviceaccounts'),
    ),
    who: sa('shop', 'web'),
    yes: [
      'get core configmaps ns:prod',
      'get core secrets ns:shop x',
      'get core pods ns:shop x',
      'create authorization.k8s.io selfsubjectaccessreviews',
    ],
    no: ['get core secrets ns:prod x'],
  },
  {
    title: 'a group of ServiceAccounts is in the wider ones',
    files: rbac(role('t', 'get core pods'), binding('c', 't', 'Group system:serviceaccounts')),
    who: group('system:serviceaccounts:shop'),
    yes: ['get core pods ns:shop x'],
  },
  {
    title: 'anonymous requests have no group of authenticated ones',
    files: rbac(role('t', 'get core pods'), binding('c', 't', 'Group system:authenticated')),
    who: user('system:anonymous'),
    no: ['get core pods ns:shop x'],
  },
  {
    title: 'a User may be a ServiceAccount',
    files: rbac(role('shop/t', 'get core pods'), binding('shop/c', 'shop/t', 'User system:serviceaccount:ops:bot')),
    who: sa('ops', 'bot'),
    yes: ['get core pods ns:shop x'],
    no: ['get core pods ns:ops x'],
  },
  { title: 'masters need no binding', files: rbac(role('t', 'get core pods')), who: group('system:masters'), yes: ['delete core nodes n'] },
  {
    title: 'a binding of a role that is nowhere grants nothing',
    files: rbac(binding('shop/c', 'shop/t', 'User ann'), binding('d', 'nobody-has-it', 'User ann'), role('ops/t', 'get core pods')),
    who: user('ann'),
    no: ['get core pods ns:shop x'],
  },
  {
    title: 'a ClusterRoleBinding cannot bind a Role',
    files: rbac(role('shop/t', 'get core pods'), binding('d', 'shop/t', 'User ann')),
    who: user('ann'),
    no: ['get core pods ns:shop x'],
  },
  {
    title: 'roles of Kubernetes whose rules are not in the table may grant anything in their scope',
    files: rbac(binding('shop/d', 'system:controller:node-controller', 'User ann')),
    who: user('ann'),
    unknown: ['get core pods ns:shop x'],
    no: ['get core pods ns:prod x'],
  },
  {
    title: 'parts of a rule that are not in the files',
    files: rbac(role('r', '{{x}} core pods', 'get core secrets,{{x}}', 'get core configmaps {{x}}'), binding('d', 'r', 'User ann')),
    who: user('ann'),
    yes: ['get core secrets ns:a x'],
    unknown: ['get core pods ns:a x', 'delete core pods ns:a x', 'get core configmaps ns:a x', 'get core services ns:a x'],
    no: ['get apps deployments ns:a x', 'update core configmaps ns:a x'],
  },
  {
    title: 'a roleRef or subject that is not in the files may be anything',
    files: rbac(role('r', 'get core pods'), binding('a/d', '{{x}}', 'User bob'), binding('d', 'r', 'User {{x}}')),
    who: user('bob'),
    unknown: ['get core pods ns:b x', 'delete core services ns:a x'],
    no: ['delete core services ns:b x'],
  },
  {
    title: 'a ServiceAccount of a ClusterRoleBinding without a namespace is nobody, even where all namespaces are left open',
    files: `${rbac(role('r', 'get core pods'), binding('d', 'r', 'ServiceAccount web'))}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { name: web }`,
    who: sa('', 'web'),
    no: ['get core pods ns:b x'],
  },
  {
    title: 'an account whose namespace is left open is the one of `default`, and may be one of another namespace',
    files: rbac(
      role('r', 'get core pods'),
      role('s', 'get core secrets'),
      binding('d', 'r', 'ServiceAccount default/web'),
      binding('e', 's', 'ServiceAccount prod/web'),
    ),
    who: sa('', 'web'),
    yes: ['get core pods ns:b x'],
    unknown: ['get core secrets ns:b x'],
  },
  {
    title: 'resourceNames: no create, no collections, but subresources',
    files: rbac(role('r', '* core secrets,serviceaccounts/token a'), binding('d', 'r', 'User ann')),
    who: user('ann'),
    yes: ['get core secrets ns:x a', 'create core serviceaccounts/token ns:x a'],
    no: ['create core secrets ns:x', 'list core secrets ns:x', 'deletecollection core secrets ns:x', 'get core secrets ns:x b'],
  },
  {
    title: 'malformed rules grant nothing and stop nothing',
    files: rbac(
      'kind: ClusterRole\nmetadata: { name: r }\nrules: [null, 5, { verbs: get }, { verbs: [get], apiGroups: [""], resources: pods }, { verbs: [get], apiGroups: [""], resources: [1, pods] }]',
      'kind: ClusterRole\nmetadata: { name: s }\nrules: nothing',
      binding('d', 'r', 'User ann', 'Robot bob'),
      'kind: ClusterRoleBinding\nmetadata: { name: e }',
      'kind: ClusterRoleBinding\nmetadata: { name: f }\nroleRef: x\nsubjects: { kind: User }',
    ),
    who: user('ann'),
    yes: ['get core pods ns:x a'],
    no: ['list core pods ns:x'],
  },
]

describe('requests', () => {
  test.each(CASES.map((each) => [each.title, each] as const))('%s', (_, { files, who, yes = [], no = [], unknown = [] }) => {
    const { access } = modelOf(files).facts
    const decide = (line: string): string => `${line}: ${access.authorize(identityOf(who), request(line)).allowed}`
    const lines = [
      ...yes.map((line) => `${line}: true`),
      ...no.map((line) => `${line}: false`),
      ...unknown.map((line) => `${line}: unknown`),
    ]
    expect([...yes, ...no, ...unknown].map(decide)).toEqual(lines)
  })
})

test('an answer names the rule, the binding and the bound role', () => {
  const files = rbac(labelled(role('extra', 'get example.com foos'), `${AGGREGATE}view: 'true'`), binding('shop/b', 'view', 'User ann'))
  const decision = modelOf(files).facts.access.authorize(identityOf(user('ann')), request('get example.com foos ns:shop'))
  expect(decision.because.map((grant) => [grant.binding?.object.name, grant.role.name, grant.rule.object?.name, grant.rule.path])).toEqual([
    ['b', 'view', 'extra', ['rules', 0]],
  ])
})

describe('who can', () => {
  const files = rbac(
    role('r', 'get core secrets'),
    role('shop/s', '* core *'),
    binding('a', 'r', 'ServiceAccount ops/bot', 'Group auditors'),
    binding('shop/b', 'shop/s', 'ServiceAccount web', 'User system:serviceaccount:ops:bot'),
    binding('c', '{{x}}', 'User nobody'),
  )
  const ask = (line: string): string[] =>
    modelOf(files)
      .facts.access.whoCan(request(line))
      .holders.map(({ subject, grants }) => `${subject.kind} ${subject.namespace}/${subject.name} ${grants.length}`)
      .sort()

  test('everybody that a binding lets do it, each once, with every way', () => {
    expect(ask('get core secrets ns:shop x')).toEqual([
      'Group /auditors 1',
      'Group /system:masters 1',
      'ServiceAccount ops/bot 2',
      'ServiceAccount shop/web 1',
    ])
    expect(ask('get core secrets ns:prod x')).toEqual(['Group /auditors 1', 'Group /system:masters 1', 'ServiceAccount ops/bot 1'])
  })

  test('bindings of which something is not in the files, apart', () => {
    const { open } = modelOf(files).facts.access.whoCan(request('get core secrets ns:shop x'))
    expect(open.map(({ object }) => object.name)).toEqual(['c'])
  })

  test('those of the built-in bindings too', () => {
    expect(
      modelOf(files)
        .facts.access.whoCan({ verb: 'get', path: '/version' })
        .holders.map(({ subject }) => subject.name)
        .sort(),
    ).toEqual(['system:authenticated', 'system:masters', 'system:unauthenticated'])
  })
})

test('everybody is there once, whatever they are called', () => {
  const files = rbac(
    binding('a', 'view', 'ServiceAccount ops/bot', 'User system:serviceaccount:ops:bot', 'ServiceAccount lost', 'Group g', 'Group g'),
  )
  expect(modelOf(files).facts.access.subjects.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['ServiceAccount bot', 'Group g'])
})

test('roles know what they are aggregated into', () => {
  const { roles } = modelOf(rbac(labelled(role('extra', 'get example.com foos'), `${AGGREGATE}view: 'true'`))).facts.access
  const extra = roles.get('ClusterRole', '', 'extra')
  expect(
    extra &&
      roles
        .aggregatedInto(extra)
        .map(({ name }) => name)
        .sort(),
  ).toEqual(['admin', 'edit', 'view'])
})
