import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KUBERNETES_API, STORED_VERBS } from '../../../server/model/access/api-resources.ts'
import { narrowRule, type VerbChoice } from '../../../server/model/access/narrow.ts'
import { type Body, texts, unknown, type Value } from '../../../server/model/value.ts'

/** `groups / resources / verbs [/ names]`, comma-separated; `core` for the core group. */
function rule(line: string): Body {
  const [groups = '', resources = '', verbs = '', names] = line.split(' / ').map((part) => part.split(',').map((item) => item.trim()))
  const body = { apiGroups: [...groups].map((group) => (group === 'core' ? '' : group)), resources: [...resources], verbs: [...verbs] }
  return names ? { ...body, resourceNames: names } : body
}

function line(body: Body): string {
  const part = (key: string): string =>
    texts(body, key)
      .map((item) => item || 'core')
      .join(',')
  return ['apiGroups', 'resources', 'verbs', ...('resourceNames' in body ? ['resourceNames'] : [])].map(part).join(' / ')
}

const ALL = STORED_VERBS.join(',')

const CASES: [title: string, rule: string, choice: VerbChoice, expected: string[], notes?: object][] = [
  [
    'resources that differ in verbs get a rule each',
    'core / pods,pods/log / *',
    'read',
    ['core / pods / get,list,watch', 'core / pods/log / get'],
  ],
  ['what has the same verbs stays together', 'core,apps / pods,deployments / *', 'all', [`core,apps / pods,deployments / ${ALL}`]],
  ['read and write without removing', 'core / configmaps / *', 'write', ['core / configmaps / get,list,watch,create,update,patch']],
  [
    'known custom resources: status and finalizers have their own verbs',
    'cert-manager.io / certificates,certificates/status,certificates/finalizers / *',
    'all',
    [
      `cert-manager.io / certificates / ${ALL}`,
      'cert-manager.io / certificates/status / get,update,patch',
      'cert-manager.io / certificates/finalizers / update',
    ],
  ],
  [
    'custom resources that are nowhere to be seen are assumed to be stored',
    'example.com / foos,foos/status / *',
    'all',
    [`example.com / foos / ${ALL}`, 'example.com / foos/status / get,update,patch'],
    { assumed: ['example.com/foos', 'example.com/foos/status'] },
  ],
  [
    'virtual verbs are dropped, and said',
    `core / serviceaccounts / *`,
    'read',
    ['core / serviceaccounts / get,list,watch'],
    { dropped: ['impersonate'] },
  ],
  [
    'virtual verbs that are written beside the * stay when all are wanted',
    'rbac.authorization.k8s.io / roles / *,bind',
    'all',
    [`rbac.authorization.k8s.io / roles / ${ALL},bind`],
    { dropped: ['escalate'] },
  ],
  [
    'a resource with virtual verbs only keeps them',
    'certificates.k8s.io / signers / *',
    'all',
    ['certificates.k8s.io / signers / approve,sign,attest'],
  ],
  [
    'names make create and deletecollection of whole objects dead, and create of subresources not',
    'core / configmaps,serviceaccounts/token / * / a',
    'all',
    ['core / configmaps / get,list,watch,update,patch,delete / a', 'core / serviceaccounts/token / create / a'],
  ],
  [
    'a group is split off where the same names have other verbs',
    'core,metrics.k8s.io / pods,nodes / *',
    'all',
    [`core / pods,nodes / ${ALL}`, 'metrics.k8s.io / pods,nodes / get,list'],
  ],
  [
    'any group becomes the groups that have the resource',
    '* / deployments,events / get',
    'all',
    ['apps,core,events.k8s.io / deployments,events / get'],
  ],
  [
    'any group stays where no group is known',
    '* / deployments,foos / *',
    'read',
    ['apps / deployments / get,list,watch', '* / foos / get,list,watch'],
    { assumed: ['*/foos'] },
  ],
  [
    'any resource becomes those of the group',
    'apps / * / *',
    'read',
    [
      'apps / controllerrevisions,daemonsets,deployments,replicasets,statefulsets / get,list,watch',
      'apps / daemonsets/status,deployments/scale,deployments/status,replicasets/scale,replicasets/status,statefulsets/scale,statefulsets/status / get',
    ],
  ],
  ['a pattern over a subresource keeps its verbs', 'apps / */scale / *', 'all', ['apps / */scale / get,update,patch']],
  ['groups in which nothing of it exists go', 'core,apps / deployments / *', 'read', ['apps / deployments / get,list,watch']],
  [
    'removed groups stay for clusters that still have them',
    'extensions,apps / deployments / *',
    'read',
    ['extensions,apps / deployments / get,list,watch'],
  ],
]

