import { basename, dirname } from '../../text/path.ts'
import type { FrontEnd } from '../front-end.ts'

/** Charts are claimed whole and counted: templates judged as they are written would be wrong. */
export const chartFrontEnd: FrontEnd = {
  kind: 'chart',
  decides: () => false,
  plan(files) {
    const folders = new Set([...files.keys()].filter((path) => basename(path) === 'Chart.yaml').map(dirname))
    const chartOf = chartLookup(folders)
    // A subchart is counted with its parent.
    const outermost = [...folders].filter((folder) => chartOf(folder) === undefined)
    return {
      units: [],
      taken: (path) => chartOf(path) !== undefined,
      notEvaluated: outermost.map((folder) => ({
        file: folder === '' ? 'Chart.yaml' : `${folder}/Chart.yaml`,
        reason: 'Helm chart: its templates are not rendered.',
      })),
    }
  },
}

/** The outermost chart folder above a path. */
function chartLookup(charts: ReadonlySet<string>): (path: string) => string | undefined {
  if (charts.size === 0) return () => undefined
  const known = new Map<string, string | undefined>()
  const chartAt = (folder: string): string | undefined => {
    if (known.has(folder)) return known.get(folder)
    const above = folder === '' ? undefined : chartAt(dirname(folder))
    const found = above ?? (charts.has(folder) ? folder : undefined)
    known.set(folder, found)
    return found
  }
  return (path) => (path === '' ? undefined : chartAt(dirname(path)))
}
