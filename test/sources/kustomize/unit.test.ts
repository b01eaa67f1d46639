import { describe, expect, test } from 'vitest'
import { filesAfter } from '../../../server/analysis/fix.ts'
import type { KubeObject } from '../../../server/model/object.ts'
import type { ObjectChange } from '../../../server/model/rule.ts'
import type { Path } from '../../../server/model/value.ts'
import { planWorkspace } from '../../../server/sources/front-end.ts'
import { FRONT_ENDS } from '../../../server/sources/index.ts'
import type { Files, Location, Unit } from '../../../server/sources/unit.ts'
import { filesOf, type Texts } from './build.ts'

/** A base with two overlays, of which one changes most of what can be changed. */
const SHOP: Texts = {
  'base/kustomization.yaml': 'resources: [web.yaml]\nconfigMapGenerator: [{name: conf, literals: [mode=dev]}]\n',
  'base/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: app
          image: nginx:1
          ports:
            - containerPort: 80
`,
  'overlays/dev/kustomization.yaml': 'namespace: dev\nresources: [../../base]\n',
  'overlays/prod/kustomization.yaml': `namespace: prod
namePrefix: prod-
resources:
  - ../../base
images:
  - name: nginx
    newTag: "2"
replicas:
  - name: web
    count: 3
patches:
  - path: web.yaml
  - target: { kind: Deployment }
    patch: |-
      - op: add
        path: /spec/template/spec/hostNetwork
        value: true
`,
  'overlays/prod/web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: app
          env:
            - name: A
              value: "1"
`,
}

function unitsOf(files: Files): Map<string, Unit> {
  return new Map(planWorkspace(files, FRONT_ENDS).units.map((plan) => [plan.id, plan.evaluate(files, undefined)]))
}

const FILES = filesOf(SHOP)
const PROD = unitsOf(FILES).get('overlays/prod/kustomization.yaml') as Unit

function objectOf(unit: Unit, kind: string): KubeObject {
  return unit.objects.find((object) => object.kind === kind) as KubeObject
}

function marked(files: Files, place: Location | undefined): string | undefined {
  return place && `${place.file}: ${files.get(place.file)?.text.slice(place.span.start, place.span.end)}`
}

const CONTAINER = ['spec', 'template', 'spec', 'containers', 0] as const

describe('which units a workspace has', () => {
  test('one for each kustomization that no other one uses, named after its folder; what they reach is not judged on its own', () => {
    const files = filesOf({
      ...SHOP,
      'part/kustomization.yaml': 'kind: Component\nresources: [p.yaml]',
      'part/p.yaml': '{kind: Service, apiVersion: v1, metadata: {name: p}}',
      'alone.yaml': '{kind: Service, apiVersion: v1, metadata: {name: alone}}',
      'circle/a/kustomization.yaml': 'resources: [../b]',
      'circle/b/kustomization.yaml': 'resources: [../a]',
    })
    const { units, notEvaluated } = planWorkspace(files, FRONT_ENDS)
    expect(units.map(({ id, variant }) => `${id} ${variant ?? ''}`)).toEqual([
      'overlays/dev/kustomization.yaml dev',
      'overlays/prod/kustomization.yaml prod',
      'circle/a/kustomization.yaml a',
      'alone.yaml ',
    ])
    expect(notEvaluated).toEqual([
      { file: 'part/kustomization.yaml', reason: 'Kustomize component that no kustomization here switches on: 1 file is not judged.' },
    ])
  })

  test('objects that are the same as before are kept', () => {
    const plan = planWorkspace(FILES, FRONT_ENDS).units[0]
    const before = plan?.evaluate(FILES, undefined)
    const changed = filesOf({
      ...SHOP,
      'base/web.yaml': `# moved\n${SHOP['base/web.yaml']}`,
      'base/kustomization.yaml': 'resources: [web.yaml]\nconfigMapGenerator: [{name: conf, literals: [mode=test]}]',
    })
    const after = plan?.evaluate(changed, before)
    expect(after?.objects.map((object) => before?.objects.includes(object))).toEqual([false, true])
  })
})

