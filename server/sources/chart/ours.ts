import type { Chart } from './model.ts'

/** Whether a chart is written here: it is no package, and no copy of one that its parent takes from elsewhere. */
export function isOurs(chart: Chart): boolean {
  if (chart.packaged) return false
  const { parent } = chart
  if (!parent) return true
  const declared = parent.metadata.dependencies?.find(({ name }) => name === chart.metadata.name)
  const elsewhere = declared !== undefined && /^(https?|oci):|^@|^alias:/.test(declared.repository)
  return !elsewhere && isOurs(parent)
}
