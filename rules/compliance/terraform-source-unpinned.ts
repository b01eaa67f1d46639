import type { KubeObject } from '../../server/model/object.ts'
import { defineRule } from '../../server/model/rule.ts'
import { get, type Path, text } from '../../server/model/value.ts'

interface Way {
  readonly path: Path
  readonly what: string
}

export default defineRule({
  name: 'terraform-source-unpinned',
  title: 'Module or chart changes without a change here',
  pillar: 'compliance',
  severity: 'hint',
  controls: { nist80053: ['CM-2', 'SA-12', 'SR-4'], attack: ['T1195.002'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: ['terraform/module', 'terraform/helm_release'],
  reads: [],
  *check(object) {
    const way = object.kind === 'module' ? moduleWay(object) : chartWay(object)
    if (way)
      yield {
        object,
        path: way.path,
        part: 'value',
        message: `\`${object.name}\` ${way.what}: what is deployed tomorrow need not be what was reviewed. Pin it.`,
      }
  },
})

function moduleWay({ body }: KubeObject): Way | undefined {
  const source = text(body, 'source', 'source')
  const path: Path = ['source', 'source']
  if (source === undefined || source.startsWith('.')) return undefined
  if (/^(?:git::|git@|github\.com\/|bitbucket\.org\/)|\.git(?:\/\/|\?|$)/.test(source)) {
    const ref = /[?&]ref=([^&]*)/.exec(source)?.[1]
    if (ref === undefined) return { path, what: 'takes the newest commit of a repository' }
    return /^(?:main|master|develop|trunk|HEAD)$/.test(ref) ? { path, what: `follows the branch \`${ref}\` of a repository` } : undefined
  }
  const registry = /^(?:[a-z0-9.-]+\/)?[\w-]+\/[\w-]+\/[\w-]+(?:\/\/.*)?$/i.test(source)
  return registry && get(body, 'source', 'version') === undefined ? { path, what: 'takes the newest version of a module' } : undefined
}

function chartWay({ body }: KubeObject): Way | undefined {
  const spec = (name: string) => get(body, 'spec', name)
  const chart = text(body, 'spec', 'chart') ?? ''
  const remote = spec('repository') !== undefined || /^oci:\/\//.test(chart)
  if (!remote || spec('version') !== undefined || /\.tgz$/.test(chart)) return undefined
  return { path: ['spec', 'version'], what: `installs the newest version of the chart \`${chart}\`` }
}