describe('where a value is written', () => {
  const deployment = objectOf(PROD, 'Deployment')
  const places: readonly [Path, readonly string[]][] = [
    [
      ['metadata', 'name'],
      ['base/web.yaml: web', 'overlays/prod/kustomization.yaml: prod-'],
    ],
    [['metadata', 'namespace'], ['overlays/prod/kustomization.yaml: prod']],
    [
      ['spec', 'replicas'],
      ['overlays/prod/kustomization.yaml: 3', 'base/web.yaml: 1'],
    ],
    [
      [...CONTAINER, 'image'],
      ['overlays/prod/kustomization.yaml: "2"', 'base/web.yaml: nginx:1'],
    ],
    [[...CONTAINER, 'env', 0, 'value'], ['overlays/prod/web.yaml: "1"']],
    [['spec', 'template', 'spec', 'hostNetwork'], ['overlays/prod/kustomization.yaml: true']],
    [[...CONTAINER, 'ports', 0, 'containerPort'], ['base/web.yaml: 80']],
    [['spec', 'absent'], []],
  ]
  test.each(places)('%j', (path, origins) => {
    const found = PROD.origins(deployment, path)
    expect(found.map((origin) => marked(FILES, origin))).toEqual(origins)
    expect(found.map(({ role }) => role)).toEqual(origins.map((_, i) => (i === 0 ? 'written' : 'contributes')))
    expect(marked(FILES, PROD.locate(deployment, path, 'value'))).toBe(origins[0])
  })

  test('a key is where its name is written, not the field of a kustomization that sets the value', () => {
    expect(marked(FILES, PROD.locate(deployment, [...CONTAINER, 'image'], 'key'))).toBe('base/web.yaml: image')
  })

  test('a generated value is found in its literal, and part of it too', () => {
    const config = objectOf(PROD, 'ConfigMap')
    expect(config.name).toBe('prod-conf-t2hmhtdth5')
    expect(marked(FILES, PROD.locate(config, ['data', 'mode'], 'value'))).toBe('base/kustomization.yaml: mode=dev')
  })

  test('a place leads back to the object that it became part of', () => {
    const at = (file: string, text: string): string => {
      const found = PROD.at(file, (FILES.get(file)?.text.indexOf(text) ?? 0) + 1)
      return found ? `${found.object.kind} ${found.path.join('.')} ${found.part}` : 'nothing'
    }
    expect(at('base/web.yaml', 'containerPort')).toBe('Deployment spec.template.spec.containers.0.ports.0.containerPort key')
    expect(at('overlays/prod/web.yaml', '"1"')).toBe('Deployment spec.template.spec.containers.0.env.0.value value')
    expect(at('overlays/prod/kustomization.yaml', '"2"')).toBe('Deployment spec.template.spec.containers.0.image value')
    expect(at('overlays/prod/kustomization.yaml', 'true')).toBe('Deployment spec.template.spec.hostNetwork value')
    expect(at('overlays/dev/kustomization.yaml', 'dev')).toBe('nothing')
  })
})

/** The ways to make changes true, each as its suffix and the files that it leaves. */
function ways(unit: Unit, changes: readonly ObjectChange[], files = FILES): Record<string, Record<string, string>> {
  const result = unit.rewrite(changes)
  if ('refused' in result) return { refused: { reason: result.refused } }
  return Object.fromEntries(
    result.map((way) => {
      const after = filesAfter(files, [way]) as Files
      const changed = [...after].filter(([path, file]) => files.get(path)?.text !== file.text)
      return [way.suffix, Object.fromEntries(changed.map(([path, file]) => [path, file.text]))]
    }),
  )
}

