import type { Block, Expression } from '../../../syntax/hcl/index.ts'
import { dirname, join } from '../../../text/path.ts'
import { chartFile } from '../../chart/outside.ts'
import type { Files, SourceFile } from '../../unit.ts'
import { attribute, treeOf } from '../config.ts'

/** The `Chart.yaml` files of charts that modules install by a path that is plainly written. */
export function installedCharts(sources: readonly SourceFile[], files: Files): ReadonlySet<string> {
  const installed = new Set<string>()
  for (const source of sources) {
    for (const item of treeOf(source).body.items) {
      const folder = item.kind === 'block' ? chartOf(item, dirname(source.path)) : undefined
      if (folder !== undefined && files.has(chartFile(folder))) installed.add(chartFile(folder))
    }
  }
  return installed
}

function chartOf({ type, labels, body }: Block, folder: string): string | undefined {
  if (type.text !== 'resource' || labels[0]?.text !== 'helm_release' || attribute(body, 'repository')) return undefined
  const chart = attribute(body, 'chart')?.value
  const path = chart && pathIn(chart)
  return path === undefined ? undefined : join(folder, path)
}

/** A path relative to the folder of its module. */
function pathIn(node: Expression): string | undefined {
  if (node.kind !== 'template') return undefined
  let path = ''
  for (const part of node.parts) {
    if (part.kind === 'text') path += part.text
    else if (part.kind === 'interpolation' && isPath(part.value)) path += '.'
    else return undefined
  }
  return path
}

/** `path.module`, and `path.root` where that is the same. */
function isPath(node: Expression): boolean {
  return node.kind === 'get' && node.of.kind === 'variable' && node.of.name === 'path' && (node.name === 'module' || node.name === 'root')
}
