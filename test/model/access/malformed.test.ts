import { describe, expect, test } from 'vitest'
import { rules } from '../../../rules/index.ts'
import { findingsOf } from '../../../server/analysis/findings.ts'
import { Workspace } from '../../../server/analysis/workspace.ts'
import { identityOf } from '../../../server/model/access/identity.ts'

const RBAC = 'apiVersion: rbac.authorization.k8s.io/v1\n'
const ROLE = `${RBAC}kind: ClusterRole\nmetadata: { name: r }\nrules: [{ apiGroups: [''], resources: [secrets], verbs: [get] }]\n---\n`
const REF = 'roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r }\n'
const ANN = 'subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: ann }]\n'
const clusterRole = (rules: string): string => `${RBAC}kind: ClusterRole\nmetadata: { name: r }\nrules: ${rules}\n---\n`
const clusterBinding = (rest: string): string => `${RBAC}kind: ClusterRoleBinding\nmetadata: { name: b }\n${rest}`
const BOUND = clusterBinding(REF + ANN)

/** Whether `ann` may read Secrets: what is malformed grants nothing, and what may be more is not left out. */
type Reads = true | false | 'unknown'

describe('malformed RBAC is told, ends, and leaves no permission out', () => {
  test.each<[title: string, files: string, told: [rule: string, message: RegExp][], reads: Reads]>([
    ['no roleRef', ROLE + clusterBinding(ANN), [['rbac-binding-dangling', /refused.*names no role/]], false],
    [
      'a role of an unknown kind',
      ROLE + clusterBinding(REF.replace('ClusterRole', 'Rolle') + ANN),
      [['rbac-binding-dangling', /not `Rolle`/]],
      false,
    ],
    [
      'a Role bound for the whole cluster',
      ROLE + clusterBinding(REF.replace('ClusterRole', 'Role') + ANN),
      [['rbac-binding-dangling', /cannot bind a Role/]],
      false,
    ],
    [
      'a subject of an unknown kind beside a good one',
      ROLE + clusterBinding(`${REF}subjects: [{ kind: Robot, name: x }, { apiGroup: rbac.authorization.k8s.io, kind: User, name: ann }]\n`),
      [['rbac-binding-dangling', /not `Robot`/]],
      true,
    ],
    [
      'a subject without a name',
      ROLE + clusterBinding(`${REF}subjects: [{ kind: User }]\n`),
      [['rbac-binding-dangling', /no name/]],
      false,
    ],
    [
      'a ServiceAccount without a namespace',
      ROLE + clusterBinding(`${REF}subjects: [{ kind: ServiceAccount, name: ci }]\n`),
      [['rbac-binding-dangling', /has no namespace/]],
      false,
    ],
    [
      'subjects that are no list',
      ROLE + clusterBinding(`${REF}subjects: ann\n`),
      [['rbac-binding-dangling', /`subjects` is no list/]],
      false,
    ],
    ['rules that are no list', clusterRole('everything') + BOUND, [['rbac-rule-matches-nothing', /`rules` is no list/]], false],
    [
      'a wildcard in the middle of a resource',
      clusterRole("[{ apiGroups: [''], resources: ['sec*ts'], verbs: [get] }]") + BOUND,
      [['rbac-rule-matches-nothing', /`sec\*ts` is no pattern/]],
      false,
    ],
    [
      'a wildcard in the middle of a path',
      clusterRole("[{ nonResourceURLs: ['/a*b'], verbs: [get] }]") + BOUND,
      [['rbac-rule-matches-nothing', /only at the end/]],
      false,
    ],
    [
      'a word where a list belongs',
      clusterRole("[{ apiGroups: [''], resources: secrets, verbs: [get] }]") + BOUND,
      [['rbac-rule-matches-nothing', /`resources` is no list/]],
      false,
    ],
    [
      'a rule without verbs',
      clusterRole("[{ apiGroups: [''], resources: [secrets] }]") + BOUND,
      [['rbac-rule-matches-nothing', /no verb/]],
      false,
    ],
    [
      'a rule without groups',
      clusterRole('[{ resources: [secrets], verbs: [get] }]') + BOUND,
      [['rbac-rule-matches-nothing', /no API group/]],
      false,
    ],
    [
      'paths and resources in one rule',
      clusterRole("[{ apiGroups: [''], resources: [pods], nonResourceURLs: [/a], verbs: [get] }]") + BOUND,
      [['rbac-rule-matches-nothing', /cannot share a rule/]],
      false,
    ],
    [
      'a group in capitals, with the one that was meant',
      clusterRole("[{ apiGroups: [''], resources: [Secret], verbs: [get] }]") + BOUND,
      [['rbac-rule-matches-nothing', /`secrets` meant/]],
      false,
    ],
    [
      'roles that are aggregated into each other',
      `${RBAC}kind: ClusterRole\nmetadata: { name: r, labels: { to: s } }\naggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: r } }] }\n---\n` +
        `${RBAC}kind: ClusterRole\nmetadata: { name: s, labels: { to: r } }\naggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: s } }] }\n---\n` +
        `${ROLE.replace('name: r', 'name: x, labels: { to: s }')}${BOUND}`,
      [['rbac-aggregation-circular', /aggregated into each other/]],
      true,
    ],
    ['rules that are not in the files', clusterRole('{{ rules }}').replace('{{ rules }}', "'${RULES}'") + BOUND, [], 'unknown'],
  ])('%s', (_, text, told, reads) => {
    const workspace = new Workspace(rules, {}, { profile: 'strict' })
    workspace.set({ path: 'rbac.yaml', text })
    const analysis = workspace.analysis()
    const findings = findingsOf(analysis, { today: '2026-01-01' }).findings.map(({ rule, message }) => `${rule.name}: ${message}`)
    for (const [rule, message] of told)
      expect(
        findings.some((finding) => finding.startsWith(`${rule}: `) && message.test(finding)),
        findings.join('\n'),
      ).toBe(true)
    const access = analysis.environments[0]?.model.facts.access
    const request = { verb: 'get', group: '', resource: 'secrets', namespace: 'shop', name: 'x' }
    expect(access?.authorize(identityOf({ kind: 'User', namespace: '', name: 'ann' }), request).allowed).toBe(reads)
  })
})
