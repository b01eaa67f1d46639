import { describe, expect, it } from 'vitest'
import { get } from '../../../server/model/value.ts'
import { Budget } from '../../../server/sources/module/eval/scope.ts'
import { evaluate } from '../../../server/sources/module/eval/expression.ts'
import { evaluateModule } from '../../../server/sources/module/evaluation.ts'
import { plainOf } from '../../../server/sources/module/plain.ts'
import { parseHclExpression } from '../../../server/syntax/hcl/index.ts'
import { filesOf, unitsOf } from './files.ts'

/** The value of an expression in the root module, as plain data. */
function value(texts: Readonly<Record<string, string>>, expression: string, named?: string): unknown {
  const { root } = evaluateModule(filesOf(texts), '', named === undefined ? [] : [named])
  if (!root) throw new Error('no module')
  return plainOf(evaluate(parseHclExpression(expression).value, root.env('console')))
}

function problems(texts: Readonly<Record<string, string>>): string[] {
  return unitsOf(texts).flatMap((unit) =>
    unit.problems.map(({ file, span, message }) => `${file} ${texts[file]?.slice(span.start, span.end)}: ${message}`),
  )
}

const CALL = 'module "m" {\n  source = "./m"\n'

describe('a module', () => {
  it.each([
    ['the default', {}, 1],
    ['terraform.tfvars', { 'terraform.tfvars': 'n = 2' }, 2],
    ['terraform.tfvars.json', { 'terraform.tfvars': 'n = 2', 'terraform.tfvars.json': '{"n": 3}' }, 3],
    ['an auto file, the last one', { 'terraform.tfvars': 'n = 2', 'a.auto.tfvars': 'n = 4', 'b.auto.tfvars': 'n = "5"' }, 5],
  ])('takes a variable from %s', (_, texts, expected) => {
    expect(value({ 'main.tf': 'variable "n" {\n  type    = number\n  default = 1\n}\n', ...texts }, 'var.n')).toBe(expected)
  })

  it('takes what the named file says before all others', () => {
    const texts = { 'main.tf': 'variable "n" {}', 'a.auto.tfvars': 'n = 1', 'env/prod.tfvars': 'n = 2' }
    expect(value(texts, 'var.n', 'env/prod.tfvars')).toBe(2)
  })

  it.each([
    ['variable "v" { type = number }', 'var.v == null', undefined],
    ['variable "v" {\n  type     = string\n  default  = "a"\n  nullable = false\n}', 'var.v', 'a'],
    ['locals {\n  a = local.b + 1\n  b = 2\n}', 'local.a', 3],
    ['resource "x" "y" {\n  count = 2\n  n = count.index\n}', 'x.y[*].n', [0, 1]],
    ['resource "x" "y" {\n  for_each = toset(["a", "b"])\n  n = each.key\n}', '[for k, v in x.y : "${k}${v.n}"]', ['aa', 'bb']],
    ['resource "x" "y" {\n  b { n = 1 }\n  b { n = 2 }\n}', 'x.y.b[1].n', 2],
    [
      'resource "x" "y" {\n  dynamic "b" {\n    for_each = [1, 2]\n    content {\n      n = b.value * 2\n    }\n  }\n}',
      'x.y.b[*].n',
      [2, 4],
    ],
    [
      'resource "x" "y" {\n  dynamic "b" {\n    for_each = { k = 1 }\n    iterator = it\n    content {\n      n = "${it.key}${it.value}"\n    }\n  }\n}',
      'resource.x.y.b[0].n',
      'k1',
    ],
    ['data "x" "y" { n = 1 }', 'data.x.y.n', 1],
  ])('%j: %s', (text, expression, expected) => {
    const result = value({ 'main.tf': text }, expression)
    if (expected === undefined) expect(result).toMatchObject({})
    else expect(result).toEqual(expected)
  })

  it('knows what is configured of a resource, and not what the provider computes', () => {
    const texts = { 'main.tf': 'resource "x" "y" { name = "n" }' }
    expect(value(texts, 'x.y.name')).toBe('n')
    expect(value(texts, 'try(x.y.id, "none") == "none"')).toMatchObject({})
    expect(value(texts, 'x.y.name == "n"')).toBe(true)
  })

  it('calls local modules with their inputs, and gives back their outputs', () => {
    const texts = {
      'main.tf': `${CALL}  for_each = { a = 1, b = 2 }\n  n        = each.value\n}\n`,
      'm/main.tf': 'variable "n" { type = string }\noutput "o" { value = "${var.n}!" }\noutput "p" { value = path.module }\n',
    }
    expect(value(texts, 'module.m["b"].o')).toBe('2!')
    expect(value(texts, '[for k, v in module.m : v.p]')).toEqual(['m', 'm'])
  })

  it('evaluates only the output that is asked for, because others may need the answer', () => {
    const texts = {
      'main.tf': `${CALL}  n = x.y.name\n}\nresource "x" "y" { name = module.m.fixed }\n`,
      'm/main.tf': 'variable "n" {}\noutput "fixed" { value = "f" }\noutput "given" { value = var.n }\n',
    }
    expect(value(texts, 'module.m.given')).toBe('f')
    expect(problems(texts)).toEqual([])
  })

  it('merges overrides', () => {
    const texts = {
      'a_override.tf': 'resource "x" "y" { b = 3 }\nlocals { c = 4 }',
      'main.tf': 'resource "x" "y" {\n  a = 1\n  b = 2\n}\nlocals { c = 1 }',
    }
    expect(value(texts, '[x.y.a, x.y.b, local.c]')).toEqual([1, 3, 4])
  })

  it('reads files of the workspace, relative to the root module, and asks for them', () => {
    const texts = {
      'main.tf': `${CALL}}\n`,
      'm/main.tf': 'output "o" { value = templatefile("${path.module}/t.tftpl", { n = yamldecode(file("n.yaml")).m }) }',
      'm/t.tftpl': 'n=${n}',
      'n.yaml': 'm: 1',
    }
    expect(value(texts, 'module.m.o')).toBe('n=1')
    expect(unitsOf(texts)[0]?.reads).toEqual(expect.arrayContaining(['main.tf', 'm/main.tf', 'm/t.tftpl', 'n.yaml', 'm/']))
  })

  it('keeps secrets marked', () => {
    const { root } = evaluateModule(
      filesOf({ 'main.tf': 'variable "p" {\n  default   = "x"\n  sensitive = true\n}\nlocals { q = "a${var.p}" }' }),
      '',
    )
    expect(root && evaluate(parseHclExpression('upper(local.q)').value, root.env('')).sensitive).toBe(true)
  })

  it('reads the syntax of JSON', () => {
    const texts = {
      'main.tf.json': '{"variable": {"n": {"default": 2}}, "resource": {"x": {"y": {"m": "${var.n + 1}", "t": "a${var.n}"}}}}',
    }
    expect(value(texts, '[x.y.m, x.y.t]')).toEqual([3, 'a2'])
  })
})

