import { encodeBase64 } from '../../syntax/go/base64.ts'
import { basePath } from '../../syntax/go/path.ts'
import { compareBytes, encodeUtf8 } from '../../syntax/go/utf8.ts'
import { toYaml } from '../../syntax/go-template/data/yaml-out.ts'
import { GoError } from '../../syntax/go-template/errors.ts'
import { func, type GoFunction, type Methods } from '../../syntax/go-template/function.ts'
import { dict, text, value } from '../../syntax/go-template/functions/args.ts'
import { valueMethod } from '../../syntax/go-template/functions/index.ts'
import { split } from '../../syntax/go-template/functions/strings.ts'
import type { BuiltIn, Origin } from '../../syntax/go-template/provenance.ts'
import { type GoText, NO_TEXT, slice, textOf } from '../../syntax/go-template/text.ts'
import {
  ANY_LIST,
  ANY_MAP,
  bool,
  type GoList,
  type GoMap,
  type GoStruct,
  type GoValue,
  int,
  list,
  map,
  nil,
  originOfValue,
  setEntry,
  sortedKeys,
  strings,
} from '../../syntax/go-template/value.ts'
import { join } from '../../text/path.ts'
import { tableAt, valueAt } from './dependencies.ts'
import { compileGlob } from './glob.ts'
import { type Chart, type ChartFile, chartPath, isLibrary } from './model.ts'

export interface Release {
  readonly name: string
  readonly namespace: string
  readonly isUpgrade?: boolean
}

/** A template that is parsed, and run unless it is a partial. */
export interface TemplateFile {
  /** As Helm names it: `chart/charts/sub/templates/x.yaml`. */
  readonly name: string
  readonly chart: Chart
  readonly file: ChartFile
  readonly data: GoMap
  readonly basePath: string
}

const FILES = 'engine.files'

function builtIn(name: string): BuiltIn {
  return { kind: 'built-in', name }
}

function mapOf(entries: Readonly<Record<string, GoValue>>, origin: Origin): GoMap {
  const result = map([], origin)
  for (const [key, item] of Object.entries(entries)) setEntry(result, key, item, textOf(key, origin))
  return result
}

function valuesType(helm: 3 | 4): string {
  return helm === 4 ? 'common.Values' : 'chartutil.Values'
}

/** `.Release` */
export function releaseValue({ name, namespace, isUpgrade = false }: Release): GoMap {
  const of = (field: string): BuiltIn => builtIn(`.Release.${field}`)
  return mapOf(
    {
      Name: textOf(name, of('Name')),
      Namespace: textOf(namespace, of('Namespace')),
      IsUpgrade: bool(isUpgrade, of('IsUpgrade')),
      IsInstall: bool(!isUpgrade, of('IsInstall')),
      Revision: int(1, of('Revision')),
      Service: textOf('Helm', of('Service')),
    },
    builtIn('.Release'),
  )
}

/** What all templates of an installation see alike. */
export interface Given {
  readonly release: GoMap
  readonly capabilities: GoStruct
  readonly helm: 3 | 4
  /** Told a file that a template asks for and that is not there. */
  readonly missed: (path: string) => void
}

/** All templates of a chart and of the charts below it, each with the data that it sees. */
export function templateFiles(root: Chart, values: GoMap, given: Given): TemplateFile[] {
  const { release, capabilities, helm } = given
  const found: TemplateFile[] = []
  const visit = (chart: Chart, own: GoMap, path: string): GoMap => {
    const subcharts = map([], builtIn('.Subcharts'))
    const data = mapOf(
      {
        Chart: chartValue(chart, helm),
        Files: filesValue(chart, given.missed),
        Release: release,
        Capabilities: capabilities,
        // The same map under another type: what a template sets in it, the parent sees.
        Values: { ...own, type: valuesType(helm) },
        Subcharts: subcharts,
      },
      builtIn('.'),
    )
    for (const sub of chart.dependencies) {
      const inner = tableAt(own, sub.metadata.name) ?? map()
      setEntry(subcharts, sub.metadata.name, visit(sub, inner, chartPath(sub)))
    }
    for (const file of chart.templates) {
      if (isLibrary(chart) && !basePath(file.name).startsWith('_')) continue
      found.push({ name: `${path}/${file.name}`, chart, file, data, basePath: `${path}/templates` })
    }
    return data
  }
  visit(root, values, root.metadata.name)
  return found
}