describe('narrowing a rule', () => {
  test.each(CASES)('%s', (_, from, choice, expected, notes = {}) => {
    const narrowed = narrowRule(rule(from), choice, KUBERNETES_API)
    if ('reason' in narrowed) throw new Error(narrowed.reason)
    expect(narrowed.rules.map(line)).toEqual(expected)
    expect(narrowed).toMatchObject({ dropped: [], assumed: [], ...notes })
  })

  test('a * among the core resources leaves out what leads to other identities, and says so', () => {
    const narrowed = narrowRule(rule('core / * / *'), 'read', KUBERNETES_API)
    if ('reason' in narrowed) throw new Error(narrowed.reason)
    expect(narrowed.excluded).toContain('secrets')
    expect(narrowed.rules.flatMap((each) => texts(each, 'resources'))).not.toContain('secrets')
    expect(narrowed.rules.flatMap((each) => texts(each, 'resources'))).toContain('configmaps')
  })

  test.each<[why: string, rule: Value]>([
    ['every resource of every group', rule('* / * / *')],
    ['are not all known', rule('argoproj.io / * / *')],
    ['not in the files', { apiGroups: [''], resources: [unknown('$(X)')], verbs: ['*'] }],
    ['paths', { nonResourceURLs: ['/metrics'], verbs: ['*'] }],
    ['grants nothing as it is', { apiGroups: [], resources: ['pods'], verbs: ['*'] }],
    ['nothing that it grants would be left', rule('certificates.k8s.io / signers / *')],
    ['not in the files', 'pods'],
  ])('is refused: %s', (why, body) => {
    expect(narrowRule(body, 'read', KUBERNETES_API)).toEqual({ reason: expect.stringContaining(why) })
  })

  const groups = ['', 'apps', 'batch', 'metrics.k8s.io', 'extensions', 'example.com', 'cert-manager.io', 'rbac.authorization.k8s.io', '*']
  const names = [
    'pods',
    'pods/log',
    'pods/exec',
    'deployments',
    'deployments/scale',
    'jobs',
    'nodes',
    'foos',
    'foos/status',
    'certificates',
    'roles',
    '*',
    '*/scale',
  ]
  const anyRule = fc.record({
    apiGroups: fc.uniqueArray(fc.constantFrom(...groups), { minLength: 1, maxLength: 4 }),
    resources: fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 5 }),
    verbs: fc.oneof(fc.constant(['*']), fc.uniqueArray(fc.constantFrom('*', 'get', 'list', 'bind'), { minLength: 1 })),
    resourceNames: fc.oneof(fc.constant([]), fc.constant(['a'])),
  })
  /** As the authorizer reads a rule, without names. */
  const grants = (body: Body, group: string, name: string, verb: string): boolean => {
    const resources = texts(body, 'resources')
    const sub = name.includes('/') && resources.includes(`*/${name.split('/')[1]}`)
    return (
      ['*', group].some((item) => texts(body, 'apiGroups').includes(item)) &&
      (['*', name].some((item) => resources.includes(item)) || sub) &&
      ['*', verb].some((item) => texts(body, 'verbs').includes(item))
    )
  }
  const requests = groups
    .filter((group) => group !== '*')
    .flatMap((group) =>
      [...new Set([...names.filter((name) => !name.startsWith('*')), ...KUBERNETES_API.resourcesOf(group).map(({ name }) => name)])].map(
        (name) => [group, name] as const,
      ),
    )

  test('grants nothing that the rule does not grant, and spelled out all that a known resource can be asked for', () => {
    fc.assert(
      fc.property(anyRule, fc.constantFrom<VerbChoice>('read', 'write', 'all'), (body, choice) => {
        const narrowed = narrowRule(body, choice, KUBERNETES_API)
        if ('reason' in narrowed) return
        for (const each of narrowed.rules) {
          expect(texts(each, 'verbs')).not.toContain('*')
          expect(texts(each, 'verbs')).not.toHaveLength(0)
        }
        for (const [group, name] of requests) {
          const known = KUBERNETES_API.resource(group, name)
          for (const verb of [...STORED_VERBS, 'bind']) {
            const after = narrowed.rules.some((each) => grants(each, group, name, verb))
            if (after) expect([group, name, verb, grants(body, group, name, verb)]).toEqual([group, name, verb, true])
            const lost = !after && grants(body, group, name, verb) && known?.verbs.includes(verb)
            const dead = body.resourceNames.length > 0 && (verb === 'deletecollection' || (verb === 'create' && !name.includes('/')))
            if (choice === 'all' && lost && !dead && !body.resources.includes('*')) throw new Error(`lost ${verb} ${group}/${name}`)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