describe('what is wrong is said at its place, and the rest is evaluated', () => {
  it.each([
    ['locals {\n  a = local.b\n  b = local.a\n}', ['main.tf local.a: Cycle: `local.a` refers to itself: local.a → local.b → local.a.']],
    ['locals { a = var.nope }', [expect.stringContaining('main.tf var.nope: Reference to undeclared input variable')]],
    ['locals { a = nope() }', [expect.stringContaining('main.tf nope(): Call to unknown function')]],
    ['locals { a = file("../../etc/passwd") }', [expect.stringContaining('leaves the workspace')]],
    ['module "m" { source = "../../m" }', [expect.stringContaining('outside of the workspace')]],
    ['module "m" { source = "./m" }', [expect.stringContaining('not in the workspace')]],
    ['module "m" { source = "./" }', [expect.stringContaining('calls itself')]],
    [
      'data "kubectl_path_documents" "d" { pattern = "../../*.yaml" }\nresource "kubectl_manifest" "m" { yaml_body = data.kubectl_path_documents.d.documents[0] }',
      [],
    ],
    ['resource "helm_release" "r" {\n  name  = "r"\n  chart = "../../chart"\n}', []],
    ['resource "x" "y" { count = 1000000 }', [expect.stringContaining('Only the first 200 of 1000000')]],
  ])('%j', (text, expected) => {
    expect(problems({ 'main.tf': text })).toEqual(expected)
  })

  it('says where modules call each other in a circle, and evaluates what is outside of it', () => {
    const texts = {
      'main.tf': 'module "a" { source = "./a" }\nresource "x" "y" {}\n',
      'a/main.tf': 'module "b" { source = "../b" }\nresource "x" "inner" {}\n',
      'b/main.tf': 'module "a" { source = "../a" }\n',
    }
    expect(problems(texts)).toEqual([expect.stringContaining('b/main.tf')])
    const [unit] = unitsOf(texts)
    expect(unit?.objects.map(({ name }) => name)).toEqual(expect.arrayContaining(['x.y', 'module.a.x.inner']))
  })

  it.each([
    ['an index beyond all reason', 'set = [{ name = "a[99999999]", value = "1" }]'],
    ['keys nested without end', `set = [{ name = "${'a.'.repeat(500)}b", value = "1" }]`],
    ['values that are no YAML', 'values = ["a: [", "\\u0000"]'],
    ['values that are a list', 'values = [yamlencode([1, 2])]'],
    ['a value of the wrong kind', 'values = { a = 1 }'],
  ])('survives %s in a release', (_, text) => {
    const [unit] = unitsOf({
      'main.tf': `resource "helm_release" "r" {\n  name  = "r"\n  chart = "./c"\n  ${text}\n}\n`,
      'c/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
      'c/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n',
    })
    expect(unit?.objects.map(({ kind }) => kind)).toContain('helm_release')
  })

  it('evaluates the rest beside a data source that fails', () => {
    const [unit] = unitsOf({
      'main.tf': `data "kubectl_filename_list" "d" { pattern = "${'**/'.repeat(20)}*.yaml" }\nresource "x" "y" {}\n`,
    })
    expect(unit?.objects.map(({ name }) => name)).toContain('x.y')
  })

  it('says which value breaks the rules of a variable', () => {
    const texts = {
      'main.tf': 'variable "n" {\n  type = number\n  validation {\n    condition     = var.n > 2\n    error_message = "Too small."\n  }\n}',
      'terraform.tfvars': 'n = 1',
    }
    expect(problems(texts)).toEqual(['terraform.tfvars 1: Invalid value for variable: The value of `n` is not valid here. Too small.'])
  })

  it.each([
    ['locals {\n  a = [for i in range(1000) : [for j in range(1000) : [for k in range(1000) : i]]]\n}'],
    [
      `locals {\n  a0 = "${'x'.repeat(1000)}"\n${Array.from({ length: 30 }, (_, i) => `  a${i + 1} = "\${local.a${i}}\${local.a${i}}"`).join('\n')}\n}`,
    ],
    [
      `locals {\n  a0 = [1, 2, 3, 4]\n${Array.from({ length: 30 }, (_, i) => `  a${i + 1} = setproduct(local.a${i}, local.a${i})`).join('\n')}\n}`,
    ],
    [`locals {\n  a = ${'1+'.repeat(5000)}1\n}`],
    ['locals {\n  a = replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "/(a+)+$/", "b")\n}'],
  ])('gives up on what would take too long: %#', (text) => {
    const files = filesOf({ 'main.tf': `${text}\nresource "x" "y" { a = 1 }\n` })
    const started = performance.now()
    const { evaluation, root } = evaluateModule(files, '', [], new Budget(300_000, 5_000_000))
    evaluation.guarded(() => root?.check())
    expect(performance.now() - started).toBeLessThan(5000)
    expect(root && [...root.resources()].map(({ address }) => address)).toEqual(['x.y'])
  })
})

