import { applySpec, type FieldSpec } from './fieldspec.ts'
import { lookup, pathSteps } from './field-path.ts'
import { effectiveNamespace, groupVersion, type Id, sameGvk } from './gvk.ts'
import type { Log } from './log.ts'
import { isNull, type Node, type Origin, type Scalar, textNode } from './node.ts'
import { field, text } from './reading.ts'
import { allIds, type Resource, withNode } from './resource.ts'

/** One entry of `vars`. */
export interface Variable {
  readonly name: string
  readonly target: Id
  readonly path: string
  readonly node: Node
}

export function variableOf(node: Node): Variable {
  const object = field(node, 'objref')
  const apiVersion = text(object, 'apiVersion')
  const version = apiVersion === '' ? { group: text(object, 'group'), version: text(object, 'version') } : groupVersion(apiVersion)
  return {
    name: text(node, 'name'),
    target: {
      ...version,
      kind: text(object, 'kind'),
      name: text(object, 'name'),
      namespace: text(object, 'namespace'),
      clusterScoped: false,
    },
    path: text(field(node, 'fieldref'), 'fieldPath') || 'metadata.name',
    node,
  }
}

/** Notes on the objects which variables read from them. */
export function noteVariables(resources: readonly Resource[], variables: readonly Variable[], log: Log): readonly Resource[] {
  let result = resources
  for (const { name, target, node } of variables) {
    const matches = result.filter((resource) => allIds(resource).some((id) => isTarget(id, target)))
    if (matches.length > 1) log.problem(node, `The variable "${name}" may mean ${matches.length} objects.`)
    const [only] = matches.length === 1 ? matches : []
    if (only) result = result.map((resource) => (resource === only ? { ...resource, variables: [...resource.variables, name] } : resource))
  }
  return result
}

function isTarget(id: Id, target: Id): boolean {
  if (id.name !== target.name || !sameGvk(id, target)) return false
  return target.namespace === '' || effectiveNamespace(id) === effectiveNamespace(target)
}

/** Replaces `$(NAME)` in the fields of the specs. */
export function resolveVariables(
  resources: readonly Resource[],
  variables: readonly Variable[],
  specs: readonly FieldSpec[],
  incomplete: boolean,
  log: Log,
): Resource[] {
  const values = new Map<string, Scalar>()
  for (const variable of variables) {
    const source = resources.find((resource) => resource.variables.includes(variable.name))
    const value = source && lookup(source.node, stepsOf(variable.path))
    if (value?.kind === 'scalar' && !isNull(value)) values.set(variable.name, value)
    else if (source && value) log.problem(variable.node, `The variable "${variable.name}" reads something that is no scalar.`)
    else if (incomplete) log.unknown(`The variable "${variable.name}" reads from what is not known.`)
    else
      log.problem(
        variable.node,
        source
          ? `There is no field ${variable.path} for the variable "${variable.name}".`
          : `No object matches the variable "${variable.name}".`,
      )
  }
  if (values.size === 0) return [...resources]
  return resources.map((resource) => {
    let node = resource.node
    for (const spec of specs) {
      const report = (message: string): void => log.problem(node, `${message} (${resource.id.kind} ${resource.id.name})`)
      node = applySpec(node, spec, { set: (found) => replaced(found, values), by: node.from, report })
    }
    return withNode(resource, node)
  })
}

/** `ports[0]` is written as two steps. */
function stepsOf(path: string): string[] {
  return pathSteps(path).flatMap((step) => {
    const indexed = /^(.*)\[(\d+)\]$/.exec(step)
    return indexed ? [indexed[1] ?? '', indexed[2] ?? ''].filter((part) => part !== '') : [step]
  })
}

function replaced(node: Node, values: ReadonlyMap<string, Scalar>): Node {
  if (node.kind === 'scalar') return replacedText(node, values)
  let result = node
  if (node.kind === 'list') {
    node.items.forEach((item, i) => {
      if (item.kind === 'scalar')
        result = node.kind === 'list' && result.kind === 'list' ? result.with(i, replacedText(item, values)) : result
    })
    return result
  }
  for (const [key, value] of node.entries) {
    if (value.kind === 'scalar' && result.kind === 'map') result = result.with(key, replacedText(value, values))
  }
  return result
}

function replacedText(node: Scalar, values: ReadonlyMap<string, Scalar>): Scalar {
  if ((node.tag !== 'str' && node.tag !== '') || !node.text.includes('$')) return node
  const whole = /^\$\(([^)]*)\)$/.exec(node.text)
  const value = whole && values.get(whole[1] ?? '')
  if (value) return { ...value, quoted: false, tag: value.quoted ? 'str' : value.tag, from: { ...value.from, before: node.from } }
  let used: Origin | undefined
  // `$$` is an escaped dollar; a reference that is not closed is left alone.
  const text = node.text.replace(/\$(?:\$|\(([^)]*)\))/g, (match, name: string | undefined) => {
    if (name === undefined) return '$'
    const found = values.get(name)
    if (!found) return match
    used = found.from
    return found.text
  })
  if (text === node.text) return node
  return textNode(text, used ? { ...node.from, before: used } : node.from)
}
