import { type ApiTable, KUBERNETES_API } from '../model/access/api-resources.ts'
import { resourceNamed } from '../model/access/named.ts'
import type { Request } from '../model/access/policy-rule.ts'
import { whoCanMermaid, whoCanReport, whoCanText } from '../report/access/who-can.ts'
import { ANSWER_HELP, ANSWER_OPTIONS, answer } from './access.ts'
import { type Arguments, UsageError } from './arguments.ts'
import type { Command } from './command.ts'

export const whoCan: Command = {
  name: 'who-can',
  summary: 'List who may do something, and by which binding and role.',
  usage: 'VERB RESOURCE [paths]',
  options: {
    namespace: { type: 'string', short: 'n', value: 'NAME', help: 'In this namespace; without it in any.' },
    name: { type: 'string', value: 'NAME', help: 'With the object of this name.' },
    ...ANSWER_OPTIONS,
  },
  details: [
    'A resource is written as in a role: secrets, pods/exec, deployments; with its group where it is not one of Kubernetes’ own: certificates.cert-manager.io. What begins with a slash is a path of the API server.',
    ...ANSWER_HELP,
  ],
  run(args, host, product) {
    const [verb, resource] = args.paths
    if (verb === undefined || resource === undefined) throw new UsageError('Name a verb and a resource: who-can get secrets.')
    return answer(
      args,
      2,
      host,
      product,
      ({ asked }) => {
        const tables = [KUBERNETES_API, ...asked.environments.map(({ model }) => model.facts.api)]
        const { request, namespaced } = requestOf(verb, resource, args, tables)
        return whoCanReport(asked, request, namespaced && args.text('namespace') === undefined)
      },
      { text: whoCanText, mermaid: whoCanMermaid },
    )
  },
}

/** A request as it is written on the command line. Throws a usage error for a resource that no table knows, unless its group is named. */
function requestOf(verb: string, written: string, args: Arguments, tables: readonly ApiTable[]): { request: Request; namespaced: boolean } {
  if (written.startsWith('/')) return { request: { verb, path: written }, namespaced: false }
  const named = resourceNamed(written, tables)
  const word = written.replace(/\/.*/, '')
  if (!named) throw new UsageError(`No resource "${word}" is known here. Write it with its group: ${word}.example.com.`)
  const { namespaced, ...resource } = named
  const namespace = args.text('namespace')
  if (!namespaced && namespace !== undefined) throw new UsageError(`${resource.resource} are in no namespace: leave out --namespace.`)
  const name = args.text('name')
  const request = { verb, ...resource, ...(name ? { name } : {}), ...(namespace !== undefined ? { namespace } : {}) }
  return { request, namespaced }
}
