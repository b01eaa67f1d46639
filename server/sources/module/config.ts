import { type Attribute, type Block, type Body, type Expression, type HclFile, parseHcl, parseHclJson } from '../../syntax/hcl/index.ts'
import { basename, compareText } from '../../text/path.ts'
import type { SourceFile } from '../unit.ts'

/** A declaration and the file that it stands in. */
export interface Declared {
  readonly file: string
  readonly block: Block
}

export interface DeclaredExpression {
  readonly file: string
  readonly name: string
  readonly value: Expression
  readonly attribute: Attribute
}

/** What the files of a folder declare, with overrides merged. */
export interface ModuleConfig {
  readonly folder: string
  readonly files: readonly { readonly path: string; readonly tree: HclFile }[]
  readonly variables: ReadonlyMap<string, Declared>
  readonly locals: ReadonlyMap<string, DeclaredExpression>
  readonly outputs: ReadonlyMap<string, Declared>
  /** By `type.name`; data sources by `data.type.name`. */
  readonly resources: ReadonlyMap<string, Declared>
  readonly modules: ReadonlyMap<string, Declared>
  /** `provider` and `terraform` blocks. */
  readonly settings: readonly Declared[]
}

export const CONFIGURATION = /\.(?:tf|tofu)(?:\.json)?$/
export const VARIABLE_VALUES = /\.tfvars(?:\.json)?$/

const parsed = new WeakMap<SourceFile, HclFile>()

/** The tree of a file, parsed once. */
export function treeOf(file: SourceFile): HclFile {
  const known = parsed.get(file)
  if (known) return known
  const tree = file.path.endsWith('.json')
    ? parseHclJson(file.text, VARIABLE_VALUES.test(file.path) ? 'values' : 'configuration')
    : parseHcl(file.text)
  parsed.set(file, tree)
  return tree
}

function isOverride(path: string): boolean {
  return /(?:^|_)override\.(?:tf|tofu)(?:\.json)?$/.test(basename(path))
}

export function readModule(folder: string, sources: readonly SourceFile[]): ModuleConfig {
  const sorted = [...sources].sort((a, b) => Number(isOverride(a.path)) - Number(isOverride(b.path)) || compareText(a.path, b.path))
  const config = {
    folder,
    files: sorted.map((file) => ({ path: file.path, tree: treeOf(file) })),
    variables: new Map<string, Declared>(),
    locals: new Map<string, DeclaredExpression>(),
    outputs: new Map<string, Declared>(),
    resources: new Map<string, Declared>(),
    modules: new Map<string, Declared>(),
    settings: [] as Declared[],
  }
  for (const { path, tree } of config.files)
    for (const item of tree.body.items) if (item.kind === 'block') declare(config, path, item, isOverride(path))
  return config
}

function declare(
  config: {
    variables: Map<string, Declared>
    locals: Map<string, DeclaredExpression>
    outputs: Map<string, Declared>
    resources: Map<string, Declared>
    modules: Map<string, Declared>
    settings: Declared[]
  },
  file: string,
  block: Block,
  override: boolean,
): void {
  const labels = block.labels.map(({ text }) => text)
  const [first = '', second = ''] = labels
  const put = (into: Map<string, Declared>, key: string): void => {
    if (labels.includes('') || labels.length === 0) return
    const before = into.get(key)
    if (!before || (override && before.file !== file)) into.set(key, { file, block: before ? merged(before.block, block) : block })
  }
  switch (block.type.text) {
    case 'variable':
      put(config.variables, first)
      return
    case 'output':
      put(config.outputs, first)
      return
    case 'module':
      put(config.modules, first)
      return
    case 'resource':
      if (second !== '') put(config.resources, `${first}.${second}`)
      return
    case 'data':
    case 'ephemeral':
      if (second !== '') put(config.resources, `${block.type.text}.${first}.${second}`)
      return
    case 'provider':
    case 'terraform':
      config.settings.push({ file, block })
      return
    case 'locals':
      for (const item of block.body.items) {
        if (item.kind === 'attribute' && (override || !config.locals.has(item.name.text))) {
          config.locals.set(item.name.text, { file, name: item.name.text, value: item.value, attribute: item })
        }
      }
      return
    default:
      // `moved`, `import`, `removed`, `check` and what comes after them declare nothing that has a value.
      return
  }
}

/** An override replaces arguments and all nested blocks of the same type. */
function merged(base: Block, override: Block): Block {
  const named = (item: Attribute | Block): string => (item.kind === 'attribute' ? item.name.text : item.type.text)
  const replaced = new Set(override.body.items.map(named))
  const items = [...base.body.items.filter((item) => !replaced.has(named(item))), ...override.body.items]
  return { ...base, body: { ...base.body, items } }
}

export function attribute(body: Body, name: string): Attribute | undefined {
  for (const item of body.items) if (item.kind === 'attribute' && item.name.text === name) return item
  return undefined
}

export function blocks(body: Body, type: string): Block[] {
  return body.items.filter((item): item is Block => item.kind === 'block' && item.type.text === type)
}

/** The text of an argument that is plainly written. */
export function literal(body: Body, name: string): string | undefined {
  const value = attribute(body, name)?.value
  if (value?.kind !== 'template') return undefined
  return value.parts.every((part) => part.kind === 'text')
    ? value.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    : undefined
}
