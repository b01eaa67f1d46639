import { isList, isMap, type Value } from '../../model/value.ts'
import { formatFloat } from '../../syntax/go/float.ts'
import { basePath } from '../../syntax/go/path.ts'
import { quote } from '../../syntax/go/quote.ts'
import { parseVersion } from '../../syntax/go/semver.ts'
import { isPrintable, isSpace, mapChars } from '../../syntax/go/unicode.ts'
import type { Cell } from '../../syntax/go-template/provenance.ts'
import { NO_TEXT, textOf } from '../../syntax/go-template/text.ts'
import { bool, type GoMap, type GoStruct, type GoValue, list, map, setEntry } from '../../syntax/go-template/value.ts'
import type { Dependency, ImportValue, Metadata } from './model.ts'
import type { ValueSource } from './source.ts'

/** The fields of Go's struct that are strings, in its order; the others stand between them. */
const FIELDS = [
  'name',
  'home',
  'sources',
  'version',
  'description',
  'keywords',
  'maintainers',
  'icon',
  'apiVersion',
  'condition',
  'tags',
  'appVersion',
  'deprecated',
  'annotations',
  'kubeVersion',
  'dependencies',
  'type',
] as const

const LISTS: ReadonlySet<string> = new Set(['sources', 'keywords'])

/** Reads `Chart.yaml`, and beside it an old `requirements.yaml`. A string is Helm's reason to refuse it. */
export function readMetadata(source: ValueSource, requirements: ValueSource | undefined): Metadata | string {
  const { body } = source.tree
  const root: Cell = { kind: 'cell', source, parent: undefined, step: '' }
  const problem = source.tree.problems.find(({ harmless }) => !harmless)
  if (problem) return `cannot load Chart.yaml: error converting YAML to JSON: yaml: ${problem.message}`
  if (body !== undefined && body !== null && !isMap(body)) {
    return `cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${isList(body) ? 'array' : typeof body} into Go value of type chart.Metadata`
  }
  const fields = new Map<string, GoValue>()
  for (const name of FIELDS) {
    const found = fieldOf(body, root, name)
    const value = readField(name, found)
    if (value === undefined) return wrongType(name, found?.value)
    fields.set(goName(name), value)
  }
  const text = (name: string): string => {
    const value = fields.get(name)
    return value?.kind === 'string' ? value.text : ''
  }
  const dependencies = readDependencies(fieldOf(body, root, 'dependencies'))
  const older = requirements && readDependencies(fieldOf(requirements.tree.body, { ...root, source: requirements }, 'dependencies'))
  for (const each of [dependencies, older]) if (typeof each === 'string') return each
  if (text('APIVersion') === '') fields.set('APIVersion', textOf('v1', root))
  const metadata: Metadata = {
    name: text('Name'),
    version: text('Version'),
    type: text('Type'),
    apiVersion: text('APIVersion'),
    kubeVersion: text('KubeVersion'),
    dependencies: (older as Dependency[] | undefined) ?? (dependencies as Dependency[] | undefined),
    fields,
  }
  const refusal = validate(metadata)
  return refusal === undefined ? metadata : `validation: ${refusal}`
}

interface Found {
  readonly value: Value
  readonly cell: Cell
}

/** A field by its exact name, else by a name that differs only in case. */
function fieldOf(body: Value | undefined, parent: Cell, name: string): Found | undefined {
  if (!isMap(body)) return undefined
  const key = Object.hasOwn(body, name) ? name : Object.keys(body).find((each) => each.toLowerCase() === name.toLowerCase())
  const value = key === undefined ? undefined : body[key]
  if (key === undefined || value === undefined || value === null) return undefined
  return { value, cell: { kind: 'cell', source: parent.source, parent, step: key } }
}

function goName(name: string): string {
  return name === 'apiVersion' ? 'APIVersion' : name.charAt(0).toUpperCase() + name.slice(1)
}

function readField(name: (typeof FIELDS)[number], found: Found | undefined): GoValue | undefined {
  if (name === 'deprecated')
    return typeof found?.value === 'boolean' ? bool(found.value, found.cell) : found ? undefined : bool(false, NOWHERE)
  if (name === 'maintainers') return structs(found, 'chart.Maintainer', ['name', 'email', 'url'])
  if (name === 'dependencies') return structs(found, 'chart.Dependency', ['name', 'version', 'repository', 'condition', 'alias'])
  if (name === 'annotations') return annotations(found)
  if (LISTS.has(name)) return textList(found)
  if (!found) return NO_TEXT
  const text = scalarText(found.value)
  return text === undefined ? undefined : textOf(sanitized(text), found.cell, text === sanitized(text) ? 0 : -1)
}

const NOWHERE = map().origin

function textList(found: Found | undefined): GoValue | undefined {
  if (!found) return { ...list([], NOWHERE, '[]string'), isNil: true }
  if (!isList(found.value)) return undefined
  const items: GoValue[] = []
  for (const [step, item] of found.value.entries()) {
    const text = scalarText(item)
    if (text === undefined) return undefined
    items.push(textOf(sanitized(text), { kind: 'cell', source: found.cell.source, parent: found.cell, step }))
  }
  return list(items, found.cell, '[]string')
}

