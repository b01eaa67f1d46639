import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../../server/sources/module/eval/expression.ts'
import { Failure } from '../../../server/sources/module/eval/failure.ts'
import { typeText } from '../../../server/sources/module/eval/type.ts'
import { isWhollyKnown, type Val } from '../../../server/sources/module/eval/value.ts'
import { evaluateModule } from '../../../server/sources/module/evaluation.ts'
import { plainOf } from '../../../server/sources/module/plain.ts'
import { parseHclExpression } from '../../../server/syntax/hcl/index.ts'

const FOLDER = join(process.env['KZT_SHARED'] ?? '../shared', 'conformance/terraform')

interface Case {
  readonly expr: string
  readonly json?: unknown
  readonly type?: string | null
  readonly error?: string
  readonly console?: string
  readonly value?: unknown
  readonly unknown?: unknown
}

function casesOf(name: string): Case[] {
  return (JSON.parse(readFileSync(join(FOLDER, name), 'utf8')) as { cases: Case[] }).cases
}

function moduleOf(files: Readonly<Record<string, string>>): (text: string) => Val {
  const map = new Map(Object.entries(files).map(([path, text]) => [path, { path, text }]))
  const { root } = evaluateModule(map, '')
  if (!root) throw new Error('no module')
  return (text) => {
    const { value, problems } = parseHclExpression(text)
    const [problem] = problems
    if (problem) throw new Failure('syntax', problem.message)
    return evaluate(value, root.env('console'))
  }
}

const fixtures = Object.fromEntries(
  readdirSync(join(FOLDER, 'fixtures'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(join(FOLDER, 'fixtures'), path), readFileSync(path, 'utf8')]),
)

describe('expressions, as Terraform evaluates them', () => {
  const evaluated = moduleOf(fixtures)
  const cases = casesOf('expressions.json')

  it('are all there', () => expect(cases.length).toBeGreaterThan(300))

  it.each(cases.map((each) => [each.expr, each] as const))('%s', (_, { expr, json, type, error, console }) => {
    if (error !== undefined) {
      expect(() => evaluated(expr)).toThrow(Failure)
      return
    }
    if (console === undefined) {
      const value = evaluated(expr)
      expect(plainOf(value)).toEqual(json)
      if (type) expect(typeText(value.type)).toBe(type)
      return
    }
    if (console === '(known after apply)') expect(evaluated(expr).data).toBeUndefined()
    else if (console === '(sensitive value)') expect(evaluated(expr).sensitive).toBe(true)
    else if (expr.startsWith('type('))
      expect(typeText(evaluated(expr.slice(5, -1)).type).replace(/\s+/g, '')).toBe(console.replace(/\s+/g, ''))
    else expect(String(evaluated(expr).data).replace('Infinity', '+Inf')).toBe(console)
  })
})

describe('unknown values, as Terraform treats them', () => {
  const evaluated = moduleOf({
    'main.tf': 'resource "terraform_data" "u" {\n  input = "hello"\n}\nresource "terraform_data" "z" {\n  count = 2\n}\n',
    't.tftpl': 'v=${x}',
  })
  const cases = casesOf('unknowns.json')

  it('are all there', () => expect(cases.length).toBeGreaterThan(40))

  it.each(cases.map((each) => [each.expr, each] as const))('%s', (_, { expr, value, unknown, error, type }) => {
    if (error !== undefined) {
      expect(() => evaluated(expr)).toThrow(Failure)
      return
    }
    const result = evaluated(expr)
    expect(shape(result)).toEqual(unknown)
    if (isWhollyKnown(result)) {
      expect(plainOf(result)).toEqual(value)
      if (type) expect(typeText(result.type)).toBe(type)
    }
  })
})

/** What is unknown in a value, as `terraform show -json` tells it: true, or for each part that is. */
function shape(value: Val): unknown {
  if (value.data === undefined) return true
  if (isWhollyKnown(value)) return false
  if (Array.isArray(value.data)) return (value.data as readonly Val[]).map(shape)
  const parts = [...(value.data as ReadonlyMap<string, Val>)].filter(([, part]) => !isWhollyKnown(part))
  return Object.fromEntries(parts.map(([key, part]) => [key, shape(part)]))
}
