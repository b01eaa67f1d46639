import { type Body, get, isMap, items, text, texts, type Value } from '../../model/value.ts'
import { parseYaml, splitDocuments } from '../../syntax/yaml/index.ts'
import { join } from '../../text/path.ts'
import type { SourceFile } from '../unit.ts'

/** What an object of the workspace installs a chart of the workspace with: an Application of Argo CD, a HelmRelease of Flux. */
export interface Installed {
  /** The file that says it. */
  readonly file: string
  /** `Application shop-prod` */
  readonly object: string
  readonly name: string
  readonly folder: string
  /** Values files, the later ones win; undefined for one that lies outside the workspace. */
  readonly values: readonly (string | undefined)[]
  /** It gives values itself, which stand in no values file. */
  readonly own: boolean
}

/** Whether a text may install a chart: such a file decides which environments there are. */
export function mayInstall({ path, text }: SourceFile): boolean {
  return /\.ya?ml$/.test(path) && /^kind: *["']?(?:Application|HelmRelease)\b/m.test(text)
}

const known = new WeakMap<SourceFile, readonly Installed[]>()

/** What a file installs. Templates of charts are none. */
export function installedBy(file: SourceFile): readonly Installed[] {
  const before = known.get(file)
  if (before) return before
  const { path, text } = file
  const documents = mayInstall(file) && !text.includes('{{') ? splitDocuments(text) : []
  const found = documents.flatMap(({ start, end }) => installedIn(path, parseYaml(text.slice(start, end)).body))
  known.set(file, found)
  return found
}

function installedIn(file: string, body: Value | undefined): Installed[] {
  const [group] = (text(body, 'apiVersion') ?? '').split('/')
  const kind = text(body, 'kind') ?? ''
  const name = text(body, 'metadata', 'name')
  if (!isMap(body) || name === undefined) return []
  const own = { file, object: `${kind} ${name}`, name }
  if (kind === 'Application' && group === 'argoproj.io') return byArgo(body).map((each) => ({ ...own, ...each }))
  if (kind === 'HelmRelease' && group === 'helm.toolkit.fluxcd.io') return byFlux(body).map((each) => ({ ...own, ...each }))
  return []
}

type Source = Pick<Installed, 'folder' | 'values' | 'own'>

/** https://argo-cd.readthedocs.io/en/stable/user-guide/helm/: files are relative to the chart, with `$ref` or a slash to a repository. */
function byArgo(body: Body): Source[] {
  const one = get(body, 'spec', 'source')
  const sources = isMap(one) ? [one] : items(body, 'spec', 'sources')
  return sources.flatMap((source) => {
    const folder = join('', text(source, 'path') ?? '/')
    if (folder === undefined || text(source, 'chart') !== undefined) return []
    const values = texts(get(source, 'helm', 'valueFiles')).map((file) =>
      /^(?:\$[\w.-]+)?\//.test(file) ? join('', file.slice(file.indexOf('/') + 1)) : join(folder, file),
    )
    const own = ['values', 'valuesObject', 'parameters', 'fileParameters'].some((key) => isGiven(get(source, 'helm', key)))
    return [{ folder, values, own }]
  })
}

/** https://fluxcd.io/flux/components/helm/helmreleases/: files are relative to the repository that the chart is in. */
function byFlux(body: Body): Source[] {
  const chart = get(body, 'spec', 'chart', 'spec')
  const folder = join('', text(chart, 'chart') ?? '/')
  if (folder === undefined || text(chart, 'sourceRef', 'kind') !== 'GitRepository') return []
  const own = isGiven(get(body, 'spec', 'values')) || items(body, 'spec', 'valuesFrom').length > 0
  return [{ folder, values: texts(get(chart, 'valuesFiles')).map((file) => join('', file)), own }]
}

function isGiven(value: Value | undefined): boolean {
  return typeof value === 'string'
    ? value.trim() !== ''
    : isMap(value)
      ? Object.keys(value).length > 0
      : Array.isArray(value) && value.length > 0
}