/** `.Chart`: a struct to Helm 3, a map to Helm 4. */
function chartValue(chart: Chart, helm: 3 | 4): GoValue {
  const origin = builtIn('.Chart')
  const isRoot = bool(chart.parent === undefined, builtIn('.Chart.IsRoot'))
  const { fields } = chart.metadata
  if (helm === 4) {
    const result = map([], origin)
    for (const [name, field] of fields) setEntry(result, name, field.kind === 'list' ? untyped(field) : field, textOf(name, origin))
    setEntry(result, 'IsRoot', isRoot, textOf('IsRoot', origin))
    return result
  }
  const json = [...fields]
    .filter(([, field]) => !isZero(field))
    .map(([name, field]) => [name === 'APIVersion' ? 'apiVersion' : name.charAt(0).toLowerCase() + name.slice(1), field] as const)
  const metadata: GoStruct = { kind: 'struct', type: 'chart.Metadata', pointer: false, fields, json, origin }
  return {
    kind: 'struct',
    type: 'struct { chart.Metadata; IsRoot bool }',
    pointer: false,
    fields: new Map<string, GoValue>([
      ['Metadata', metadata],
      ['IsRoot', isRoot],
    ]),
    embedded: metadata,
    json: [...json, ['IsRoot', isRoot]],
    origin,
  }
}

/** Helm 4 turns structs into maps of their fields. */
function untyped(field: GoList): GoList {
  const items = field.items.map((item): GoValue => {
    if (item.kind !== 'struct') return item
    const result = map([], item.origin)
    for (const [name, inner] of item.fields) setEntry(result, name, inner)
    return result
  })
  return list(items, field.origin, ANY_LIST)
}

function isZero(field: GoValue): boolean {
  switch (field.kind) {
    case 'string':
      return field.text === ''
    case 'bool':
      return !field.value
    case 'list':
      return field.items.length === 0
    case 'map':
      return field.entries.size === 0
    default:
      return false
  }
}

/** `.Files`: the text of each file is read when somebody asks. */
function filesValue(chart: Chart, missed: Given['missed']): GoMap {
  const result = map([], builtIn('.Files'), FILES)
  // Outside the chart there is nothing to read, whatever a template asks for.
  if (!chart.packaged)
    misses.set(result.entries, (name) => {
      const path = join(chart.folder, name)
      if (path?.startsWith(chart.folder === '' ? '' : `${chart.folder}/`)) missed(path)
    })
  for (const file of chart.files) setEntry(result, file.name, bytesValue(file), textOf(file.name, builtIn('.Files')))
  return result
}

const contents = new WeakMap<GoValue, ChartFile>()
const misses = new WeakMap<GoMap['entries'], (name: string) => void>()

function bytesValue(file: ChartFile): GoList {
  const origin: Origin = { kind: 'file', file: file.path ?? file.name }
  let items: GoValue[] | undefined
  const bytes: GoList = {
    kind: 'list',
    type: '[]uint8',
    text: textOf(file.text, origin, 0),
    get items() {
      items ??= Array.from(file.bytes ?? encodeUtf8(file.text), (byte) => int(byte, origin, 'uint8'))
      return items
    },
    origin,
  }
  contents.set(bytes, file)
  return bytes
}

function fileText(files: GoMap, name: string): GoText {
  const found = files.entries.get(name)?.value
  if (!found) misses.get(files.entries)?.(name)
  return found?.kind === 'list' && found.text ? found.text : NO_TEXT
}

