import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { evaluate } from '../../../server/sources/module/eval/expression.ts'
import { evaluateModule } from '../../../server/sources/module/evaluation.ts'
import { parseHclExpression } from '../../../server/syntax/hcl/index.ts'
import { sequence } from '../../syntax/hcl/half-typed.ts'

/** Generated expressions, evaluated here and by Terraform where it is installed. `SEED` and `RUNS` look further. */
const RUNS = Number(process.env['RUNS'] ?? 600)

const MODULE = `variable "s" { default = "text" }
variable "n" {
  type    = number
  default = 3
}
variable "l" {
  type    = list(string)
  default = ["a", "b", "a"]
}
variable "m" {
  type    = map(number)
  default = { x = 1, y = 2 }
}
variable "o" {
  type    = object({ a = string, b = optional(list(number), [1, 2]) })
  default = { a = "q" }
}
`

const installed = spawnSync('terraform', ['version'], { stdio: 'ignore' }).status === 0

it.runIf(installed)('is what terraform says', { timeout: 300_000 }, () => {
  const random = sequence(Number(process.env['SEED'] ?? 1))
  const expressions = Array.from({ length: RUNS }, () => generate(random, 3))
  const folder = mkdtempSync(join(tmpdir(), 'terraform-'))
  writeFileSync(join(folder, 'main.tf'), MODULE)
  const { root } = evaluateModule(new Map([['main.tf', { path: 'main.tf', text: MODULE }]]), '')
  const env = root?.env('console')
  if (!env) throw new Error('no module')
  const wrong: string[] = []
  let known = 0
  /** One that is unknown makes a whole answer unknown, so it is asked for alone. */
  const ask = (texts: readonly string[]): readonly string[] => {
    const output = execFileSync('terraform', ['console'], {
      cwd: folder,
      input: `jsonencode([${texts.join(', ')}])\n`,
      env: { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' },
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const last = output.trim().split('\n').at(-1) ?? ''
    if (last !== '(known after apply)') return JSON.parse(JSON.parse(last) as string) as string[]
    if (texts.length === 1) return ['unknown']
    const half = Math.ceil(texts.length / 2)
    return [...ask(texts.slice(0, half)), ...ask(texts.slice(half))]
  }
  for (let i = 0; i < expressions.length; i += 100) {
    const batch = expressions.slice(i, i + 100)
    const texts = batch.map((expression) => `try(jsonencode({ v = ${expression} }), "refused")`)
    const theirs = ask(texts)
    batch.forEach((expression, j) => {
      const { value, problems } = parseHclExpression(texts[j] ?? '')
      const ours = problems.length > 0 ? `broken: ${problems[0]?.message}` : (evaluate(value, env).data ?? 'unknown')
      if (theirs[j] !== 'refused') known++
      if (ours !== theirs[j]) wrong.push(`${expression}\n  here      ${String(ours)}\n  Terraform ${theirs[j]}`)
    })
  }
  expect(known, 'expressions that are not refused').toBeGreaterThan(RUNS / 8)
  expect(wrong.slice(0, 20), `${wrong.length} of ${RUNS}`).toEqual([])
})

const LEAVES = [
  'var.s',
  'var.n',
  'var.l',
  'var.m',
  'var.o',
  'var.o.b',
  'var.l[0]',
  'var.m["x"]',
  'null',
  'true',
  '0',
  '1',
  '2',
  '-1',
  '1.5',
  '"a"',
  '"b,c"',
  '""',
  '"10"',
  '[]',
  '{}',
  '["b", "a"]',
  '[1, 2, 3]',
  '{ k = "v" }',
  '{ x = 5, z = [1] }',
  'toset(["b", "a"])',
  '"10.0.0.0/16"',
  '[["a"], ["b", "c"]]',
  '"a\\nb"',
]

/** `_` stands for another expression. */
const SHAPES = [
  '_ + _',
  '_ - _',
  '_ * _',
  '_ / _',
  '_ % _',
  '_ == _',
  '_ != _',
  '_ < _',
  '_ && _',
  '!_',
  '-_',
  '_ ? _ : _',
  '(_)',
  '[_, _]',
  '{ a = _, b = _ }',
  '{ (_) = _ }',
  '"x${_}y"',
  '_[0]',
  '_["x"]',
  '_[*]',
  '[for v in _ : v]',
  '[for k, v in _ : k]',
  '{ for k, v in _ : k => v }',
  '[for v in _ : v if v != "a"]',
  '{ for v in _ : v => 1... }',
  'abs(_)',
  'ceil(_)',
  'floor(_)',
  'max(_, _)',
  'min(_, _)',
  'pow(_, 2)',
  'signum(_)',
  'sum(_)',
  'parseint(_, 10)',
  'upper(_)',
  'lower(_)',
  'title(_)',
  'trimspace(_)',
  'trim(_, "a")',
  'trimprefix(_, "a")',
  'trimsuffix(_, "a")',
  'chomp(_)',
  'indent(2, _)',
  'strrev(_)',
  'substr(_, 0, 2)',
  'substr(_, -2, 5)',
  'startswith(_, _)',
  'endswith(_, _)',
  'strcontains(_, _)',
  'replace(_, "a", "z")',
  'replace(_, "/[a-b]/", "<$0>")',
  'split(",", _)',
  'join("-", _)',
  'format("%s|%v", _, _)',
  'format("%05d", _)',
  'format("%5.1f", _)',
  'format("%-6q|", _)',
  'formatlist("%s!", _)',
  'regex("[a-z]+", _)',
  'regexall("[a-z]", _)',
  'length(_)',
  'keys(_)',
  'values(_)',
  'merge(_, _)',
  'concat(_, _)',
  'contains(_, _)',
  'distinct(_)',
  'flatten(_)',
  'element(_, 1)',
  'index(_, "a")',
  'lookup(_, "x", 0)',
  'lookup(_, "k", "d")',
  'coalesce(_, _)',
  'coalescelist(_, _)',
  'compact(_)',
  'reverse(_)',
  'sort(_)',
  'slice(_, 0, 1)',
  'chunklist(_, 2)',
  'zipmap(_, _)',
  'range(_)',
  'one(_)',
  'setunion(_, _)',
  'setintersection(_, _)',
  'setsubtract(_, _)',
  'setproduct(_, _)',
  'transpose({ a = _ })',
  'alltrue(_)',
  'anytrue(_)',
  'matchkeys(_, _, _)',
  'tostring(_)',
  'tonumber(_)',
  'tobool(_)',
  'tolist(_)',
  'toset(_)',
  'tomap(_)',
  'try(_, _)',
  'can(_)',
  'jsonencode(_)',
  'jsondecode(jsonencode(_))',
  'yamlencode(_)',
  'yamldecode(yamlencode(_))',
  'base64encode(_)',
  'base64decode(base64encode(_))',
  'urlencode(_)',
  'md5(_)',
  'sha256(_)',
  'cidrsubnet(_, 4, 1)',
  'cidrhost(_, 5)',
  'cidrnetmask(_)',
  'basename(_)',
  'dirname(_)',
]

function generate(random: () => number, depth: number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  if (depth === 0 || random() < 0.25) return pick(LEAVES)
  return pick(SHAPES).replace(/_/g, () => generate(random, depth - 1))
}
