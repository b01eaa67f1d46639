import { expect, test } from 'vitest'
import type { Analysis } from '../../server/analysis/analyse.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { permissionChanges } from '../../server/report/access/permission-changes.ts'
import { binding, rbac, role } from '../model/access/files.ts'

function analysisOf(text: string): Analysis {
  const workspace = new Workspace([], {}, {})
  workspace.set({ path: 'rbac.yaml', text })
  return workspace.analysis()
}

/** Granted with `+`, revoked with `-`. */
function changes(before: string, after: string): string[] {
  const { granted, revoked } = permissionChanges(analysisOf(before), analysisOf(after))
  const say =
    (sign: string) =>
    ({ sentence, certainty }: (typeof granted)[number]) =>
      `${sign} ${sentence}${certainty === 'possible' ? '?' : ''}`
  return [...granted.map(say('+')), ...revoked.map(say('-'))]
}

const CI = 'ServiceAccount prod/ci'
const bound = (rule: string, ...rest: string[]): string => rbac(role('prod/r', rule, ...rest), binding('prod/b', 'prod/r', CI))

test.each<[title: string, before: string, after: string, said: string[]]>([
  ['nothing', bound('get core pods'), bound('get core pods'), []],
  [
    'Secrets',
    bound('get core configmaps'),
    bound('get,list core secrets'),
    ['+ lets `ci` read Secrets in `prod`', '- no longer lets `ci` get ConfigMaps in `prod`'],
  ],
  [
    'a verb more, said of all that it is about',
    bound('get,list,watch core secrets,configmaps'),
    bound('get,list,watch,delete core secrets,configmaps'),
    ['+ lets `ci` delete ConfigMaps and Secrets in `prod`'],
  ],
  [
    'a list of verbs for a `*` grants nothing',
    bound('* core pods'),
    bound('get,list,watch core pods'),
    ['- no longer lets `ci` do everything with Pods in `prod`'],
  ],
  [
    'a role for a namespace that the cluster-wide one covers',
    rbac(role('r', 'get core pods'), binding('b', 'r', CI)),
    rbac(role('r', 'get core pods'), binding('b', 'r', CI), binding('prod/c', 'r', CI)),
    [],
  ],
  [
    'somebody else, and from another namespace',
    rbac(role('r', '* networking.k8s.io networkpolicies')),
    rbac(role('r', '* networking.k8s.io networkpolicies'), binding('shop/b', 'r', CI, 'Group devs', 'User ann')),
    [
      '+ lets `prod/ci` do everything with NetworkPolicies in `shop`',
      '+ lets group `devs` do everything with NetworkPolicies in `shop`',
      '+ lets user `ann` do everything with NetworkPolicies in `shop`',
    ],
  ],
  [
    'everything',
    '',
    rbac(binding('b', 'cluster-admin', CI)),
    ['+ lets `prod/ci` do everything in the whole cluster', '+ lets `prod/ci` do everything with every path'],
  ],
  [
    'subresources, custom resources, names and paths',
    '',
    rbac(role('r', 'create core pods/exec', 'get example.com widgets one', 'get url /metrics'), binding('b', 'r', CI)),
    [
      '+ lets `prod/ci` create `pods/exec` in the whole cluster',
      '+ lets `prod/ci` get `/metrics`',
      '+ lets `prod/ci` get `widgets.example.com` named `one` in the whole cluster',
    ],
  ],
  [
    'a role that a binding names, and nobody wrote before',
    rbac(binding('prod/b', 'prod/r', CI)),
    bound('list core secrets'),
    ['+ lets `ci` list Secrets in `prod`'],
  ],
])('%s', (_, before, after, said) => {
  expect(changes(before, after)).toEqual(said)
})
