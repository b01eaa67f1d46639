import type { Env } from './eval/scope.ts'
import { documentsOf } from './kubectl.ts'
import { children, entries, isNull, items, NULL, nameOf, object, reasonOf, text, tuple, unknownVal, type Val } from './eval/value.ts'

/** What a resource or data source computes of its own arguments, without asking anybody. */
export function computed(type: string, value: Val, env: Env): Val {
  if (type === 'terraform_data') return withAttributes(value, terraformData(value))
  if (type === 'data.aws_iam_policy_document') return withAttributes(value, { json: policyDocument(value) })
  if (type === 'data.google_iam_policy') return withAttributes(value, { policy_data: googlePolicy(value) })
  if (type.startsWith('data.kubectl_')) return withAttributes(value, documentsOf(type, value, env))
  return value
}

function withAttributes(value: Val, added: Readonly<Record<string, Val>>): Val {
  const made = object(new Map([...(entries(value) ?? []), ...Object.entries(added)]))
  return { ...made, ...(value.open === undefined ? {} : { open: value.open }), ...(value.keys ? { keys: value.keys } : {}) }
}

/** Its id is new, its output what it was given. */
function terraformData(value: Val): Record<string, Val> {
  const input = entries(value)?.get('input')
  return { id: unknownVal('string', 'id', true), output: unknownVal(input?.type ?? 'dynamic', 'output', true) }
}

/** The policy as a structure; its text is not needed, so it stays unknown and carries the structure. */
function policyDocument(value: Val): Val {
  const blocks = entries(value)?.get('statement')
  const merged = ['source_policy_documents', 'override_policy_documents', 'source_json', 'override_json'].some((name) => {
    const other = entries(value)?.get(name)
    return other !== undefined && !isNull(other)
  })
  const list = blocks && items(blocks)
  if (merged || (blocks && !list)) return unknownVal('string', 'json', true)
  const encoded = object(
    new Map([
      ['Version', text('2012-10-17')],
      ['Statement', tuple((list ?? []).map(statement))],
    ]),
  )
  return { ...unknownVal('string', reasonOf(encoded) || 'json', true), encoded }
}

/** The bindings as a structure, as the text has them. */
function googlePolicy(value: Val): Val {
  const blocks = entries(value)?.get('binding')
  const list = blocks ? items(blocks) : []
  if (!list) return unknownVal('string', 'policy_data', true)
  const encoded = object(new Map([['bindings', tuple(list)]]))
  return { ...unknownVal('string', reasonOf(encoded) || 'policy_data', true), encoded }
}

function statement(block: Val): Val {
  const given = entries(block) ?? new Map<string, Val>()
  const result = new Map<string, Val>([['Effect', given.get('effect') ?? text('Allow')]])
  for (const [argument, name] of [
    ['sid', 'Sid'],
    ['actions', 'Action'],
    ['not_actions', 'NotAction'],
    ['resources', 'Resource'],
    ['not_resources', 'NotResource'],
  ] as const) {
    const value = given.get(argument)
    if (value && !isNull(value)) result.set(name, value)
  }
  for (const [argument, name] of [
    ['principals', 'Principal'],
    ['not_principals', 'NotPrincipal'],
  ] as const) {
    const value = given.get(argument)
    if (value) result.set(name, grouped(value, 'type', 'identifiers'))
  }
  const conditions = given.get('condition')
  if (conditions) result.set('Condition', conditionsOf(conditions))
  return { ...object(result), source: block.source }
}

/** Blocks with a type and values as a map. */
function grouped(blocks: Val, key: string, values: string): Val {
  const list = items(blocks)
  if (!list) return unknownVal('dynamic', reasonOf(blocks))
  const result = new Map<string, Val>()
  for (const block of list) {
    const name = entries(block)?.get(key)
    if (typeof name?.data !== 'string') return unknownVal('dynamic', name ? reasonOf(name) : key)
    const before = result.get(name.data)
    const value = entries(block)?.get(values) ?? NULL
    result.set(name.data, before ? tuple([...children(before), ...children(value)]) : value)
  }
  return object(result)
}

function conditionsOf(blocks: Val): Val {
  const list = items(blocks)
  if (!list) return unknownVal('dynamic', reasonOf(blocks))
  const tests = new Map<string, Map<string, Val>>()
  for (const block of list) {
    const test = entries(block)?.get('test')
    const variable = entries(block)?.get('variable')
    const name = variable && nameOf(variable)
    if (typeof test?.data !== 'string' || name === undefined) return unknownVal('dynamic', 'condition')
    const known = tests.get(test.data) ?? new Map<string, Val>()
    known.set(name, entries(block)?.get('values') ?? NULL)
    tests.set(test.data, known)
  }
  return object(new Map([...tests].map(([test, variables]) => [test, object(variables)])))
}
