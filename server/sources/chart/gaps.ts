import type { ListNode } from '../../syntax/go-template/ast.ts'
import { flatten, type Origin } from '../../syntax/go-template/provenance.ts'
import { basePath } from '../../syntax/go/path.ts'
import { basename, compareText } from '../../text/path.ts'
import type { NotEvaluated } from '../unit.ts'
import { chartFile } from './outside.ts'
import type { Rendering } from './render.ts'

const HAS = '.Capabilities.APIVersions.Has '

/**
 * What of a chart is not judged, with the reason.
 * @param values the values files beside its own
 */
export function gapsOf(rendering: Rendering, folder: string, values: readonly string[] = []): NotEvaluated[] {
  const file = chartFile(folder)
  const given = values.length === 0 ? 'With its own values' : `With the values of ${list(values.map((path) => basename(path)))}`
  const missing = rendering.missing.map(({ chart, dependency }) => ({
    file: chartFile(chart.folder),
    reason: `The chart ${dependency.name} is not in the workspace: what it renders is not judged.`,
  }))
  const empty = emptyTemplates(rendering)
  const apis = missingApis(rendering)
  return [
    ...missing,
    ...(empty.length === 0 ? [] : [{ file, reason: `${given} ${list(empty)} ${empty.length === 1 ? 'renders' : 'render'} nothing.` }]),
    ...(apis.length === 0
      ? []
      : [{ file, reason: `Whether the cluster has ${list(apis)} is not known: what templates render for it is not judged.` }]),
  ]
}

/** The kinds that branches write which were not taken. */
export function unmadeKinds({ rendered }: Rendering): ReadonlySet<string> {
  const kinds = new Set<string>()
  const visit = ({ nodes }: ListNode): void => {
    for (const node of nodes) {
      if (node.kind === 'text') for (const [, kind = ''] of node.text.matchAll(/^kind:[ \t]*["']?(\w+)/gm)) kinds.add(kind)
      if (node.kind !== 'if' && node.kind !== 'with' && node.kind !== 'range') continue
      visit(node.list)
      if (node.otherwise) visit(node.otherwise)
    }
  }
  for (const { pieces } of rendered.values()) for (const { origin } of pieces) if (origin.kind === 'gate') visit(origin.branch.list)
  return kinds
}

const MAX_LISTED = 10

function list(names: readonly string[]): string {
  const shown = names.slice(0, MAX_LISTED).map((name) => `\`${name}\``)
  const more = names.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${more} more`
  const last = shown.pop() ?? ''
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}

/** The templates of the chart itself whose every object is switched off. */
function emptyTemplates({ templates, rendered, chart }: Rendering): string[] {
  return templates
    .filter(({ name, chart: own, file }) => {
      const text = rendered.get(name)
      return own === chart && text !== undefined && text.text.trim() === '' && file.text.includes('kind:')
    })
    .map(({ name }) => basePath(name))
    .sort(compareText)
}

/** The APIs that templates ask for in vain. */
function missingApis({ rendered }: Rendering): string[] {
  const asked = new Set<string>()
  for (const { pieces } of rendered.values())
    for (const { origin } of pieces) if (origin.kind === 'gate') apisOf(origin.frame.reads ?? [], asked)
  return [...asked].sort(compareText)
}

function apisOf(reads: readonly Origin[], into: Set<string>): void {
  for (const read of reads)
    for (const origin of flatten(read))
      if (origin.kind === 'built-in' && origin.name.startsWith(HAS)) into.add(origin.name.slice(HAS.length + 1, -1))
}