function annotations(found: Found | undefined): GoMap | undefined {
  const result: GoMap = map([], found?.cell ?? NOWHERE, 'map[string]string')
  if (!found) return { ...result, isNil: true }
  if (!isMap(found.value)) return undefined
  for (const [key, item] of Object.entries(found.value)) {
    const text = item === null ? '' : scalarText(item)
    if (text === undefined) return undefined
    const cell: Cell = { kind: 'cell', source: found.cell.source, parent: found.cell, step: key }
    setEntry(result, key, textOf(text, cell, 0), textOf(key, { ...cell, isKey: true }, 0))
  }
  return result
}

function structs(found: Found | undefined, type: string, names: readonly string[]): GoValue | undefined {
  if (!found) return { ...list([], NOWHERE, `[]*${type}`), isNil: true }
  if (!isList(found.value)) return undefined
  const items: GoValue[] = []
  for (const [step, item] of found.value.entries()) {
    const cell: Cell = { kind: 'cell', source: found.cell.source, parent: found.cell, step }
    const fields = new Map<string, GoValue>()
    for (const name of names) {
      const inner = fieldOf(item, cell, name)
      const text = inner && scalarText(inner.value)
      fields.set(name === 'url' ? 'URL' : goName(name), inner && text !== undefined ? textOf(text, inner.cell, 0) : NO_TEXT)
    }
    const json = [...fields]
      .filter(([, value]) => value.kind === 'string' && value.text !== '')
      .map(([name, value]) => [name.toLowerCase(), value] as const)
    const struct: GoStruct = { kind: 'struct', type, pointer: true, fields, json, origin: cell }
    items.push(struct)
  }
  return list(items, found.cell, `[]*${type}`)
}

/** A scalar where Go wants a string: YAML's numbers and booleans are written as text again. */
function scalarText(value: Value): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'number') return undefined
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? String(BigInt(value)) : formatFloat32(value)
}

/** `strconv.FormatFloat(value, 'g', -1, 32)` */
function formatFloat32(value: number): string {
  const wanted = Math.fround(value)
  for (let digits = 1; digits <= 9; digits++) {
    const rounded = Number(wanted.toPrecision(digits))
    if (Math.fround(rounded) === wanted) return formatFloat(rounded, 'g', -1)
  }
  return formatFloat(wanted, 'g', -1)
}

function readDependencies(found: Found | undefined): Dependency[] | string | undefined {
  if (!found) return undefined
  if (!isList(found.value)) return wrongType('dependencies', found.value)
  const dependencies: Dependency[] = []
  for (const [step, item] of found.value.entries()) {
    if (item === null) return 'validation: dependencies must not contain empty or null nodes'
    const cell: Cell = { kind: 'cell', source: found.cell.source, parent: found.cell, step }
    const text = (name: string): string => {
      const inner = fieldOf(item, cell, name)
      return inner ? sanitized(scalarText(inner.value) ?? '') : ''
    }
    const tags = fieldOf(item, cell, 'tags')?.value
    const imports = fieldOf(item, cell, 'import-values')?.value
    dependencies.push({
      name: text('name'),
      version: text('version'),
      repository: text('repository'),
      condition: text('condition'),
      alias: text('alias'),
      tags: isList(tags) ? tags.map((tag) => scalarText(tag) ?? '') : [],
      importValues: isList(imports) ? imports.flatMap(importValue) : [],
      enabled: true,
      cell,
    })
  }
  return dependencies
}

function importValue(value: Value): ImportValue[] {
  if (typeof value === 'string') return [value]
  if (!isMap(value)) return []
  const { child, parent } = value
  return typeof child === 'string' && typeof parent === 'string' ? [{ child, parent }] : []
}

function wrongType(name: string, value: Value | undefined): string {
  const kind = isList(value) ? 'array' : isMap(value) ? 'object' : typeof value
  return `cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go struct field Metadata.${name} of type string`
}

function sanitized(text: string): string {
  return mapChars(text, (char) => (isSpace(char) ? ' ' : isPrintable(char) ? char : ''))
}

function validate(metadata: Metadata): string | undefined {
  if (metadata.name === '') return 'chart.metadata.name is required'
  if (metadata.name !== basePath(metadata.name)) return `chart.metadata.name ${quote(metadata.name)} is invalid`
  if (metadata.version === '') return 'chart.metadata.version is required'
  if (typeof parseVersion(metadata.version) === 'string') return `chart.metadata.version ${quote(metadata.version)} is invalid`
  if (!['', 'application', 'library'].includes(metadata.type)) return 'chart.metadata.type must be application or library'
  const keys = new Set<string>()
  for (const { name, alias } of metadata.dependencies ?? []) {
    if (alias !== '' && !/^[a-zA-Z0-9_-]+$/.test(alias)) return `dependency ${quote(name)} has disallowed characters in the alias`
    const key = alias || name
    if (keys.has(key)) return `more than one dependency with name or alias ${quote(key)}`
    keys.add(key)
  }
  return undefined
}
