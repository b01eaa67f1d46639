import { describe, expect, test } from 'vitest'
import { build, builtBodies, filesOf, type Texts } from './build.ts'

const WEB = '{apiVersion: v1, kind: Service, metadata: {name: web}}'

/** Each problem as `file: the text that is marked: message`; how many objects come out all the same. */
const CASES: readonly { readonly says: string; readonly files: Texts; readonly tells: readonly string[]; readonly objects: number }[] = [
  {
    says: 'a missing resource',
    files: { 'kustomization.yaml': 'resources: [web.yaml, gone.yaml]', 'web.yaml': WEB },
    tells: ['kustomization.yaml: gone.yaml: There is no such file, nor a folder with a kustomization: "gone.yaml".'],
    objects: 1,
  },
  {
    says: 'absolute paths and paths out of the workspace',
    files: { 'kustomization.yaml': 'resources: [web.yaml, /etc/x.yaml, ../x.yaml]', 'web.yaml': WEB },
    tells: [
      'kustomization.yaml: /etc/x.yaml: "/etc/x.yaml" is absolute: kustomize takes only relative paths.',
      'kustomization.yaml: ../x.yaml: "../x.yaml" leads out of the workspace: what stands there is not known.',
    ],
    objects: 1,
  },
  {
    says: 'kustomizations that use each other',
    files: {
      'kustomization.yaml': 'resources: [web.yaml, a]',
      'web.yaml': WEB,
      'a/kustomization.yaml': 'resources: [../b]',
      'b/kustomization.yaml': 'resources: [../a]',
    },
    tells: ['b/kustomization.yaml: ../a: This kustomization is being built already: they refer to each other in a circle.'],
    objects: 1,
  },
  {
    says: 'a patch that matches nothing, and one whose target selects nothing',
    files: {
      'kustomization.yaml':
        'resources: [web.yaml]\npatches:\n- path: p.yaml\n- {target: {name: gone}, patch: "[]"}\n- {target: {name: gone}, patch: "- {op: remove, path: /x}"}',
      'web.yaml': WEB,
      'p.yaml': '{apiVersion: v1, kind: Service, metadata: {name: wab}}',
    },
    tells: [
      'kustomization.yaml: "[]": This is neither a strategic merge patch nor a JSON patch.',
      'kustomization.yaml: target: The patch matches nothing: no object is selected by its target.',
      'p.yaml: wab: The patch matches nothing: there is no Service wab (v1).',
    ],
    objects: 1,
  },
  {
    says: 'a patch that matches several',
    files: {
      'kustomization.yaml': 'resources: [a, b]\npatches: [{path: p.yaml}]',
      'a/kustomization.yaml': 'namePrefix: a-\nresources: [../base]',
      'b/kustomization.yaml': 'namePrefix: b-\nresources: [../base]',
      'base/kustomization.yaml': 'resources: [web.yaml]',
      'base/web.yaml': WEB,
      'p.yaml': '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {}}',
    },
    tells: ['p.yaml: web: 2 objects are or were called Service web: kustomize refuses the patch.'],
    objects: 2,
  },
  {
    says: 'a broken JSON patch, at its operation',
    files: {
      'kustomization.yaml': 'resources: [web.yaml]\npatches: [{target: {name: web}, path: ops.yaml}]',
      'web.yaml': WEB,
      'ops.yaml': '- {op: add, path: /metadata/labels, value: {a: b}}\n- {op: remove, path: /spec/type}',
    },
    tells: ['ops.yaml: {op: remove, path: /spec/type}: There is nothing at /spec/type. The patch is not applied to Service web.'],
    objects: 1,
  },
  {
    says: 'the same object twice, and an object without a name',
    files: {
      'kustomization.yaml': 'resources: [web.yaml, again.yaml, open.yaml]',
      'web.yaml': WEB,
      'again.yaml': WEB,
      'open.yaml': '{kind: Service}',
    },
    tells: [
      'kustomization.yaml: again.yaml: Service web is in the build already: kustomize refuses it twice.',
      'open.yaml: {kind: Service}: Kustomize refuses an object without metadata.name.',
    ],
    objects: 1,
  },
  {
    says: 'a field that kustomize does not know, a component among resources and a base among components',
    files: {
      'kustomization.yaml': 'nameprefx: x\nresources: [web.yaml, part]\ncomponents: [base]',
      'web.yaml': WEB,
      'part/kustomization.yaml': 'kind: Component\nnamePrefix: x',
      'base/kustomization.yaml': 'namePrefix: x',
    },
    tells: [
      'kustomization.yaml: nameprefx: Kustomize knows no field "nameprefx" and refuses the file.',
      'kustomization.yaml: part: This is a component: it belongs under "components".',
      'kustomization.yaml: base: This is no component: its kind must be Component.',
    ],
    objects: 1,
  },
  {
    says: 'generators, replicas, replacements and variables without what they need',
    files: {
      'kustomization.yaml': `
resources: [web.yaml]
configMapGenerator: [{name: c, behavior: merge, literals: [a]}, {name: d, files: [gone.conf]}]
replicas: [{name: none, count: 1}]
replacements: [{source: {name: none}, targets: [{select: {name: web}}]}]
vars: [{name: V, objref: {kind: None, name: none}}]
`,
      'web.yaml': WEB,
    },
    tells: [
      'kustomization.yaml: a: A literal is written key=value.',
      'kustomization.yaml: {name: c, behavior: merge, literals: [a]}: There is no ConfigMap c to merge.',
      'kustomization.yaml: gone.conf: There is no such file: "gone.conf".',
      'kustomization.yaml: none: No workload is called "none".',
      'kustomization.yaml: source: No object matches the source of the replacement.',
      'kustomization.yaml: {name: V, objref: {kind: None, name: none}}: No object matches the variable "V".',
    ],
    objects: 2,
  },
  {
    says: 'a file outside of the folder, which is built all the same',
    files: { 'a/kustomization.yaml': 'resources: [../web.yaml]', 'kustomization.yaml': 'resources: [a]', 'web.yaml': WEB },
    tells: [
      'a/kustomization.yaml: ../web.yaml: Kustomize refuses files outside of the kustomization’s folder, unless it runs with --load-restrictor LoadRestrictionsNone.',
    ],
    objects: 1,
  },
]

