import { type Expression, parseHcl } from '../../syntax/hcl/index.ts'
import { attribute, blocks, type Declared, literal, type ModuleConfig } from './config.ts'
import type { Place } from './eval/value.ts'

/** Which versions of a provider are wanted, and where that is written. */
export interface ProviderVersion {
  readonly source: string
  /** As Terraform writes constraints: `>= 5.0, < 7.0`; exact where the lock file pins one. */
  readonly version: string
  readonly place: Place | undefined
}

export const LOCK_FILE = '.terraform.lock.hcl'

/** The versions that a lock file pins, by the provider's source: `hashicorp/aws`. */
export function lockedVersions(text: string): ReadonlyMap<string, string> {
  const locked = new Map<string, string>()
  for (const item of parseHcl(text).body.items) {
    if (item.kind !== 'block' || item.type.text !== 'provider') continue
    const version = literal(item.body, 'version')
    if (version !== undefined) locked.set(shortSource(item.labels[0]?.text ?? ''), version)
  }
  return locked
}

/** Without the registry that is meant where none is named. */
function shortSource(source: string): string {
  return source.replace(/^registry\.(?:terraform\.io|opentofu\.org)\//, '')
}

/** What the `terraform` blocks of a module want, by the name that the module calls the provider. */
export function requiredProviders({ settings }: ModuleConfig): ReadonlyMap<string, ProviderVersion> {
  const required = new Map<string, ProviderVersion>()
  for (const { file, block } of settings) {
    if (block.type.text !== 'terraform') continue
    for (const list of blocks(block.body, 'required_providers')) {
      for (const item of list.body.items) {
        if (item.kind !== 'attribute' || item.value.kind !== 'object') continue
        const given = new Map(item.value.items.map(({ key, value }) => [textOf(key), value]))
        const version = given.get('version')
        const source = given.get('source')
        required.set(item.name.text, {
          source: shortSource((source && textOf(source)) ?? `hashicorp/${item.name.text}`),
          version: (version && textOf(version)) ?? '',
          place: version && { file, start: version.start, end: version.end },
        })
      }
    }
  }
  return required
}

function textOf(node: Expression): string | undefined {
  return node.kind === 'template' ? node.parts.map((part) => (part.kind === 'text' ? part.text : '')).join('') : undefined
}

/** The name by which a resource's module calls its provider: the first word of the type, unless it says otherwise. */
export function providerName(type: string, { block }: Declared): string {
  const chosen = attribute(block.body, 'provider')?.value
  return (chosen && rootName(chosen)) ?? type.replace(/^data\./, '').replace(/_.*$/s, '')
}

function rootName(node: Expression): string | undefined {
  if (node.kind === 'variable') return node.name
  return node.kind === 'get' ? rootName(node.of) : undefined
}

/** What a module and the root above it want together, and what is pinned wins. */
export function effectiveVersion(
  own: ProviderVersion | undefined,
  root: ProviderVersion | undefined,
  locked: ReadonlyMap<string, string>,
): Pick<ProviderVersion, 'version' | 'place'> | undefined {
  const chosen = own ?? root
  if (!chosen) return undefined
  const place = own?.place ?? root?.place
  const pinned = locked.get(chosen.source)
  if (pinned !== undefined) return { version: pinned, place }
  const wanted = [own?.version, root?.version].filter((version) => version !== undefined && version !== '')
  return wanted.length > 0 ? { version: [...new Set(wanted)].join(', '), place } : undefined
}
