import Ajv, { type AnySchema, type ErrorObject, MissingRefError, type Options } from 'ajv'
import Ajv2019 from 'ajv/dist/2019.js'
import Ajv2020 from 'ajv/dist/2020.js'
import AjvDraft04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import { compile, findAll } from '../../syntax/go/regexp.ts'
import { type GoMap, type GoValue, getEntry, originOfValue } from '../../syntax/go-template/value.ts'
import { hash } from '../../text/hash.ts'
import type { Location } from '../unit.ts'
import type { Chart, ChartFile } from './model.ts'
import { type Problems, wholeFile } from './problem.ts'
import { locateCell } from './source.ts'

/** Patterns are matched in linear time, as everywhere. */
function linearRegExp(pattern: string) {
  const regexp = compile(pattern)
  if (typeof regexp === 'string') throw new Error(regexp)
  // Ajv tells patterns apart by their text.
  return { test: (text: string) => findAll(regexp, text, 1).length > 0, toString: () => pattern }
}
linearRegExp.code = 'linearRegExp'

const OPTIONS: Options = {
  strict: false,
  allErrors: true,
  verbose: true,
  logger: false,
  validateSchema: false,
  addUsedSchema: false,
  // Ajv's type asks for more of a regular expression than it uses.
  // A schema is asked once or twice: its code takes longer to be made fast than to run.
  code: { regExp: linearRegExp as never, optimize: false },
}

type Validate = (data: unknown) => readonly ErrorObject[]
type Compiled = Validate | { readonly error: string } | { readonly unknown: string }

const compiled = new Map<string, Compiled>()
const MAX_COMPILED = 100

function compileSchema(text: string): Compiled {
  const key = hash(text)
  const known = compiled.get(key)
  if (known) return known
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  const result = compileAnew(text)
  compiled.set(key, result)
  return result
}

function compileAnew(text: string): Compiled {
  let schema: AnySchema
  try {
    schema = JSON.parse(text) as AnySchema
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'invalid JSON' }
  }
  const dialect = typeof schema === 'object' && typeof schema['$schema'] === 'string' ? schema['$schema'] : ''
  const Constructor = dialect.includes('2020-12')
    ? Ajv2020.default
    : dialect.includes('2019-09')
      ? Ajv2019.default
      : dialect.includes('draft-04')
        ? AjvDraft04.default
        : Ajv.default
  try {
    const ajv = new Constructor(OPTIONS)
    addFormats.default(ajv as never)
    const validate = ajv.compile(withoutDialect(schema))
    return (data) => (validate(data) ? [] : (validate.errors ?? []))
  } catch (error) {
    // What is not in the file cannot be known: nothing is fetched.
    if (error instanceof MissingRefError) return { unknown: `refers to ${error.missingRef}, which is not in the chart` }
    // Where code may not be made from text, as in some browsers.
    if (error instanceof EvalError) return { unknown: 'cannot be used here' }
    return { error: error instanceof Error ? error.message : 'invalid schema' }
  }
}

/** The constructor decides the dialect; a `$schema` that is not registered would be an error. */
function withoutDialect(schema: AnySchema): AnySchema {
  if (typeof schema !== 'object') return schema
  const { $schema: _, ...rest } = schema
  return rest
}

export interface Validation {
  readonly helm: 3 | 4
  readonly problems: Problems
  /** Each violation is a problem at the value, instead of all of them together. */
  readonly apart: boolean
}

/** Validates the values of a chart and of those below it against their schemas, as Helm does before rendering. */
export function validateValues(chart: Chart, values: GoMap, validation: Validation): void {
  const { problems, helm, apart } = validation
  const reports: string[] = []
  const visit = (each: Chart, own: GoMap): void => {
    const found = each.schema ? validateOne(each.schema, own, problems) : []
    if (typeof found === 'string') reports.push(`${each.metadata.name}:\n${found}\n`)
    else if (apart) for (const error of found) tell(error, own, each, helm, problems)
    else if (found.length > 0) reports.push(`${each.metadata.name}:\n${linesOf(found, helm)}`)
    for (const sub of each.dependencies) {
      const inner = getEntry(own, sub.metadata.name)
      if (inner?.kind === 'map') visit(sub, inner)
    }
  }
  visit(chart, values)
  if (reports.length === 0) return
  const path = chart.schema?.path
  problems.fatal(
    `values don't meet the specifications of the schema(s) in the following chart(s):\n${reports.join('')}`,
    path === undefined ? undefined : wholeFile(path),
    false,
  )
}