describe('what kustomize would stop for is a problem at its place, and the rest is built', () => {
  test.each(CASES)('$says', ({ files, tells, objects }) => {
    const built = build(files)
    const texts = filesOf(files)
    const told = built.problems.map(
      ({ file, span, message }) => `${file}: ${texts.get(file)?.text.slice(span.start, span.end)}: ${message}`,
    )
    expect(told.sort()).toEqual([...tells].sort())
    expect(builtBodies(built)).toHaveLength(objects)
  })

  test('what stands on a server is counted, and patches for it are no problem', () => {
    const built = build({
      'kustomization.yaml':
        'resources: [web.yaml, "https://example.com/x.yaml", github.com/org/repo//base?ref=v1]\npatches: [{path: p.yaml}]\nhelmCharts: [{name: redis, repo: oci://example.com}]',
      'web.yaml': WEB,
      'p.yaml': '{apiVersion: v1, kind: Service, metadata: {name: theirs}}',
    })
    expect(built.problems).toEqual([])
    expect(built.incomplete).toBe(true)
    expect(built.notEvaluated.map(({ reason }) => reason)).toEqual([
      'https://example.com/x.yaml is on a server: it is not built.',
      'github.com/org/repo//base?ref=v1 is on a server: it is not built.',
      'The chart redis is on a server: it is not rendered.',
      'The patch for Service theirs finds nothing in what is known.',
    ])
    expect(builtBodies(built)).toHaveLength(1)
  })

  test('every file that was asked for is noted, found or not', () => {
    const built = build({ 'kustomization.yaml': 'resources: [web.yaml, gone]', 'web.yaml': WEB })
    expect(built.reads).toEqual([
      'kustomization.yaml',
      'web.yaml',
      'gone',
      'gone/kustomization.yaml',
      'gone/kustomization.yml',
      'gone/Kustomization',
    ])
  })

  test('doubling copies and bases end', () => {
    const double = Array.from(
      { length: 40 },
      () => '- {op: copy, from: /data, path: /data/x}\n- {op: copy, from: /data, path: /data/y}',
    ).join('\n')
    const copies = build({
      'kustomization.yaml': 'resources: [c.yaml]\npatches: [{target: {name: c}, path: p.yaml}]',
      'c.yaml': '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}',
      'p.yaml': double,
    })
    expect(copies.problems.map(({ message }) => message)).toEqual(['The object has more than 1,000,000 values; it is left out.'])
    const levels: Record<string, string> = { 'l0/kustomization.yaml': 'resources: [web.yaml]', 'l0/web.yaml': WEB }
    for (let i = 1; i <= 15; i++) {
      levels[`l${i}/kustomization.yaml`] = `resources: [a, b]`
      for (const side of ['a', 'b']) levels[`l${i}/${side}/kustomization.yaml`] = `namePrefix: ${side}\nresources: [../../l${i - 1}]`
    }
    const bases = build(levels, 'l15/kustomization.yaml')
    expect(bases.objects.length).toBeLessThanOrEqual(10_000)
    expect(bases.problems[0]?.message).toBe('The build has more than 10,000 objects; the rest is left out.')
  })
})
