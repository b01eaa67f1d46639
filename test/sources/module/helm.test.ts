import { describe, expect, it } from 'vitest'
import { FRONT_ENDS } from '../../../server/sources/index.ts'
import { planWorkspace } from '../../../server/sources/front-end.ts'
import type { ModuleUnit } from '../../../server/sources/module/unit.ts'
import type { Location } from '../../../server/sources/unit.ts'
import { get, isUnknown, type Path, type Value } from '../../../server/model/value.ts'
import { applyEdits } from '../../../server/text/edit.ts'
import { filesOf } from './files.ts'

const CHART = {
  'charts/app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
  'charts/app/values.yaml': 'replicas: 1\nprivileged: false\nimage: app\nargs: []\nnested: {}\n',
  'charts/app/templates/app.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    spec:
      hostPID: false
      containers:
        - name: app
          image: {{ .Values.image | quote }}
          args:
            {{- range .Values.args }}
            - {{ . | quote }}
            {{- end }}
          securityContext:
            privileged: {{ .Values.privileged }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: app
  namespace: {{ .Release.Namespace }}
subjects:
  - kind: ServiceAccount
    name: app
    namespace: {{ .Release.Namespace }}
roleRef: { kind: Role, name: app, apiGroup: rbac.authorization.k8s.io }
`,
}
const PRIVILEGED: Path = ['spec', 'template', 'spec', 'containers', 0, 'securityContext', 'privileged']
const IMAGE: Path = ['spec', 'template', 'spec', 'containers', 0, 'image']

function release(
  argumentsText: string,
  others: Readonly<Record<string, string>> = {},
): { unit: ModuleUnit; texts: Record<string, string> } {
  const texts: Record<string, string> = {
    ...CHART,
    'main.tf': `resource "helm_release" "app" {\n  name      = "shop-app"\n  namespace = "shop"\n  chart     = "\${path.module}/charts/app"\n${argumentsText}}\n`,
    ...others,
  }
  const files = filesOf(texts)
  const plan = planWorkspace(files, FRONT_ENDS)
  expect(plan.units.map(({ id }) => id)).not.toContain('charts/app/Chart.yaml')
  return { unit: plan.units[0]?.evaluate(files, undefined) as ModuleUnit, texts }
}

function slice(texts: Readonly<Record<string, string>>, location: Location | undefined): string | undefined {
  return location && `${location.file}: ${texts[location.file]?.slice(location.span.start, location.span.end)}`
}

const deployment = (unit: ModuleUnit) => {
  const found = unit.objects.find(({ kind }) => kind === 'Deployment')
  if (!found) throw new Error('no deployment')
  return found
}

describe('a chart that a module installs', () => {
  it('is rendered under the name and in the namespace of the release', () => {
    const { unit } = release('')
    expect(unit.problems).toEqual([])
    expect(unit.objects.filter(({ group }) => group !== 'terraform').map(({ id }) => id)).toEqual([
      'rbac.authorization.k8s.io/RoleBinding/shop/app',
      'apps/Deployment/shop/shop-app',
    ])
    expect(get(unit.objects.find(({ kind }) => kind === 'RoleBinding')?.body, 'subjects', 0, 'namespace')).toBe('shop')
    expect(unit.reads).toContain('charts/app/templates/app.yaml')
  })

  it.each<[string, string, Path, Value, string, Record<string, string>?]>([
    ['a structure', '  values = [yamlencode({ privileged = true })]\n', PRIVILEGED, true, 'main.tf: true'],
    ['a heredoc', '  values = [<<-Y\n    replicas: 3\n    privileged: true\n  Y\n  ]\n', PRIVILEGED, true, 'main.tf: true'],
    ['a block', '  set {\n    name  = "privileged"\n    value = "true"\n  }\n', PRIVILEGED, true, 'main.tf: "true"'],
    ['a list', '  set = [{ name = "privileged", value = true }]\n', PRIVILEGED, true, 'main.tf: true'],
    ['a text that looks like a number', '  set = [{ name = "image", value = "123", type = "string" }]\n', IMAGE, '123', 'main.tf: "123"'],
    ['a sensitive value', '  set_sensitive = [{ name = "image", value = "a:1" }]\n', IMAGE, 'a:1', 'main.tf: "a:1"'],
    [
      'a list of values',
      '  set_list = [{ name = "args", value = ["--a", "b,c"] }]\n',
      ['spec', 'template', 'spec', 'containers', 0, 'args', 1],
      'b,c',
      'main.tf: ["--a", "b,c"]',
    ],
    [
      'a variable',
      '  values = [yamlencode({ privileged = var.p })]\n}\nvariable "p" {\n  default = true\n',
      PRIVILEGED,
      true,
      'main.tf: var.p',
    ],
    [
      'a file',
      '  values = [file("values/prod.yaml")]\n',
      PRIVILEGED,
      true,
      'values/prod.yaml: true',
      { 'values/prod.yaml': 'privileged: true\n' },
    ],
    [
      'a template',
      '  values = [templatefile("${path.module}/v.yaml.tftpl", { image = "a:2" })]\n',
      PRIVILEGED,
      true,
      'v.yaml.tftpl: true',
      { 'v.yaml.tftpl': 'image: ${image}\nprivileged: true\n' },
    ],
    ['the chart itself', '', PRIVILEGED, false, 'charts/app/values.yaml: false'],
    ['the template itself', '', ['spec', 'template', 'spec', 'hostPID'], false, 'charts/app/templates/app.yaml: false'],
  ])('takes its values from %s, and knows where they are written', (_, text, path, value, place, others = {}) => {
    const { unit, texts } = release(text, others)
    const object = deployment(unit)
    expect(get(object.body, ...path)).toEqual(value)
    expect(slice(texts, unit.locate(object, path, 'value'))).toBe(place)
  })

  it('lets later values win: documents in their order, then assignments', () => {
    const { unit } = release(
      '  set {\n    name  = "image"\n    value = "c"\n  }\n  values = [yamlencode({ image = "a", replicas = 2 }), yamlencode({ image = "b" })]\n',
    )
    expect(get(deployment(unit).body, ...IMAGE)).toBe('c')
    expect(get(deployment(unit).body, 'spec', 'replicas')).toBe(2)
  })

  it('has values that are not known where the module has', () => {
    const { unit } = release(
      '  values = [yamlencode({ image = var.image, replicas = 2 })]\n  set {\n    name  = "privileged"\n    value = var.image\n  }\n}\nvariable "image" {\n  type = string\n',
    )
    const { body } = deployment(unit)
    expect(get(body, 'spec', 'replicas')).toBe(2)
    expect(isUnknown(get(body, ...IMAGE) ?? null)).toBe(true)
    expect(isUnknown(get(body, ...PRIVILEGED) ?? null)).toBe(true)
  })

  it('has its values followed to the file of variables that decides', () => {
    const { unit, texts } = release('  values = [yamlencode({ privileged = var.p })]\n}\nvariable "p" {\n  type = bool\n', {
      'terraform.tfvars': 'p = true\n',
    })
    const origins = unit.origins(deployment(unit), PRIVILEGED).map((origin) => `${origin.role} ${slice(texts, origin)}`)
    expect(origins[0]).toBe('written terraform.tfvars: true')
    expect(origins).toContain('contributes main.tf: var.p')
    expect(origins.some((origin) => origin.includes('charts/app/templates/app.yaml'))).toBe(true)
  })

  it.each<[string, string, Path, Value, string, string, Record<string, string>?]>([
    ['a structure', '  values = [yamlencode({ privileged = true })]\n', PRIVILEGED, false, 'main.tf', 'privileged = false'],
    ['an assignment', '  set {\n    name  = "privileged"\n    value = "true"\n  }\n', PRIVILEGED, false, 'main.tf', 'value = "false"'],
    ['a heredoc', '  values = [<<-Y\n    privileged: true\n  Y\n  ]\n', PRIVILEGED, false, 'main.tf', '    privileged: false\n'],
    [
      'variables',
      '  values = [yamlencode({ privileged = var.p })]\n}\nvariable "p" {\n  type = bool\n',
      PRIVILEGED,
      false,
      'prod.auto.tfvars',
      'p = false',
      { 'prod.auto.tfvars': 'p = true\n' },
    ],
    [
      'a file',
      '  values = [file("v.yaml")]\n',
      PRIVILEGED,
      false,
      'v.yaml',
      'privileged: false',
      { 'v.yaml': 'privileged: true # for now\n' },
    ],
    [
      'an assignment that overrules what a template computes',
      '  values = [templatefile("v.yaml.tftpl", { p = true })]\n',
      PRIVILEGED,
      false,
      'main.tf',
      '  set = [\n    { name = "privileged", value = "false" },\n  ]\n',
      { 'v.yaml.tftpl': 'image: a:1\nprivileged: ${p}\n' },
    ],
    [
      'a block that does, as providers before version 3 have it',
      '  values = [templatefile("v.yaml.tftpl", { p = true })]\n  set {\n    name  = "replicas"\n    value = 2\n  }\n',
      PRIVILEGED,
      false,
      'main.tf',
      '  set {\n    name  = "privileged"\n    value = "false"\n  }\n',
      { 'v.yaml.tftpl': 'image: a:1\nprivileged: ${p}\n' },
    ],
    [
      'an item that does',
      '  values = [templatefile("v.yaml.tftpl", { p = true })]\n  set = [\n    { name = "replicas", value = 2 },\n  ]\n',
      PRIVILEGED,
      false,
      'main.tf',
      '    { name = "replicas", value = 2 },\n    { name = "privileged", value = "false" },\n',
      { 'v.yaml.tftpl': 'image: a:1\nprivileged: ${p}\n' },
    ],
    ['the chart', '', ['spec', 'template', 'spec', 'hostPID'], true, 'charts/app/templates/app.yaml', 'hostPID: true'],
  ])('is changed in %s', (_, text, path, value, file, expected, others = {}) => {
    const { unit, texts } = release(text, others)
    const rewritings = unit.rewrite([{ op: 'set', object: deployment(unit), path, value }])
    if ('refused' in rewritings) throw new Error(rewritings.refused)
    const [first] = rewritings
    const edits = first?.edits.filter((edit) => edit.file === file).map(({ span, text }) => ({ ...span, text }))
    expect(applyEdits(texts[file] ?? '', edits ?? [])).toContain(expected)
    expect(first?.edits.every((edit) => edit.file === file)).toBe(true)
  })

  it('is rendered again only when its files or its values change', () => {
    const { unit, texts } = release('')
    const evaluated = (changed: Record<string, string>): ModuleUnit => {
      const files = new Map(filesOf({ ...texts, ...changed }))
      for (const [path, file] of filesOf(texts)) if (!(path in changed)) files.set(path, file)
      return planWorkspace(files, FRONT_ENDS).units[0]?.evaluate(files, unit) as ModuleUnit
    }
    expect(deployment(evaluated({ 'main.tf': `# new\n${texts['main.tf']}` }))).toBe(deployment(unit))
    expect(get(deployment(evaluated({ 'charts/app/values.yaml': 'replicas: 5\nargs: []\n' })).body, 'spec', 'replicas')).toBe(5)
  })

  it('says what is wrong with it in the chart', () => {
    const { unit } = release('', { 'charts/app/templates/bad.yaml': '{{ .Values.x | nosuch }}\n' })
    expect(unit.problems.map(({ file }) => file)).toEqual(['charts/app/templates/bad.yaml'])
  })

  it('is left alone when it comes from a server', () => {
    const texts = {
      ...CHART,
      'main.tf': 'resource "helm_release" "a" {\n  name       = "a"\n  repository = "https://x"\n  chart      = "./charts/app"\n}\n',
    }
    const files = filesOf(texts)
    const units = planWorkspace(files, FRONT_ENDS).units
    expect(units.map(({ id }) => id)).toEqual(['main.tf', 'charts/app/Chart.yaml'])
    expect(units[0]?.evaluate(files, undefined).objects.map(({ kind }) => kind)).toEqual(['helm_release'])
  })
})
