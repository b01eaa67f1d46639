import { type Body, get, isMap, items, type Path, text, texts } from '../../model/value.ts'
import { parseYaml, splitDocuments } from '../../syntax/yaml/index.ts'
import { join } from '../../text/path.ts'
import type { Span } from '../../text/span.ts'
import type { SourceFile } from '../unit.ts'
import type { NamedText } from './load-values.ts'
import type { SetOption } from './set.ts'

/** Values that a chart is installed with: a file, or what an object that installs it says itself. */
export interface Given {
  /** The file; undefined for one that lies outside the workspace. */
  readonly path: string | undefined
  readonly within?: NonNullable<NamedText['within']>
  /** A text inside the file, whose places nobody can tell. */
  readonly text?: string
}

/** What an object of the workspace installs a chart of the workspace with: an Application of Argo CD, a HelmRelease of Flux. */
export interface Installed {
  /** The file that says it. */
  readonly file: string
  /** `Application shop-prod` */
  readonly object: string
  readonly name: string
  readonly release: string
  readonly folder: string
  /** The later ones win. */
  readonly values: readonly Given[]
  readonly set: readonly SetOption[]
  /** Some values are in the cluster. */
  readonly open: boolean
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
  const documents = mayInstall(file) && !file.text.includes('{{') ? splitDocuments(file.text) : []
  const found = documents.flatMap((document) => installedIn(file, document))
  known.set(file, found)
  return found
}

function installedIn({ path: file, text: whole }: SourceFile, document: Span): Installed[] {
  const { body } = parseYaml(whole.slice(document.start, document.end))
  const [group] = (text(body, 'apiVersion') ?? '').split('/')
  const kind = text(body, 'kind') ?? ''
  const name = text(body, 'metadata', 'name')
  if (!isMap(body) || name === undefined) return []
  const inline = (path: Path): Given[] => {
    const value = get(body, ...path)
    if (typeof value === 'string' && value.trim() !== '') return [{ path: file, text: value }]
    return isMap(value) && Object.keys(value).length > 0 ? [{ path: file, within: { document, path } }] : []
  }
  const own = { file, object: `${kind} ${name}`, name }
  if (kind === 'Application' && group === 'argoproj.io') return byArgo(body, inline).map((each) => ({ ...own, ...each }))
  if (kind === 'HelmRelease' && group === 'helm.toolkit.fluxcd.io') return byFlux(body, inline).map((each) => ({ ...own, ...each }))
  return []
}

type Source = Pick<Installed, 'release' | 'folder' | 'values' | 'set' | 'open'>

/**
 * https://argo-cd.readthedocs.io/en/stable/user-guide/helm/: files are relative to the chart, with `$ref` or a
 * slash to a repository; then come `values` or `valuesObject`, and parameters last.
 */
function byArgo(body: Body, inline: (path: Path) => Given[]): Source[] {
  const name = text(body, 'metadata', 'name') ?? ''
  const sources: Path[] = isMap(get(body, 'spec', 'source'))
    ? [['spec', 'source']]
    : items(body, 'spec', 'sources').map((_, i) => ['spec', 'sources', i])
  return sources.flatMap((at) => {
    const folder = join('', text(body, ...at, 'path') ?? '/')
    if (folder === undefined || text(body, ...at, 'chart') !== undefined) return []
    const files = texts(body, ...at, 'helm', 'valueFiles').map((file): Given => {
      const fromRoot = /^(?:\$[\w.-]+)?\/(.*)$/s.exec(file)?.[1]
      return { path: fromRoot === undefined ? join(folder, file) : join('', fromRoot) }
    })
    const object = inline([...at, 'helm', 'valuesObject'])
    const set = items(body, ...at, 'helm', 'parameters').map((parameter): SetOption => {
      const kind = get(parameter, 'forceString') === true ? 'set-string' : 'set'
      return { kind, text: `${text(parameter, 'name') ?? ''}=${(text(parameter, 'value') ?? '').replaceAll(',', '\\,')}` }
    })
    return [
      {
        release: text(body, ...at, 'helm', 'releaseName') ?? name,
        folder,
        values: [...files, ...(object.length > 0 ? object : inline([...at, 'helm', 'values']))],
        set,
        open: items(body, ...at, 'helm', 'fileParameters').length > 0,
      },
    ]
  })
}

/** https://fluxcd.io/flux/components/helm/helmreleases/: files are relative to the repository that the chart is in. */
function byFlux(body: Body, inline: (path: Path) => Given[]): Source[] {
  const chart = get(body, 'spec', 'chart', 'spec')
  const folder = join('', text(chart, 'chart') ?? '/')
  if (folder === undefined || text(chart, 'sourceRef', 'kind') !== 'GitRepository') return []
  const files = texts(chart, 'valuesFiles').map((file): Given => ({ path: join('', file) }))
  const name = text(body, 'metadata', 'name') ?? ''
  const target = text(body, 'spec', 'targetNamespace')
  return [
    {
      release: text(body, 'spec', 'releaseName') ?? (target === undefined ? name : `${target}-${name}`),
      folder,
      values: [...files, ...inline(['spec', 'values'])],
      set: [],
      open: items(body, 'spec', 'valuesFrom').length > 0,
    },
  ]
}
