import { describe, expect, test } from 'vitest'
import { rules } from '../../rules/index.ts'
import type { Analysis } from '../../server/analysis/analyse.ts'
import { findingsOf } from '../../server/analysis/findings.ts'
import { proposeFixes, prove } from '../../server/analysis/fix.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import type { KubeObject } from '../../server/model/object.ts'
import type { Unit } from '../../server/sources/unit.ts'

const RULE = 'namespace-no-default-deny'

function workloadFile(name: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector:
    matchLabels:
      app: ${name}
  template:
    metadata:
      labels:
        app: ${name}
    spec:
      containers:
        - name: server
          image: ${name}
---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  type: ClusterIP
  selector:
    app: ${name}
  ports:
    - port: 80
`
}

function policyFile(name: string, podSelector: string, ingress: string): string {
  return `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: ${name}
spec:
  podSelector: ${podSelector}
  policyTypes:
    - Ingress
  ingress: ${ingress}
`
}

/** As the online boutique is laid out. */
const BOUTIQUE = {
  'kustomize/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- base\ncomponents:\n# - components/network-policies\n',
  'kustomize/base/kustomization.yaml': 'resources:\n- adservice.yaml\n- frontend.yaml\n',
  'kustomize/base/adservice.yaml': workloadFile('adservice'),
  'kustomize/base/frontend.yaml': workloadFile('frontend'),
  'kustomize/components/network-policies/kustomization.yaml':
    'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources:\n- deny-all.yaml\n- frontend.yaml\n',
  'kustomize/components/network-policies/deny-all.yaml': policyFile('deny-all', '{}', '[]'),
  'kustomize/components/network-policies/frontend.yaml': policyFile('frontend', '{ matchLabels: { app: frontend } }', '[{}]'),
  'overlays/isolated/kustomization.yaml':
    'resources:\n- ../../kustomize/base\ncomponents:\n- ../../kustomize/components/network-policies\n',
}

function workspaceOf(files: Readonly<Record<string, string>>): Workspace {
  const workspace = new Workspace(rules)
  for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
  return workspace
}

const list = (analysis: Analysis) => findingsOf(analysis, { today: '2026-01-01' }).findings
const open = (analysis: Analysis) => list(analysis).filter(({ rule }) => rule.name === RULE)

describe('a component that only one of two builds switches on', () => {
  test('isolates that build, and the other one is open', () => {
    const analysis = workspaceOf(BOUTIQUE).analysis()
    expect(analysis.environments.map(({ name, model }) => [name, model.objects.length])).toEqual([
      ['isolated', 6],
      ['kustomize', 4],
    ])
    expect(open(analysis).map(({ environments, location }) => [environments, location.file])).toEqual([
      [['kustomize'], 'kustomize/base/adservice.yaml'],
    ])
    expect(analysis.problems).toEqual([])
  })

  test('the way out is written in the build that is open', () => {
    const analysis = workspaceOf(BOUTIQUE).analysis()
    const [finding] = open(analysis)
    const fixes = finding ? proposeFixes(analysis, finding) : []
    const [fix] = fixes
    expect(fix?.created.map(({ file }) => file)).toEqual(['kustomize/networkpolicy.yaml'])
    expect(fix?.created[0]?.text.match(/^ {2}name: .*/gm)).toEqual(['  name: adservice', '  name: frontend'])
    const [edit, ...others] = fix?.edits ?? []
    expect(others).toEqual([])
    expect(edit?.file).toBe('kustomize/kustomization.yaml')
    expect(edit?.text).toContain('- networkpolicy.yaml')
    const proof = finding && fix && prove(analysis, finding, fix)
    expect(proof?.proved).toBe(true)
    if (proof?.proved) expect(open(proof.analysis)).toEqual([])
  })
})

describe('a base with fifty overlays', () => {
  const overlays = Array.from({ length: 50 }, (_, i) => String(i).padStart(2, '0'))
  const files = {
    'base/kustomization.yaml': 'resources:\n- adservice.yaml\n- frontend.yaml\n',
    'base/adservice.yaml': workloadFile('adservice'),
    'base/frontend.yaml': workloadFile('frontend'),
    ...Object.fromEntries(
      overlays.map((name) => [`overlays/${name}/kustomization.yaml`, `namespace: tenant-${name}\nresources:\n- ../../base\n`]),
    ),
  }
  const change = (workspace: Workspace, path: string): { units: Unit[]; objects: KubeObject[] } => {
    const before = workspace.analysis()
    const text = before.files.get(path)?.text ?? ''
    workspace.set({ path, text: text.replace(/image: (\w+)/, 'image: $1:v2').replace(/tenant/, 'client') })
    const after = workspace.analysis()
    const units = [...after.units.values()].filter((unit) => unit !== before.units.get(unit.id))
    const known = new Set([...before.units.values()].flatMap(({ objects }) => objects))
    return { units, objects: units.flatMap(({ objects }) => objects).filter((object) => !known.has(object)) }
  }

  test('says once what all of them have, with all environments', () => {
    const analysis = workspaceOf(files).analysis()
    const image = list(analysis).filter(({ location }) => location.file === 'base/adservice.yaml')
    expect(image.length).toBeGreaterThan(0)
    for (const { rule, environments } of image) {
      if (rule.each === 'object') expect(environments, rule.name).toEqual(overlays)
    }
  })

  test('an edit of an overlay builds that overlay, an edit of the base changes one object in each', () => {
    const workspace = workspaceOf(files)
    expect(change(workspace, 'overlays/07/kustomization.yaml').units.map(({ id }) => id)).toEqual(['overlays/07/kustomization.yaml'])
    const { units, objects } = change(workspace, 'base/adservice.yaml')
    expect([units.length, objects.length]).toEqual([50, 50])
  })
})

describe('what two builds of a base share', () => {
  const POD = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: web:latest\n'
  const IGNORE = 'metadata:\n  name: web\n  annotations: { zero-trust/ignore: image-latest -- pinned by the registry }\n'
  const files = (base: string, patch: string) => ({
    'base/kustomization.yaml': 'resources: [web.yaml]\n',
    'base/web.yaml': base,
    'a/kustomization.yaml': 'resources: [../base]\n',
    'b/kustomization.yaml': `namespace: shop\nresources: [../base]\n${patch}`,
  })
  const ask = (texts: Readonly<Record<string, string>>) => {
    const analysis = workspaceOf(texts).analysis()
    const { findings, suppressed, unused } = findingsOf(analysis, { today: '2026-01-01' })
    const latest = findings.filter(({ rule }) => rule.name === 'image-latest')
    return { latest, suppressed: suppressed.length, unused: unused.map(({ message }) => message) }
  }

  test('is one finding, without a note that it is in the same line', () => {
    const { latest } = ask(files(POD, ''))
    expect(latest.map(({ environments, occurrences }) => [environments, occurrences.length])).toEqual([[['a', 'b'], 2]])
    expect(latest[0]?.related.map(({ message }) => message)).not.toContain('The same object is here too.')
  })

  test('an annotation in the base silences for both, and is not said to be without effect in one of them', () => {
    const { latest, suppressed, unused } = ask(files(POD.replace('metadata:\n  name: web\n', IGNORE), ''))
    expect([latest.length, suppressed, unused]).toEqual([0, 1, []])
  })

  test('an annotation of one build does not speak for the other', () => {
    const patch = `patches:\n  - patch: |-\n      apiVersion: v1\n      kind: Pod\n      ${IGNORE.trimEnd().replaceAll('\n', '\n      ')}\n`
    expect(ask(files(POD, patch)).latest).toHaveLength(1)
  })
})