describe('a change is written', () => {
  const deployment = objectOf(PROD, 'Deployment')

  test('in the base, or by a patch in the overlay', () => {
    const found = ways(PROD, [{ op: 'set', object: deployment, path: [...CONTAINER, 'securityContext', 'privileged'], value: false }])
    expect(Object.keys(found)).toEqual(['in base', 'in overlays/prod'])
    expect(found['in overlays/prod']).toEqual({
      'overlays/prod/web.yaml': `${SHOP['overlays/prod/web.yaml']}          securityContext:\n            privileged: false\n`,
    })
    expect(found['in base']).toEqual({
      'base/web.yaml': `${SHOP['base/web.yaml']}          securityContext:\n            privileged: false\n`,
    })
  })

  test('by a new patch with its entry where there is none yet', () => {
    const dev = unitsOf(FILES).get('overlays/dev/kustomization.yaml') as Unit
    const found = ways(dev, [{ op: 'set', object: objectOf(dev, 'Deployment'), path: [...CONTAINER, 'image'], value: 'nginx:3' }])
    expect(found['in overlays/dev']).toEqual({
      'overlays/dev/deployment-web-patch.yaml':
        'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n        - name: app\n          image: nginx:3\n',
      'overlays/dev/kustomization.yaml': 'namespace: dev\nresources: [../../base]\npatches:\n  - path: deployment-web-patch.yaml\n',
    })
  })

  test('in the field of the kustomization that decides', () => {
    const found = ways(PROD, [{ op: 'set', object: deployment, path: [...CONTAINER, 'image'], value: 'nginx:2@sha256:ab' }])
    expect(Object.values(found)[0]?.['overlays/prod/kustomization.yaml']).toContain('    newTag: "2"\n    digest: sha256:ab\n')
    const config = objectOf(PROD, 'ConfigMap')
    const literal = ways(PROD, [{ op: 'set', object: config, path: ['data', 'mode'], value: 'prod' }])
    expect(literal['in base']).toEqual({
      'base/kustomization.yaml': 'resources: [web.yaml]\nconfigMapGenerator: [{name: conf, literals: [mode=prod]}]\n',
    })
  })

  test('inside an inline patch', () => {
    const found = ways(PROD, [{ op: 'set', object: deployment, path: ['spec', 'template', 'spec', 'hostNetwork'], value: false }])
    expect(found['in overlays/prod']?.['overlays/prod/kustomization.yaml']).toContain(
      '      - op: add\n        path: /spec/template/spec/hostNetwork\n        value: false\n',
    )
  })

  test('as a JSON patch where a list has no keys', () => {
    const dev = unitsOf(FILES).get('overlays/dev/kustomization.yaml') as Unit
    const found = ways(dev, [
      { op: 'remove', object: objectOf(dev, 'Deployment'), path: ['spec', 'template', 'spec', 'containers', 0, 'ports', 0] },
    ])
    expect(Object.keys(found)).toEqual(['in base', 'in overlays/dev'])
  })

  test('a new object beside its own, with its entry, and without the namespace that the build sets', () => {
    const body = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'deny', namespace: 'prod' },
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    }
    const found = ways(PROD, [{ op: 'create', beside: deployment, body }])
    const text =
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: deny\nspec:\n  podSelector: {}\n  policyTypes:\n    - Ingress\n'
    expect(found['in base']).toEqual({
      'base/kustomization.yaml':
        'resources: [web.yaml, networkpolicy-deny.yaml]\nconfigMapGenerator: [{name: conf, literals: [mode=dev]}]\n',
      'base/networkpolicy-deny.yaml': text,
    })
    expect(found['in overlays/prod']?.['overlays/prod/networkpolicy-deny.yaml']).toBe(text)
    expect(found['in overlays/prod']?.['overlays/prod/kustomization.yaml']).toContain(
      'resources:\n  - ../../base\n  - networkpolicy-deny.yaml\n',
    )
  })

  test('several new objects of a kind beside a Namespace in one file, under a name that is free', () => {
    const files = filesOf({
      'base/kustomization.yaml': 'resources: [ns.yaml, web.yaml, policies/networkpolicy.yaml]\n',
      'base/ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
      'base/web.yaml': 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n',
      'base/policies/networkpolicy.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\n',
      'prod/kustomization.yaml': 'namespace: shop\nresources: [../base]\n',
    })
    const prod = unitsOf(files).get('prod/kustomization.yaml') as Unit
    const body = (kind: string, name: string) => ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'shop' } })
    const create = (kind: string, name: string): ObjectChange => ({
      op: 'create',
      beside: objectOf(prod, 'Namespace'),
      body: body(kind, name),
    })
    const result = prod.rewrite([create('NetworkPolicy', 'a'), create('NetworkPolicy', 'b'), create('ConfigMap', 'c')])
    if ('refused' in result) throw new Error(result.refused)
    expect(result[0]?.created).toEqual([
      {
        file: 'base/networkpolicy-2.yaml',
        text: 'apiVersion: v1\nkind: NetworkPolicy\nmetadata:\n  name: a\n---\napiVersion: v1\nkind: NetworkPolicy\nmetadata:\n  name: b\n',
      },
      { file: 'base/configmap-c.yaml', text: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n' },
    ])
    const after = filesAfter(files, result.slice(0, 1)) as Files
    expect(after.get('base/kustomization.yaml')?.text).toBe(
      'resources: [ns.yaml, web.yaml, policies/networkpolicy.yaml, networkpolicy-2.yaml, configmap-c.yaml]\n',
    )
  })

  test('so that the next build says it', () => {
    const changes: readonly ObjectChange[] = [
      { op: 'set', object: deployment, path: [...CONTAINER, 'env', 0, 'value'], value: '2' },
      { op: 'set', object: deployment, path: ['spec', 'template', 'spec', 'hostPID'], value: false },
      { op: 'remove', object: deployment, path: [...CONTAINER, 'ports', 0] },
    ]
    const result = PROD.rewrite(changes)
    if ('refused' in result) throw new Error(result.refused)
    expect(result.map(({ suffix }) => suffix)).toEqual(['in base and overlays/prod', 'in overlays/prod'])
    for (const way of result) {
      const after = unitsOf(filesAfter(FILES, [way]) as Files).get('overlays/prod/kustomization.yaml') as Unit
      const { spec } = objectOf(after, 'Deployment').body as unknown as { spec: { template: { spec: Record<string, unknown> } } }
      expect(spec.template.spec).toMatchObject({
        hostPID: false,
        hostNetwork: true,
        containers: [{ env: [{ name: 'A', value: '2' }], ports: [] }],
      })
    }
  })
})
