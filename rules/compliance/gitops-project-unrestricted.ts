import type { KubeObject } from '../../server/model/object.ts'
import { type Anchor, defineRule } from '../../server/model/rule.ts'
import { get, isUnknown, items, text } from '../../server/model/value.ts'

const APPLICATION = 'argoproj.io/Application'
const PROJECT = 'argoproj.io/AppProject'

interface Opening extends Anchor {
  readonly what: string
}

export default defineRule<'object', 'objects'>({
  name: 'gitops-project-unrestricted',
  title: 'Argo CD project allows every source, destination or kind',
  pillar: 'compliance',
  severity: 'information',
  controls: { nist80053: ['AC-6', 'CM-5'], nist800207: ['3', '6'], owasp: ['K02'] },
  since: '0.1.0',
  each: 'object',
  kinds: [PROJECT, APPLICATION],
  reads: ['objects'],
  *check(object, { facts }) {
    if (object.groupKind === APPLICATION) {
      const project = get(object.body, 'spec', 'project')
      if (isUnknown(project)) yield { notEvaluated: object, path: ['spec', 'project'] }
      const restricted = facts.objects(PROJECT).some(({ name }) => name === 'default')
      if (isUnknown(project) || restricted || (project !== undefined && project !== 'default' && project !== '')) return
      yield {
        object,
        path: ['spec', 'project'],
        part: 'value',
        severity: 'hint',
        // The built-in project may have been narrowed in the cluster.
        certainty: 'possible',
        about: `default project ${object.namespace}`,
        message: `Application \`${object.name}\` is in the project \`default\`, which deploys anything from anywhere to everywhere. Give it a project of its own.`,
      }
      return
    }
    const [first, ...others] = [...openings(object)]
    if (!first) return
    yield {
      ...first,
      message: `AppProject \`${object.name}\` ${[first, ...others].map(({ what }) => what).join(', and ')}: whoever can change one of its repositories can change the cluster. Name what its ${applicationsOf(object, facts.objects(APPLICATION))} use.`,
      related: others.map(({ what, ...anchor }) => ({ ...anchor, message: `It also ${what}.` })),
    }
  },
})

function* openings(object: KubeObject): Iterable<Opening> {
  const at = (path: Anchor['path'], what: string): Opening => ({ object, path, part: 'value', what })
  for (const [i, repo] of items(object.body, 'spec', 'sourceRepos').entries()) {
    if (repo === '*') yield at(['spec', 'sourceRepos', i], 'takes every repository')
  }
  for (const [i, destination] of items(object.body, 'spec', 'destinations').entries()) {
    const anywhere = text(destination, 'namespace') === '*'
    if (anywhere) yield at(['spec', 'destinations', i, 'namespace'], 'deploys to every namespace')
  }
  for (const [i, kind] of items(object.body, 'spec', 'clusterResourceWhitelist').entries()) {
    if (text(kind, 'group') === '*' && text(kind, 'kind') === '*')
      yield at(['spec', 'clusterResourceWhitelist', i, 'kind'], 'may change every kind of cluster resource')
  }
}

function applicationsOf(project: KubeObject, applications: readonly KubeObject[]): string {
  const own = applications.filter(({ body }) => text(body, 'spec', 'project') === project.name).length
  return own === 0 ? 'applications' : own === 1 ? 'one application' : `${own} applications`
}