describe('modules that are installed', () => {
  const MODULES = {
    Modules: [
      { Key: '', Source: '', Dir: '.' },
      { Key: 'net', Source: 'registry.terraform.io/a/net/aws', Version: '1.2.3', Dir: '.terraform/modules/net' },
      { Key: 'net.inner', Source: './modules/inner', Dir: '.terraform/modules/net/modules/inner' },
      { Key: 'out', Source: 'x', Dir: '../../../elsewhere' },
    ],
  }
  const TEXTS = {
    'infra/main.tf':
      'module "net" {\n  source  = "a/net/aws"\n  version = "1.2.3"\n  open    = true\n}\nmodule "out" {\n  source = "x/y/z"\n}\nlocals {\n  id = module.net.name\n}\n',
    'infra/.terraform/modules/modules.json': JSON.stringify(MODULES),
    'infra/.terraform/modules/net/main.tf':
      'variable "open" {}\nresource "aws_x" "y" {\n  open  = var.open\n  other = 1\n}\nmodule "inner" {\n  source = "./modules/inner"\n}\noutput "name" {\n  value = "n"\n}\nlocals { broken = var.nope }\n',
    'infra/.terraform/modules/net/modules/inner/main.tf': 'resource "aws_x" "z" {}\n',
    'infra/.terraform/modules/net/examples/a/main.tf': 'resource "aws_x" "example" {}\n',
  }
  const [unit, ...others] = unitsOf(TEXTS)
  const named = (name: string) => unit?.objects.find((object) => object.name === name)

  it('are evaluated where they lie, and are no units of their own', () => {
    expect(others).toEqual([])
    expect(unit?.objects.map(({ name }) => name)).toEqual(['module.out', 'module.net.aws_x.y', 'module.net.module.inner.aws_x.z'])
    expect(unit?.problems).toEqual([])
    expect(unit?.reads).toContain('infra/.terraform/modules/modules.json')
  })

  it('are shown where somebody here decides: the value that is given, else the call', () => {
    const at = (name: string, ...path: string[]) => {
      const object = named(name)
      const location = object && unit?.locate(object, ['spec', ...path], 'value')
      return location && [location.file, TEXTS['infra/main.tf'].slice(location.span.start, location.span.end)]
    }
    expect(at('module.net.aws_x.y', 'open')).toEqual(['infra/main.tf', 'true'])
    expect(at('module.net.aws_x.y', 'other')).toEqual(['infra/main.tf', '"net"'])
    expect(at('module.net.module.inner.aws_x.z')).toEqual(['infra/main.tf', '"net"'])
  })

  it('are changed only by what is given to them', () => {
    const object = named('module.net.aws_x.y')
    if (!unit || !object) throw new Error('no resource')
    const [given] = [unit.rewrite([{ op: 'set', object, path: ['spec', 'open'], value: false }])].flat()
    expect(given && 'edits' in given ? given.edits.map(({ file, text }) => [file, text.trim()]) : given).toEqual([
      ['infra/main.tf', 'open    = false'],
    ])
    expect(unit.rewrite([{ op: 'set', object, path: ['spec', 'other'], value: 2 }])).toMatchObject({
      refused: expect.stringContaining('installed'),
    })
  })
})