function linesOf(errors: readonly ErrorObject[], helm: 3 | 4): string {
  const lines = errors.map((error) => describe(error, helm))
  return [...new Set(lines)].map((line) => `- ${line}\n`).join('')
}

/** What is missing has to be given by whoever installs the chart; what is wrong is wrong. */
function tell(error: ErrorObject, values: GoMap, { metadata, schema }: Chart, helm: 3 | 4, problems: Problems): void {
  const message = `values don't meet the schema of ${metadata.name}: ${describe(error, helm)}`
  const location = locateError(error, values) ?? (schema?.path === undefined ? undefined : wholeFile(schema.path))
  if (error.keyword === 'required') problems.said(message, location)
  else problems.fatal(message, location, false)
}

/** The value that an error is about, else the nearest one above it that is written in a file. */
function locateError({ instancePath, keyword, params }: ErrorObject, values: GoMap): Location | undefined {
  let found: Location | undefined
  let at: GoValue | undefined = values
  const steps = instancePath.split('/').slice(1)
  for (const step of steps.map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))) {
    at = at?.kind === 'map' ? getEntry(at, step) : at?.kind === 'list' ? at.items[Number(step)] : undefined
    const origin = at && originOfValue(at)
    // Of a map that is written over many lines, its key is enough.
    if (origin?.kind === 'cell') found = locateCell(at?.kind === 'map' ? { ...origin, isKey: true } : origin) ?? found
  }
  const extra: unknown = keyword === 'additionalProperties' ? params['additionalProperty'] : undefined
  const key = at?.kind === 'map' && typeof extra === 'string' ? at.entries.get(extra)?.key : undefined
  const origin = key && originOfValue(key)
  return (origin?.kind === 'cell' ? locateCell(origin) : undefined) ?? found
}

/** A string says why the schema is none. */
function validateOne(schema: ChartFile, values: GoMap, problems: Problems): readonly ErrorObject[] | string {
  const validate = compileSchema(schema.text)
  if (typeof validate === 'function') return validate(plainOf(values))
  if ('error' in validate) return validate.error
  problems.warning(`values.schema.json ${validate.unknown}: values are not checked against it.`)
  return []
}

/** As JSON has it. */
function plainOf(value: GoValue): unknown {
  switch (value.kind) {
    case 'nil':
      return null
    case 'bool':
    case 'float':
      return value.value
    case 'int':
      return Number(value.value)
    case 'string':
      return value.text
    case 'list':
      return value.items.map(plainOf)
    case 'map':
      return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plainOf(entry.value)]))
    default:
      return undefined
  }
}

function describe(error: ErrorObject, helm: 3 | 4): string {
  return helm === 4 ? describe4(error) : describe3(error)
}

function describe3({ instancePath, keyword, params, message, data }: ErrorObject): string {
  const path = instancePath === '' ? '(root)' : instancePath.slice(1).replaceAll('/', '.')
  const given = params as Readonly<Record<string, unknown>>
  switch (keyword) {
    case 'required':
      return `${path}: ${String(given['missingProperty'])} is required`
    case 'type':
      return `${path}: Invalid type. Expected: ${[given['type']].flat().join('/')}, given: ${typeName(data)}`
    case 'additionalProperties':
      return `${path}: Additional property ${String(given['additionalProperty'])} is not allowed`
    case 'enum':
      return `${path}: ${path} must be one of the following: ${(given['allowedValues'] as readonly unknown[]).map((each) => JSON.stringify(each)).join(', ')}`
    case 'minimum':
      return `${path}: Must be greater than or equal to ${String(given['limit'])}`
    case 'maximum':
      return `${path}: Must be less than or equal to ${String(given['limit'])}`
    case 'pattern':
      return `${path}: Does not match pattern '${String(given['pattern'])}'`
    case 'minLength':
      return `${path}: String length must be greater than or equal to ${String(given['limit'])}`
    default:
      return `${path}: ${message ?? keyword}`
  }
}

function typeName(data: unknown): string {
  if (data === null) return 'null'
  if (Array.isArray(data)) return 'array'
  return typeof data === 'number' && Number.isInteger(data) ? 'integer' : typeof data
}

function describe4({ instancePath, keyword, params, message, data }: ErrorObject): string {
  const given = params as Readonly<Record<string, unknown>>
  const at = `at '${instancePath}': `
  switch (keyword) {
    case 'required':
      return `${at}missing property '${String(given['missingProperty'])}'`
    case 'type':
      return `${at}got ${typeName(data)}, want ${[given['type']].flat().join(' or ')}`
    case 'additionalProperties':
      return `${at}additional properties '${String(given['additionalProperty'])}' not allowed`
    default:
      return at + (message ?? keyword)
  }
}