const VALUES_METHODS: Readonly<Record<string, GoFunction>> = {
  AsMap: func(ANY_MAP, (args) => ({ ...dict(args, 0), type: ANY_MAP })),
  YAML: func(ANY_MAP, (args, call) => toYaml(value(args, 0), call.origin)),
  Encode: func(`${ANY_MAP}, io.Writer`, () => nil()),
  PathValue: func(`${ANY_MAP}, string`, (args) => {
    const found = valueAt(dict(args, 0), text(args, 1).text)
    if (found) return found
    throw new GoError(`"${text(args, 1).text.split('.').pop() ?? ''}" is not a value`)
  }),
  Table: func(`${ANY_MAP}, string`, (args) => {
    const found = tableAt(dict(args, 0), text(args, 1).text)
    if (found) return { ...found, type: dict(args, 0).type }
    throw new GoError(`"${text(args, 1).text}" is not a table`)
  }),
}

const FILES_METHODS: Readonly<Record<string, GoFunction>> = {
  Get: func(`${FILES}, string`, (args) => fileText(dict(args, 0), text(args, 1).text)),
  GetBytes: func(
    `${FILES}, string`,
    (args) => dict(args, 0).entries.get(text(args, 1).text)?.value ?? list([], builtIn('.Files'), '[]uint8'),
  ),
  Glob: func(`${FILES}, string`, (args) => {
    const matches = compileGlob(text(args, 1).text) ?? (() => true)
    return map(
      [...dict(args, 0).entries].filter(([name]) => matches(name)),
      dict(args, 0).origin,
      FILES,
    )
  }),
  AsConfig: func(FILES, (args, call) => encoded(dict(args, 0), call.origin, (content) => content)),
  AsSecrets: func(FILES, (args, call) =>
    encoded(dict(args, 0), call.origin, (content, file) =>
      textOf(encodeBase64(file?.bytes ?? encodeUtf8(content.text)), originOfValue(content)),
    ),
  ),
  Lines: func(`${FILES}, string`, (args) => {
    const content = fileText(dict(args, 0), text(args, 1).text)
    if (!dict(args, 0).entries.has(text(args, 1).text)) return strings([])
    if (content.text === '') throw new GoError('runtime error: index out of range [-1]')
    return strings(split(content.text.endsWith('\n') ? slice(content, 0, content.text.length - 1) : content, '\n'), originOfValue(content))
  }),
}

/** Files as the data of a ConfigMap or Secret, by their base names. */
function encoded(files: GoMap, added: Origin, write: (content: GoText, file: ChartFile | undefined) => GoText): GoText {
  const result = map([], files.origin)
  for (const name of sortedKeys(files, compareBytes)) {
    const bytes = files.entries.get(name)?.value
    const key = files.entries.get(name)?.key
    if (bytes)
      setEntry(
        result,
        basePath(name),
        write(fileText(files, name), contents.get(bytes)),
        textOf(basePath(name), key ? originOfValue(key) : added),
      )
  }
  const yaml = toYaml(result, added)
  return slice(yaml, 0, yaml.text.length - 1)
}

const HAS: GoFunction = func('[]string, string', (args) => {
  const [set, wanted] = [value(args, 0), text(args, 1)]
  const has = set.kind === 'list' && set.items.some((item) => item.kind === 'string' && item.text === wanted.text)
  return bool(has, { kind: 'built-in', name: `.Capabilities.APIVersions.Has "${wanted.text}"` })
})

const KUBE_METHODS: Readonly<Record<string, GoFunction>> = {
  String: func('struct', ([kube]) => (kube?.kind === 'struct' ? textOf(kube.printed ?? '', kube.origin) : NO_TEXT)),
  GitVersion: func('struct', ([kube]) => (kube?.kind === 'struct' ? (kube.fields.get('Version') ?? NO_TEXT) : NO_TEXT)),
}

/** The methods of what Helm hands to templates, and of what functions make. */
export const chartMethods: Methods = (receiver, name) => {
  const own = (methods: Readonly<Record<string, GoFunction>>) => (Object.hasOwn(methods, name) ? methods[name] : undefined)
  if (receiver.kind === 'map') {
    if (receiver.type === FILES) return own(FILES_METHODS)
    return receiver.type.endsWith('.Values') ? own(VALUES_METHODS) : undefined
  }
  if (receiver.kind === 'list') return receiver.type.endsWith('.VersionSet') && name === 'Has' ? HAS : undefined
  if (receiver.kind === 'struct' && receiver.type.endsWith('.KubeVersion')) return own(KUBE_METHODS)
  return valueMethod(receiver, name)
}