describe('units', () => {
  it.each([
    ['a root module', { 'infra/main.tf': '' }, ['infra/main.tf']],
    ['a root module and not what it calls', { 'main.tf': `${CALL}}`, 'm/a.tf': '' }, ['main.tf']],
    [
      'an example and not the module that it shows',
      { 'main.tf': '', 'examples/a/main.tf': 'module "m" { source = "../../" }' },
      ['examples/a/main.tf'],
    ],
    [
      'one for each file of variables',
      { 'main.tf': '', 'dev.tfvars': '', 'env/prod.tfvars': '', 'terraform.tfvars': '' },
      ['main.tf#dev', 'main.tf#prod'],
    ],
    [
      'one of modules that call each other',
      { 'a/main.tf': 'module "b" { source = "../b" }', 'b/main.tf': 'module "a" { source = "../a" }' },
      ['a/main.tf'],
    ],
  ])('are %s', (_, texts, expected) => {
    expect(unitsOf(texts).map(({ id }) => id)).toEqual(expected)
  })

  it('hold every resource with its address and its arguments', () => {
    const [unit] = unitsOf({
      'main.tf': `${CALL}}\nmodule "far" {\n  source  = "a/b/c"\n  version = "1.2.3"\n  n       = 1\n}\n`,
      'm/main.tf': 'resource "aws_x" "y" {\n  a = 1\n  b { c = true }\n}\n',
    })
    expect(unit?.objects.map(({ groupKind, name }) => [groupKind, name])).toEqual([
      ['terraform/module', 'module.far'],
      ['terraform/aws_x', 'module.m.aws_x.y'],
    ])
    const [far, resource] = unit?.objects ?? []
    expect(get(far?.body, 'source', 'version')).toBe('1.2.3')
    expect(get(far?.body, 'spec', 'n')).toBe(1)
    expect(get(resource?.body, 'spec')).toEqual({ a: 1, b: [{ c: true }] })
  })
})
